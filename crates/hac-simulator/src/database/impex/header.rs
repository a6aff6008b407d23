//! A header: the type, and what each column stands for.

use std::collections::BTreeMap;

use super::read::split;
use crate::database::sample;
use crate::database::schema::{Attribute, ItemType, Kind, Need, Relation};

/// What is done with the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Insert,
    InsertUpdate,
    Update,
    Remove,
}

#[derive(Debug)]
pub(super) struct Header {
    /// As it stands in the script, macros replaced.
    pub(super) text: String,
    pub(super) mode: Mode,
    pub(super) of: &'static ItemType,
    /// `[batchmode=true]`: a row may be about many items.
    pub(super) batch: bool,
    pub(super) columns: Vec<Column>,
}

#[derive(Debug)]
pub(super) struct Column {
    /// As in the header, without modifiers.
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) unique: bool,
    pub(super) default: Option<String>,
    /// What separates the values of an item expression: `path-delimiter`.
    pub(super) separator: char,
    pub(super) change: Change,
}

/// Where a value goes.
#[derive(Debug)]
pub(super) enum Place {
    Plain(&'static Attribute),
    /// In the language with this PK.
    Localized(&'static Attribute, i64),
    Reference(&'static Attribute, Path),
    Collection(&'static Relation, Path),
    /// An empty header cell: its values are ignored.
    Nowhere,
}

/// How an item is named by attributes of it: `catalog(id),version`.
#[derive(Debug)]
pub(super) struct Path {
    pub(super) of: &'static ItemType,
    /// Empty: by its PK.
    pub(super) leaves: Vec<Leaf>,
}

#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) attribute: &'static Attribute,
    pub(super) default: Option<String>,
    /// For an attribute that names an item itself.
    pub(super) path: Option<Path>,
}

/// What a value does to the collection that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Replace,
    Append,
    Remove,
}

/// Reads a header; the error is the reason that HAC shows.
pub(super) fn parse(mode: &str, rest: &str, strict: bool) -> Result<Header, String> {
    let text = format!("{mode} {rest}");
    balanced(rest)?;
    let mut parts = split(rest, ';').into_iter();
    let (code, modifiers) = modified(parts.next().unwrap_or_default());
    let of = ItemType::find(&code).ok_or_else(|| format!("unknown type '{code}'"))?;
    let columns = parts.map(|part| column(of, part)).collect::<Result<Vec<_>, _>>()?;
    let mode = match mode {
        "INSERT" => Mode::Insert,
        "UPDATE" => Mode::Update,
        "REMOVE" => Mode::Remove,
        _ => Mode::InsertUpdate,
    };
    for (position, column) in columns.iter().enumerate() {
        let same = |other: &&Column| other.place.is_same_as(&column.place);
        if let Some(other) = columns[..position].iter().find(same) {
            return Err(format!("ambiguous columns: {} and {}", other.name, column.name));
        }
    }
    if strict && mode != Mode::Insert && !columns.iter().any(|column| column.unique) {
        return Err(format!("at least one attribute of {code} has to be declared as unique"));
    }
    let batch = modifiers.get("batchmode").is_some_and(|value| value == "true");
    Ok(Header { text, mode, of, batch, columns })
}

fn balanced(text: &str) -> Result<(), String> {
    let mut open = Vec::new();
    let mut quoted = false;
    for character in text.chars() {
        match character {
            '\'' | '"' => quoted = !quoted,
            '[' | '(' if !quoted => open.push(character),
            ']' | ')' if !quoted => {
                let fitting = if character == ']' { '[' } else { '(' };
                if open.pop() != Some(fitting) {
                    return Err(format!("unbalanced '{character}' in header"));
                }
            }
            _ => {}
        }
    }
    open.pop().map_or(Ok(()), |bracket| Err(format!("unbalanced '{bracket}' in header")))
}

fn column(of: &'static ItemType, text: &str) -> Result<Column, String> {
    let text = text.trim();
    let text = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .map_or(text.to_owned(), |inner| inner.replace("\"\"", "\""));
    let (name, modifiers) = modified(&text);
    let flag = |key: &str| modifiers.get(key).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let place = if name.is_empty() || flag("virtual") || name.starts_with('@') {
        Place::Nowhere
    } else {
        place(of, &name, &modifiers)?
    };
    let change = match modifiers.get("mode").map(String::as_str) {
        Some("append") => Change::Append,
        Some("remove") => Change::Remove,
        _ => Change::Replace,
    };
    let separator = separator(&name, &place, modifiers.get("path-delimiter").map(String::as_str))?;
    Ok(Column { name, place, unique: flag("unique"), default: modifiers.get("default").cloned(), separator, change })
}

/// What separates the values of a cell that names an item.
fn separator(name: &str, place: &Place, modifier: Option<&str>) -> Result<char, String> {
    let Some(given) = modifier else { return Ok(':') };
    let mut characters = given.chars();
    let (Some(separator), None) = (characters.next(), characters.next()) else {
        return Err(format!("path-delimiter of column {name} has to be one character"));
    };
    // What is documented shows none of these.
    if let Place::Reference(_, path) | Place::Collection(_, path) = place
        && path.leaves.iter().any(|leaf| leaf.path.is_some())
    {
        return Err(format!("path-delimiter for keys within keys ({name}) is not supported by the simulator"));
    }
    Ok(separator)
}

fn place(of: &'static ItemType, text: &str, modifiers: &BTreeMap<String, String>) -> Result<Place, String> {
    let (name, inner) = named(text);
    let unknown = || format!("unknown attributes [{}.{name}]", of.code);
    if let Some(relation) = of.relation(name) {
        let element = ItemType::find(relation.element).ok_or_else(unknown)?;
        return Ok(Place::Collection(relation, path(element, inner.unwrap_or_default())?));
    }
    let attribute = of.attribute(name).ok_or_else(unknown)?;
    match (attribute.kind, attribute.target.and_then(ItemType::find)) {
        (Kind::Localized, _) => {
            let isocode = modifiers.get("lang").map_or("en", String::as_str);
            let language =
                sample::language(isocode).ok_or_else(|| format!("unknown language '{isocode}' in column {name}"))?;
            Ok(Place::Localized(attribute, language))
        }
        (_, Some(target)) => Ok(Place::Reference(attribute, path(target, inner.unwrap_or_default())?)),
        (_, None) if inner.is_some() => Err(format!("attribute {}.{name} does not refer to an item", of.code)),
        (_, None) => Ok(Place::Plain(attribute)),
    }
}

/// `catalog(id),version` below a type.
fn path(of: &'static ItemType, text: &str) -> Result<Path, String> {
    let mut leaves = Vec::new();
    for part in outermost(text).into_iter().filter(|part| !part.trim().is_empty()) {
        let (text, modifiers) = modified(part);
        let (name, inner) = named(&text);
        // `Category.code` is the same as `code`.
        let name = name.rsplit('.').next().unwrap_or(name);
        let attribute = of.attribute(name).ok_or_else(|| format!("unknown attributes [{}.{name}]", of.code))?;
        let target = attribute.target.and_then(ItemType::find);
        let path = target.map(|target| path(target, inner.unwrap_or_default())).transpose()?;
        leaves.push(Leaf { attribute, default: modifiers.get("default").cloned(), path });
    }
    Ok(Path { of, leaves })
}

/// `name(inner)`.
fn named(text: &str) -> (&str, Option<&str>) {
    match text.split_once('(') {
        Some((name, inner)) => (name.trim(), inner.trim().strip_suffix(')')),
        None => (text.trim(), None),
    }
}

/// Split at the commas that are in no brackets.
fn outermost(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut from, mut depth) = (0, 0);
    for (at, character) in text.char_indices() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

/// What stands in front of the modifiers at the end, and these: `code[unique=true][default='x']`.
fn modified(text: &str) -> (String, BTreeMap<String, String>) {
    let mut name = text.trim();
    let mut modifiers = BTreeMap::new();
    while let Some(without) = name.strip_suffix(']') {
        // Inside of parentheses they belong to a part of the path.
        let Some(at) = without.rfind('[') else { break };
        for modifier in outermost(&without[at + 1..]) {
            if let Some((key, value)) = modifier.split_once('=') {
                let value = value.trim();
                let bare = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(value);
                modifiers.insert(key.trim().to_ascii_lowercase(), bare.to_owned());
            }
        }
        name = without[..at].trim_end();
    }
    (name.to_owned(), modifiers)
}

impl Place {
    fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Localized(one, here), Self::Localized(two, there)) => one.name == two.name && here == there,
            (Self::Plain(one) | Self::Reference(one, _), Self::Plain(two) | Self::Reference(two, _)) => {
                one.name == two.name
            }
            (Self::Collection(one, _), Self::Collection(two, _)) => one.name == two.name,
            _ => false,
        }
    }

    /// Whether an item cannot be made without a value for it.
    pub(super) fn is_needed(&self) -> bool {
        match self {
            Self::Plain(attribute) | Self::Reference(attribute, _) => attribute.need != Need::Optional,
            _ => false,
        }
    }
}
