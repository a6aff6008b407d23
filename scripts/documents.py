"""What the documents say is so: their commands work, the tests that SECURITY names exist, links lead somewhere.

    python scripts/documents.py --hac target/release/hac                       README, references, links
    python scripts/documents.py --hac target/release/hac --site DIR            the pages of docs, and the site built from them in DIR
    python scripts/documents.py --hac target/release/hac --pages groovy impex  the blocks of these pages only
    python scripts/documents.py --self-test

In the README a block is run if the line before it is `<!-- run -->`, or `<!-- run with FLAGS -->`, which adds the flags to every `hac`.
On the pages of docs every Python and shell block is run, and so is the README's Python: see blocks.py. `--python` names the interpreter, which has hac_client_core.
"""

import argparse
import collections
import contextlib
import gzip
import html.parser
import json
import os
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile
import time
import typing

import blocks

ROOT = pathlib.Path(__file__).resolve().parent.parent
README_BLOCK = re.compile(r"<!-- run(?: with (?P<flags>[^\n]*?))? -->\n```sh\n(?P<text>.*?)```", re.DOTALL)
# What a reader who types the commands in this order has at hand; `hac` is the program under test.
PRELUDE = """
set -euo pipefail
hac() {
    local status=0
    "$HAC_UNDER_TEST" $HAC_FLAGS "$@" 2> stderr || status=$?
    cat stderr >&2
    # The simulator says so where no Groovy is installed, and the command line was understood.
    if [ "$1" = groovy ] && [ $status = 1 ] && grep -q "this simulator has no Groovy" stderr; then return 0; fi
    return $status
}
"""
# So many blocks of the pages may be left out, each with its reason on the page.
MOST_EXEMPT = 10
# What Rust blocks of the documents are taken from: programs and tests that the check runs.
RUST_SOURCES = ("crates/hac-client/examples", "crates/hac-client/tests/site")


def pages() -> dict[str, str]:
    return {path.relative_to(ROOT / "docs").as_posix(): path.read_text() for path in sorted((ROOT / "docs").rglob("*.md"))}


def dead_references() -> list[str]:
    """Tests that are named in a document and do not exist, and links to files that do not."""
    dead = []
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        text = document.read_text()
        for file, test in re.findall(r"`([\w./-]+\.(?:rs|py))::(\w+)`", text):
            path = ROOT / file
            if not path.exists() or not re.search(rf"\b(fn|def) {test}\b", path.read_text()):
                dead.append(f"{document.name}: there is no test {file}::{test}")
        for link in re.findall(r"\]\((?!https?://)([^)#]+)", text):
            # The site has pages that are made when it is built.
            made = document.is_relative_to(ROOT / "docs") and pathlib.Path(link).name in ("changelog.md", "commands.md")
            if not made and not (document.parent / link).exists():
                dead.append(f"{document.name}: there is no {link}")
    return dead


def untested_rust(documents: dict[str, str]) -> list[str]:
    """Rust blocks that are not, word for word, part of a program or test that the check runs."""

    def essence(text: str) -> str:
        # The lines of a page are shorter than those that rustfmt makes.
        return re.sub(r"\s+", "", text).replace(",)", ")")

    tested = [essence(path.read_text()) for place in RUST_SOURCES for path in (ROOT / place).rglob("*.rs")]
    return [
        f"{block.place}: this Rust is not found in {' or '.join(RUST_SOURCES)}"
        for name, text in documents.items()
        for block in blocks.parse(name, text)
        if block.language == "rust" and not any(essence(block.text) in source for source in tested)
    ]


@contextlib.contextmanager
def simulator(hac: str, *flags: str) -> typing.Iterator[tuple[dict[str, typing.Any], str, pathlib.Path, dict[str, str]]]:
    """A simulator, its URL, and a directory and an environment as a reader has them."""
    running = subprocess.Popen([hac, "simulator", "--https", "--port", "0", "--json", *flags], stdout=subprocess.PIPE, text=True)
    try:
        told = json.loads(running.stdout.readline())
        port = int(told["url"].rsplit(":", 1)[1])
        url = f"https://localhost:{port}"
        with tempfile.TemporaryDirectory() as scratch:
            directory = pathlib.Path(scratch)
            (directory / "password.txt").write_text(told["password"] + "\n")
            (directory / "hac.pem").write_text(ssl.get_server_certificate(("localhost", port)))
            environment = {name: value for name, value in os.environ.items() if not name.startswith("HAC_")} | {
                "HAC_URL": url,
                "HAC_USERNAME": told["username"],
                "HAC_PASSWORD": told["password"],
                "HAC_CACHE_DIR": str(directory / "cache"),
                "HAC_CLIENT_CONFIG_PATH": str(directory / "config.toml"),
                "FINGERPRINT": told["certificate_sha256"],
            }
            yield told, url, directory, environment
    finally:
        running.terminate()
        running.wait(10)


def run_readme_block(text: str, flags: str, directory: pathlib.Path, environment: dict[str, str]) -> bool:
    script = PRELUDE + (f"cd '{ROOT}'\n" if "cargo" in text else "") + text
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=directory,
        env=environment | {"HAC_FLAGS": flags},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
    )
    if ran.returncode != 0:
        print(f"{ran.stdout}\nthis block of the README ended with {ran.returncode}")
    return ran.returncode == 0


def check_readme(hac: str) -> int:
    readme = [(block["text"], block["flags"] or "") for block in README_BLOCK.finditer((ROOT / "README.md").read_text())]
    if len(readme) < 5:
        print(f"only {len(readme)} blocks of the README are marked to be run")
        return 1
    with simulator(hac) as (_, url, directory, environment):
        # The README names the server in a configuration.
        environment = {name: value for name, value in environment.items() if name not in ("HAC_URL", "HAC_USERNAME")}
        (directory / "fix.groovy").write_text("return 1\n")
        (directory / "prices.impex").write_text("INSERT_UPDATE Language;isocode[unique=true]\n;xx\n")
        (directory / "export.impex").write_text('INSERT_UPDATE Language;isocode[unique=true]\n"#% impex.exportItems(""Language"", false);"\n')
        (directory / "query.sql").write_text("SELECT {code} FROM {Product}\n")
        for text, flags in readme:
            print("\n".join(f"$ {line}" for line in text.rstrip().splitlines()), flush=True)
            if not run_readme_block(text.replace("https://localhost:9002", url), flags, directory, environment | {"HAC_UNDER_TEST": hac}):
                return 1
        rows = gzip.decompress((directory / "products.csv.gz").read_bytes()).decode().splitlines()
        if len(rows) != 101:
            print(f"products.csv.gz has {len(rows)} lines; the simulator has 100 products")
            return 1
    commands = sum(len(text.strip().splitlines()) for text, _ in readme)
    print(f"{len(readme)} blocks of the README with {commands} lines ran")
    return 0


def check_pages(hac: str, python: str, wanted: list[str]) -> list[str]:
    """Runs the blocks of the pages; what is wrong, with the pages and lines."""
    documents = pages() | {"README.md": (ROOT / "README.md").read_text()}
    if unknown := [name for name in wanted if f"{name}.md" not in documents]:
        return [f"docs has no page {name}.md" for name in unknown]
    problems, exempt, ran = [], [], collections.Counter()
    for name, text in documents.items():
        found = blocks.parse(name, text)
        if name == "README.md":
            # Its shell blocks are run as they are marked.
            found = [block for block in found if block.language == "python"]
        exempt += [block for block in found if block.exempt]
        if wanted and name.removesuffix(".md") not in wanted or not any(block.runs for block in found):
            continue
        begun = time.monotonic()
        with simulator(hac, "--groovy", "--update-seconds", "1") as (_, url, directory, environment):
            programs = directory / "bin"
            programs.mkdir()
            # A busy machine starts a Groovy slowly.
            # Commands that talk to no server refuse the flag.
            silent = (
                "'completions '* | 'demo '* | 'help '* | 'man '* | 'simulator '* | 'audit '* | 'config '* | 'trust '* | 'impex lint' | 'session list' | "
                "'session show' | 'session clear'* | 'session export' | 'session import' | 'env list' | 'env show' | 'env set-default' | 'env protect' | "
                "'env remove' | 'endpoint list' | 'endpoint show' | 'endpoint set-default' | 'endpoint remove'"
            )
            (programs / "hac").write_text(
                f'#!/bin/sh\ncase "$1 $2" in\n  {silent}) exec "{hac}" "$@" ;;\nesac\n'
                f'exec "{hac}" --timeout {blocks.TIME_LIMIT} "$@"\n'
            )
            (programs / "hac").chmod(0o755)
            # The interpreter's own directory has pytest; the certificate is trusted as one of the system's.
            places = [str(programs), str(pathlib.Path(python).parent), environment["PATH"]]
            environment |= {"PATH": os.pathsep.join(places), "SSL_CERT_FILE": str(directory / "hac.pem"), "HAC_PROGRAM": hac}
            problems += blocks.run_page(found, python, directory, environment, url.removeprefix("https://"))
        counted = collections.Counter(block.language for block in found if block.runs)
        ran += counted
        print(f"{name}: {counted['python']} Python, {counted['sh']} shell blocks, {time.monotonic() - begun:.1f} s", flush=True)
    for block in exempt:
        print(f"left out: {block.place}: {block.exempt}")
    print(f"{ran['python']} Python and {ran['sh']} shell blocks of the pages ran; {len(exempt)} are left out, {MOST_EXEMPT} may be")
    if len(exempt) > MOST_EXEMPT:
        problems.append(f"{len(exempt)} blocks are left out")
    if not wanted:
        problems += untested_rust(documents)
        if min(ran["python"], ran["sh"]) < 20:
            problems.append("too few blocks ran: are those of the pages still found?")
    return problems


class Loads(html.parser.HTMLParser):
    """What a page loads when it is shown, but for links that a reader follows."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in ("src", "srcset", "data", "poster") or (tag == "link" and name == "href"):
                self.found.append(value or "")


def foreign_content(site: pathlib.Path) -> list[str]:
    """What the pages or style sheets of the site load from other hosts."""
    foreign = []
    for page in site.rglob("*.html"):
        loads = Loads()
        loads.feed(page.read_text())
        foreign += [f"{page.relative_to(site)}: loads {link}" for link in loads.found if re.match(r"(?:[a-z]+:)?//", link)]
    for sheet in site.rglob("*.css"):
        links = re.findall(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')]+)", sheet.read_text())
        foreign += [f"{sheet.relative_to(site)}: loads {link}" for link in links]
    return foreign


def self_test() -> None:
    """Breaks each rule once."""
    text = 'x\n=== "Python"\n\n    ```python\n    print(1)\n    ```\n\n    ```text title="Output"\n    1\n    ```\n'
    (block,) = blocks.parse("a.md", text)
    assert (block.line, block.text, block.output, block.runs) == (4, "print(1)\n", "1\n", True), block
    (block,) = blocks.parse("a.md", "*Not run in the automated tests: it needs the moon.*\n\n```sh\nfalse\n```\n")
    assert (block.exempt, block.runs) == ("it needs the moon.", False), block
    assert blocks.agrees("a…c\n…\nd\n", "abc\n1\n2\nd\n") and not blocks.agrees("a…c\n", "abd\n") and not blocks.agrees("a\n", "a\nb\n")

    def problems(page: str) -> list[str]:
        with tempfile.TemporaryDirectory() as scratch:
            return blocks.run_page(blocks.parse("a.md", page), sys.executable, pathlib.Path(scratch), dict(os.environ), "localhost:1")

    def fenced(language: str, text: str, title: str = "") -> str:
        return f'```{language}{title and f" title={json.dumps(title)}"}\n{text}\n```\n'

    assert not problems(fenced("python", "x = 1") + fenced("python", "print(x)") + fenced("text", "1", "Output"))
    assert not problems(fenced("text", "read", "a.txt") + fenced("sh", "cat a.txt") + fenced("text", "read", "Output"))
    for wrong, why in [
        (fenced("python", "print(x)"), "NameError"),
        (fenced("python", "raise SystemExit(0)"), "SystemExit"),
        (fenced("python", "import os; os._exit(3)"), "Python ended with 3"),
        (fenced("python", "import atexit, os; atexit.register(os._exit, 4)"), "Python ended with 4"),
        (fenced("python", "print(2)") + fenced("text", "1", "Output"), "another output"),
        (fenced("sh", "false; true"), "it ended with 1"),
        (fenced("sh", "echo $no_such_variable"), "unbound"),
        (fenced("sh", "echo 2") + fenced("text", "1", "Output"), "another output"),
        (fenced("text", "unread", "a.txt") + fenced("sh", "true"), "no block uses the file a.txt"),
    ]:
        assert any(why in problem for problem in problems(wrong)), (wrong, problems(wrong))
    assert untested_rust({"a.md": "```rust\nfn of_no_program() {}\n```\n"})
    with tempfile.TemporaryDirectory() as scratch:
        site = pathlib.Path(scratch)
        (site / "a.html").write_text('<a href="https://a.example"><script src="b.js"></script>')
        assert not foreign_content(site)
        (site / "a.html").write_text('<link rel="stylesheet" href="//a.example/x.css"><script src="https://a.example/b.js"></script>')
        (site / "a.css").write_text("@import 'https://a.example/x.css'; a { background: url(https://a.example/y.png) }")
        assert len(foreign_content(site)) == 4, foreign_content(site)
    print("the rules for documents hold")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hac", help="the program under test")
    parser.add_argument("--python", default=sys.executable, help="the Python that runs the blocks of the pages")
    parser.add_argument("--site", type=pathlib.Path, help="the site that was built; runs the blocks of all pages")
    parser.add_argument("--pages", nargs="*", metavar="PAGE", help="run the blocks of these pages, or of all")
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        self_test()
        return 0
    hac = str(pathlib.Path(arguments.hac).resolve())
    if arguments.site is None and arguments.pages is None:
        if dead := dead_references():
            print("\n".join(dead))
            return 1
        return check_readme(hac)
    # Not resolved: the interpreter of a virtual environment is a link.
    problems = check_pages(hac, os.path.abspath(arguments.python), arguments.pages or [])
    if arguments.site:
        if not any(arguments.site.rglob("*.html")):
            problems.append(f"{arguments.site} has no pages")
        problems += foreign_content(arguments.site)
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
