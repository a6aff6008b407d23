//! What the columns of a query hold, for files with typed columns.

use std::collections::HashMap;

use hac_client::console::QueryColumns;
use hac_client::{ErrorKind, FlexibleSearch, HacClient, Result};

use crate::args::FlexsearchArgs;
use crate::output::ColumnType;
use crate::printer::Talk;

/// The attributes of a type, each with the code of its atomic type or of the type of the items that it names.
const ATTRIBUTES: &str = "SELECT {a.qualifier}, {at.code}, {rt.code} FROM {AttributeDescriptor AS a \
    JOIN ComposedType AS t ON {a.enclosingType} = {t.pk} LEFT JOIN AtomicType AS at ON {a.attributeType} = {at.pk} \
    LEFT JOIN ComposedType AS rt ON {a.attributeType} = {rt.pk}} WHERE {t.code} = ?code";

/// What each column holds; text where nothing says it. Costs a request where the query names a single type.
pub(super) async fn of(client: &HacClient, args: &FlexsearchArgs, text: &str, talk: &Talk) -> Result<Vec<ColumnType>> {
    if args.untyped || args.sql {
        return Ok(Vec::new());
    }
    let QueryColumns { type_code: Some(type_code), columns: attributes, .. } = QueryColumns::of(text) else {
        return Ok(Vec::new());
    };
    if attributes.iter().all(Option::is_none) {
        return Ok(Vec::new());
    }
    let query = FlexibleSearch::new(ATTRIBUTES).max_count(10_000).param("code", type_code.as_str())?;
    let told = match client.execute_flexiblesearch(query).await {
        Ok(result) => result.rows,
        Err(error) if error.kind() == ErrorKind::QueryFailed => {
            talk.detail(&format!(
                "all columns are text: the server does not say what the attributes of {type_code} hold"
            ));
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    let mut known = HashMap::new();
    for row in told {
        let [Some(name), atomic, reference] = &row[..] else { continue };
        known.insert(name.to_lowercase(), holds(atomic.as_deref(), reference.is_some()));
    }
    // A key in the place of a PK is text.
    let keys = if args.pk_as_key { ColumnType::Text } else { ColumnType::Key };
    let of = |attribute: Option<String>| {
        let name = attribute?.to_lowercase();
        Some(known.get(&name).copied()?).map(|holds| if holds == ColumnType::Key { keys } else { holds })
    };
    Ok(attributes.into_iter().map(|attribute| of(attribute).unwrap_or_default()).collect())
}

fn holds(atomic: Option<&str>, is_reference: bool) -> ColumnType {
    match atomic {
        Some("java.lang.Integer" | "java.lang.Long" | "java.lang.Short" | "java.lang.Byte") => ColumnType::Integer,
        Some("java.lang.Double" | "java.lang.Float") => ColumnType::Double,
        Some("java.math.BigDecimal") => ColumnType::Decimal,
        Some("java.lang.Boolean") => ColumnType::Boolean,
        Some("java.util.Date") => ColumnType::Time,
        Some("de.hybris.platform.core.PK") => ColumnType::Key,
        None if is_reference => ColumnType::Key,
        _ => ColumnType::Text,
    }
}
