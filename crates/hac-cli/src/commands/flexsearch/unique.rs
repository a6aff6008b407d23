//! The attributes that tell the items of a type apart.

use hac_client::{ErrorKind, FlexibleSearch, HacClient, Result};

/// Where the server does not say it: the first of these that the type has.
const USUAL: &[&[&str]] =
    &[&["uid"], &["isocode"], &["catalog", "version"], &["code", "catalogVersion"], &["code"], &["id"], &["qualifier"]];

/// They stand in front of the others, which are references more often.
const FIRST: [&str; 5] = ["code", "uid", "id", "isocode", "qualifier"];

/// The unique attributes of a type; none where nothing says it. Costs a query, or two requests more where it fails.
pub(in crate::commands) async fn attributes(client: &HacClient, type_code: &str) -> Result<Vec<String>> {
    let query = "SELECT {a.qualifier}, {a.unique} FROM {AttributeDescriptor AS a \
                 JOIN ComposedType AS t ON {a.enclosingType} = {t.pk}} WHERE {t.code} = ?code";
    let query = FlexibleSearch::new(query).max_count(1_000).param("code", type_code)?;
    let told = match client.execute_flexiblesearch(query).await {
        Ok(result) => result.rows,
        Err(error) if error.kind() == ErrorKind::QueryFailed => Vec::new(),
        Err(error) => return Err(error),
    };
    let is_true = |cell: Option<&Option<String>>| matches!(cell, Some(Some(flag)) if flag == "1" || flag.eq_ignore_ascii_case("true"));
    let mut unique: Vec<String> =
        told.into_iter().filter(|row| is_true(row.get(1))).filter_map(|mut row| row.swap_remove(0)).collect();
    unique.sort_by_key(|name| (!FIRST.contains(&name.as_str()), name.clone()));
    unique.dedup();
    if !unique.is_empty() {
        return Ok(unique);
    }
    let known = client.type_attributes(type_code).await?.unwrap_or_default();
    let has = |name: &&str| known.iter().any(|known| known.eq_ignore_ascii_case(name));
    let usual = USUAL.iter().find(|names| names.iter().all(has));
    Ok(usual.map(|names| names.iter().map(|name| (*name).to_owned()).collect()).unwrap_or_default())
}
