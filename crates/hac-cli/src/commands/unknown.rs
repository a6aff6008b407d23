//! Names in a query that the server does not know, and those that were meant.

use std::time::Duration;

use hac_client::{HacClient, nearest_names};

/// Longer than this nobody waits for a hint.
const LIMIT: Duration = Duration::from_secs(5);

/// What a failed query names and the server does not know.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unknown<'m> {
    Attribute { name: &'m str, of: &'m str },
    Type(&'m str),
}

impl<'m> Unknown<'m> {
    /// What SAP Commerce says of a name that it does not know; `None` for every other message.
    pub(super) fn of(message: &'m str) -> Option<Self> {
        if let Some((_, rest)) = message.split_once("cannot search unknown field '") {
            let name = rest.strip_prefix("TableField(name='").unwrap_or(rest).split('\'').next()?;
            let of = word(rest.split_once("within type ")?.1);
            return (is_name(name) && is_name(of)).then_some(Self::Attribute { name, of });
        }
        let code = word(message.split_once("no composed type with code ")?.1);
        is_name(code).then_some(Self::Type(code))
    }

    /// A hint without asking the server.
    pub(super) fn hint(&self) -> String {
        match self {
            Self::Attribute { of, .. } => format!("`hac type show {of}` lists the attributes of {of}"),
            Self::Type(_) => "`hac type list` lists the types".to_owned(),
        }
    }

    /// A hint with the names on the server that resemble it: one read more.
    pub(super) async fn hint_with_names(&self, client: &HacClient) -> String {
        let known = tokio::time::timeout(LIMIT, async {
            match self {
                Self::Attribute { of, .. } => client.type_attributes(of).await.map(Option::unwrap_or_default),
                Self::Type(_) => client.types().await,
            }
        });
        // The failure stands without them.
        let known = known.await.ok().and_then(Result::ok).unwrap_or_default();
        let (Self::Attribute { name, .. } | Self::Type(name)) = self;
        let near = nearest_names(name, known.iter().map(String::as_str));
        if near.is_empty() { self.hint() } else { format!("did you mean {}? {}", near.join(" or "), self.hint()) }
    }
}

/// The text up to what belongs to no name.
fn word(text: &str) -> &str {
    text.split(|char: char| !char.is_alphanumeric() && char != '_').next().unwrap_or_default()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 255 && text.chars().all(|char| char.is_alphanumeric() || char == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_are_found_in_messages() {
        let message = "cannot search unknown field 'TableField(name='nme',langPK='null',type=Product)' within type Product \
                       unless you disable checking , infoMap=TypeInfoMap for type = 8796093120594";
        assert_eq!(Unknown::of(message), Some(Unknown::Attribute { name: "nme", of: "Product" }));
        let short = "cannot search unknown field 'nme' within type Product";
        assert_eq!(Unknown::of(short), Some(Unknown::Attribute { name: "nme", of: "Product" }));
        assert_eq!(Unknown::of("no composed type with code Prodct found"), Some(Unknown::Type("Prodct")));
        for other in [
            "missing values for [a]",
            "cannot search unknown field '' within type Product",
            "cannot search unknown field 'a b' within type Product",
            "no composed type with code ",
        ] {
            assert_eq!(Unknown::of(other), None, "{other}");
        }
    }
}
