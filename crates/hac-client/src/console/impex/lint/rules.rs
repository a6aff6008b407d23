//! The rules, statement by statement.

use std::ops::Range;

use super::super::script::{Kind, Macros, Statement, Statements, has_odd_quotes, joined};
use super::finding::LintSeverity::{Error, Warning};
use super::finding::{Findings, LintFinding, LintSeverity};
use super::header::{Column, Header, Modifier};
use super::known::{Lookup, meant};
use super::macros::Definitions;
use super::paths::{Attribute, Meant, MeantColumn, Wanted, is_name, of_its_own_type};
use crate::nearest::nearest_names;

const MODES: [&str; 4] = ["INSERT", "INSERT_UPDATE", "UPDATE", "REMOVE"];

/// Words for modes in other languages, and what is meant by them.
const OTHER_MODES: [(&str, &str); 4] =
    [("UPSERT", "INSERT_UPDATE"), ("MERGE", "INSERT_UPDATE"), ("DELETE", "REMOVE"), ("CREATE", "INSERT")];

/// The modifiers of the public documentation. Translators and decorators have others.
const MODIFIERS: [&str; 24] = [
    "alias",
    "allownull",
    "batchmode",
    "cacheUnique",
    "cellDecorator",
    "collection-delimiter",
    "dateformat",
    "default",
    "forceWrite",
    "ignoreKeyCase",
    "ignorenull",
    "key2value-delimiter",
    "lang",
    "map-delimiter",
    "mode",
    "numberformat",
    "path-delimiter",
    "pos",
    "position",
    "processor",
    "translator",
    "unique",
    "version",
    "virtual",
];

/// Looks at one statement after the other.
pub(super) struct Linter<'a> {
    text: &'a str,
    findings: Findings<'a>,
    definitions: Definitions,
    /// The values of the macros so far.
    macros: Macros,
    lookup: Option<&'a Lookup>,
    /// The header of the rows that come.
    header: Option<Current<'a>>,
    in_user_rights: bool,
}

/// A header, and what has come of it.
struct Current<'a> {
    statement: Statement<'a>,
    /// With macros replaced.
    columns: usize,
    /// The unique columns without a default, counted from 0.
    unique: Vec<usize>,
    has_rows: bool,
}

impl<'a> Current<'a> {
    /// What stands in place of a header whose columns are not known: one finding is enough for all its rows.
    fn unclear(statement: Statement<'a>) -> Self {
        Self { statement, columns: usize::MAX, unique: Vec::new(), has_rows: true }
    }
}

impl<'a> Linter<'a> {
    pub(super) fn new(text: &'a str, lookup: Option<&'a Lookup>) -> Self {
        Self {
            text,
            findings: Findings { text, found: Vec::new() },
            definitions: Definitions::of(text),
            macros: Macros::default(),
            lookup,
            header: None,
            in_user_rights: false,
        }
    }

    /// What a script needs of types.
    pub(super) fn wanted(text: &str) -> Wanted {
        let mut macros = Macros::default();
        let mut wanted = Wanted::new();
        for statement in Statements::of(text) {
            match statement.kind {
                Kind::Macro => macros.define(statement.text),
                Kind::Header => {
                    if let Some(header) = Header::read(statement.text) {
                        Meant::of(statement.text, &header, &macros).want(&mut wanted);
                    }
                }
                Kind::Row | Kind::Code => {}
            }
        }
        wanted
    }

    pub(super) fn finish(mut self) -> Vec<LintFinding> {
        for statement in Statements::of(self.text) {
            if self.findings.is_full() {
                break;
            }
            match statement.kind {
                // What code adds, nobody knows.
                Kind::Code => self.had_rows(),
                _ if self.in_user_rights => self.user_rights(&statement),
                _ if has_odd_quotes(statement.text.as_bytes()) => self.open_quote(&statement),
                Kind::Macro => self.macros.define(statement.text),
                Kind::Header => self.header(statement),
                Kind::Row => self.row(statement),
            }
        }
        self.end_of_header();
        self.findings.found.sort_by_key(|finding| finding.span.start);
        self.findings.found
    }

    fn had_rows(&mut self) {
        if let Some(header) = &mut self.header {
            header.has_rows = true;
        }
    }

    /// Rights are a table of their own kind.
    fn user_rights(&mut self, statement: &Statement<'_>) {
        self.in_user_rights = !statement.text.trim_start().starts_with("$END_USERRIGHTS");
    }

    fn open_quote(&mut self, statement: &Statement<'_>) {
        let at = statement.text.rfind('"').unwrap_or_default();
        let help = "close it, or write \"\" for a quote in a quoted cell";
        let message = "this quote is never closed".to_owned();
        self.findings.add(statement, at..at + 1, Error, "open-quote", message, Some(help.to_owned()));
        self.had_rows();
    }

    fn end_of_header(&mut self) {
        let Some(header) = self.header.take().filter(|header| !header.has_rows) else { return };
        let end = header.statement.text.find(';').unwrap_or(header.statement.text.len());
        let message = "no row follows this header".to_owned();
        self.findings.add(&header.statement, 0..end, Warning, "header-without-rows", message, None);
    }

    fn header(&mut self, statement: Statement<'a>) {
        self.end_of_header();
        for name in self.definitions.undefined(statement.text, statement.line) {
            self.undefined(&statement, name, Error);
        }
        if let Some(header) = Header::read(statement.text) {
            self.parts(&statement, &header);
        }
        let line = joined(statement.text);
        let expanded = self.macros.expand(&line);
        let Some(whole) = Header::read(&expanded) else { return };
        if whole.open_bracket.is_some() {
            // Where its columns end is not known.
            self.header = Some(Current { has_rows: false, ..Current::unclear(statement) });
            return;
        }
        let is = |modifiers: &[Modifier], name: &str, value: &str| {
            modifiers.iter().any(|its| {
                expanded[its.name.clone()].eq_ignore_ascii_case(name)
                    && (value.is_empty()
                        || expanded[its.value.clone()].trim_matches(['\'', '"']).eq_ignore_ascii_case(value))
            })
        };
        let mode = expanded[whole.mode.clone()].to_ascii_uppercase();
        let is_unique =
            |column: &Column| is(&column.modifiers, "unique", "true") || expanded[column.whole.clone()].contains('$');
        if mode != "INSERT" && !whole.columns.iter().any(is_unique) && !is(&whole.modifiers, "processor", "") {
            let end = statement.text.find(';').unwrap_or(statement.text.len());
            let message = format!("{mode} has no unique column to find items by");
            let help = "mark the key with [unique=true]".to_owned();
            self.findings.add(&statement, 0..end, Error, "no-unique-column", message, Some(help));
        }
        let unique = |(at, column): (usize, &Column)| {
            let needs_cell = is(&column.modifiers, "unique", "true")
                && !is(&column.modifiers, "default", "")
                && !expanded[column.whole.clone()].contains("default");
            (needs_cell && mode != "INSERT").then_some(at)
        };
        self.header = Some(Current {
            statement,
            columns: whole.columns.len(),
            unique: whole.columns.iter().enumerate().filter_map(unique).collect(),
            has_rows: false,
        });
    }

    /// The parts of a header as it is written.
    fn parts(&mut self, statement: &Statement<'_>, header: &Header) {
        let text = statement.text;
        if let Some(at) = header.open_bracket {
            let message = "this bracket has no other half".to_owned();
            self.findings.add(statement, at..at + 1, Error, "open-bracket", message, None);
            return;
        }
        if let Some(lookup) = self.lookup {
            self.look_up(statement, header, lookup);
        }
        let mut seen: Vec<(String, Vec<String>)> = Vec::new();
        for column in &header.columns {
            let (whole, name) = (&text[column.whole.clone()], &text[column.name.clone()]);
            let value = written_value(text, column);
            if !whole.is_empty() && !whole.contains('$') && seen.contains(&value) {
                let message = format!("the column {name} occurs twice");
                self.findings.add(statement, column.whole.clone(), Warning, "repeated-column", message, None);
            }
            seen.push(value);
        }
        for modifier in header.modifiers.iter().chain(header.columns.iter().flat_map(|column| &column.modifiers)) {
            let name = &text[modifier.name.clone()];
            let is_known = MODIFIERS.iter().any(|known| known.eq_ignore_ascii_case(name));
            let near: Vec<&str> =
                nearest_names(name, MODIFIERS).into_iter().filter(|known| is_near(known, name)).collect();
            if !is_known && !near.is_empty() {
                let message = format!("{name} is no known modifier");
                self.findings.add(
                    statement,
                    modifier.name.clone(),
                    Warning,
                    "misspelt-modifier",
                    message,
                    meant(&near),
                );
            }
        }
    }

    /// Looks up what an import would refuse.
    fn look_up(&mut self, statement: &Statement<'_>, header: &Header, lookup: &Lookup) {
        let meant = Meant::of(statement.text, header, &self.macros);
        let code = meant.type_code.as_str();
        let written = &statement.text[header.type_code.clone()];
        if is_name(code) && lookup.is_unknown(code) {
            let of_macro = if written == code { String::new() } else { format!(", which {written} stands for") };
            let (message, help) = (format!("the server has no type {code}{of_macro}"), lookup.nearest_type(code));
            self.findings.add(statement, header.type_code.clone(), Error, "unknown-type", message, help);
        }
        for column in &meant.columns {
            self.attribute(statement, code, column, &column.attribute, lookup);
        }
    }

    /// Looks an attribute up, and those of the items that it refers to.
    fn attribute(
        &mut self,
        statement: &Statement<'_>,
        code: &str,
        column: &MeantColumn<'_>,
        attribute: &Attribute,
        lookup: &Lookup,
    ) {
        // `@name` is for a translator, and a macro that is not defined is no name.
        let whole = &column.text()[attribute.name.clone()];
        let (code, name) = of_its_own_type(whole).unwrap_or((code, whole));
        if !is_name(name) || !is_name(code) {
            return;
        }
        if lookup.lacks(code, name) && !name.eq_ignore_ascii_case("pk") {
            let of_macro = column.place.clone().map(|place| {
                let written: String = statement.text[place].chars().take(60).collect();
                format!(", which stands in {written}")
            });
            let message = format!("{code} has no attribute {name}{}", of_macro.unwrap_or_default());
            let place = column.place.clone().unwrap_or_else(|| attribute.name.clone());
            let help = lookup.nearest_attribute(code, name);
            self.findings.add(statement, place, Error, "unknown-attribute", message, help);
            return;
        }
        if let Some(target) = lookup.target(code, name) {
            for below in &attribute.below {
                self.attribute(statement, target, column, below, lookup);
            }
        }
    }

    fn undefined(&mut self, statement: &Statement<'_>, place: Range<usize>, severity: LintSeverity) {
        let name = &statement.text[place.clone()];
        let help = match self.definitions.line_of(name) {
            Some(line) => Some(format!("{name} is defined in line {line}, after this line")),
            None => meant(&nearest_names(name, self.definitions.names())),
        };
        let message = format!("the macro {name} is not defined");
        self.findings.add(statement, place, severity, "undefined-macro", message, help);
    }

    fn row(&mut self, statement: Statement<'a>) {
        let text = statement.text;
        if text.trim_start().starts_with("$START_USERRIGHTS") {
            self.in_user_rights = true;
            return;
        }
        if self.is_mode(&statement) {
            self.end_of_header();
            self.header = Some(Current::unclear(statement));
            return;
        }
        for name in self.definitions.undefined(text, statement.line) {
            self.undefined(&statement, name, Warning);
        }
        let Some(header) = &mut self.header else {
            let message = "this row has no header above it".to_owned();
            let help =
                "a header names the mode, the type and the columns: INSERT_UPDATE Type;code[unique=true]".to_owned();
            let end = text.find(['\n', '\r']).unwrap_or(text.len());
            self.findings.add(&statement, 0..end, Error, "row-without-header", message, Some(help));
            self.header = Some(Current::unclear(statement));
            return;
        };
        header.has_rows = true;
        // A macro may stand for several cells.
        if self.macros.expand(text).matches(';').count() != text.matches(';').count() {
            return;
        }
        let cells = cells(text);
        let (columns, unique) = (header.columns, header.unique.iter().find(|at| **at + 1 >= cells.len()).copied());
        let line = header.statement.line;
        if cells.len() - 1 > columns && cells[columns + 1..].iter().any(|cell| !text[cell.clone()].trim().is_empty()) {
            let place = cells[columns + 1].start..cells[cells.len() - 1].end;
            let number = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
            let (cells, columns) = (number(cells.len() - 1, "cell"), number(columns, "column"));
            let message = format!("the row has {cells}, and the header in line {line} has {columns}");
            let help = Some("put a cell that contains a ; into quotes".to_owned());
            self.findings.add(&statement, place, Error, "too-many-cells", message, help);
        } else if let Some(at) = unique {
            let message =
                format!("the row ends before column {} of the header in line {line}, which is unique", at + 1);
            self.findings.add(&statement, text.len()..text.len(), Error, "missing-unique-cell", message, None);
        }
    }

    /// Whether the row was meant to be a header; says so then.
    fn is_mode(&mut self, statement: &Statement<'_>) -> bool {
        let text = statement.text;
        let end = text.find(|char: char| !char.is_ascii_alphanumeric() && char != '_').unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        if word.is_empty() {
            return false;
        }
        if MODES.iter().any(|mode| mode.eq_ignore_ascii_case(word)) {
            let message = format!("{word} names no type");
            let help = format!("write {word} Type;attribute;…");
            self.findings.add(statement, 0..end, Error, "mode-without-type", message, Some(help));
            return true;
        }
        // `Subtype;a;b` is a row; `WORD Type;a;b` is none.
        let is_header = rest.starts_with(char::is_whitespace)
            && rest.trim_start().starts_with(|first: char| first.is_alphabetic())
            && rest.contains(';');
        if !is_header {
            return false;
        }
        let other = OTHER_MODES.iter().find(|(other, _)| other.eq_ignore_ascii_case(word)).map(|(_, mode)| *mode);
        let near: Vec<&str> = other.map_or_else(|| nearest_names(&word.to_uppercase(), MODES), |mode| vec![mode]);
        let help = meant(&near).unwrap_or_else(|| format!("the modes are {}", MODES.join(", ")));
        let message = format!("{word} is no mode of ImpEx");
        self.findings.add(statement, 0..end, Error, "unknown-mode", message, Some(help));
        true
    }
}

/// The cells of a row, the first of which is the type or empty.
fn cells(row: &str) -> Vec<Range<usize>> {
    let (mut cells, mut from, mut in_quotes) = (Vec::new(), 0, false);
    for (at, byte) in row.bytes().enumerate() {
        match byte {
            b'"' => in_quotes = !in_quotes,
            b';' if !in_quotes => {
                cells.push(from..at);
                from = at + 1;
            }
            _ => {}
        }
    }
    cells.push(from..row.len());
    cells
}

/// One or two letters apart: `uniqe`, and not a name of somebody else's.
fn is_near(known: &str, name: &str) -> bool {
    strsim::levenshtein(&known.to_lowercase(), &name.to_lowercase()) <= 2 && name.len() > 3
}

/// What a column writes: its name and path, and the modifiers that choose a value of several, such as a language. The others say how
/// rows are found, or what an empty cell means.
fn written_value(text: &str, column: &Column) -> (String, Vec<String>) {
    const OTHERS: [&str; 5] = ["unique", "default", "allownull", "ignorenull", "forceWrite"];
    let whole = &text[column.whole.clone()];
    let path = whole.split('[').next().unwrap_or_default().trim().to_ascii_lowercase();
    let choosing = |modifier: &Modifier| {
        let (name, value) = (&text[modifier.name.clone()], &text[modifier.value.clone()]);
        let is_other = OTHERS.iter().any(|other| other.eq_ignore_ascii_case(name));
        (!is_other).then(|| format!("{}={value}", name.to_ascii_lowercase()))
    };
    let mut modifiers: Vec<String> = column.modifiers.iter().filter_map(choosing).collect();
    modifiers.sort();
    (path, modifiers)
}
