//! The filter for markup in parameters and headers, as SAP's help describes it.

/// Where what is removed begins, and where it ends; without an end, only the beginning itself is removed.
const PATTERNS: [(&str, Option<&str>); 9] = [
    ("<script>", Some("</script>")),
    (" src='", Some("'")),
    ("</script>", None),
    ("<script", Some(">")),
    // Also in names that end so, such as `retrieval(x)`.
    ("eval(", Some(")")),
    ("expression(", Some(")")),
    ("javascript:", None),
    ("vbscript:", None),
    ("onload", Some("=")),
];

/// The text without what the filter takes for an attack; the case of letters does not count.
pub(crate) fn stripped(text: &str) -> String {
    PATTERNS.iter().fold(text.to_owned(), |text, (begin, end)| without(&text, begin, *end))
}

/// Whether the filter would remove anything.
pub(crate) fn is_suspicious(text: &str) -> bool {
    stripped(text) != text
}

fn without(text: &str, begin: &str, end: Option<&str>) -> String {
    // ASCII letters keep their place.
    let folded = text.to_ascii_lowercase();
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    while let Some(at) = folded[from..].find(begin).map(|at| from + at) {
        let inside = at + begin.len();
        let Some(until) = end.map_or(Some(inside), |end| folded[inside..].find(end).map(|at| inside + at + end.len()))
        else {
            break;
        };
        kept.push_str(&text[from..at]);
        from = until;
    }
    kept.push_str(&text[from..]);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_an_attack_is_removed_in_any_case() {
        for (text, left) in [
            ("a<script>b</script>c", "ac"),
            ("a<SCRIPT type='x'>b</Script>c", "abc"),
            ("<img src='x'/>", "<img/>"),
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
        for text in ["eval(1", "onload", "<script", " src='x", "expression("] {
            assert_eq!(stripped(text), text);
        }
    }
}
