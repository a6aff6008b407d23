//! The attributes that tell the items of a type apart.

use super::flexsearch::FlexibleSearch;
use crate::client::HacClient;
use crate::error::{ErrorKind, Result};

/// Where the server does not say it: the first of these that the type has.
const USUAL: &[&[&str]] =
    &[&["uid"], &["isocode"], &["catalog", "version"], &["code", "catalogVersion"], &["code"], &["id"], &["qualifier"]];

/// They stand in front of the others, which are references more often.
const FIRST: [&str; 5] = ["code", "uid", "id", "isocode", "qualifier"];

impl HacClient {
    /// Returns the attributes that tell the items of a type apart, such as `code` and `catalogVersion`. Empty if nothing says it.
    ///
    /// They are those that the type system calls unique. Where the server cannot say it, they are the usual ones that the type has.
    /// One query, or two requests more where it fails or finds none.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    pub async fn unique_attributes(&self, code: &str) -> Result<Vec<String>> {
        let query = "SELECT {a.qualifier}, {a.unique} FROM {AttributeDescriptor AS a \
                     JOIN ComposedType AS t ON {a.enclosingType} = {t.pk}} WHERE {t.code} = ?code";
        let query = FlexibleSearch::new(query).max_count(1_000).param("code", code)?;
        let told = match self.execute_flexiblesearch(query).await {
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
        let known = self.type_attributes(code).await?.unwrap_or_default();
        let has = |name: &&str| known.iter().any(|known| known.eq_ignore_ascii_case(name));
        let usual = USUAL.iter().find(|names| names.iter().all(has));
        Ok(usual.map(|names| names.iter().map(|name| (*name).to_owned()).collect()).unwrap_or_default())
    }
}
