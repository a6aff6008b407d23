//! Names in a query that the server does not know, and those that were meant.

use std::time::Duration;

use hac_client::console::UnknownName;
use hac_client::{HacClient, nearest_names};

/// Longer than this nobody waits for a hint.
const LIMIT: Duration = Duration::from_secs(5);

/// A hint without asking the server.
fn hint(unknown: &UnknownName<'_>) -> String {
    match unknown {
        UnknownName::Attribute { of, .. } => format!("`hac type show {of}` lists the attributes of {of}"),
        UnknownName::Type(_) => "`hac type list` lists the types".to_owned(),
    }
}

/// The same, and how to be told the names that resemble it.
pub(super) fn hint_without_names(unknown: &UnknownName<'_>) -> String {
    let (UnknownName::Attribute { name, .. } | UnknownName::Type(name)) = unknown;
    format!("{}, and -v names those that resemble {name}", hint(unknown))
}

/// A hint with the names on the server that resemble it: one read more.
pub(super) async fn hint_with_names(unknown: &UnknownName<'_>, client: &HacClient) -> String {
    let known = tokio::time::timeout(LIMIT, async {
        match unknown {
            UnknownName::Attribute { of, .. } => client.type_attributes(of).await.map(Option::unwrap_or_default),
            UnknownName::Type(_) => client.types().await,
        }
    });
    // The failure stands without them.
    let known = known.await.ok().and_then(Result::ok).unwrap_or_default();
    let (UnknownName::Attribute { name, .. } | UnknownName::Type(name)) = unknown;
    let near = nearest_names(name, known.iter().map(String::as_str));
    if near.is_empty() { hint(unknown) } else { format!("did you mean {}? {}", near.join(" or "), hint(unknown)) }
}
