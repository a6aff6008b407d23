//! Names in a query that the server does not know.

/// A name in a failed query that the server does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownName<'m> {
    /// An attribute.
    Attribute {
        /// Its name, as the query has it.
        name: &'m str,
        /// The code of the type that does not have it.
        of: &'m str,
    },
    /// The code of a type.
    Type(&'m str),
}

impl<'m> UnknownName<'m> {
    /// Reads the message of a [`QueryFailed`](crate::ErrorKind::QueryFailed), as SAP Commerce words it; `None` for every other message.
    pub fn of(message: &'m str) -> Option<Self> {
        if let Some((_, rest)) = message.split_once("cannot search unknown field '") {
            let name = rest.strip_prefix("TableField(name='").unwrap_or(rest).split('\'').next()?;
            let of = word(rest.split_once("within type ")?.1);
            return (is_name(name) && is_name(of)).then_some(Self::Attribute { name, of });
        }
        let code = word(message.split_once("no composed type with code ")?.1);
        is_name(code).then_some(Self::Type(code))
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
        assert_eq!(UnknownName::of(message), Some(UnknownName::Attribute { name: "nme", of: "Product" }));
        let short = "cannot search unknown field 'nme' within type Product";
        assert_eq!(UnknownName::of(short), Some(UnknownName::Attribute { name: "nme", of: "Product" }));
        assert_eq!(UnknownName::of("no composed type with code Prodct found"), Some(UnknownName::Type("Prodct")));
        for other in [
            "missing values for [a]",
            "cannot search unknown field '' within type Product",
            "cannot search unknown field 'a b' within type Product",
            "no composed type with code ",
        ] {
            assert_eq!(UnknownName::of(other), None, "{other}");
        }
    }
}
