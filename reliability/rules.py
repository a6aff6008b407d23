#!/usr/bin/env python3
"""Breaks one rule of the engine after the other, and sees that the fault matrix notices.

    python3 reliability/rules.py            all rules, and a table of what went red
    python3 reliability/rules.py --write    puts the table into reliability/rules.md

It works in a worktree of its own, which it removes. Each rule is broken behind a variable of the environment, so that
one build does for all. A rule whose text is not found any more is a failure: change it here when it moves.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = "crates/hac-client/src/"

# The rule; the file; what stands there; what stands there when the rule is broken; the cells that are run.
RULES = [
    (
        "A change is never sent again once it may have been executed",
        "transport/resend.rs",
        "(FailurePoint::NotStarted, _) => Some(Duration::ZERO),",
        "(FailurePoint::NotStarted, _) => Some(Duration::ZERO),\n"
        "        (FailurePoint::Reset, Effect::Write) if BROKEN => Some(pause),",
        "closed before the answer × script",
    ),
    (
        "A read is not sent again once rows were given away",
        "transport/resend.rs",
        "if delivered || ",
        "if (delivered && !BROKEN) || ",
        "closed in the body × query, row by row",
    ),
    (
        "A read is sent again twice at most",
        "transport/resend.rs",
        "again >= 2 {",
        "again >= (if BROKEN { 4 } else { 2 }) {",
        "closed before the answer × loggers",
    ),
    (
        "A firewall's refusal with a cookie of its own does not send a change again",
        "session/flight/suspicion.rs",
        "if refusal.is_of_the_session() ||",
        "if refusal.is_of_the_session() || BROKEN ||",
        "status 403 of something in front with a session cookie, after execution × script",
    ),
    (
        "A token that is another one on each page proves nothing",
        "session/flight/suspicion.rs",
        "effect == Effect::Read\n            || match",
        "effect == Effect::Read || BROKEN\n            || match",
        "status 403 of something in front, while each page shows another token × script",
    ),
    (
        "Only a page of HAC's gets the password",
        "session/login.rs",
        "&& !page.is_marked_as_hac()",
        "&& !page.is_marked_as_hac() && !BROKEN",
        "a shop's login form × login",
    ),
    (
        "Where the server leads to https, the password is not sent in the clear",
        "origin.rs",
        'url.scheme() == "https" && !origin.is_https() =>',
        'url.scheme() == "https" && !origin.is_https() && !BROKEN =>',
        "its form posts to https × login",
    ),
    (
        "No redirect is followed to another host",
        "transport/network/mod.rs",
        ".redirect(reqwest::redirect::Policy::none())",
        ".redirect(if BROKEN { reqwest::redirect::Policy::default() } else { reqwest::redirect::Policy::none() })",
        "redirect to another host × script",
    ),
    (
        "Secrets are cut out of what a server says",
        "server_text.rs",
        "        let line = one_line(&text.0, LOOKED_AT);\n",
        "        let line = one_line(&text.0, LOOKED_AT);\n"
        "        if BROKEN {\n            return shorten(&line, limit);\n        }\n",
        "404 repeats the secrets in base64 × script",
    ),
    (
        "A collected answer has its time as a whole",
        "transport/deadline.rs",
        "Pace::Whole => since",
        "Pace::Whole if BROKEN => Self::Never,\n            Pace::Whole => since",
        "the body drips × script",
    ),
    (
        "A session that is lost after an accepted login is no wrong password",
        "session/login.rs",
        "Probe::Dead => return Ok(None),",
        "Probe::Dead if BROKEN => return Err(bad_credentials(doing, credentials)),\n        Probe::Dead => return Ok(None),",
        "the session of the login is lost, once × login",
    ),
    (
        "A call that is refused again is not renewed again",
        "engine/mod.rs",
        "Attempt::Refused if renewed =>",
        "Attempt::Refused if renewed && !BROKEN =>",
        "redirect to the login page × script",
    ),
    (
        "What a 429 means for a change is unknown",
        "engine/judge.rs",
        "429 if call.effect() == Effect::Write =>",
        "429 if call.effect() == Effect::Write && !BROKEN =>",
        "429, wait a second × script",
    ),
    (
        "What is collected in memory has a limit",
        "engine/json.rs",
        "if self.body.len() + piece.len() > COLLECTED_LIMIT || self.weight.add(piece) > COLLECTED_LIMIT {",
        "if (self.body.len() + piece.len() > COLLECTED_LIMIT || self.weight.add(piece) > COLLECTED_LIMIT)\n"
        "            && !BROKEN\n        {",
        "a text without end × script",
    ),
]

SWITCH = """
/// Whether a rule is broken on purpose.
pub(crate) fn broken(rule: &str) -> bool {
    std::env::var("HAC_BROKEN_RULE").is_ok_and(|broken| broken == rule)
}
"""


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, **options)


def break_rules(worktree):
    """Puts all the broken rules into the sources, each behind its number."""
    for number, (rule, file, before, after, _) in enumerate(RULES, 1):
        path = worktree / SOURCES / file
        text = path.read_text()
        if text.count(before) != 1:
            sys.exit(f"{file} does not hold the text of this rule once: {rule}")
        path.write_text(text.replace(before, after.replace("BROKEN", f'crate::broken("{number}")')))
    library = worktree / SOURCES / "lib.rs"
    library.write_text(library.read_text() + SWITCH)


def matrix(program, worktree, words, rule):
    """The cells that were run, and those of them that are red."""
    environment = {**os.environ, "HAC_BROKEN_RULE": rule}
    ran = subprocess.run(
        [program, "--library", words], cwd=worktree / "reliability", env=environment, capture_output=True, text=True
    )
    cells = int(re.search(r"running (\d+) of", ran.stdout)[1])
    return cells, re.findall(r"^FAILED \[\w+\] (.*)$", ran.stdout, re.MULTILINE)


def build(worktree):
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    own = worktree / "target"
    if target.is_dir():
        run("cp", "-a", "--reflink=auto", target, own)
    environment = {**os.environ, "CARGO_TARGET_DIR": str(own)}
    command = ["cargo", "test", "--locked", "-p", "reliability", "--test", "matrix", "--no-run"]
    built = run(*command, cwd=worktree, env=environment, stderr=subprocess.PIPE, text=True)
    return own.parent / re.search(r"Executable .*\((.*)\)", built.stderr)[1]


def main():
    rows = []
    failed = False
    place = Path(tempfile.mkdtemp(prefix="rules-"))
    worktree = place / "worktree"
    run("git", "-C", ROOT, "worktree", "add", "--quiet", "--detach", worktree, "HEAD")
    try:
        break_rules(worktree)
        program = build(worktree)
        for number, (rule, file, _, _, words) in enumerate(RULES, 1):
            cells, red_before = matrix(program, worktree, words, "none")
            _, red = matrix(program, worktree, words, str(number))
            verdict = f"{len(red)} of {cells}"
            print(f"{number:2} {rule}: {verdict} cells red, {len(red_before)} when it is kept", flush=True)
            failed |= bool(red_before) or not red
            example = red[0] if red else "none"
            rows.append(f"| {rule} | `{file}` | {verdict} | {example} |")
    finally:
        run("git", "-C", ROOT, "worktree", "remove", "--force", worktree)
        shutil.rmtree(place, ignore_errors=True)
    if failed:
        sys.exit("A broken rule turned no cell red, or a cell was red before.")
    if "--write" in sys.argv:
        write(rows)


def write(rows):
    text = (
        "# Rules that are broken to see the matrix notice\n\n"
        "Written by `python3 reliability/rules.py --write`. Each rule was broken in a worktree of its own, the cells that are about\n"
        "it were run, and so many of them failed. With the rule kept, all of them pass.\n\n"
        "| rule | where | red cells | one of them |\n|---|---|---|---|\n"
    )
    (ROOT / "reliability/rules.md").write_text(text + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
