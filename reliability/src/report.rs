//! What a run found, for people: on the terminal, and as `docs/reliability.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cell::{Cell, Through};
use crate::expectations::{Class, Expected, Outcome};
use crate::faults::Start;
use crate::operations::{Nature, OPERATIONS};

/// A line of the report.
#[expect(clippy::print_stdout, reason = "a test's report")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

/// A cell that failed; nothing of one that did not.
pub(crate) fn failure(cell: &Cell, problems: &[String]) {
    if !problems.is_empty() {
        say(&format!("FAILED [{:?}] {}\n    {}", cell.fault.class, cell.name(), problems.join("\n    ")));
    }
}

/// How many cells there were, and how long they took.
pub(crate) fn counts(cells: &[Cell], took: Duration) {
    let programs = cells.iter().filter(|cell| cell.through != Through::Library).count();
    say(&format!("{} cells, {programs} of them through the program, in {:.1} s", cells.len(), took.as_secs_f64()));
}

/// Holds the document against the matrix, or writes it. Whether it is as it should be.
pub(crate) fn compare(cells: &[Cell], writes: bool) -> bool {
    let found = document(cells);
    let written = fs::read_to_string(path()).unwrap_or_default();
    if written == found {
        return true;
    }
    if writes {
        fs::write(path(), found).expect("the document can be written");
        say("docs/reliability.md: written");
        return true;
    }
    say("docs/reliability.md does not say this (-- --write mends it):");
    found.lines().filter(|line| !written.lines().any(|one| one == *line)).for_each(say);
    false
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reliability.md")
}

const NATURES: [(Nature, &str); 6] = [
    (Nature::Login, "login"),
    (Nature::Check, "check"),
    (Nature::Logout, "log out"),
    (Nature::Read, "read"),
    (Nature::Stream, "rows and files"),
    (Nature::Write, "change"),
];

fn document(cells: &[Cell]) -> String {
    let faults: BTreeSet<&str> = cells.iter().map(|cell| cell.fault.name.as_str()).collect();
    let programs = cells.iter().filter(|cell| cell.through != Through::Library).count();
    let alone = cells.iter().filter(|cell| cell.fault.alone).count();
    let mut text = format!(
        "<!-- Written by a run that passed: cargo test -p reliability --test matrix -- --write -->\n\n# \
         Reliability\n\nWhat a user sees when a server, or something in front of it, misbehaves. A hostile server \
         produces each of the faults below for each operation. For every pair the run checks the result, the exit \
         code, how often the request arrived and was executed, how often the password was posted, that no other host \
         received a connection, that no output and no log of any level contains a password, a session id or a token, \
         and that the operation ends.\n\n{} faults, {} operations, {} pairs, {programs} of them through the program \
         `hac`, {alone} in a separate process whose memory is measured.\n\n",
        faults.len(),
        OPERATIONS.len(),
        cells.len(),
    );
    text += "## Results\n\n";
    text += "A *change* is a script, SQL, an import or anything else that may change something on the server. It is \
         **executed at most once**, with one exception, which is described below. *Rows and files* are queries and \
         downloads, whose answer is passed on while it arrives. [errors.md](errors.md) explains the kinds of \
         errors.\n\n";
    text += "### Faults of the operation's own request\n\n";
    text += &table(cells, false);
    text += "\n### Faults before there is a session\n\n";
    text += "The operation has no session yet. It is never started, and the password is posted at most once unless \
         the table says otherwise.\n\n";
    text += &table(cells, true);
    text += "\n## The exception\n\n";
    text += "If a server executes a request and then answers as Spring Security does for an unknown session, with \
         405 and a new `JSESSIONID`, the client cannot tell that from a refusal. It sends the request once more, and \
         the request is executed twice. Spring Security itself gives this answer only before it executes anything. \
         The run covers this case and finds two executions.\n\n";
    text += "## The faults\n\n";
    let mut by_class: BTreeMap<Class, BTreeSet<&str>> = BTreeMap::new();
    for cell in cells {
        by_class.entry(cell.fault.class).or_default().insert(&cell.fault.name);
    }
    for (class, names) in by_class {
        let names: Vec<_> = names.into_iter().collect();
        let _ = writeln!(text, "- **{}** ({}): {}", class.described(), names.len(), names.join(" · "));
    }
    text
}

/// What operations end as in a cell of the table, and which of them do; of faults that happen once, and of those that stay.
type Ends = BTreeMap<(bool, String), BTreeSet<&'static str>>;

/// A row for each class of faults, a column for each kind of operation.
fn table(cells: &[Cell], cold: bool) -> String {
    let mut rows: BTreeMap<Class, BTreeMap<Nature, Ends>> = BTreeMap::new();
    // A login's own request is the login form.
    for cell in cells.iter().filter(|cell| (cell.fault.start == Start::Cold) == cold) {
        let ends = described(&cell.case().expected(), cold);
        let row = rows.entry(cell.fault.class).or_default().entry(cell.operation.nature).or_default();
        row.entry((cell.fault.once, ends)).or_default().insert(cell.operation.name);
    }
    let natures: Vec<_> =
        NATURES.iter().filter(|(nature, _)| rows.values().any(|row| row.contains_key(nature))).collect();
    let heads: Vec<_> = natures.iter().map(|(_, name)| *name).collect();
    let mut text = format!("| fault | {} |\n|---|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
    for (class, row) in &rows {
        let ends: Vec<_> = natures.iter().map(|(nature, _)| row.get(nature).map_or("–".to_owned(), in_words)).collect();
        let _ = writeln!(text, "| {} | {} |", class.described(), ends.join(" | "));
    }
    text
}

/// The usual end first, then where it happens once, and the operations that have a way of their own.
fn in_words(ends: &Ends) -> String {
    let most = ends.values().map(BTreeSet::len).max().unwrap_or_default();
    let mut parts: Vec<(usize, String)> = Vec::new();
    for ((once, text), operations) in ends {
        let stays = ends.keys().any(|(other, _)| !other);
        if *once && ends.contains_key(&(false, text.clone())) {
            continue;
        }
        let names: Vec<_> = operations.iter().copied().collect();
        let few = names.len() <= 2 && most > 2;
        parts.push(match (few, *once && stays) {
            (true, _) => (2, format!("{}: {text}", names.join(", "))),
            (false, true) => (1, format!("{text} if the fault happens once")),
            (false, false) => (0, text.clone()),
        });
    }
    parts.sort();
    parts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("; ")
}

/// What an operation ends as, and after how many requests.
fn described(expected: &Expected, cold: bool) -> String {
    let outcomes: Vec<_> = expected
        .outcomes
        .iter()
        .map(|outcome| match outcome {
            Outcome::Success => "succeeds".to_owned(),
            Outcome::Failure => "reports the failure".to_owned(),
            Outcome::Error(kind) => format!("`{kind}`"),
        })
        .collect();
    let mut text = outcomes.join(" or ");
    let most = *expected.sent.end();
    if most > 1 && !cold {
        let times = match most {
            2 => "at most twice",
            3 => "at most three times",
            _ => "several times",
        };
        let _ = write!(text, ", sent {times}");
    }
    if *expected.posts.end() > 1 {
        text += ", the password is posted at most twice";
    }
    text
}
