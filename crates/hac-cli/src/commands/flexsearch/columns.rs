//! What the columns of a query are in ImpEx: read from its `SELECT` and `FROM`.

use hac_client::console::QueryColumns;
use hac_client::{HacClient, Result};

use crate::args::FlexsearchArgs;
use crate::diagnostics::usage;
use crate::output::ImpexHeader;
use crate::printer::Talk;

/// The header for the rows of a query. Fails if nothing says which type they are of.
pub(super) fn header(text: &str, args: &FlexsearchArgs) -> Result<ImpexHeader> {
    let read = if args.sql { QueryColumns::default() } else { QueryColumns::of(text) };
    let type_code = args.impex_type.clone().or(read.type_code).ok_or_else(|| {
        let why = if args.sql {
            "SQL does not name a type"
        } else {
            "the query does not say of which single type the rows are"
        };
        usage("print the rows as ImpEx", why, "pass it with --impex-type, such as --impex-type Product")
    })?;
    Ok(ImpexHeader { type_code, columns: read.columns, unique: Vec::new() })
}

/// Marks what is unique in the type, so that an import finds the items that are there already.
pub(super) async fn mark_unique(header: &mut ImpexHeader, client: &HacClient, talk: &Talk) -> Result<()> {
    header.unique = client.unique_attributes(&header.type_code).await?;
    let has = |name: &str| {
        let column = |column: &String| column.split('[').next().is_some_and(|bare| bare.eq_ignore_ascii_case(name));
        header.columns.iter().flatten().any(column)
    };
    let missing: Vec<&str> = header.unique.iter().map(String::as_str).filter(|name| !has(name)).collect();
    if has("pk") {
        // It is unique, and there is nothing to say.
    } else if header.unique.is_empty() {
        talk.warn(&format!(
            "it is not known what is unique in {}: mark it with [unique=true] before you import the rows",
            header.type_code
        ));
    } else if !missing.is_empty() && header.columns.iter().all(Option::is_some) {
        let missing = missing.join(" and ");
        talk.warn(&format!("the rows lack {missing}, by which an import finds items of {}", header.type_code));
    }
    Ok(())
}
