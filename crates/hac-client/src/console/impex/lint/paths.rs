//! The attributes that the columns of a header name: `catalogVersion(catalog(id),version)` names four, of three types.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use super::super::script::{Macros, joined};
use super::header::{Column, Header, trimmed};

/// References within references are followed so far.
const DEEPEST: usize = 16;

/// The attributes that lead from a type to a value, such as `catalogVersion`, `catalog`, `id`.
pub(super) type Path = Vec<String>;

/// The types that a script names, each with the attributes that it needs.
pub(super) type Wanted = BTreeMap<String, BTreeSet<Path>>;

/// The type and the columns of a header, with its macros replaced.
pub(super) struct Meant<'t> {
    pub(super) type_code: String,
    pub(super) columns: Vec<MeantColumn<'t>>,
}

/// A column of a header, which a macro may have brought.
pub(super) struct MeantColumn<'t> {
    text: Text<'t>,
    pub(super) attribute: Attribute,
    /// What stands in the header in its place, if a macro brought it.
    pub(super) place: Option<Range<usize>>,
}

/// What the places of an attribute are those of.
enum Text<'t> {
    Written(&'t str),
    Expanded(Rc<str>),
}

/// An attribute, and those of the items that it refers to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) name: Range<usize>,
    pub(super) below: Vec<Attribute>,
}

impl<'t> Meant<'t> {
    pub(super) fn of(text: &'t str, header: &Header, macros: &Macros) -> Self {
        let written = &text[header.type_code.clone()];
        let (mut type_code, mut columns) = (written.to_owned(), Vec::new());
        if written.contains('$') {
            // Columns may be a part of it.
            let line = format!("INSERT {}", macros.expand(&joined(written)));
            if let Some(read) = Header::read(&line) {
                line[read.type_code.clone()].clone_into(&mut type_code);
                columns.extend(MeantColumn::expanded(&line, &read.columns, &header.type_code));
            }
        }
        for column in &header.columns {
            let written = &text[column.whole.clone()];
            if written.contains('$') {
                let line = format!("INSERT X;{}", macros.expand(&joined(written)));
                let read = Header::read(&line).map(|read| read.columns).unwrap_or_default();
                columns.extend(MeantColumn::expanded(&line, &read, &column.whole));
            } else {
                let attribute = Attribute::of(text, column);
                columns.push(MeantColumn { text: Text::Written(text), attribute, place: None });
            }
        }
        Self { type_code, columns }
    }

    /// Adds what has to be known of types.
    pub(super) fn want(&self, wanted: &mut Wanted) {
        if !is_name(&self.type_code) {
            return;
        }
        let paths = wanted.entry(self.type_code.clone()).or_default();
        for column in &self.columns {
            column.attribute.paths(column.text(), &mut Vec::new(), paths);
        }
    }
}

impl MeantColumn<'_> {
    fn expanded(line: &str, columns: &[Column], place: &Range<usize>) -> Vec<Self> {
        let text: Rc<str> = line.into();
        let column = |column: &Column| MeantColumn {
            text: Text::Expanded(Rc::clone(&text)),
            attribute: Attribute::of(line, column),
            place: Some(place.clone()),
        };
        columns.iter().map(column).collect()
    }

    /// What the places of the attributes are those of.
    pub(super) fn text(&self) -> &str {
        match &self.text {
            Text::Written(text) => text,
            Text::Expanded(text) => text,
        }
    }
}

impl Attribute {
    fn of(text: &str, column: &Column) -> Self {
        let translated = |name: &Range<usize>| text[name.clone()].eq_ignore_ascii_case("translator");
        let mut attribute = Self::read(text, column.whole.clone(), DEEPEST);
        if column.modifiers.iter().any(|modifier| translated(&modifier.name)) {
            // What stands in the brackets then, only the translator knows.
            attribute.below.clear();
        }
        attribute
    }

    /// Reads `name(below,below)`.
    fn read(text: &str, part: Range<usize>, depth: usize) -> Self {
        let whole = trimmed(text, part);
        let inner = &text[whole.clone()];
        let end = whole.start + inner.find(['[', '(']).unwrap_or(inner.len());
        let name = trimmed(text, whole.start..end);
        let below = if depth > 0 && text[end..whole.end].starts_with('(') {
            split(text, end + 1..whole.end).into_iter().map(|part| Self::read(text, part, depth - 1)).collect()
        } else {
            Vec::new()
        };
        Self { name, below }
    }

    fn paths(&self, text: &str, path: &mut Path, paths: &mut BTreeSet<Path>) {
        path.push(text[self.name.clone()].to_owned());
        if self.below.is_empty() {
            paths.insert(path.clone());
        }
        for below in &self.below {
            below.paths(text, path, paths);
        }
        path.pop();
    }
}

/// The parts between commas, up to the bracket that ends them. None where there are alternatives: one of them has to fit.
fn split(text: &str, part: Range<usize>) -> Vec<Range<usize>> {
    let (mut parts, mut from, mut depth, mut in_quotes) = (Vec::new(), part.start, 0_usize, None);
    for (offset, byte) in text[part.clone()].bytes().enumerate() {
        let at = part.start + offset;
        match (byte, in_quotes) {
            (b'"' | b'\'', None) => in_quotes = Some(byte),
            (_, Some(quote)) if byte == quote => in_quotes = None,
            (b'(' | b'[', None) => depth += 1,
            (b')' | b']', None) if depth > 0 => depth -= 1,
            (b'|', None) if depth == 0 => return Vec::new(),
            (b',' | b')', None) if depth == 0 => {
                parts.push(from..at);
                from = at + 1;
                if byte == b')' {
                    return parts;
                }
            }
            _ => {}
        }
    }
    Vec::new()
}

/// The type and the attribute of `Principal.uid`.
pub(super) fn of_its_own_type(name: &str) -> Option<(&str, &str)> {
    name.split_once('.').filter(|(code, attribute)| is_name(code) && is_name(attribute))
}

/// Whether a text can be the code of a type or the name of an attribute.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(macros: &[&str], text: &str) -> Vec<String> {
        let mut known = Macros::default();
        for line in macros {
            known.define(line);
        }
        let header = Header::read(text).expect("a header");
        let mut wanted = Wanted::new();
        Meant::of(text, &header, &known).want(&mut wanted);
        let told = wanted
            .into_iter()
            .flat_map(|(code, paths)| paths.into_iter().map(move |path| format!("{code}: {}", path.join(" "))));
        told.collect()
    }

    #[test]
    fn the_attributes_of_references_are_paths() {
        assert_eq!(
            wanted(&[], "INSERT Product;code;v ( catalog(id[default='a,b)'], x) , \\\n version)[unique=true]"),
            ["Product: code", "Product: v catalog id", "Product: v catalog x", "Product: v version"]
        );
        assert_eq!(
            wanted(&[], "INSERT A;b(c|d);e(f(g|h),i);j(k)[translator=x.Y];l(Principal.uid)"),
            ["A: b", "A: e f", "A: e i", "A: j", "A: l Principal.uid"]
        );
        let deep = format!("INSERT A;{}{}", "a(".repeat(100), ")".repeat(100));
        assert_eq!(wanted(&[], &deep), [format!("A: {}", vec!["a"; DEEPEST + 1].join(" "))]);
    }

    proptest::proptest! {
        #[test]
        fn any_header_is_read(text in "INSERT [A-C$;()\\[\\],|.'\"\\\\\n ä=]{0,80}") {
            if let Some(header) = Header::read(&text) {
                let mut macros = Macros::default();
                macros.define("$A=B(C),$A;B[");
                let meant = Meant::of(&text, &header, &macros);
                for column in &meant.columns {
                    proptest::prop_assert!(column.text().get(column.attribute.name.clone()).is_some());
                    proptest::prop_assert!(column.place.clone().is_none_or(|place| text.get(place).is_some()));
                }
                meant.want(&mut Wanted::new());
            }
        }
    }

    #[test]
    fn macros_are_types_columns_and_several_of_them() {
        let macros = ["$t=Product", "$cv=v(catalog(id))[unique=true]", "$two=a;b(c)", "$all=$t;$two"];
        assert_eq!(wanted(&macros, "INSERT $t;$cv;x$t"), ["Product: v catalog id", "Product: xProduct"]);
        assert_eq!(wanted(&macros, "INSERT $all;d"), ["Product: a", "Product: b c", "Product: d"]);
        assert_eq!(wanted(&macros, "INSERT $unknown;d"), [""; 0]);
    }
}
