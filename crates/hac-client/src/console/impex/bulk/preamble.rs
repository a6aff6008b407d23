//! What a chunk has to begin with so that its rows mean what they mean in the file: macros and the header.

use std::collections::HashMap;

use crate::console::impex::script::{Kind, Statement, definition, joined};

/// Above this length, in bytes, definitions that nothing uses any more are dropped; the limit doubles with what is left.
const COMPACT_ABOVE: usize = 16 << 10;

/// The limit of a preamble, in bytes: it stands in every chunk.
pub(super) const LIMIT: usize = 256 << 10;

/// The macros and the header that are in effect, in the order of the file.
///
/// The order matters: a header keeps the values that its macros had where it stands, and so does a macro that uses another.
#[derive(Debug, Clone, Default)]
pub(super) struct Preamble {
    items: Vec<Item>,
    length: usize,
    compact_above: usize,
}

/// A macro or a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// The name of the macro, with its `$`; `None` for a header.
    name: Option<String>,
    pub(super) kind: Kind,
    pub(super) line: usize,
    pub(super) last_line: usize,
    pub(super) text: String,
}

impl Preamble {
    /// Adds a macro or a header; other statements change nothing.
    pub(super) fn take(&mut self, statement: &Statement<'_>) {
        let name = match statement.kind {
            Kind::Macro => match definition(&joined(statement.text)) {
                Some((name, _)) => Some(name.to_owned()),
                None => return,
            },
            Kind::Header => {
                if let Some(at) = self.items.iter().rposition(|item| item.kind == Kind::Header) {
                    self.length -= self.items.remove(at).text.len();
                }
                None
            }
            Kind::Row | Kind::Code => return,
        };
        let Statement { kind, line, last_line, text } = *statement;
        self.length += text.len();
        self.items.push(Item { name, kind, line, last_line, text: text.to_owned() });
        if self.length > self.compact_above.max(COMPACT_ABOVE) {
            self.compact();
            self.compact_above = self.length * 2;
        }
    }

    pub(super) fn items(&self) -> &[Item] {
        &self.items
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Drops definitions that were replaced, unless something between them and their replacement may use them.
    fn compact(&mut self) {
        let mut kept: Vec<Item> = Vec::new();
        // Where the replacement of each macro is in what is kept.
        let mut replaced: HashMap<String, usize> = HashMap::new();
        // From the end, so that what uses a definition is known before it.
        for item in std::mem::take(&mut self.items).into_iter().rev() {
            let is_needed = match &item.name {
                None => true,
                Some(name) => {
                    // A replacement may use the value that it replaces.
                    let until = replaced.get(name).copied();
                    until.is_none_or(|until| kept[until..].iter().any(|later| uses(later, name)))
                }
            };
            if is_needed {
                if let Some(name) = &item.name {
                    replaced.insert(name.clone(), kept.len());
                }
                kept.push(item);
            }
        }
        kept.reverse();
        self.items = kept;
        self.length = self.items.iter().map(|item| item.text.len()).sum();
    }
}

/// Returns whether an item may use a macro. The name behind its `=` counts, not the one that it defines.
fn uses(item: &Item, name: &str) -> bool {
    let value = match &item.name {
        Some(_) => item.text.split_once('=').map_or("", |(_, value)| value),
        None => &item.text,
    };
    value.contains(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::impex::script::Statements;

    fn preamble(script: &str) -> Preamble {
        let mut preamble = Preamble::default();
        Statements::of(script).for_each(|statement| preamble.take(&statement));
        preamble
    }

    fn texts(preamble: &Preamble) -> Vec<&str> {
        preamble.items().iter().map(|item| item.text.as_str()).collect()
    }

    #[test]
    fn only_the_last_header_counts_and_it_stays_before_the_macros_that_follow_it() {
        let found = preamble("$a=1\nINSERT A;x\n;1\n$b=2\nINSERT B;$a\n;1\n$a=3\n;$a\n");
        assert_eq!(texts(&found), ["$a=1", "$b=2", "INSERT B;$a", "$a=3"]);
    }

    #[test]
    fn definitions_that_were_replaced_are_dropped_and_those_in_use_are_kept() {
        let mut found = preamble("$a=1\n$a=2\n$b=$a\n$a=3\nINSERT B;$a\n$a=4\n$a=$a;5\n$c=6\n$c=7\n");
        found.compact();
        assert_eq!(texts(&found), ["$a=2", "$b=$a", "$a=3", "INSERT B;$a", "$a=4", "$a=$a;5", "$c=7"]);
        assert_eq!(found.length(), texts(&found).concat().len());
    }

    #[test]
    fn a_macro_that_is_redefined_for_every_block_does_not_pile_up() {
        let blocks = (0..50_000).map(|block| format!("$lang=l{block}\nINSERT A;x[$lang]\n;{block}\n"));
        let script = blocks.collect::<Vec<_>>().concat();
        let found = preamble(&script);
        assert!(found.length() <= COMPACT_ABOVE, "{}", found.length());
        assert!(texts(&found).ends_with(&["$lang=l49999", "INSERT A;x[$lang]"]));
    }
}
