//! Names of parameters: identifiers of the language that mean nothing else there.

use crate::console::script_type::ScriptType;
use crate::error::{Error, ErrorKind, Result};

/// Words of Java that BeanShell and Groovy share with it, and literals.
const JAVA: &str = "abstract assert boolean break byte case catch char class const continue default do double else enum \
    extends false final finally float for goto if implements import instanceof int interface long native new null \
    package private protected public return short static strictfp super switch synchronized this throw throws \
    transient true try void volatile while _";

/// Words of Groovy beside them, and what a script has by itself: a variable of that name would take it away.
const GROOVY: &str =
    "as def in it permits record sealed trait threadsafe var yield binding out property metaClass java groovy";

/// Words of JavaScript, those reserved for it, and what our own prologue calls.
const JAVASCRIPT: &str = "abstract arguments async await boolean break byte case catch char class const continue debugger \
    default delete do double else enum eval export extends false final finally float for function get goto if implements \
    import in instanceof int interface let long native new null of package private protected public return set short \
    static super switch synchronized this throw throws transient true try typeof undefined var void volatile while with \
    yield JSON Date NaN Infinity";

/// Words of BeanShell beside Java's, and what it has by itself.
const BEANSHELL: &str = "bsh global java";

/// Checks the name of a script's parameter.
pub(crate) fn check(language: ScriptType, name: &str) -> Result<()> {
    let taken = |words: &[&str]| words.iter().any(|words| words.split_whitespace().any(|word| word == name));
    let taken = match language {
        ScriptType::Groovy => taken(&[JAVA, GROOVY]),
        ScriptType::JavaScript => taken(&[JAVASCRIPT]),
        ScriptType::BeanShell => taken(&[JAVA, BEANSHELL]),
    };
    if !is_identifier(name) {
        return Err(refused(name, "it is not a valid variable name"));
    }
    if taken {
        let why = format!("the name is reserved in {language}");
        return Err(refused(name, &why).with_hint(format!("choose another name, such as the_{name}")));
    }
    Ok(())
}

/// Letters, digits and `_`, not a digit first.
pub(super) fn is_identifier(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.is_empty()
        && !name.starts_with(|char: char| char.is_ascii_digit())
}

pub(super) fn refused(name: &str, why: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("use the parameter {}", super::shortened(name)))
        .because(why)
        .with_hint("a name consists of the letters a to z, digits and _, and starts with a letter: orderCode")
}
