//! What the demo shows, and what it promises of it.

use serde::Serialize;

use crate::env;
use crate::os;

/// One step: what is done, and what the server must have counted.
pub(super) struct Step {
    pub title: &'static str,
    pub what: &'static str,
    pub before: Trick,
    /// A file that lies where the command runs, and is shown with its line numbers.
    pub file: Option<(&'static str, &'static str)>,
    pub arguments: &'static [&'static str],
    pub processes: usize,
    /// The exit code that the commands end with.
    pub exit: i32,
    pub promise: Promise,
    /// What the output must hold.
    pub prints: &'static [&'static str],
    /// What the counts mean.
    pub remark: &'static str,
}

/// What is done before the step.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trick {
    None,
    /// The server forgets every session, as after a restart.
    ForgetSessions,
    /// The cache is cleared, with the command that is shown.
    ClearCache,
}

/// What the server counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Counted {
    pub requests: usize,
    pub logins: usize,
    /// Queries and scripts that really ran.
    pub executed: usize,
}

/// What the server must count. Requests are left open where a process may come late and ask first.
pub(super) struct Promise {
    pub requests: Option<usize>,
    pub logins: usize,
    pub executed: usize,
}

impl Promise {
    const fn exactly(requests: usize, logins: usize, executed: usize) -> Self {
        Self { requests: Some(requests), logins, executed }
    }

    const fn with_any_requests(logins: usize, executed: usize) -> Self {
        Self { requests: None, logins, executed }
    }

    /// The promises that were not kept, in words.
    pub(super) fn broken(&self, counted: Counted) -> Vec<String> {
        let promised = [
            (self.requests, counted.requests, "request"),
            (Some(self.logins), counted.logins, "login"),
            (Some(self.executed), counted.executed, "execution"),
        ];
        promised
            .into_iter()
            .filter_map(|(promised, counted, noun)| {
                let promised = promised.filter(|promised| *promised != counted)?;
                Some(format!("promised {}, the server counted {counted}", many(promised, noun)))
            })
            .collect()
    }
}

/// Stands for the URL of the simulator among the arguments.
pub(super) const URL: &str = "URL";

const LANGUAGES: &[&str] = &["flexsearch", "SELECT {isocode} FROM {Language} ORDER BY {isocode}"];
const COUNT: &[&str] = &["flexsearch", "SELECT COUNT({pk}) FROM {Product}"];

const PRODUCTS: &str = "$version=catalogVersion(catalog(id),version)[unique=true]

INSERT_UPDATE Product;code[unique=true];$version;name[lang=en]
;DEMO-1;electronicsProductCatalog:Staged;\"A lamp whose name
goes on in the next line\"
;DEMO-2;electronicsProductCatalog:Nowhere;A chair
;DEMO-3;electronicsProductCatalog:Staged;A table
";

pub(super) const ALL: &[Step] = &[
    Step {
        title: "The first command logs in by itself",
        what: "It finds HAC's path and its login form, logs in, runs the query and keeps the session.",
        before: Trick::None,
        file: None,
        arguments: LANGUAGES,
        processes: 1,
        exit: 0,
        promise: Promise::exactly(5, 1, 1),
        prints: &["en"],
        remark: "four requests to log in, one for the query",
    },
    Step {
        title: "The second command, another process, reuses the session",
        what: "No login, no page before the query: one request.",
        before: Trick::None,
        file: None,
        arguments: LANGUAGES,
        processes: 1,
        exit: 0,
        promise: Promise::exactly(1, 0, 1),
        prints: &["en"],
        remark: "the query and nothing else",
    },
    Step {
        title: "The server forgets the session; the third command recovers",
        what: "As after a restart of the server. The refused query is sent again after a new login,\nand it ran once.",
        before: Trick::ForgetSessions,
        file: None,
        arguments: LANGUAGES,
        processes: 1,
        exit: 0,
        promise: Promise::exactly(7, 1, 1),
        prints: &["en"],
        remark: "one refused, one to see that the session is dead, four to log in, one that ran",
    },
    Step {
        title: "Twenty processes start at once without a session, and log in once",
        what: "One logs in, the others wait for its session: no account is locked, no session wasted.",
        before: Trick::ClearCache,
        file: None,
        arguments: COUNT,
        processes: 20,
        exit: 0,
        promise: Promise::with_any_requests(1, 20),
        prints: &["100"],
        remark: "twenty queries ran",
    },
    Step {
        title: "The session is on this machine, private to you",
        what: "A file of mode 0600, without a password in it.",
        before: Trick::None,
        file: None,
        arguments: &["session", "list"],
        processes: 1,
        exit: 0,
        promise: Promise::exactly(0, 0, 0),
        prints: &["local"],
        remark: "",
    },
    Step {
        title: "A FlexibleSearch query as a table",
        what: "A table is what you get on a terminal. In a pipe it is tab-separated; --csv and --json are there too.",
        before: Trick::None,
        file: None,
        arguments: &[
            "flexsearch",
            "SELECT {code}, {name[en]}, {name[de]} FROM {Product} ORDER BY {code}",
            "-m",
            "5",
            "--format",
            "table",
        ],
        processes: 1,
        exit: 0,
        promise: Promise::exactly(1, 0, 1),
        prints: &["│"],
        remark: "",
    },
    Step {
        title: "A script",
        what: "What it returns goes to standard output, what it prints to standard error. Without --commit\nHAC rolls the database back. Against a real HAC it is mostly `hac groovy`.",
        before: Trick::None,
        file: None,
        arguments: &["script", "--type", "javascript", "[1, 2, 3].map(n => n * n).join(' ')"],
        processes: 1,
        exit: 0,
        promise: Promise::exactly(1, 0, 1),
        prints: &["1 4 9"],
        remark: "",
    },
    Step {
        title: "An ImpEx import with a mistake in it",
        what: "HAC repeats the rows that it could not import, without a line number. The program finds them\nin your file, across cells of several lines. The other rows were imported; exit code 1.",
        before: Trick::None,
        file: Some(("products.impex", PRODUCTS)),
        arguments: &["impex", "import", "products.impex"],
        processes: 1,
        exit: 1,
        promise: Promise::exactly(1, 0, 1),
        prints: &["products.impex:6: "],
        remark: "the import ran once",
    },
    Step {
        title: "A system update with its live log",
        what: "Before it begins it says what it will do, required patches included. The log is read while the\nupdate runs; should the connection break, `hac update log --follow` finds it again.",
        before: Trick::None,
        file: None,
        arguments: &["update", "run", "--schema", "--create-essential-data"],
        processes: 1,
        exit: 0,
        promise: Promise::with_any_requests(0, 1),
        prints: &["FINISHED", "the update finished in"],
        remark: "the update ran once, the others read its log",
    },
    Step {
        title: "An environment: a name for a server, with its protection",
        what: "It is written to the configuration file; later commands need only -e shop. In a protected\nenvironment every change must be confirmed.",
        before: Trick::None,
        file: None,
        arguments: &["env", "add", "shop", "--url", URL, "--username", "admin", "--protection", "confirm"],
        processes: 1,
        exit: 0,
        promise: Promise::exactly(0, 0, 0),
        prints: &["Environment 'shop' added"],
        remark: "",
    },
    Step {
        title: "A slip of the finger does not reach a protected server",
        what: "On a terminal the name of the environment must be typed. Here is none: exit code 2.",
        before: Trick::None,
        file: None,
        arguments: &["property", "set", "mail.smtp.server", "mail.example.com", "-e", "shop"],
        processes: 1,
        exit: 2,
        promise: Promise::exactly(0, 0, 0),
        prints: &["--yes-i-mean shop"],
        remark: "nothing was sent, not even a login",
    },
    Step {
        title: "Whoever means it says so",
        what: "It prints what the value was before.",
        before: Trick::None,
        file: None,
        arguments: &["property", "set", "mail.smtp.server", "mail.example.com", "-e", "shop", "--yes-i-mean", "shop"],
        processes: 1,
        exit: 0,
        promise: Promise::with_any_requests(1, 1),
        prints: &["mail.smtp.server=mail.example.com", "it was "],
        remark: "the environment has a session of its own",
    },
    Step {
        title: "Every change is in the audit log of this machine",
        what: "When, as whom, where, what and with which outcome; `hac audit undo` puts a property back.",
        before: Trick::None,
        file: None,
        arguments: &["audit", "-e", "shop"],
        processes: 1,
        exit: 0,
        promise: Promise::exactly(0, 0, 0),
        prints: &["set the property", "mail.smtp.server"],
        remark: "",
    },
];

impl Step {
    /// The commands as they can be typed.
    pub(super) fn commands(&self) -> Vec<String> {
        let words: Vec<String> = self.arguments.iter().map(|argument| shown(argument)).collect();
        let command = format!("hac {}", words.join(" "));
        let command = if self.processes == 1 {
            command
        } else {
            format!("for i in $(seq {}); do {command} & done; wait", self.processes)
        };
        let before = (self.before == Trick::ClearCache).then(|| "hac session clear-all --force".to_owned());
        before.into_iter().chain([command]).collect()
    }
}

/// An argument as it can be typed.
fn shown(argument: &str) -> String {
    if argument == URL { os::value_of(env::URL) } else { os::quoted(argument) }
}

/// `1 request`, `5 requests`.
pub(super) fn many(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_promise_is_named() {
        let counted = Counted { requests: 9, logins: 2, executed: 1 };
        assert_eq!(
            Promise::exactly(5, 1, 1).broken(counted),
            ["promised 5 requests, the server counted 9", "promised 1 login, the server counted 2"]
        );
        assert_eq!(Promise::with_any_requests(2, 1).broken(counted), Vec::<String>::new());
    }
}
