//! Passwords in a keyring: GNOME's, on a D-Bus of its own, as Debian's packages gnome-keyring and dbus have it.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use crate::bench::{Bench, HAC};

#[expect(clippy::print_stdout, reason = "a check that is skipped says so")]
/// What a line of shell prints in a session with a keyring; `None`, with the reason, if this machine has none.
fn with_keyring(bench: &Bench, line: &str) -> Option<String> {
    for program in ["dbus-run-session", "gnome-keyring-daemon"] {
        let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if found.is_err() {
            println!("skipped: {program} is missing (packages dbus and gnome-keyring)");
            return None;
        }
    }
    let home = bench.home.path();
    let runtime = home.join("run");
    std::fs::create_dir_all(&runtime).expect("a directory");
    std::fs::set_permissions(&runtime, std::fs::Permissions::from_mode(0o700)).expect("private");
    // The first line unlocks the keyring, and makes it if it is not there.
    let script = format!("printf unlocked | gnome-keyring-daemon --unlock --components=secrets >/dev/null\n{line}");
    let output = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", &script])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", &runtime)
        .env("TZ", "UTC")
        .env("HAC", HAC)
        .env("HAC_URL", bench.simulator.url())
        .env("HAC_USERNAME", "admin")
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let told = text(&output.stderr);
    print!("{told}");
    Some(text(&output.stdout) + &told.lines().filter(|line| line.starts_with("error:")).collect::<Vec<_>>().join("\n"))
}

#[test]
fn a_password_that_was_kept_logs_in_again_until_it_is_forgotten() {
    let bench = Bench::new();
    let query = "\"$HAC\" flexsearch -q \"SELECT {isocode} FROM {Language} WHERE {isocode} = 'de'\"";
    let line = format!(
        "echo nimda | \"$HAC\" login --save\n\
         \"$HAC\" session clear -q; {query} && echo renewed\n\
         {query} && echo warm\n\
         \"$HAC\" logout --forget\n\
         {query} || echo \"exit $?\""
    );
    let Some(seen) = with_keyring(&bench, &line) else { return };
    assert!(seen.contains("Password: saved in the system's keyring"), "{seen}");
    assert!(seen.contains("p_isocode\nde\nrenewed\np_isocode\nde\nwarm\n"), "{seen}");
    assert!(seen.contains("Password removed from the system's keyring"), "{seen}");
    assert!(seen.contains("exit 4"), "{seen}");
    assert_eq!(bench.simulator.ledger().logins(), 2);
    for entry in walk(bench.home.path()) {
        let content = std::fs::read(&entry).unwrap_or_default();
        assert!(!content.windows(5).any(|bytes| bytes == b"nimda"), "{}", entry.display());
    }
}

#[test]
fn a_password_is_kept_only_if_the_server_accepts_it() {
    let bench = Bench::new();
    let line = "echo nimda | \"$HAC\" login -q\n\
                echo wrong | \"$HAC\" login --save || echo \"first $?\"\n\
                \"$HAC\" session clear -q\n\
                echo wrong | \"$HAC\" login --save || echo \"second $?\"\n\
                \"$HAC\" about || echo \"third $?\"\n\
                echo nimda | \"$HAC\" login -q\n\
                echo nimda | \"$HAC\" login --save --json && \"$HAC\" session clear -q\n\
                \"$HAC\" about -q > about.txt && echo kept";
    let Some(seen) = with_keyring(&bench, &format!("cd \"$HOME\"\n{line}")) else { return };
    assert!(seen.contains("first 4\n") && seen.contains("second 4\n") && seen.contains("third 4\n"), "{seen}");
    assert!(seen.contains("\"password_saved\": true") && seen.contains("kept\n"), "{seen}");
}

#[test]
fn another_server_and_another_user_do_not_get_the_password() {
    let bench = Bench::new();
    let line = "echo nimda | \"$HAC\" login --save -q; \"$HAC\" session clear -q; touch \"$HOME/ready\"\n\
                \"$HAC\" about --url \"$OTHER\" || echo \"exit $?\"\n\
                \"$HAC\" session clear -q\n\
                echo nimda | \"$HAC\" login --save -q -u viewer || echo \"other user $?\"";
    let other = Bench::new();
    let line = line.replace("$OTHER", &other.simulator.url());
    let Some(seen) = with_keyring(&bench, &line) else { return };
    // Another server and another user have no part in it.
    assert!(seen.contains("exit 4\n") && seen.contains("other user 4\n"), "{seen}");
    assert_eq!(other.simulator.ledger().login_attempts(), 0, "{seen}");
}

fn walk(directory: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else if path.is_file() {
            files.push(path);
        }
    }
    files
}
