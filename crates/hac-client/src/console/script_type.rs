//! The languages of the scripting console.

use crate::named::{named, one_of};

/// The languages that the scripting console runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
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

named! {
    ScriptType is "a script language of HAC", "set the script language";
    /// Every language.
    ALL
    /// The value of HAC's field `scriptType`: `groovy`, `javascript`, `beanshell`.
    as_str { Groovy => "groovy", JavaScript => "javascript", BeanShell => "beanshell" }
    /// Case-insensitive.
    from_str(text, name) { name.eq_ignore_ascii_case(text) } or one_of(ScriptType::ALL)
}
