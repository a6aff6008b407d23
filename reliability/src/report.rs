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
        "<!-- Written by a run that passed: cargo test -p reliability --test matrix -- --write -->\n\n\
         # Reliability\n\n\
         What a user sees when a server, or something in front of it, does what it should not. A hostile server makes each fault \
         below; each operation meets it; and the run checks, for each pair, what the operation ends as, the exit code, how often the \
         request arrived and was executed, how often the password was posted, that no other host saw a connection, that nothing that \
         is shown or logged at any level holds a password, a session id or a token, and that it ends.\n\n\
         {} faults, {} operations, {} pairs, {programs} of them through the program `hac`, {alone} in a process of their own whose \
         memory is measured.\n\n",
        faults.len(),
        OPERATIONS.len(),
        cells.len(),
    );
    text += "## What an operation ends as\n\n";
    text += "A *change* is a script, SQL, an import or anything else that may change something on the server. It is **executed at \
             most once**, in every row but the one that is named below. *Rows and files* are queries and downloads, whose answer is \
             given away while it arrives. Kinds of errors are explained in [errors.md](errors.md).\n\n";
    text += "### At the operation's own request\n\n";
    text += &table(cells, false);
    text += "\n### On the way to a session\n\n";
    text += "For an operation that has no session yet. It is never begun, and the password is posted once at most, where no other \
             number is given.\n\n";
    text += &table(cells, true);
    text += "\n## The one case that nobody can tell\n\n";
    text += "A server that executes a request and then answers as Spring Security does to a session that it does not know, with 405 \
             and a new `JSESSIONID`, cannot be told from one that refused the request. The client sends it once more, and it is \
             executed twice. Spring Security itself answers so only before it executes anything. The run has this case, and finds \
             two executions.\n\n";
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
    let mut text = format!("| what happens | {} |\n|---|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
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
            (false, true) => (1, format!("{text} where it happens once")),
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
        let _ = write!(text, ", sent {} at most", if most == 2 { "twice" } else { "three times" });
    }
    if *expected.posts.end() > 1 {
        text += ", the password is posted twice at most";
    }
    text
}
