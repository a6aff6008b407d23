"""hac-client-cli 0.3.2, which stands on hac-client-core, runs on this package in its place.

Each command line runs twice, from the same start: once over hac-client-core 0.1.2 and once over this package. What they print on standard
output, and the exit code, have to be the same, but for the differences that are named here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import hac_client_core
import pytest
from hac_client_core.testing import start

CLI = os.environ.get("HAC_PEER_CLI")
pytestmark = pytest.mark.skipif(not CLI, reason="HAC_PEER_CLI names no hac of hac-client-cli; scripts/test.sh python installs it")

GOOD = "INSERT_UPDATE Language;isocode[unique=true];name[lang=en]\n;xa;One\n;xb;Two\n"
BAD = "INSERT_UPDATE Language;isocode[unique=true];nonsense\n;xa;One\n"

# In this order: a later one finds what an earlier one left. With several words in one argument, they are a list.
LINES: list[list[str]] = [
    line if isinstance(line, list) else line.split()
    for line in (
        "session list",
        "session show shop",
        "session clear shop",
        "session start shop",
        "session start shop -n hac",
        "session list",
        "session list -f json",
        "session list --no-headers",
        "session list -q",
        "session show shop",
        "session show shop --json",
        "groovy -f script.groovy",
        "groovy -f script.groovy --json",
        "groovy -f script.groovy -q",
        "groovy -f script.groovy -c",
        "groovy -f throws.groovy",
        "groovy -f throws.groovy --json",
        "groovy -f missing.groovy",
        ["groovy", "return 6 * 7"],
        ["groovy", "return 6 * 7", "-e", "shop", "-n", "hac"],
        ["flexsearch", "SELECT {code} FROM {Product} ORDER BY {code}", "-m", "3"],
        ["flexsearch", "SELECT {code} FROM {Product} ORDER BY {code}", "-m", "3", "--json"],
        ["flexsearch", "SELECT {code} FROM {Product} ORDER BY {code}", "-m", "3", "--csv"],
        ["flexsearch", "SELECT {code} FROM {Product} ORDER BY {code}", "-m", "3", "-q"],
        ["flexsearch", "SELECT {code}, {name} FROM {Product} ORDER BY {code}", "-m", "2", "-l", "de"],
        ["flexsearch", "SELECT {code} FROM {Product} WHERE {code} = 'none'"],
        ["flexsearch", "SELECT {nonsense} FROM {Product}"],
        ["flexsearch", "SELECT {nonsense} FROM {Product}", "--json"],
        "impex -f good.impex",
        "impex -f good.impex -v import_relaxed",
        "impex -f good.impex -v strict",
        "impex -f good.impex -v relaxed",
        "impex -f good.impex --json",
        "impex -f good.impex -q",
        "impex -f bad.impex",
        "impex -f bad.impex --json",
        "impex -f missing.impex",
        "update data",
        "update data --json",
        "update data -p",
        "update data -w",
        "update data -x core",
        "update patches",
        "update patches --json",
        "update run --create-essential-data --no-follow",
        "update run --localize-types --json --no-follow",
        "update log",
        "env list",
        "env show shop",
        "endpoint list shop",
        "endpoint show shop hac",
        "config -p",
        "session import shop -u admin --session-id ABCDEF --csrf-token 123",
        "session show shop --json",
        "session clear shop",
        "session list",
        "session start shop",
        "session clear-all -f",
        "session list -f json",
        "groovy -e nowhere -f script.groovy",
        "groovy -e down -f script.groovy",
    )
]

# What may differ, and why. Standard output of the first is that of hac-client-core, of the second ours.
DIFFERENT: dict[str, str] = {
    "flexsearch SELECT {code}, {name} FROM {Product} ORDER BY {code} -m 2 -l de": "HTML entities are decoded: & for &amp;",
    "impex -f good.impex -v strict": "the mode is known as strict; hac-client-core sends it as STRICT, which HAC has not",
    "impex -f good.impex -v relaxed": "the same of relaxed",
    "update run --create-essential-data --no-follow": "the lines of the log stay lines, where hac-client-core runs some together",
    "update run --localize-types --json --no-follow": "the same of its log",
    "update log": "the same of its log",
}


class Place:
    """A simulator with a configuration of hac-client-cli for it, in a home of its own."""

    def __init__(self, home: Path, hac: object, ours: bool) -> None:
        self.home, self.hac = home, hac
        home.mkdir()
        (home / "script.groovy").write_text("println 'hello'\nreturn 6 * 7\n")
        (home / "throws.groovy").write_text("throw new IllegalStateException('no')\n")
        (home / "good.impex").write_text(GOOD)
        (home / "bad.impex").write_text(BAD)
        (home / "config.toml").write_text(
            'default_environment = "shop"\n'
            '[environments.shop]\ndefault_endpoint = "hac"\n'
            f'[environments.shop.endpoints.hac]\nurl = "{hac.url}"\nignore_ssl = true\ntimeout = 30\n'
            '[environments.down]\ndefault_endpoint = "hac"\n'
            '[environments.down.endpoints.hac]\nurl = "http://127.0.0.1:1"\nignore_ssl = true\ntimeout = 30\n'
        )
        self.environment = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "HAC_CLIENT_CONFIG_PATH": str(home / "config.toml"),
            "HAC_USERNAME": hac.username,
            "HAC_PASSWORD": hac.password,
            "COLUMNS": "200",
        }
        if ours:
            self.environment["PYTHONPATH"] = str(Path(hac_client_core.__file__).parent.parent)

    def run(self, line: list[str]) -> tuple[int, str, str]:
        """The exit code, and what was printed without what differs in each run."""
        ran = subprocess.run(
            [str(CLI), *line], cwd=self.home, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        return ran.returncode, self.comparable(ran.stdout), ran.stderr

    def comparable(self, text: str) -> str:
        text = text.replace(self.hac.url, "URL").replace(str(self.home), "HOME")
        text = re.sub(r"\b([0-9A-F]{32}(\.\w+)?\b|[0-9A-F]{16}\.\.\.)", "SESSION", text)
        text = re.sub(r"[\w-]{16,}\.\.\.", "TOKEN", text)
        text = re.sub(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "TOKEN", text)
        text = re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?", "TIME", text)
        text = re.sub(r"\b\d{10}\.\d+\b", "SECONDS", text)
        text = re.sub(r'("execution_time_ms"|"age_seconds"|"idle_seconds"): [\d.]+', r"\1: N", text)
        text = re.sub(r"\b\d+(\.\d+)? ?(ms|s|seconds|sec|minutes|m)\b( \d+ ?(s|seconds|sec)\b)?", "DURATION", text)
        return text


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory):
    root = tmp_path_factory.mktemp("cli")
    # With Spring 6 hac-client-core finds neither the options of an update nor anything else behind a slash at the end of an address.
    flags = (*(["--groovy"] if shutil.which("groovy") else []), "--release", "2205", "--update-seconds", "1")
    with start(*flags) as theirs, start(*flags) as ours:
        yield Place(root / "theirs", theirs, False), Place(root / "ours", ours, True)


def test_the_program_of_others_runs_on_this_package(both: tuple[Place, Place]) -> None:
    theirs, ours = both
    assert len(LINES) >= 40
    wrong, differing = [], set()
    for line in LINES:
        name = " ".join(line)
        expected, found = theirs.run(line), ours.run(line)
        if expected[:2] == found[:2]:
            continue
        differing.add(name)
        if name not in DIFFERENT:
            wrong.append(
                f"{name}\n  hac-client-core: exit {expected[0]}\n{expected[1]}{expected[2]}\n  ours: exit {found[0]}\n{found[1]}{found[2]}"
            )
    assert not wrong, "\n\n".join(wrong)
    assert differing == set(DIFFERENT), "a difference that is named is none any more"


def test_it_is_this_package_that_ran(both: tuple[Place, Place]) -> None:
    _, ours = both
    code = "import hac_client_core as package; print(package.__file__)"
    python = Path(str(CLI)).parent / "python"
    ran = subprocess.run([str(python), "-c", code], env=ours.environment, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == hac_client_core.__file__, sys.path
