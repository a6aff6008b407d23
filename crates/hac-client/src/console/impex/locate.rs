//! Finds the failed lines of a dump in the user's script.
//!
//! The dump contains headers and cells, but no line numbers of the script (those in reasons count the
//! lines of an earlier dump). So a line is found by its content. If several lines have the same content
//! and not all of them failed, it is unknown which one did: all of them are reported as candidates.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::dump::{self, Entry};
use super::script::{Kind, Macros, Statement, Statements, cells, joined};
use super::{ImpexFailure, LINE_LIMIT};

/// The limit of a dump that is parsed, in bytes. Searching the script for its rows takes several times as much memory.
const DUMP_LIMIT: usize = 4 << 20;

/// The maximum number of failures that are reported.
const MOST_FAILURES: usize = 10_000;

/// The maximum number of candidate lines for one failure.
const MOST_CANDIDATES: usize = 100;

/// A failure, and what an import in chunks has to know of it.
#[derive(Debug)]
pub(crate) struct Located {
    pub(crate) failure: ImpexFailure,
    /// Whether a part of the row was processed.
    pub(crate) is_partial: bool,
    pub(crate) spot: Spot,
}

/// What failed, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Spot {
    /// The statement that begins on this line, or another one with the same meaning. Each of these is given once, so that as many are
    /// marked as have failed.
    Line(usize),
    /// One of the statements that begin on these lines; of a header, any row below it. Only the first failure with the same content has
    /// the lines.
    Among(Vec<usize>),
    /// Anything.
    Anywhere,
}

/// Returns the failures of a dump, each with its line in the script if that is certain. Of a very long dump, only the first ones.
pub(crate) fn failures(dump: &str, script: Option<&str>) -> Vec<ImpexFailure> {
    let mut found = Vec::new();
    located(beginning(dump, DUMP_LIMIT), script, MOST_FAILURES, |located| found.push(located.failure));
    found
}

/// The same for a dump of any length, up to so many failures, one at a time.
pub(crate) fn located(dump: &str, script: Option<&str>, most: usize, each: impl FnMut(Located)) {
    let mut wanted = Vec::new();
    let mut header: Rc<str> = "".into();
    for entry in dump::read(dump) {
        if wanted.len() == most {
            break;
        }
        match entry {
            Entry::Header { text, reason } => {
                header = normal(text).into();
                if let Some(reason) = reason {
                    let (key, reason) = (Key::Header(Rc::clone(&header)), reason.to_owned());
                    wanted.push(Wanted { key, text, reason, is_partial: false });
                }
            }
            Entry::Row { text, reason, cells, is_partial } => {
                let cells = row_key(cells.iter().map(AsRef::as_ref));
                wanted.push(Wanted { key: Key::Row(Rc::clone(&header), cells), text, reason, is_partial });
            }
        }
    }
    Source::read(script.unwrap_or_default(), &wanted).place(&wanted, each);
}

/// Returns the lines of a dump that are within the limit.
fn beginning(dump: &str, limit: usize) -> &str {
    if dump.len() <= limit {
        return dump;
    }
    let end = memchr::memrchr(b'\n', &dump.as_bytes()[..limit]).unwrap_or_default();
    &dump[..end]
}

/// Returns the statement whose line the server gives in a message about the script itself: `line 3 at main
/// script` (seen in public issue reports).
pub(crate) fn named(message: &str, script: &str) -> Option<ImpexFailure> {
    let rest = &message[message.find("line ")? + 5..];
    let digits = &rest[..rest.find(|c: char| !c.is_ascii_digit())?];
    rest[digits.len()..].starts_with(" at main script").then_some(())?;
    let line: usize = digits.parse().ok()?;
    let found = Statements::of(script).find(|found| (found.line..=found.last_line).contains(&line))?;
    Some(ImpexFailure {
        line: Some(found.line),
        candidate_lines: Vec::new(),
        text: shortened(found.text),
        reason: message.trim().to_owned(),
    })
}

struct Wanted<'a> {
    key: Key,
    text: &'a str,
    reason: String,
    is_partial: bool,
}

/// The content of a failed line, for comparison.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Header(Rc<str>),
    Row(Rc<str>, Rc<[String]>),
    /// A row under any header.
    Cells(Rc<[String]>),
}

impl Key {
    /// Returns the key and those that replace it if its header is not in the script.
    fn alternatives(&self) -> Vec<Self> {
        let mut keys = vec![self.clone()];
        if let Self::Row(header, cells) = self {
            keys.extend([Self::Header(Rc::clone(header)), Self::Cells(Rc::clone(cells))]);
        }
        keys
    }
}

/// A statement with the content of a failed line.
struct Place<'a> {
    statement: Statement<'a>,
    /// The number of the header that it is or stands below.
    header: usize,
    /// Whether the statement and its header mean the same wherever they stand: they have no macro.
    is_plain: bool,
    header_is_plain: bool,
}

/// The failures with the same content so far.
struct Turn {
    /// How many there were.
    next: usize,
    /// Whether it does not matter which of the candidates is marked.
    is_interchangeable: bool,
}

#[derive(Default)]
struct Source<'a> {
    statements: Vec<Place<'a>>,
    /// For each failed line, the statements with its content, in order. Others are not kept: the script may be large.
    places: HashMap<Key, Vec<usize>>,
}

impl<'a> Source<'a> {
    fn read(script: &'a str, wanted: &[Wanted<'_>]) -> Self {
        let mut source = Self::default();
        source.places.extend(wanted.iter().flat_map(|failed| failed.key.alternatives()).map(|key| (key, Vec::new())));
        let mut macros = Macros::default();
        // With and without its macros replaced: it is unknown which of the two the server dumps.
        let mut headers: Vec<Rc<str>> = Vec::new();
        let (mut header, mut header_is_plain) = (0, true);
        for statement in Statements::of(script) {
            match statement.kind {
                Kind::Code => {}
                Kind::Macro => macros.define(statement.text),
                Kind::Header => {
                    let line = joined(statement.text);
                    headers = distinct([normal(&line).into(), normal(&macros.expand(&line)).into()]);
                    header += 1;
                    header_is_plain = !statement.text.contains('$');
                    let place = Place { statement, header, is_plain: header_is_plain, header_is_plain };
                    source.note(place, headers.iter().cloned().map(Key::Header));
                }
                Kind::Row => {
                    let key = |row: &str| row_key(cells(row).iter().skip(1).map(AsRef::as_ref));
                    let keys = match macros.expand(statement.text) {
                        Cow::Borrowed(same) => vec![key(same)],
                        Cow::Owned(expanded) => distinct([key(statement.text), key(&expanded)]),
                    };
                    let under = |cells: Rc<[String]>| {
                        let rows = headers.iter().map(|header| Key::Row(Rc::clone(header), Rc::clone(&cells)));
                        rows.chain([Key::Cells(Rc::clone(&cells))]).collect::<Vec<_>>()
                    };
                    let is_plain = !statement.text.contains('$');
                    let place = Place { statement, header, is_plain, header_is_plain };
                    source.note(place, keys.into_iter().flat_map(under));
                }
            }
        }
        source
    }

    /// Records the next statement under these keys, if any of them is wanted.
    fn note(&mut self, place: Place<'a>, keys: impl IntoIterator<Item = Key>) {
        let mut is_wanted = false;
        for key in keys {
            if let Some(places) = self.places.get_mut(&key) {
                places.push(self.statements.len());
                is_wanted = true;
            }
        }
        if is_wanted {
            self.statements.push(place);
        }
    }

    fn place(&self, wanted: &[Wanted<'_>], mut each: impl FnMut(Located)) {
        let keys: Vec<Key> = wanted.iter().map(|failed| self.known(&failed.key)).collect();
        let mut asked: HashMap<&Key, usize> = HashMap::new();
        for key in &keys {
            *asked.entry(key).or_default() += 1;
        }
        let mut turns: HashMap<&Key, Turn> = HashMap::new();
        let mut told = HashSet::new();
        for (failed, key) in wanted.iter().zip(&keys) {
            let candidates = self.places.get(key).map(Vec::as_slice).unwrap_or_default();
            let sure = asked.get(key) == Some(&candidates.len());
            let turn = turns.entry(key).or_insert_with(|| {
                let is_interchangeable =
                    sure || (!matches!(key, Key::Header(_)) && self.are_interchangeable(candidates));
                Turn { next: 0, is_interchangeable }
            });
            let mine = candidates.get(turn.next).map(|place| self.statements[*place].statement);
            turn.next += 1;
            let found = mine.filter(|_| sure);
            let spot = match mine {
                Some(statement) if turn.is_interchangeable => Spot::Line(statement.line),
                Some(_) if turn.next == 1 => Spot::Among(self.lines(candidates).collect()),
                Some(_) => Spot::Among(Vec::new()),
                None => self.around(&failed.key, &mut told),
            };
            // All candidates have the same text.
            let same = found.or(candidates.first().map(|place| self.statements[*place].statement));
            let all = self.lines(candidates).take(MOST_CANDIDATES);
            let failure = ImpexFailure {
                line: found.map(|statement| statement.line),
                candidate_lines: if found.is_some() { Vec::new() } else { all.collect() },
                text: shortened(same.map_or(failed.text, |statement| statement.text)),
                reason: failed.reason.clone(),
            };
            each(Located { failure, is_partial: failed.is_partial, spot });
        }
    }

    fn lines(&self, places: &[usize]) -> impl Iterator<Item = usize> {
        places.iter().map(|place| self.statements[*place].statement.line)
    }

    /// Returns whether rows with the same content also have the same meaning.
    fn are_interchangeable(&self, places: &[usize]) -> bool {
        let first = places.first().map_or(0, |place| self.statements[*place].header);
        let same = |place: &Place<'_>| place.is_plain && (place.header_is_plain || place.header == first);
        places.iter().all(|place| same(&self.statements[*place]))
    }

    /// Returns the surroundings of a failure that is in no line: the headers with the content of its own.
    fn around(&self, key: &Key, told: &mut HashSet<Rc<str>>) -> Spot {
        let header = match key {
            Key::Header(header) | Key::Row(header, _) => header,
            Key::Cells(_) => return Spot::Anywhere,
        };
        match self.places.get(&Key::Header(Rc::clone(header))) {
            Some(places) if !places.is_empty() => {
                let is_first = told.insert(Rc::clone(header));
                Spot::Among(if is_first { self.lines(places).collect() } else { Vec::new() })
            }
            _ => Spot::Anywhere,
        }
    }

    /// Returns the key to look up: a row with content whose header is not in the script is looked for under any header.
    fn known(&self, key: &Key) -> Key {
        match key {
            Key::Row(header, cells)
                if !cells.is_empty() && self.places.get(&Key::Header(Rc::clone(header))).is_none_or(Vec::is_empty) =>
            {
                Key::Cells(Rc::clone(cells))
            }
            known => known.clone(),
        }
    }
}

fn distinct<T: PartialEq>([first, second]: [T; 2]) -> Vec<T> {
    if first == second { vec![first] } else { vec![first, second] }
}

/// Returns a header in lower case and without white space: in both, the dump may differ from the script.
fn normal(header: &str) -> String {
    header.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// Returns the cells of a row without empty ones at its end, and with uniform line breaks.
fn row_key<'c>(cells: impl Iterator<Item = &'c str>) -> Rc<[String]> {
    let mut key: Vec<String> = cells.map(|cell| cell.replace("\r\n", "\n").replace('\r', "\n")).collect();
    while key.last().is_some_and(String::is_empty) {
        key.pop();
    }
    key.into()
}

/// Returns the beginning of a line: a cell may contain a megabyte.
fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(LINE_LIMIT).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SCRIPT: &str = "$cv=catalogVersion(catalog(id),version)\n\n# products\n\
        INSERT_UPDATE Product;code[unique=true];$cv;name[lang=en]\n\
        ;A;shop:Online;\"two\nlines\"\n\
        ;B;shop:Online;x\n\
        ;B;shop:Online;x\n\
        INSERT_UPDATE Product;code[unique=true];$cv\n\
        ;$cv;Staged\n";

    fn lines(dump: &str) -> Vec<(Option<usize>, Vec<usize>)> {
        failures(dump, Some(SCRIPT)).into_iter().map(|found| (found.line, found.candidate_lines)).collect()
    }

    #[test]
    fn rows_are_found_by_header_and_cells_with_macros_replaced_or_not() {
        let header = "INSERT_UPDATE Product; code[unique = true]; $cv; name[lang=en]\n";
        let expanded = "insert_update Product;code[unique=true];catalogVersion(catalog(id),version);name[lang=en]\n";
        for header in [header, expanded] {
            let dump = format!("{header},,,,why;<ignore>A;shop:Online;\"two\r\nlines\"\n");
            assert_eq!(lines(&dump), [(Some(5), vec![])], "{header}");
        }
        let dump = "INSERT_UPDATE Product;code[unique=true];$cv\n,,,,why;catalogVersion(catalog(id),version);Staged";
        assert_eq!(lines(dump), [(Some(10), vec![])]);
    }

    #[test]
    fn of_lines_that_say_the_same_none_is_chosen_unless_all_failed() {
        let header = "INSERT_UPDATE Product;code[unique=true];$cv;name[lang=en]\n";
        let row = ",,,,why;B;shop:Online;x;\n";
        assert_eq!(lines(&format!("{header}{row}")), [(None, vec![7, 8])]);
        assert_eq!(lines(&format!("{header}{row}{row}")), [(Some(7), vec![]), (Some(8), vec![])]);
    }

    fn spots(dump: &str, script: &str) -> Vec<Spot> {
        let mut spots = Vec::new();
        located(dump, Some(script), usize::MAX, |located| spots.push(located.spot));
        spots
    }

    #[test]
    fn of_rows_that_mean_the_same_each_is_given_once_and_of_others_all() {
        use Spot::{Among, Anywhere, Line};
        let dump = |rows: usize| format!("INSERT A;x\n{}", ",,,,why;1\n".repeat(rows));
        assert_eq!(spots(&dump(2), "INSERT A;x\n;1\n;1\n;1\n"), [Line(2), Line(3)]);
        assert_eq!(spots(&dump(2), "INSERT A;x\n;1\nINSERT A;x\n;1\n;1\n"), [Line(2), Line(4)]);
        // More than there are: another row of this header failed too.
        assert_eq!(spots(&dump(4), "INSERT A;x\n;1\n;1\n"), [Line(2), Line(3), Among(vec![1]), Among(vec![])]);
        // A macro may have another value in each of them.
        let script = "$m=1\nINSERT A;x\n;$m\n$m=1\n;$m\n;1\n";
        assert_eq!(spots(&dump(2), script), [Among(vec![3, 5, 6]), Among(vec![])]);
        assert_eq!(spots(&dump(3), script), [Line(3), Line(5), Line(6)]);
        let script = "$m=1\nINSERT A;x[default=$m]\n;1\n$m=2\nINSERT A;x[default=$m]\n;1\n;1\n";
        let under = "INSERT A;x[default=$m]\n,,,,why;1\n";
        assert_eq!(spots(under, script), [Among(vec![3, 6, 7])]);
        // Headers with the same text have other rows.
        assert_eq!(spots("INSERT A;x # no\n", "INSERT A;x\n;1\nINSERT A;x\n;2\n"), [Among(vec![1, 3])]);
        assert_eq!(
            spots("INSERT A;x # no\nINSERT B;x # no\n,,,,why;3\n", "INSERT A;x\n;1\n"),
            [Line(1), Anywhere, Anywhere]
        );
    }

    #[test]
    fn of_very_many_lines_that_say_the_same_the_first_are_named() {
        let script = format!("INSERT Title;code\n{}", ";x\n".repeat(20_000));
        let dump = format!("INSERT Title;code\n{}", ",,,,why;x\n".repeat(15_000));
        let found = failures(&dump, Some(&script));
        assert_eq!(found.len(), MOST_FAILURES);
        for failure in [&found[0], &found[MOST_FAILURES - 1]] {
            assert_eq!((failure.line, failure.candidate_lines.len()), (None, MOST_CANDIDATES));
            assert_eq!(failure.candidate_lines[0], 2);
        }
    }

    #[test]
    fn of_a_script_what_did_not_fail_is_not_kept() {
        let rows: Vec<_> = (0..1_000).map(|row| format!(";{row};x\n")).collect();
        let script = format!("INSERT Title;code;name\n{}", rows.concat());
        let wanted = [Wanted {
            key: Key::Row("inserttitle;code;name".into(), row_key(["7", "x"].into_iter())),
            text: "",
            reason: String::new(),
            is_partial: false,
        }];
        let source = Source::read(&script, &wanted);
        assert_eq!((source.statements.len(), source.places.len()), (2, 3), "the header and the row");
        let mut lines = Vec::new();
        source.place(&wanted, |located| lines.push(located.failure.line));
        assert_eq!(lines, [Some(9)]);
    }

    #[test]
    fn a_dump_of_very_many_cells_is_read_up_to_a_limit() {
        let row = format!(",,,,why;{}x\n", ";".repeat(1 << 20));
        let found = failures(&row.repeat(8), None);
        assert_eq!(found.len(), 3, "as many as begin in the first 4 MiB and end there");
        assert!(failures(&format!(",,,,why;{}", ";".repeat(5 << 20)), None).is_empty(), "one line is longer than that");
    }

    #[test]
    fn a_header_is_found_by_its_text() {
        assert_eq!(lines("INSERT_UPDATE Product;code[unique=true];$cv # no\n"), [(Some(9), vec![])]);
    }

    #[test]
    fn what_is_not_in_the_script_has_no_line() {
        let dump = "INSERT_UPDATE Product;code[unique=true];$cv\n,,,,why;A;shop:Online;\"two\nlines\"\n,,,,why;zzz\n";
        assert_eq!(lines(dump), [(None, vec![]), (None, vec![])], "under another header it is another line");
        let unknown = "UPDATE Other;x\n,,,,why;A;shop:Online;\"two\nlines\"\n,,,,why;;;;\n";
        assert_eq!(lines(unknown), [(Some(5), vec![]), (None, vec![])], "a header that is nowhere does not count");
        assert_eq!(failures(dump, None)[0].line, None);
        assert_eq!(failures(dump, None)[0].reason, "why");
    }

    #[test]
    fn a_line_that_the_server_names_is_that_of_the_whole_statement() {
        assert_eq!(named("bad: line 6 at main script: x", SCRIPT).and_then(|found| found.line), Some(5));
        for message in ["line 99 at main script", "line x at main script", "line 3 of 5", "nothing"] {
            assert_eq!(named(message, SCRIPT), None, "{message}");
        }
    }

    proptest! {
        #[test]
        fn every_row_that_failed_is_found_again(
            rows in prop::collection::vec(prop::collection::vec("[a-z ;\"\n$,#]{0,6}", 1..4), 1..20),
            failed in prop::collection::vec(any::<bool>(), 20),
        ) {
            let quoted = |cells: &[String]| {
                cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect::<Vec<_>>().join(";")
            };
            let mut script = String::from("# a script\n\nINSERT Product;a;b;c\n");
            let mut dump = String::from("INSERT Product;a;b;c\n");
            let mut expected = Vec::new();
            for (cells, failed) in rows.iter().zip(&failed) {
                let line = script.matches('\n').count() + 1;
                script.extend([";", &quoted(cells), "\n"]);
                if *failed {
                    dump.extend([",,,,why;", &quoted(cells), "\n"]);
                    expected.push(line);
                }
            }
            let found = failures(&dump, Some(&script));
            prop_assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(expected) {
                match found.line {
                    // Never a wrong one.
                    Some(line) => prop_assert_eq!(line, expected),
                    None => prop_assert!(found.candidate_lines.contains(&expected)),
                }
            }
        }
    }
}
