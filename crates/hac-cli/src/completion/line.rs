//! The words of a line, as a shell reads them.

/// The words of a line that ends where it is being edited.
#[derive(Debug)]
struct Words {
    all: Vec<String>,
    /// The quote that is still open.
    quote: Option<char>,
}

/// The words of a line.
#[cfg(test)]
pub(crate) fn split(line: &str) -> Vec<String> {
    let Words { mut all, .. } = read(line);
    if all.last().is_some_and(String::is_empty) && line.ends_with(char::is_whitespace) {
        all.pop();
    }
    all
}

fn read(line: &str) -> Words {
    let mut all = Vec::new();
    let mut word = String::new();
    let mut begun = false;
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(char) = chars.next() {
        match (quote, char) {
            (None, '\'' | '"') => {
                quote = Some(char);
                begun = true;
            }
            (Some(open), _) if open == char => quote = None,
            (None, '\\') => {
                word.extend(chars.next());
                begun = true;
            }
            (Some('"'), '\\') => match chars.next() {
                Some(next) if "\"\\$`".contains(next) => word.push(next),
                next => {
                    word.push('\\');
                    word.extend(next);
                }
            },
            (None, _) if char.is_whitespace() => {
                if begun || !word.is_empty() {
                    all.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            _ => word.push(char),
        }
    }
    all.push(word);
    Words { all, quote }
}

/// A line of bash, which replaces only a part of a word: what is behind the last of `COMP_WORDBREAKS`.
#[derive(Debug)]
pub(super) struct Bash {
    pub(super) words: Vec<String>,
    quote: Option<char>,
    /// What bash keeps of the last word.
    kept: usize,
}

impl Bash {
    pub(super) fn read(line: &str, breaks: &str) -> Self {
        let Words { all, quote } = read(line);
        let last = all.last().map_or("", String::as_str);
        // Within quotes bash breaks nothing; the other characters of the variable end a word for us, too.
        let breaks = |char: char| quote.is_none() && breaks.contains(char) && matches!(char, ':' | '=' | '@');
        let kept = last.rfind(breaks).map_or(0, |at| at + 1);
        Self { words: all, quote, kept }
    }

    /// What stands in the place of what bash replaces.
    pub(super) fn reply(&self, word: &str) -> String {
        let part = word.get(self.kept..).unwrap_or(word);
        if self.quote.is_some() {
            return part.to_owned();
        }
        let mut reply = String::with_capacity(part.len());
        for char in part.chars() {
            if !char.is_alphanumeric() && !"-_./:=@+,%".contains(char) {
                reply.push('\\');
            }
            reply.push(char);
        }
        reply
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        for (line, words) in [
            ("hac type show Product", &["hac", "type", "show", "Product"][..]),
            ("hac groovy 'return 6 * 7'", &["hac", "groovy", "return 6 * 7"]),
            (r#"hac "a \"b\" \n" c\ d"#, &["hac", r#"a "b" \n"#, "c d"]),
            ("hac  '' x ", &["hac", "", "x"]),
        ] {
            assert_eq!(split(line), words, "{line}");
        }
        assert_eq!(read("hac type ").all, ["hac", "type", ""]);
        assert_eq!(read("hac type 'Pro").all, ["hac", "type", "Pro"]);
    }

    #[test]
    fn bash_gets_what_is_behind_its_word_break() {
        let breaks = " \t\n\"'><=;|&(:";
        let reply = |line: &str, word: &str| Bash::read(line, breaks).reply(word);
        assert_eq!(reply("hac --format=js", "--format=json"), "json");
        assert_eq!(reply("hac --format=", "--format=json"), "json");
        assert_eq!(reply("hac flex", "flexsearch"), "flexsearch");
        assert_eq!(reply("hac -e my", "my shop$"), r"my\ shop\$");
        assert_eq!(reply("hac -e 'my", "my shop"), "my shop");
        assert_eq!(reply("hac property get a:b", "a:bc"), "bc");
        assert_eq!(Bash::read("hac --format=js", " ").reply("--format=json"), "--format=json");
    }
}
