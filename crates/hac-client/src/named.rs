//! Enums whose values have names, as HAC or the command line writes them.

/// Gives an enum `ALL`, `as_str`, `Display`, and a `FromStr` that says which names there are.
///
/// `from_str(text, name)` decides whether the text means the value of that name.
macro_rules! named {
    (
        $type:ident is $what:literal, $doing:literal;
        $(#[$all:meta])*
        ALL
        $(#[$as_str:meta])*
        as_str { $($value:ident => $name:literal),+ $(,)? }
        $(#[$from_str:meta])*
        from_str($text:ident, $known:ident) { $fits:expr } or $hint:expr
    ) => {
        impl $type {
            $(#[$all])*
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            $(#[$as_str])*
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $name),+
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $type {
            /// Serializes as [`as_str`](Self::as_str).
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::error::Error;

            $(#[$from_str])*
            fn from_str($text: &str) -> $crate::error::Result<Self> {
                let fits = |value: &&Self| {
                    let $known = value.as_str();
                    $fits
                };
                Self::ALL.iter().find(fits).copied().ok_or_else(|| {
                    $crate::error::Error::new($crate::error::ErrorKind::Usage, $doing)
                        .because(format!("{} is not {}", $text, $what))
                        .with_hint($hint)
                })
            }
        }
    };
}

pub(crate) use named;

/// Whether a text is a name in any case, with its prefix or without.
pub(crate) fn is_named(text: &str, name: &str, prefix: &str) -> bool {
    let bare = name.strip_prefix(prefix).unwrap_or(name);
    text.eq_ignore_ascii_case(name) || text.eq_ignore_ascii_case(bare)
}

/// A hint that lists the names.
pub(crate) fn one_of<T: std::fmt::Display>(all: &[T]) -> String {
    let names: Vec<_> = all.iter().map(T::to_string).collect();
    format!("choose one of {}", names.join(", "))
}
