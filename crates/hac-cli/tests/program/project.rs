//! The file of a project: what it may say, and when.

use std::path::{Path, PathBuf};

use crate::bench::{Bench, Ran, bare};

const QUERY: &[&str] = &["flexsearch", "SELECT {isocode}, {name[en]} FROM {Language} ORDER BY {isocode}", "-q"];

/// A home, and a directory in it with a file of a project; the user has a configuration of his own.
struct Project {
    bench: Bench,
}

impl Project {
    /// `URL` in the texts is that of the simulator.
    fn new(project: &str, user: &str) -> Self {
        let made = Self { bench: Bench::new() };
        std::fs::create_dir_all(made.below()).expect("made");
        made.write(project);
        let configuration = made.bench.home.path().join(".config/hac-client");
        std::fs::create_dir_all(&configuration).expect("made");
        made.put(&configuration.join("config.toml"), user);
        made
    }

    fn file(&self) -> PathBuf {
        self.bench.home.path().join("project/.hac.toml")
    }

    fn below(&self) -> PathBuf {
        self.bench.home.path().join("project/src/deep")
    }

    fn write(&self, text: &str) {
        self.put(&self.file(), text);
    }

    fn put(&self, path: &Path, text: &str) {
        std::fs::write(path, text.replace("URL", &self.bench.simulator.url())).expect("written");
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = bare(self.bench.home.path());
        command.current_dir(self.below()).env("HAC_PASSWORD", "nimda").args(arguments);
        self.bench.ran(&mut command)
    }
}

const MINE: &str = "default_environment = 'mine'\n[environments.mine.endpoints.hac]\nurl = 'URL'\nusername = 'admin'\n[output]\nformat = 'csv'\n";
const NOWHERE: &str =
    "default_environment = 'user'\n[environments.user.endpoints.hac]\nurl = 'http://127.0.0.1:1'\nusername = 'admin'\n";
const USER: &str = "default_environment = 'user'\n[environments.user.endpoints.hac]\nurl = 'URL'\nusername = 'admin'\n";

#[test]
fn without_a_terminal_no_usual_editor_is_started() {
    let bench = Bench::new();
    // Without a directory of programs there is no usual editor that would wait here.
    let edited = bench.ran(bench.hac().env("PATH", bench.home.path()).args(["config", "edit"]));
    assert_eq!((edited.code, edited.stdout.as_str()), (Some(2), ""), "{edited}");
    assert!(edited.stderr.contains("there is no terminal for an editor"), "{edited}");
    assert!(edited.stderr.contains("hint: edit ") && edited.stderr.contains("config.toml yourself"), "{edited}");
    assert!(!bench.home.path().join(".config/hac-client").exists(), "nothing was made");
}

#[test]
fn an_untrusted_file_sets_the_output_and_nothing_else() {
    let project = Project::new(&MINE.replace("URL", "http://127.0.0.1:1"), USER);
    let ran = project.run(QUERY);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.starts_with("p_isocode,p_name\n"), "{ran}");
    assert!(ran.stderr.contains("is not trusted") && ran.stderr.contains("hac trust"), "{ran}");
    let origins = project.run(&["config", "show", "--json"]).json().to_string();
    assert!(origins.contains("user") && !origins.contains("mine"), "{origins}");
    // A flag is stronger.
    assert!(project.run(&[QUERY, &["--format", "tsv"]].concat()).stdout.starts_with("p_isocode\tp_name\n"));
    // Only output: nothing to say.
    project.write("[output]\nformat = 'jsonl'\n");
    let ran = project.run(QUERY);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran}");
    assert!(ran.stdout.starts_with("{\"p_isocode\""), "{ran}");
}

#[test]
fn a_trusted_file_has_its_say_until_it_changes() {
    let project = Project::new(MINE, NOWHERE);
    assert_eq!(project.run(QUERY).code, Some(3), "the user's server");
    assert_eq!(project.run(&["trust"]).code, Some(0));
    let ran = project.run(QUERY);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran}");
    let origins = project.run(&["config", "show", "--origin"]);
    assert!(origins.stdout.contains(".hac.toml:3"), "{origins}");
    // One byte is another text.
    project.write(&format!("{MINE}\n"));
    let changed = project.run(QUERY);
    assert_eq!(changed.code, Some(3), "no longer trusted");
    assert!(changed.stderr.contains("has changed since you trusted it"), "{changed}");
    project.write(MINE);
    assert_eq!(project.run(QUERY).code, Some(0), "the text that was trusted");
    // The same text elsewhere is another file.
    let elsewhere = project.bench.home.path().join("project/src/.hac.toml");
    std::fs::copy(project.file(), &elsewhere).expect("copied");
    assert_eq!(project.run(QUERY).code, Some(3), "not this one");
    std::fs::remove_file(elsewhere).expect("removed");
    assert_eq!(project.run(&["trust", "--revoke"]).code, Some(0));
    assert_eq!(project.run(QUERY).code, Some(3), "revoked");
}

#[test]
fn the_environments_of_a_trusted_file_are_listed_with_their_file() {
    let project = Project::new(MINE, USER);
    assert_eq!(project.run(&["env", "list", "-q"]).stdout, "user\n", "it is not trusted");
    project.run(&["trust"]);
    let listed = project.run(&["env", "list"]);
    assert!(listed.stdout.contains("\nmine ") && listed.stderr.contains("mine from "), "{listed}");
    assert_eq!(project.run(&["env", "list", "-q"]).stdout, "user\nmine\n");
    let shown = project.run(&["env", "show", "mine"]);
    assert!(shown.stdout.contains("\nFile: ") && shown.stdout.contains(".hac.toml\n"), "{shown}");
    assert_eq!(project.run(&["endpoint", "list", "mine", "-q"]).stdout, "hac\n");
    let protect = project.run(&["env", "protect", "mine", "confirm"]);
    assert_eq!(protect.code, Some(2), "{protect}");
    assert!(protect.stderr.contains("it comes from "), "{protect}");
}

#[test]
fn a_trusted_file_tightens_a_protection_and_never_loosens_it() {
    let open = format!("{MINE}[environments.mine]\nprotection = 'open'\nallow_scripts = true\n");
    let project = Project::new(&open, &format!("{USER}[environments.user]\nprotection = 'read-only'\n"));
    assert_eq!(project.run(&["trust"]).code, Some(0));
    for line in
        [&["property", "set", "a", "b"][..], &["script", "-t", "javascript", "1"], &["cache", "clear", "-e", "mine"]]
    {
        let ran = project.run(line);
        assert_eq!((ran.code, ran.stderr.contains("read-only")), (Some(2), true), "{ran}");
    }
    assert_eq!(project.bench.simulator.ledger().len(), 0);
    let strict = Project::new(&open.replace("'open'", "'read-only'").replace("true", "false"), USER);
    strict.run(&["trust"]);
    let ran = strict.run(&["property", "set", "a", "b", "-e", "user"]);
    assert_eq!(ran.code, Some(2), "{ran}");
}

#[test]
fn a_file_that_is_broken_or_holds_a_password_stops_nobody_and_is_never_trusted() {
    for text in
        ["nonsense", "[environments.x.endpoints.y]\nurl = 'URL'\npassword = 'hunter2'\n", "[output]\nformat = 'xml'\n"]
    {
        let project = Project::new(text, USER);
        let ran = project.run(QUERY);
        assert_eq!(ran.code, Some(0), "{ran}");
        assert!(ran.stderr.contains("is ignored: line") && !ran.to_string().contains("hunter2"), "{ran}");
        let ran = project.run(&["trust"]);
        assert_eq!((ran.code, ran.to_string().contains("hunter2")), (Some(2), false), "{ran}");
    }
    let none = Project::new("", USER);
    std::fs::remove_file(none.file()).expect("removed");
    assert_eq!(none.run(&["trust"]).code, Some(2));
}

#[cfg(unix)]
#[test]
fn a_file_of_somebody_else_is_ignored_with_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new(MINE, USER);
    std::fs::set_permissions(project.file(), PermissionsExt::from_mode(0o666)).expect("ours");
    let ran = project.run(QUERY);
    assert!(ran.code == Some(0) && ran.stdout.starts_with("p_isocode\t"), "{ran}");
    assert!(ran.stderr.contains("is ignored: other users can write to it"), "{ran}");
    std::fs::set_permissions(project.file(), PermissionsExt::from_mode(0o600)).expect("ours");
    // Only root can give a file away.
    if std::os::unix::fs::chown(project.file(), Some(12345), None).is_ok() {
        let ran = project.run(QUERY);
        assert!(ran.code == Some(0) && ran.stderr.contains("is ignored: it belongs to another user"), "{ran}");
        assert_eq!(project.run(&["trust"]).code, Some(2));
    }
}
