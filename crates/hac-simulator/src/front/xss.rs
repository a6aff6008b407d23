//! The filter for markup in parameters and headers, as SAP's help describes it.

/// One of the default rules, in the order of SAP's help: what the text looks like that is removed.
enum Rule {
    /// Just these words.
    Words(&'static str),
    /// From the one to the other. Without the other, nothing is removed.
    Between { begin: &'static str, end: &'static str, within_a_line: bool },
    /// An attribute with a value in single quotes: space before its name, and any space around its `=`.
    Attribute(&'static str),
}

const RULES: [Rule; 9] = [
    Rule::Between { begin: "<script>", end: "</script>", within_a_line: true },
    Rule::Attribute("src"),
    Rule::Words("</script>"),
    Rule::Between { begin: "<script", end: ">", within_a_line: false },
    // Also in names that end so, such as `retrieval(x)`.
    Rule::Between { begin: "eval(", end: ")", within_a_line: false },
    Rule::Between { begin: "expression(", end: ")", within_a_line: false },
    Rule::Words("javascript:"),
    Rule::Words("vbscript:"),
    Rule::Between { begin: "onload", end: "=", within_a_line: false },
];

/// What Java's `\s` matches.
const SPACE: [char; 6] = [' ', '\t', '\n', '\u{b}', '\u{c}', '\r'];

/// What Java's `.` does not match.
const LINE_ENDS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// The text without what the filter takes for an attack; the case of letters does not count.
pub(crate) fn stripped(text: &str) -> String {
    RULES.iter().fold(text.to_owned(), |text, rule| without(&text, rule))
}

/// Whether the filter would remove anything.
pub(crate) fn is_suspicious(text: &str) -> bool {
    stripped(text) != text
}

fn without(text: &str, rule: &Rule) -> String {
    // ASCII letters keep their place.
    let folded = text.to_ascii_lowercase();
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    while let Some((at, until)) = rule.first(&folded, from) {
        kept.push_str(&text[from..at]);
        from = until;
    }
    kept.push_str(&text[from..]);
    kept
}

impl Rule {
    /// Where the first text behind `from` begins and ends that the rule matches.
    fn first(&self, text: &str, from: usize) -> Option<(usize, usize)> {
        let word = match self {
            Self::Words(word) | Self::Attribute(word) | Self::Between { begin: word, .. } => word,
        };
        text[from..].match_indices(word).find_map(|(at, _)| {
            let (at, behind) = (from + at, from + at + word.len());
            match self {
                Self::Words(_) => Some((at, behind)),
                Self::Between { end, within_a_line, .. } => {
                    let length = text[behind..].find(end)?;
                    let is_within = !text[behind..behind + length].contains(LINE_ENDS);
                    (is_within || !within_a_line).then_some((at, behind + length + end.len()))
                }
                Self::Attribute(_) => {
                    let begin = text[from..at].trim_end_matches(SPACE).len() + from;
                    let value = text[behind..].trim_start_matches(SPACE).strip_prefix('=')?;
                    let value = value.trim_start_matches(SPACE).strip_prefix('\'')?;
                    let rest = &value[value.find('\'')? + 1..];
                    (begin < at).then_some((begin, text.len() - rest.len()))
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_an_attack_is_removed_in_any_case() {
        for (text, left) in [
            ("a<script>b</script>c", "ac"),
            ("a<SCRIPT type='x'>b</Script>c", "abc"),
            ("a<script>b\nc</script>d", "ab\ncd"),
            ("<img src='x'/>", "<img/>"),
            ("<img  \t SRC\r\n =\n 'x\ny'/>", "<img/>"),
            ("<img\u{b}src\u{c}='x'/> src='y'", "<img/>"),
            ("return retrieval(x) + 1", "return retri + 1"),
            ("evaluate(1)", "evaluate(1)"),
            ("eval(a); eval(b)", "; "),
            ("width: expression(1)", "width: "),
            ("JavaScript:alert(1) vbscript:x", "alert(1) x"),
            ("<body onload = x>", "<body  x>"),
            ("äé<script>ß</script>", "äé"),
        ] {
            assert_eq!(stripped(text), left, "{text}");
            assert_eq!(is_suspicious(text), text != left, "{text}");
        }
    }

    #[test]
    fn what_does_not_end_stays() {
        for text in ["eval(1", "onload", "<script", " src='x", " src=x", "asrc='x'", " src :='x'", "expression("] {
            assert_eq!(stripped(text), text);
        }
    }
}
