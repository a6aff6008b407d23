//! What makes a file one that must not be split.

use std::borrow::Cow;

use crate::console::impex::script::{Kind, Macros, Statement, joined};

/// Looks at statements in their order, up to the first that forbids splitting.
#[derive(Debug, Default)]
pub(super) struct Safety {
    macros: Macros,
    conditions: Conditions,
}

impl Safety {
    /// Returns whether the next statement is within a condition.
    pub(super) fn is_within_condition(&self) -> bool {
        self.conditions.are_open()
    }

    /// Returns why a file with this statement must be sent as a whole.
    pub(super) fn forbids(&mut self, statement: &Statement<'_>) -> Option<&'static str> {
        let within = self.conditions.are_open();
        match statement.kind {
            Kind::Row if statement.text.trim_start().starts_with("$START_USERRIGHTS") => {
                Some("a block of user rights begins here")
            }
            Kind::Row => None,
            Kind::Header | Kind::Macro if within => Some("this line holds only under a condition in code"),
            Kind::Header => {
                let line = joined(statement.text);
                has_document_id(&self.macros.expand(&line)).then_some("this header has a document id (&…)")
            }
            Kind::Macro => {
                self.macros.define(statement.text);
                None
            }
            Kind::Code => self.conditions.take(statement.text).err(),
        }
    }
}

/// The conditions in code that are open: `#% if: …` up to `#% endif:`.
#[derive(Debug, Default)]
pub(super) struct Conditions(usize);

impl Conditions {
    pub(super) fn are_open(&self) -> bool {
        self.0 > 0
    }

    /// Takes a line of code. The error is why nothing may be split that contains it.
    pub(super) fn take(&mut self, text: &str) -> Result<(), &'static str> {
        let code = code_of(text);
        let code = code.trim();
        if code.starts_with("impex.includeExternalData") {
            return Ok(());
        }
        if code.starts_with("if:") {
            self.0 += 1;
            return Ok(());
        }
        let is_branch = code.starts_with("elseif:") || code.starts_with("else:");
        let ends = code.starts_with("endif:");
        if self.0 > 0 && (is_branch || ends) {
            self.0 -= usize::from(ends);
            return Ok(());
        }
        Err("this code may depend on what stands before it, or change what stands behind it")
    }
}

/// Returns the code behind the `#%`, without the quotes around it.
fn code_of(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if let Some(quoted) = text.strip_prefix('"') {
        let quoted = quoted.strip_suffix(';').unwrap_or(quoted);
        let inner = quoted.strip_suffix('"').unwrap_or(quoted).trim_start();
        return Cow::Owned(inner.strip_prefix("#%").unwrap_or(inner).replace("\"\"", "\""));
    }
    Cow::Borrowed(text.strip_prefix("#%").unwrap_or(text))
}

/// Returns whether a column or a reference is a document id: `&ref`, outside of quotes and of modifiers in brackets.
fn has_document_id(header: &str) -> bool {
    let (mut in_quotes, mut depth) = (false, 0_usize);
    for byte in header.bytes() {
        match byte {
            b'"' => in_quotes = !in_quotes,
            b'[' if !in_quotes => depth += 1,
            b']' if !in_quotes => depth = depth.saturating_sub(1),
            b'&' if !in_quotes && depth == 0 => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::impex::script::Statements;

    fn first_forbidden(script: &str) -> Option<usize> {
        let mut safety = Safety::default();
        Statements::of(script).find(|statement| safety.forbids(statement).is_some()).map(|statement| statement.line)
    }

    #[test]
    fn the_line_that_forbids_splitting_is_found() {
        for (script, line) in [
            ("INSERT Address;&id;street\n;a1;x\n", Some(1)),
            ("INSERT User;uid\n;a\nINSERT Address;owner( &id );street\n", Some(3)),
            ("$ref=owner(&id)\nINSERT Address;$ref;street\n", Some(2)),
            ("INSERT Address;street[default=a&b];\"a & b\"\n", None),
            ("INSERT A;x\n$START_USERRIGHTS;;;\nType;UID\n", Some(2)),
            ("INSERT A;x\n#% impex.setLocale( Locale.GERMAN );\n", Some(2)),
            ("INSERT A;x\n#% impex.includeExternalData(\"a.csv\", \"UTF-8\", 0, -1);\n;1\n", None),
            ("INSERT A;x\n\"#% impex.includeExternalData(\"\"a.csv\"\", \"\"UTF-8\"\", 0, -1);\"\n;1\n", None),
            ("INSERT A;x\n#% if: true\n;1\n#% endif:\n;2\n", None),
            ("INSERT A;x\n#% if: true\nINSERT B;x\n#% endif:\n;2\n", Some(3)),
            ("#% if: true\n$a=1\n#% endif:\n", Some(2)),
            ("INSERT A;x\n#% endif:\n", Some(2)),
        ] {
            assert_eq!(first_forbidden(script), line, "{script}");
        }
    }
}
