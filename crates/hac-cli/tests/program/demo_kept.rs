use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::bench::{HAC, bare, home, ran};

#[test]
fn the_demo_that_is_kept_runs_on_until_ctrl_c_and_then_leaves_nothing_behind() {
    let home = home();
    let temporary = home.path().join("temporary");
    std::fs::create_dir(&temporary).expect("a directory");
    let mut demo = Command::new(HAC)
        .args(["demo", "--keep"])
        .env_clear()
        .env("HOME", home.path())
        .env("TMPDIR", &temporary)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut seen: Vec<String> = Vec::new();
    let mut lines = BufReader::new(demo.stdout.take().expect("piped")).lines().map(|line| line.expect("UTF-8"));
    while seen.last().is_none_or(|line| !line.contains("in another terminal")) {
        seen.push(lines.next().expect("a line"));
    }
    // What it says can be typed is typed.
    let mut again = bare(home.path());
    for export in seen.iter().filter_map(|line| line.trim().strip_prefix("export ")) {
        again.envs(export.split(' ').filter_map(|pair| pair.split_once('=')));
    }
    let again = ran(again.args(["session", "check"]), home.path(), None);
    assert_eq!(again.code, Some(0), "{again}");
    kill_process(Pid::from_child(&demo), Signal::INT).expect("the signal is sent");
    assert_eq!(demo.wait().expect("it ends").code(), Some(0));
    assert_eq!(std::fs::read_dir(&temporary).expect("it is there").count(), 0);
}
