"""The command lines of hac-client-cli 0.3.2 run unchanged with `hac`.

Each line runs with both programs, from the same start: a home with the same configuration, and a simulator of its own. Exit code and standard
output have to be the same, but for what docs/migrating.md lists: a line that differs names the row of that page, and a row without a line that
differs is stale. JSON is the same if ours has all that theirs has; ours may have more.

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

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "migrating.md"
FILES = {
    "script.groovy": "println 'hello'\nreturn 6 * 7\n",
    "throws.groovy": "throw new IllegalStateException('no')\n",
    "good.impex": "INSERT_UPDATE Language;isocode[unique=true];name[lang=en]\n;xa;One\n;xb;Two\n",
    "bad.impex": "INSERT_UPDATE Language;isocode[unique=true];nonsense\n;xa;One\n",
    "password.txt": "PASSWORD\n",
    "session.json": '{"username": "admin", "session_id": "ABCDEF0123456789ABCDEF", "csrf_token": "0123456789abcdef0123"}\n',
    "yes.txt": "y\n",
    "no.txt": "n\n",
}
CONFIG = """default_environment = "shop"

[environments.shop]
default_endpoint = "hac"

[environments.shop.endpoints.hac]
url = "URL"

[environments.down]
default_endpoint = "hac"

[environments.down.endpoints.hac]
url = "http://127.0.0.1:1"
ignore_ssl = true
timeout = 5
"""
QUERY = "'SELECT {code} FROM {Product} ORDER BY {code}'"
LANGUAGES = "'SELECT {isocode} FROM {Language} ORDER BY {isocode}'"

# In this order: a later line finds what an earlier one left. As a shell reads them, so that pipes and variables are those of people's scripts.
# With a row of the page, if the line differs.
LINES: list[str | tuple[str, str]] = [
    # Its recipe for a pipeline, and its first steps.
    ("hac session list", "advice"),
    "hac session list -f json",
    "hac session show shop",
    "hac session clear shop",
    "hac session start shop",
    ("hac session start shop -n hac", "reused"),
    ("hac session start shop --endpoint hac --username admin", "reused"),
    "hac session clear shop",
    "HAC_USERNAME= HAC_USERNAME_SHOP=admin hac session start shop",
    "hac session clear shop",
    "HAC_USERNAME= HAC_USERNAME_SHOP_HAC=admin HAC_PASSWORD= HAC_PASSWORD_SHOP_HAC=$WORD hac session start shop",
    "hac session clear shop -n hac",
    "HAC_PASSWORD= hac session start shop -u admin < password.txt",
    "hac session clear shop",
    "cat password.txt | HAC_PASSWORD= hac session start shop --username admin",
    ("hac session start shop -u admin -p $WORD", "password"),
    ("hac session list", "tables"),
    ("hac session list -f json", "ids"),
    ("hac session list --no-headers", "tables"),
    "hac session list -q",
    "hac session list --quiet",
    ("hac session show shop", "ids"),
    ("hac session show shop -n hac --json", "ids"),
    # Scripts.
    "hac groovy -f script.groovy",
    "hac groovy script.groovy",
    "hac groovy --file script.groovy --commit",
    "hac groovy -fc script.groovy",
    "hac groovy -fq script.groovy",
    "hac groovy -f script.groovy --json",
    "hac groovy -f script.groovy -q",
    "hac groovy 'return 6 * 7'",
    "hac groovy 'return 6 * 7' -e shop -n hac",
    "hac groovy 'return 6 * 7' --environment shop --endpoint hac --quiet",
    "hac groovy -f throws.groovy",
    ("hac groovy -f throws.groovy --json", "json"),
    ("hac groovy -f missing.groovy", "codes"),
    # Queries.
    f"hac flexsearch {QUERY}",
    f"hac flexsearch {QUERY} -m 3",
    f"hac flexsearch {QUERY} --max-count 3 --json",
    f"hac flexsearch {QUERY} -m 3 --csv",
    f"hac flexsearch {QUERY} -m 3 -q",
    f"hac flexsearch {QUERY} -m 3 -e shop -n hac -q --csv",
    f"hac flexsearch {LANGUAGES} -l de --quiet",
    ("hac flexsearch \"SELECT {code}, {name} FROM {Product} WHERE {name} LIKE '%&%'\" -m 2 --locale de", "entities"),
    ("hac flexsearch \"SELECT {code}, 'x,\\\"y' FROM {Product}\" -m 2 --csv", "csv"),
    "hac flexsearch \"SELECT {code} FROM {Product} WHERE {code} = 'none'\"",
    "hac flexsearch 'SELECT {nonsense} FROM {Product}'",
    ("hac flexsearch 'SELECT {nonsense} FROM {Product}' --json", "json"),
    f"hac flexsearch {LANGUAGES} --csv | tail -n +2 | sort",
    # ImpEx.
    "hac impex -f good.impex",
    "hac impex --file good.impex --validation import_strict",
    "hac impex -f good.impex -v import_relaxed",
    ("hac impex -f good.impex -v strict", "modes"),
    ("hac impex -f good.impex -v relaxed", "modes"),
    "hac impex -f good.impex -e shop -n hac",
    "hac impex -f good.impex --json",
    "hac impex -f good.impex -q",
    "hac impex -f bad.impex",
    ("hac impex -f bad.impex --json", "json"),
    ("hac impex -f missing.impex", "codes"),
    # The system update.
    ("hac update data", "data"),
    ("hac update data --json", "data"),
    "hac update data -p",
    "hac update data --patches -q",
    ("hac update data -w", "data"),
    "hac update data -x core",
    ("hac update data -x samplepatches", "data"),
    "hac update data --extension samplepatches --json",
    ("hac update data -x nonsense", "codes"),
    ("hac update patches", "patches"),
    ("hac update patches --json", "patches"),
    ("hac update patches -q", "patches"),
    ("hac update patches -x samplestore -q", "patches"),
    ("hac update run --create-essential-data --no-follow", "log"),
    ("hac update run --localize-types --json --no-follow", "log"),
    ("hac update log", "log"),
    # Environments and endpoints.
    ("hac env list", "tables"),
    "hac env list -f json",
    "hac env list -q",
    ("hac env show shop", "advice"),
    "hac env show shop --json",
    ("hac env show nonsense", "codes"),
    ("hac env add staging", "advice"),
    ("hac env add staging", "codes"),
    ("hac endpoint add staging node1 -u https://node1:9002 --timeout 60", "advice"),
    ("hac endpoint add staging node2 --url https://node2:9002 --ignore-ssl --set-default", "advice"),
    ("hac endpoint add staging node2 --url https://node2:9002", "errors"),
    ("hac endpoint list staging", "tables"),
    ("hac endpoint list staging --no-headers", "tables"),
    "hac endpoint list staging -q",
    "hac endpoint list staging --format json",
    "hac endpoint show staging node1",
    "hac endpoint show staging node2",
    ("hac endpoint show staging nonsense", "errors"),
    "hac endpoint update staging node2 --no-ignore-ssl -u https://other:9002 --timeout 45",
    "hac endpoint update staging node1 --ignore-ssl",
    ("hac endpoint update staging nonsense --timeout 3", "errors"),
    "hac endpoint set-default staging node1",
    "hac endpoint remove staging node1",
    "hac env set-default staging",
    ("hac env remove staging", "codes"),
    "hac env list --format json",
    "hac env set-default shop",
    "hac env remove staging",
    "hac env list -f json",
    # The configuration.
    "hac config -p",
    "hac config --path --json",
    "hac config -l",
    "hac config --list --json",
    ("hac config -x", "example"),
    ("hac config", "config"),
    ("hac config -v", "config"),
    ("hac config -e shop --json", "config"),
    # Sessions from elsewhere, and the end.
    ("hac session import shop -u admin --session-id ABCDEF0123456789ABCDEF --csrf-token 0123456789abcdef0123", "ids"),
    ("hac session import shop < session.json", "ids"),
    ("hac session import shop -n hac --username admin < session.json", "ids"),
    ("HAC_SESSION_ID=ABCDEF0123456789 HAC_CSRF_TOKEN=0123456789abcdef hac session import shop < /dev/null", "ci"),
    "hac session clear shop --endpoint hac",
    "hac session start shop",
    ("echo n | hac session clear-all", "question"),
    ("echo y | hac session clear-all", "question"),
    "hac session start shop",
    "hac session clear-all -f",
    "hac session list -f json",
    ("hac groovy -e nowhere 'return 1'", "codes"),
    ("hac groovy -e down 'return 1'", "codes"),
    "hac flexsearch",
    "hac nonsense",
    "hac flexsearch --nonsense",
]


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

    def run(self, line: str) -> tuple[int, str, str]:
        ran = subprocess.run(
            ["bash", "-c", "set -o pipefail; " + line],
            cwd=self.home,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return ran.returncode, self.comparable(ran.stdout), ran.stderr

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


def is_same(theirs: tuple[int, str, str], ours: tuple[int, str, str]) -> bool:
    if theirs[0] != ours[0]:
        return False
    if theirs[1] == ours[1]:
        return True
    try:
        return has(json.loads(ours[1]), json.loads(theirs[1]))
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
                line, row = entry if isinstance(entry, tuple) else (entry, None)
                if not has_groovy and re.search(r"hac groovy (?!.*missing|-e)", line):
                    left_out += 1
                    continue
                expected, found = theirs.run(line), ours.run(line)
                compared += 1
                if options.show and options.show in line:
                    print(f"$ {line}\n--- theirs: {expected[0]}\n{expected[1]}{expected[2]}\n--- ours: {found[0]}\n{found[1]}{found[2]}")
                if is_same(expected, found):
                    same += not row
                    if row:
                        problems.append(f"{line}\n  no longer differs: {row}")
                elif row:
                    used.add(row)
                else:
                    problems.append(
                        f"{line}\n--- hac-client-cli: exit code {expected[0]}\n{expected[1]}{expected[2]}\n--- hac: exit code {found[0]}\n{found[1]}{found[2]}"
                    )
        finally:
            theirs.stop()
            ours.stop()
    rows = rows_of_the_page()
    if not has_groovy:
        # Rows of which only scripts are an example are not stale.
        used |= {entry[1] for entry in LINES if isinstance(entry, tuple) and "hac groovy" in entry[0]}
    problems += [f"docs/migrating.md has no row `{row}`" for row in sorted(used - rows)]
    problems += [f"docs/migrating.md: no line differs for `{row}`" for row in sorted(rows - used)]
    print("\n\n".join(problems))
    print(f"{compared} command lines of hac-client-cli ran with both programs: {same} do the same, the others differ as docs/migrating.md says")
    if left_out:
        print(f"left out, since there is no Groovy: {left_out} lines")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
