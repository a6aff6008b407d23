//! The filter for markup that servers have by default: it silently removes text from parameters, but not from uploaded files.

use memchr::memmem;

/// What the filter's default rules look for, in lower case (SAP's help on its filter for cross-site scripting). Most need more than
/// these words to match: an upload that would not have been necessary does no harm.
const WORDS: [&str; 7] = ["<script", "</script", "eval(", "expression(", "javascript:", "vbscript:", "onload"];

/// An attribute that one of the rules looks for, with any white space before its `=`.
const ATTRIBUTE: &str = "src";

/// How much of a text is looked at together.
const STEP: usize = 16 << 10;

/// Returns whether the filter may remove something from a text.
pub(super) fn may_change(text: &str) -> bool {
    let longest = WORDS.iter().map(|word| word.len()).max().unwrap_or_default();
    let bytes = text.as_bytes();
    let mut lower = Vec::with_capacity(STEP + longest);
    let mut from = 0;
    while from < bytes.len() {
        let to = bytes.len().min(from + STEP + longest);
        lower.clear();
        lower.extend_from_slice(&bytes[from..to]);
        lower.make_ascii_lowercase();
        if WORDS.iter().any(|word| memmem::find(&lower, word.as_bytes()).is_some()) {
            return true;
        }
        let behind = |at: usize| &text[from + at + ATTRIBUTE.len()..];
        if memmem::find_iter(&lower, ATTRIBUTE).any(|at| behind(at).trim_start().starts_with('=')) {
            return true;
        }
        from += STEP;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_filter_removes_is_recognised_in_any_case_and_anywhere() {
        for text in [
            "a<SCRIPT>b</script>",
            "</Script>",
            "<img SRC='x'>",
            "<img src = 'x'>",
            "<img\tsrc\r\n\t=\r\n'x\r\ny'>",
            "<img\u{b}src\u{c}=\u{b}'x'>",
            "retrieval(x)",
            "Expression(1)",
            "JavaScript:x",
            "vbscript:x",
            "<body onLoad = x>",
        ] {
            assert!(may_change(text), "{text}");
            for before in [STEP - 3, STEP, STEP + 3, 3 * STEP - 1] {
                assert!(may_change(&format!("{}{text}", "x".repeat(before))), "{text} behind {before}");
            }
        }
        for text in ["", "INSERT Title;code\n;evaluate(1);a script;source=x\n;src;=\n"] {
            assert!(!may_change(text), "{text}");
        }
    }
}
