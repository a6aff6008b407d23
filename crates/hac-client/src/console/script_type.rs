//! The languages of the scripting console.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind, Result};

/// The languages that the scripting console runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ScriptType {
    /// Groovy.
    #[default]
    Groovy,
    /// JavaScript.
    JavaScript,
    /// BeanShell.
    BeanShell,
}

impl ScriptType {
    /// Every language.
    pub const ALL: &'static [Self] = &[Self::Groovy, Self::JavaScript, Self::BeanShell];

    /// The value of HAC's field `scriptType`: `groovy`, `javascript`, `beanshell`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Groovy => "groovy",
            Self::JavaScript => "javascript",
            Self::BeanShell => "beanshell",
        }
    }
}

impl fmt::Display for ScriptType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ScriptType {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.iter().copied().find(|known| known.as_str().eq_ignore_ascii_case(text)).ok_or_else(|| {
            Error::new(ErrorKind::Usage, "choose the script's language")
                .because(format!("{text} is none that HAC knows"))
                .with_hint("groovy, javascript or beanshell")
        })
    }
}
