"""The command lines of hac-client-cli 0.3.2 run unchanged with `hac`.

Each line of drop_in_lines.py runs with both programs, from the same start: a home with the same configuration, and a simulator of its own. Exit code
and standard output have to be the same, but for what docs/migrating.md lists: a line that differs names the rows of that page, and
drop_in_differences.py takes away what these are about; the rest is compared. A row that a line does not need, or that no line needs, is stale. JSON is
the same if ours has all that theirs has; ours may have more.

    python scripts/drop_in.py --hac target/release/hac --peer BIN/hac    the hac of hac-client-cli, in an environment of its own
    python scripts/drop_in.py … --show "env list"                        what both do with the lines that contain this
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from drop_in_differences import ROWS, Ran
from drop_in_lines import CONFIG, FILES, LINES

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "migrating.md"


class Place:
    """One of the programs, in a home of its own, with a simulator of its own."""

    def __init__(self, root: pathlib.Path, name: str, hac: str, program: str, flags: list[str]):
        self.home = root / name
        self.home.mkdir()
        programs = self.home / "bin"
        programs.mkdir()
        (programs / "hac").symlink_to(pathlib.Path(program).absolute())
        self.simulator = subprocess.Popen(
            [hac, "simulator", "--port", "0", "--json", "--release", "2205", "--update-seconds", "0", *flags],
            env={"HOME": str(self.home), "PATH": os.environ["PATH"]},
            stdout=subprocess.PIPE,
            text=True,
        )
        told = json.loads(self.simulator.stdout.readline())
        self.url, self.password = told["url"], told["password"]
        configuration = self.home / ".config" / "hac-client"
        configuration.mkdir(parents=True)
        (self.home / "bare").mkdir()
        (configuration / "config.toml").write_text(CONFIG.replace("URL", self.url))
        for file, text in FILES.items():
            (self.home / file).write_text(text.replace("PASSWORD", self.password))
        self.environment = {
            "HOME": str(self.home),
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "HAC_USERNAME": told["username"],
            "HAC_PASSWORD": self.password,
            "COLUMNS": "200",
            "WORD": self.password,
        }

    def run(self, line: str) -> Ran:
        ran = subprocess.run(
            ["bash", "-c", "set -o pipefail; " + line],
            cwd=self.home,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Ran(ran.returncode, self.comparable(ran.stdout), ran.stderr)

    def comparable(self, text: str) -> str:
        """The text without what differs from run to run."""
        text = text.replace(self.url, "URL").replace(str(self.home), "HOME")
        text = re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?", "TIME", text)
        text = re.sub(r'("execution_time_ms"|"age_seconds"|"idle_seconds"): ([\d.]+|null)', r"\1: 0", text)
        text = re.sub(r"\b\d+ms\b|\b\d+ (ms|seconds)\b", "DURATION", text)
        return re.sub(r"^(  (Age|Idle)): .*$", r"\1: DURATION", text, flags=re.MULTILINE)

    def stop(self) -> None:
        self.simulator.terminate()
        self.simulator.wait(10)
        self.simulator.stdout.close()


def has(ours: object, theirs: object) -> bool:
    """Whether one JSON value has all that the other has."""
    if isinstance(theirs, dict):
        return isinstance(ours, dict) and all(key in ours and has(ours[key], value) for key, value in theirs.items())
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(has, ours, theirs))
    return ours == theirs


def is_same(theirs: Ran, ours: Ran, rows: list[str]) -> bool:
    """Whether both did the same, but for what these rows of the page are about."""
    for row in rows:
        theirs, ours = ROWS[row](theirs, ours)
    if theirs.code != ours.code:
        return False
    if theirs.out == ours.out:
        return True
    try:
        return has(json.loads(ours.out), json.loads(theirs.out))
    except json.JSONDecodeError:
        return False


def rows_of_the_page() -> set[str]:
    """The names in the first column of the table of differences."""
    return set(re.findall(r"^\| `([\w-]+)` \|", PAGE.read_text(), re.MULTILINE))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hac", required=True, help="the program under test")
    parser.add_argument("--peer", required=True, help="the hac of hac-client-cli 0.3.2")
    parser.add_argument("--show", help="print what both do with the lines that contain this")
    options = parser.parse_args()
    has_groovy = shutil.which("groovy") is not None
    problems, used, compared, same, left_out = [], set(), 0, 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)
        flags = ["--groovy"] if has_groovy else []
        theirs = Place(root, "theirs", options.hac, options.peer, flags)
        ours = Place(root, "ours", options.hac, options.hac, flags)
        try:
            for entry in LINES:
                line, named = entry if isinstance(entry, tuple) else (entry, "")
                tags = named.split()
                if not has_groovy and re.search(r"hac groovy (?!.*missing|-e)", line):
                    left_out += 1
                    continue
                expected, found = theirs.run(line), ours.run(line)
                compared += 1
                if options.show and options.show in line:
                    print(f"$ {line}\n--- theirs: {expected.code}\n{expected.out}{expected.err}\n--- ours: {found.code}\n{found.out}{found.err}")
                if not is_same(expected, found, tags):
                    problems.append(
                        f"{line}\n--- hac-client-cli: exit code {expected.code}\n{expected.out}{expected.err}\n"
                        f"--- hac: exit code {found.code}\n{found.out}{found.err}"
                    )
                    continue
                same += not tags
                idle = [tag for tag in tags if is_same(expected, found, [other for other in tags if other != tag])]
                problems += [f"{line}\n  no longer differs: {tag}" for tag in idle]
                used |= set(tags) - set(idle)
        finally:
            theirs.stop()
            ours.stop()
    rows = rows_of_the_page()
    if not has_groovy:
        # Rows of which only scripts are an example are not stale.
        used |= {tag for entry in LINES if isinstance(entry, tuple) and "hac groovy" in entry[0] for tag in entry[1].split()}
    problems += [f"docs/migrating.md has no row `{row}`" for row in sorted(used - rows)]
    problems += [f"docs/migrating.md: no line differs for `{row}`" for row in sorted(rows - used)]
    print("\n\n".join(problems))
    print(f"{compared} command lines of hac-client-cli ran with both programs: {same} do the same, the others differ as docs/migrating.md says")
    if left_out:
        print(f"left out, since there is no Groovy: {left_out} lines")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
