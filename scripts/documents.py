"""What the documents say is so: the commands of the README work, the tests that SECURITY names exist, links lead somewhere.

    python scripts/documents.py --hac target/release/hac

A block is run if the line before it is `<!-- run -->`, or `<!-- run with FLAGS -->`, which adds the flags to every `hac`.
"""

import argparse
import json
import os
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"<!-- run(?: with (?P<flags>[^\n]*?))? -->\n```sh\n(?P<text>.*?)```", re.DOTALL)
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


def dead_references() -> list[str]:
    """Tests that are named in a document and do not exist, and links to files that do not."""
    dead = []
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        text = document.read_text()
        for file, test in re.findall(r"`([\w./-]+\.(?:rs|py))::(\w+)`", text):
            path = ROOT / file
            if not path.exists() or not re.search(rf"\b(fn|def) {test}\b", path.read_text()):
                dead.append(f"{document.name}: there is no test {file}::{test}")
        for link in re.findall(r"\]\((?!https?://)([^)#]+)", text):
            if not (document.parent / link).exists():
                dead.append(f"{document.name}: there is no {link}")
    return dead


def run(text: str, flags: str, directory: pathlib.Path, environment: dict[str, str]) -> bool:
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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hac", required=True, help="the program under test")
    hac = str(pathlib.Path(parser.parse_args().hac).resolve())
    if dead := dead_references():
        print("\n".join(dead))
        return 1
    blocks = [(block["text"], block["flags"] or "") for block in BLOCK.finditer((ROOT / "README.md").read_text())]
    if len(blocks) < 5:
        print(f"only {len(blocks)} blocks of the README are marked to be run")
        return 1
    simulator = subprocess.Popen([hac, "simulator", "--https", "--port", "0", "--json"], stdout=subprocess.PIPE, text=True)
    try:
        told = json.loads(simulator.stdout.readline())
        port = int(told["url"].rsplit(":", 1)[1])
        url = f"https://localhost:{port}"
        with tempfile.TemporaryDirectory() as scratch:
            directory = pathlib.Path(scratch)
            (directory / "password.txt").write_text(told["password"] + "\n")
            (directory / "hac.pem").write_text(ssl.get_server_certificate(("localhost", port)))
            (directory / "fix.groovy").write_text("return 1\n")
            (directory / "prices.impex").write_text("INSERT_UPDATE Language;isocode[unique=true]\n;xx\n")
            (directory / "export.impex").write_text('INSERT_UPDATE Language;isocode[unique=true]\n"#% impex.exportItems(""Language"", false);"\n')
            (directory / "query.sql").write_text("SELECT {code} FROM {Product}\n")
            environment = dict(os.environ) | {
                "HAC_UNDER_TEST": hac,
                "HAC_URL": url,
                "HAC_USERNAME": told["username"],
                "HAC_PASSWORD": told["password"],
                "HAC_CACHE_DIR": str(directory / "cache"),
                "FINGERPRINT": told["certificate_sha256"],
            }
            for text, flags in blocks:
                print("\n".join(f"$ {line}" for line in text.rstrip().splitlines()), flush=True)
                if not run(text.replace("https://localhost:9002", url), flags, directory, environment):
                    return 1
            rows = (directory / "products.csv").read_text().splitlines()
            if len(rows) != 101:
                print(f"products.csv has {len(rows)} lines; the simulator has 100 products")
                return 1
    finally:
        simulator.terminate()
        simulator.wait(10)
    commands = sum(len(text.strip().splitlines()) for text, _ in blocks)
    print(f"{len(blocks)} blocks of the README with {commands} lines ran")
    return 0


if __name__ == "__main__":
    sys.exit(main())
