//! Advice about copies.

use std::fmt;

/// What to change in a copy that cannot be planned or written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CopyAdvice {
    /// The server does not have the type.
    ListTypes {
        /// The closest code of a type that the server has.
        meant: Option<String>,
    },
    /// The type does not have the attribute.
    ListAttributes {
        /// The code of the type.
        type_code: String,
        /// The attribute, as the caller named it; several that a query selects are separated by commas.
        attribute: String,
        /// What the attribute was named for.
        role: CopyRole,
        /// The closest name of an attribute that the type has; several are separated by commas.
        meant: Option<String>,
    },
    /// Nothing is unique in the type.
    NameKey,
    /// An attribute by which rows are found cannot be copied.
    NameOtherKey {
        /// The code of the type.
        type_code: String,
        /// The attribute.
        attribute: String,
        /// Whether the caller excluded it.
        excluded: bool,
    },
    /// The query does not select attributes by which rows are found.
    SelectKey {
        /// The attributes that it does not select.
        attributes: Vec<String>,
    },
    /// A row cannot be found by the key.
    LeaveOutRow,
    /// The attribute cannot be copied.
    Exclude {
        /// The attribute.
        attribute: String,
        /// Whether the query selects it.
        selected: bool,
    },
    /// An attribute with a reference cannot be written as ImpEx.
    ExcludeReference,
    /// The server does not say which attributes are encrypted. Nothing was copied.
    DeclareEncrypted,
}

/// What an attribute is named for in a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CopyRole {
    /// Rows are found by it.
    Key,
    /// It is left out.
    Excluded,
    /// The caller says that it is encrypted.
    Encrypted,
    /// The query selects it.
    Selected,
    /// Its values are masked.
    Masked,
}

impl CopyAdvice {
    pub(super) fn map_texts(&mut self, change: &mut dyn FnMut(&mut String)) {
        match self {
            Self::ListTypes { meant } => meant.iter_mut().for_each(change),
            Self::ListAttributes { type_code, attribute, meant, .. } => {
                change(type_code);
                change(attribute);
                meant.iter_mut().for_each(change);
            }
            Self::NameOtherKey { type_code, attribute, .. } => {
                change(type_code);
                change(attribute);
            }
            Self::SelectKey { attributes } => attributes.iter_mut().for_each(change),
            Self::Exclude { attribute, .. } => change(attribute),
            Self::NameKey | Self::LeaveOutRow | Self::ExcludeReference | Self::DeclareEncrypted => {}
        }
    }
}

impl fmt::Display for CopyAdvice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ListTypes { meant: Some(meant) } => write!(f, "did you mean {meant}? HacClient::types lists the types"),
            Self::ListTypes { meant: None } => f.write_str("HacClient::types lists the types"),
            Self::ListAttributes { type_code, meant, .. } => {
                if let Some(meant) = meant {
                    write!(f, "did you mean {meant}? ")?;
                }
                write!(f, "HacClient::type_attributes(\"{type_code}\") lists the attributes")
            }
            Self::NameKey => f.write_str("name the attributes that tell its rows apart (ImpexCopy::key)"),
            Self::NameOtherKey { .. } => f.write_str("name other attributes that tell its rows apart (ImpexCopy::key)"),
            Self::SelectKey { attributes } => {
                write!(f, "select {{{}}} too, or name other attributes (ImpexCopy::key)", attributes.join("}, {"))
            }
            Self::LeaveOutRow => f.write_str("leave the item out with a query, or name other attributes (ImpexCopy::key)"),
            Self::Exclude { attribute, selected: false } => write!(f, "leave it out: .exclude(\"{attribute}\")"),
            Self::Exclude { attribute, selected: true } => {
                write!(f, "leave it out of the query, or .exclude(\"{attribute}\")")
            }
            Self::ExcludeReference => f.write_str(
                "leave out the attribute with the reference (ImpexCopy::exclude), or choose other rows with a query",
            ),
            Self::DeclareEncrypted => f.write_str(
                "look it up in the type system, then name them (ImpexCopy::encrypted), which leaves them out, or pass an \
                 empty list if there are none; nothing was copied",
            ),
        }
    }
}

impl fmt::Display for CopyRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "as a key",
            Self::Excluded => "to be left out",
            Self::Encrypted => "as an encrypted one",
            Self::Selected => "in the query",
            Self::Masked => "to be masked",
        })
    }
}
