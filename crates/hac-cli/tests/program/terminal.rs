//! On a terminal: a pseudo terminal, and the program as its foreground process.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};

use hac_simulator::{Fault, On};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use crate::bench::{Bench, HAC};
use crate::snapshot;

/// What the user sees and types.
pub(crate) struct Terminal {
    master: File,
    child: Child,
    pub(crate) seen: String,
    /// The beginning of a letter: what is read ends anywhere.
    cut: Vec<u8>,
}

impl Terminal {
    /// Starts the program on a terminal of this width. `setsid` makes it the terminal's own.
    pub(crate) fn start(bench: &Bench, columns: u16, password: Option<&str>, arguments: &[&str]) -> Self {
        Self::start_with(bench, columns, &[], password, arguments)
    }

    /// The same, with more in its environment.
    pub(crate) fn start_with(
        bench: &Bench,
        columns: u16,
        environment: &[(&str, &str)],
        password: Option<&str>,
        arguments: &[&str],
    ) -> Self {
        Self::start_program(bench, columns, environment, password, &[HAC], arguments)
    }

    /// A line for the shell, in which `$HAC` is the program.
    pub(crate) fn start_shell(bench: &Bench, columns: u16, line: &str) -> Self {
        Self::start_program(bench, columns, &[("HAC", HAC)], None, &["sh", "-c"], &[line])
    }

    /// The same, with more in its environment.
    pub(crate) fn start_shell_with(bench: &Bench, columns: u16, environment: &[(&str, &str)], line: &str) -> Self {
        let environment = [&[("HAC", HAC)], environment].concat();
        Self::start_program(bench, columns, &environment, None, &["sh", "-c"], &[line])
    }

    fn start_program(
        bench: &Bench,
        columns: u16,
        environment: &[(&str, &str)],
        password: Option<&str>,
        program: &[&str],
        arguments: &[&str],
    ) -> Self {
        let master: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo terminal");
        grantpt(&master).expect("granted");
        unlockpt(&master).expect("unlocked");
        let name = ptsname(&master, Vec::new()).expect("a name").into_string().expect("UTF-8");
        let slave = || Stdio::from(File::options().read(true).write(true).open(&name).expect("the other end"));
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size).expect("the size");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut command = Command::new("setsid");
        command
            .args(["--ctty", "--wait"])
            .args(program)
            .args(arguments)
            .env_clear()
            .env("PATH", path)
            .env("HOME", bench.home.path())
            .env("TERM", "xterm")
            .env("HAC_URL", bench.simulator.url())
            .env("HAC_USERNAME", "admin")
            // Nobody leaves a pager here.
            .env("HAC_PAGER", "cat")
            .envs(password.map(|password| ("HAC_PASSWORD", password)))
            .envs(environment.iter().copied())
            .stdin(slave())
            .stdout(slave())
            .stderr(slave());
        let child = command.spawn().expect("it starts");
        // The command holds the other end open; without it the end of the output is never seen.
        drop(command);
        Self { master: File::from(master), child, seen: String::new(), cut: Vec::new() }
    }

    /// Reads until the text is there, in one line or in several.
    pub(crate) fn wait_for(&mut self, text: &str) {
        let in_one_line = |text: &str| text.replace("\r\n", "\n").replace('\n', " ");
        let text = in_one_line(text);
        while !in_one_line(&self.seen).contains(&text) {
            assert!(self.read(), "{text:?} never came: {:?}", self.seen);
        }
    }

    /// Waits until something more is there.
    pub(crate) fn wait_for_more(&mut self) {
        assert!(self.read(), "nothing more came: {:?}", self.seen);
    }

    /// Waits until what is typed is no longer shown.
    pub(crate) fn wait_until_hidden(&self) {
        while self.echoes() {
            std::thread::yield_now();
        }
    }

    /// Waits until what is typed is shown.
    pub(crate) fn wait_until_shown(&self) {
        while !self.echoes() {
            std::thread::yield_now();
        }
    }

    /// Sends a signal to the program.
    pub(crate) fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the signal is sent");
    }

    /// Waits until the program is stopped.
    pub(crate) fn wait_until_stopped(&self) {
        let options = WaitOptions::UNTRACED;
        let status = waitpid(Some(Pid::from_child(&self.child)), options).expect("its state");
        assert!(status.is_some_and(|(_, status)| status.stopped()), "it is stopped");
    }

    /// Reads until the program has ended. Returns whether what is typed is shown then.
    pub(crate) fn until_the_end(&mut self) -> bool {
        while self.read() {}
        self.echoes()
    }

    fn echoes(&self) -> bool {
        tcgetattr(&self.master).expect("the modes").local_modes.contains(LocalModes::ECHO)
    }

    pub(crate) fn type_in(&mut self, text: &str) {
        self.master.write_all(text.as_bytes()).expect("typed");
    }

    /// Starts a command line in a shell that outlives it: what a program writes just before its end can be lost with a terminal that
    /// ends with it. Ctrl-C does not end the shell.
    pub(crate) fn start_outlived(bench: &Bench, password: Option<&str>, line: &str) -> Self {
        let line = format!(
            "cd \"$HOME\"; trap : INT; \"$HAC\" {line}; code=$?; echo \"the end: $code\"; read -r answer; exit $code"
        );
        let environment = [("HAC", HAC)];
        Self::start_program(bench, 300, &environment, password, &["sh", "-c"], &[&line])
    }

    /// What was seen until the end of that command line, and its exit code.
    pub(crate) fn finish_outlived(mut self) -> (String, Option<i32>) {
        self.wait_for("the end: ");
        self.type_in("\n");
        self.finish()
    }

    /// What was seen until the end, and the exit code.
    pub(crate) fn finish(mut self) -> (String, Option<i32>) {
        while self.read() {}
        (self.seen.replace("\r\n", "\n"), self.child.wait().expect("it ends").code())
    }

    /// The same, without the lines that are shown to somebody who waits.
    pub(crate) fn finish_without_waiting(self) -> (String, Option<i32>) {
        let (seen, code) = self.finish();
        (without_waiting(&seen), code)
    }

    /// Whether more came. Linux says EIO when the last process has closed the other end.
    fn read(&mut self) -> bool {
        let mut bytes = [0; 4096];
        match self.master.read(&mut bytes) {
            Ok(0) | Err(_) => false,
            Ok(count) => {
                self.cut.extend_from_slice(&bytes[..count]);
                let whole = match std::str::from_utf8(&self.cut) {
                    Err(error) if error.error_len().is_none() => error.valid_up_to(),
                    _ => self.cut.len(),
                };
                let rest = self.cut.split_off(whole);
                let text = std::mem::replace(&mut self.cut, rest);
                self.seen.push_str(&String::from_utf8_lossy(&text));
                true
            }
        }
    }
}

pub(crate) fn on_terminal(bench: &Bench, columns: u16, arguments: &[&str]) -> (String, Option<i32>) {
    Terminal::start(bench, columns, Some("nimda"), arguments).finish_without_waiting()
}

/// What is left when the lines that come and go while somebody waits are cut out. On a busy machine each command may be slow
/// enough for one, and the tests of everything else are not about that.
fn without_waiting(seen: &str) -> String {
    const CLEAR: &str = "\r\u{1b}[2K";
    let is_drawn = |piece: &str| piece.starts_with(|char| ('\u{2800}'..='\u{28ff}').contains(&char));
    seen.split(CLEAR).filter(|piece| !is_drawn(piece)).collect()
}

#[test]
fn an_import_says_where_it_was_made_to_somebody_at_a_terminal() {
    let bench = Bench::new();
    let file = bench.file("a.impex", "INSERT_UPDATE Language;isocode[unique=true]\n;xx\n");
    let place = format!("on local ({})", bench.simulator.url());
    let (seen, code) =
        Terminal::start(&bench, 200, Some("nimda"), &["impex", "import", &file]).finish_without_waiting();
    assert_eq!(code, Some(0), "{seen}");
    assert!(seen.contains(&format!("Import finished successfully\n1 row imported\n{place}\n")), "{seen}");
    let quiet = ["impex", "import", &file, "--quiet"];
    let (seen, _) = Terminal::start(&bench, 200, Some("nimda"), &quiet).finish_without_waiting();
    assert!(!seen.contains(&place), "{seen}");
    let json = bench.run(&["impex", "import", &file, "--json"]).json();
    assert_eq!(["rows", "imported", "failed"].map(|name| json[name].as_u64()), [Some(1), Some(1), Some(0)], "{json}");
    let piped = bench.run(&["impex", "import", &file]);
    assert_eq!((piped.stdout.as_str(), piped.stderr.as_str()), ("Import finished successfully\n", ""), "{piped}");
}

#[test]
fn messages_on_a_narrow_terminal_are_broken_between_words_and_in_a_pipe_not_at_all() {
    const LINES: [&[&str]; 4] = [
        &["session", "export", "nowhere-in-this-file", "-o", "session.json"],
        &["property", "unset", "a.b"],
        &["audit", "undo", "nonsense-that-is-no-entry-of-the-log"],
        &["env", "protect", "a-name-that-is-not-configured-anywhere", "confirm"],
    ];
    for arguments in LINES {
        let bench = Bench::new();
        let piped = bench.run(arguments);
        let whole: Vec<String> = piped.stderr.lines().map(str::to_owned).collect();
        assert!(whole.iter().any(|line| line.len() > 60), "{piped}");
        let (seen, code) = Terminal::start(&bench, 60, None, arguments).finish_without_waiting();
        assert_eq!(code, piped.code, "{seen}");
        let plain = anstream::adapter::strip_str(&seen).to_string().replace("\r\n", "\n");
        assert!(plain.lines().all(|line| line.chars().count() <= 60), "{plain}");
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&plain), words(&piped.stderr), "no word is broken");
    }
}

#[test]
fn the_lines_that_failed_and_the_question_for_a_password_are_broken_between_words() {
    let bench = Bench::new();
    let file = bench.file("a.impex", format!("INSERT Language;isocode\n;en\n;{}\n", "x y ".repeat(4)));
    let (seen, code) = Terminal::start(&bench, 40, Some("nimda"), &["impex", "import", &file]).finish_without_waiting();
    let plain = anstream::adapter::strip_str(&seen).to_string();
    assert_eq!(code, Some(1), "{seen}");
    // The path of a file is one word, however long it is.
    let is_broken = |line: &&str| line.chars().count() > 40 && line.trim().contains(' ');
    assert_eq!(plain.lines().filter(is_broken).collect::<Vec<_>>(), [""; 0], "{plain}");
    let mut terminal = Terminal::start(&bench, 40, None, &["--no-cache", "about"]);
    terminal.wait_for("Password of admin on\r\nhttp://");
    terminal.type_in("\u{3}");
    let (_, code) = terminal.finish();
    assert_eq!(code, Some(130));
}

#[test]
fn the_last_words_behind_a_question_are_broken_between_words() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let mut terminal = Terminal::start(&bench, 40, None, &["session", "clear-all"]);
    terminal.wait_for("[y/N]");
    terminal.type_in("\u{3}");
    let (seen, code) = terminal.finish();
    assert_eq!(code, Some(130), "{seen}");
    assert!(seen.ends_with("error: cannot clear all sessions:\ninterrupted; none was cleared\n"), "{seen}");
    assert_eq!(bench.run(&["session", "list", "-q"]).stdout.lines().count(), 1, "{seen}");
}

#[test]
fn lines_of_waiting_are_cut_out_and_nothing_else_is() {
    let clear = "\r\u{1b}[2K";
    let seen = format!("a\n{clear}\u{280b} running · 1 s{clear}\u{2819} running · 1 s{clear}b\u{1b}[1m\n");
    assert_eq!(without_waiting(&seen), "a\nb\u{1b}[1m\n");
    assert_eq!(without_waiting("a\u{1b}[2J\r"), "a\u{1b}[2J\r");
}

/// Every character that a terminal would obey.
const WILD: &str = "a\u{1b}[2J\u{1b}]0;title\u{7}\rb\u{9b}31m\u{202e}c\u{8}\u{7f}";

/// What of them is left after our own colours are cut out.
fn obeyed(seen: &str) -> String {
    let mut text = seen.to_owned();
    for style in ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[31m", "\u{1b}[33m", "\u{1b}[36m"] {
        text = text.replace(style, "");
    }
    text.chars().filter(|char| (char.is_control() && !"\n\t".contains(*char)) || *char == '\u{202e}').collect()
}

#[test]
fn the_password_is_asked_for_without_showing_it() {
    let bench = Bench::new();
    let mut terminal = Terminal::start(&bench, 80, None, &["script", "--type", "javascript", "6 * 7"]);
    terminal.wait_for("Password of admin");
    terminal.wait_until_hidden();
    terminal.type_in("nimda\n");
    let (seen, code) = terminal.finish();
    assert_eq!(code, Some(0), "{seen}");
    assert!(seen.contains("42") && !seen.contains("nimda"), "{seen}");
}

#[test]
fn a_warm_command_asks_for_nothing() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let warm = Terminal::start(&bench, 80, None, &["script", "--type", "javascript", "6 * 7"]);
    let (seen, code) = warm.finish_without_waiting();
    assert_eq!((seen.as_str(), code), ("42\n", Some(0)));
}

#[test]
fn ctrl_c_at_the_question_exits_130_and_leaves_the_terminal_as_it_was() {
    let bench = Bench::new();
    let mut terminal = Terminal::start(&bench, 80, None, &["session", "start"]);
    terminal.wait_for("Password of admin");
    terminal.wait_until_hidden();
    terminal.type_in("\u{3}");
    terminal.wait_for("interrupted");
    while terminal.read() {}
    assert_eq!(terminal.child.wait().expect("it ends").code(), Some(130), "{}", terminal.seen);
    assert!(terminal.echoes());
    assert!(bench.simulator.ledger().login_attempts() == 0);
}

#[test]
fn rows_on_a_terminal_are_a_table_that_fits() {
    let bench = Bench::new();
    let query =
        ["flexsearch", "SELECT {code}, {name[en]}, {description[en]} FROM {Product} ORDER BY {code}", "-m", "2"];
    for columns in [60, 100] {
        let terminal = Terminal::start_with(&bench, columns, &[("NO_COLOR", "1")], Some("nimda"), &query);
        let (seen, code) = terminal.finish_without_waiting();
        assert_eq!(code, Some(0), "{seen}");
        assert!(seen.contains('│'), "{seen}");
        let widest = seen.lines().filter(|line| !line.contains("warning")).map(|line| line.chars().count()).max();
        assert!(widest <= Some(usize::from(columns)), "{seen}");
    }
    let (seen, _) = on_terminal(&bench, 20, &query);
    snapshot!(seen);
}

#[test]
fn lists_on_a_terminal_are_tables_that_fit() {
    let bench = Bench::new();
    for arguments in [
        &["property", "list", "-q"][..],
        &["logger", "list"],
        &["type", "list"],
        &["pk", "8796093054977"],
        &["cronjob", "list"],
        &["support", "list"],
        &["about"],
    ] {
        for columns in [60, 100] {
            let terminal = Terminal::start_with(&bench, columns, &[("NO_COLOR", "1")], Some("nimda"), arguments);
            let (seen, code) = terminal.finish_without_waiting();
            assert_eq!(code, Some(0), "{seen}");
            // Where a word would have to break, each field has a line.
            assert!(seen.contains('│') || seen.contains("-- row 1 --"), "{seen}");
            let is_wide = |line: &&str| line.contains('│') && line.chars().count() > usize::from(columns);
            let wide: Vec<_> = seen.lines().filter(is_wide).collect();
            assert!(wide.is_empty(), "{columns} columns, {arguments:?}: {wide:?}");
        }
    }
}

#[test]
fn a_script_cannot_move_the_cursor_of_a_terminal() {
    let bench = Bench::new();
    let answer = serde_json::json!({"executionResult": WILD, "outputText": WILD, "stacktraceText": ""});
    bench.simulator.faults().times(2, On::post("/console/scripting/execute"), Fault::Body(answer.to_string()));
    for flags in [&[][..], &["--json"]] {
        let (seen, code) = on_terminal(&bench, 80, &[&["groovy", "x"], flags].concat());
        assert_eq!(code, Some(0), "{seen}");
        assert_eq!(obeyed(&seen), "", "{seen:?}");
    }
}

#[test]
fn json_on_a_terminal_is_still_the_same_json() {
    let bench = Bench::new();
    let answer = serde_json::json!({"executionResult": WILD, "outputText": "", "stacktraceText": ""});
    bench.simulator.faults().once(On::post("/console/scripting/execute"), Fault::Body(answer.to_string()));
    let (seen, _) = on_terminal(&bench, 80, &["groovy", "x", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&seen).expect("JSON");
    assert_eq!(json["execution_result"], WILD);
}

#[test]
fn a_failure_cannot_move_the_cursor_of_a_terminal() {
    let bench = Bench::new();
    let trace = format!("{WILD}\n\tat {WILD}");
    let answer = serde_json::json!({"executionResult": "", "outputText": WILD, "stacktraceText": trace});
    bench.simulator.faults().once(On::post("/console/scripting/execute"), Fault::Body(answer.to_string()));
    let (seen, code) = on_terminal(&bench, 80, &["groovy", "x"]);
    assert_eq!((code, obeyed(&seen)), (Some(1), String::new()), "{seen:?}");
    // Nor can the title of a page that is no HAC, which errors quote.
    let page = format!("<html><head><title>{WILD}</title></head><body>{WILD}</body></html>");
    let headers = vec![("Content-Type".to_owned(), "text/html; charset=utf-8".to_owned())];
    let foreign = Fault::Answer { status: 200, headers, body: page, execute: false };
    bench.simulator.faults().always(On::path(""), foreign);
    let (seen, code) = on_terminal(&bench, 80, &["-vv", "groovy", "x"]);
    assert_ne!(code, Some(0));
    assert_eq!(obeyed(&seen), "", "{seen:?}");
}

#[test]
fn rows_cannot_move_the_cursor_of_a_terminal() {
    let bench = Bench::new();
    let answer = serde_json::json!({
        "headers": [WILD, "b"], "resultList": [[WILD, null], ["1", WILD]], "resultCount": 2,
        "exception": null, "exceptionStackTrace": "",
    });
    bench.simulator.faults().always(On::post("/console/flexsearch/execute"), Fault::Body(answer.to_string()));
    for format in ["table", "tsv", "csv", "json", "jsonl", "markdown", "vertical"] {
        for columns in [80, 12] {
            let (seen, code) = on_terminal(&bench, columns, &["flexsearch", "x", "--format", format]);
            assert_eq!(code, Some(0), "{seen}");
            assert_eq!(obeyed(&seen), "", "{format}: {seen:?}");
        }
    }
}

#[test]
fn a_session_is_not_printed_on_a_terminal_unless_told_to() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let (seen, code) = on_terminal(&bench, 80, &["session", "export"]);
    assert_eq!(code, Some(2), "{seen}");
    assert!(!seen.contains("session_id"), "{seen}");
    let (seen, code) = on_terminal(&bench, 80, &["session", "export", "--reveal"]);
    assert_eq!(code, Some(0), "{seen}");
    assert!(seen.contains("session_id"), "{seen}");
}

#[test]
fn clear_all_asks_on_a_terminal_and_takes_only_yes() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    for (answer, left) in [("\n", 1), ("no\n", 1), ("y\n", 0)] {
        let mut terminal = Terminal::start(&bench, 80, None, &["session", "clear-all"]);
        terminal.wait_for("Clear all sessions? [y/N]");
        terminal.type_in(answer);
        let (seen, code) = terminal.finish();
        assert_eq!(code, Some(0), "{seen}");
        assert_eq!(bench.run(&["session", "list", "-q"]).stdout.lines().count(), left, "{seen}");
    }
}
