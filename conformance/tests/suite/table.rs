//! What a whole run found, as the tables in `docs/compatibility.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::CHAPTERS;
use crate::expectations::NAMES;
use crate::questions::{QUESTIONS, TOO_OFTEN};

const BEGIN: &str = "<!-- conformance: begin -->\n";
const END: &str = "<!-- conformance: end -->";

/// What was found so far.
#[derive(Default)]
pub(crate) struct Findings {
    /// The chapters that a server passed.
    passed: BTreeMap<&'static str, Vec<&'static str>>,
    /// By question, in the order of the servers: what ours did, and what hac-client-core did.
    answers: BTreeMap<&'static str, Vec<Answer>>,
}

struct Answer {
    server: &'static str,
    ours: String,
    theirs: String,
}

impl Findings {
    pub(crate) fn passed(&mut self, server: &'static str, title: &'static str) {
        self.passed.entry(title).or_default().push(server);
    }

    pub(crate) fn answered(&mut self, question: &'static str, server: &'static str, ours: String, theirs: String) {
        self.answers.entry(question).or_default().push(Answer { server, ours, theirs });
    }

    fn tables(&self) -> String {
        let mut text = String::from(
            "<!-- Found by the run, and written by: cargo test -p conformance --test suite -- --write -->\n\n",
        );
        let heads: Vec<_> = NAMES.iter().map(|name| name.replace('-', " ")).collect();
        let _ = writeln!(text, "| behaviours | {} |\n|---|{}", heads.join(" | "), "---|".repeat(NAMES.len()));
        let mut titles: Vec<_> = CHAPTERS.iter().map(|(title, _)| *title).collect();
        titles.dedup();
        for title in titles {
            let passed = self.passed.get(title).map(Vec::as_slice).unwrap_or_default();
            let cells: Vec<_> = NAMES.iter().map(|name| if passed.contains(name) { "passes" } else { "–" }).collect();
            let _ = writeln!(text, "| {title} | {} |", cells.join(" | "));
        }
        text += "\n| asked of both clients | on | hac-client | hac-client-core 0.1.2 |\n|---|---|---|---|\n";
        for question in QUESTIONS {
            let answers = self.answers.get(question.text).map(Vec::as_slice).unwrap_or_default();
            let mut left: Vec<_> = answers.iter().collect();
            while let Some(first) = left.first().copied() {
                let (alike, others): (Vec<_>, Vec<_>) =
                    left.into_iter().partition(|one| one.ours == first.ours && one.theirs == first.theirs);
                let servers: Vec<_> = alike.iter().map(|one| one.server).collect();
                let on = match (others.is_empty(), servers.len() == answers.len()) {
                    (_, true) => "all".to_owned(),
                    (true, false) => "the others".to_owned(),
                    (false, false) => servers.iter().map(|name| name.replace('-', " ")).collect::<Vec<_>>().join(", "),
                };
                let _ = writeln!(text, "| {} | {on} | {} | {} |", question.text, first.ours, first.theirs);
                left = others;
            }
        }
        let too_often = |of: fn(&Answer) -> &str| {
            let all = self.answers.values().flatten().map(of);
            if all.into_iter().any(|found| found.contains(TOO_OFTEN)) { "yes" } else { "no" }
        };
        let (ours, theirs) = (too_often(|answer| &answer.ours), too_often(|answer| &answer.theirs));
        let _ =
            writeln!(text, "| Was anything run more often than asked, in all of these? | all | {ours} | {theirs} |");
        text
    }

    /// Puts the tables into the document; whether that changed it.
    pub(crate) fn write(&self) -> bool {
        let (before, found) = self.beside();
        fs::write(document(), &found).expect("the document can be written");
        before != found
    }

    /// Whether the document holds what was found; if not, the lines that it does not hold.
    pub(crate) fn check(&self) -> Result<(), String> {
        let (written, found) = self.beside();
        let strange: Vec<_> = found.lines().filter(|line| !written.lines().any(|one| one == *line)).collect();
        if written == found { Ok(()) } else { Err(strange.join("\n")) }
    }

    /// The document as it is, and as it should be.
    fn beside(&self) -> (String, String) {
        let written = fs::read_to_string(document()).expect("the document can be read");
        let (before, rest) = written.split_once(BEGIN).expect("a mark where the tables begin");
        let (_, after) = rest.split_once(END).expect("a mark where the tables end");
        let found = format!("{before}{BEGIN}{}{END}{after}", self.tables());
        (written, found)
    }
}

fn document() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/compatibility.md")
}
