"""The code blocks of the pages in docs, and running them in the order in which a reader meets them.

On a page every Python and shell block runs, in a directory of the page's own, against a simulator of its own. Around them:

    ```groovy title="fix.groovy"     a block whose title is the name of a file is that file; a later block has to use it
    ```text title="Output"           what the block before prints to standard output; … stands for anything, in a line or for lines
    *Not run in the automated tests: REASON*   the line before a block that is left out. The reader sees it
"""

import contextlib
import dataclasses
import difflib
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import traceback

FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[\w-]+)?(?P<rest>[^`]*)$")
TITLE = re.compile(r'title="([^"]+)"')
EXEMPT = re.compile(r"^\*Not run in the automated tests: (?P<reason>.+)\*$")
FILE_NAME = re.compile(r"^[\w./-]+\.\w+$")
RUN = ("python", "sh")
# The server of every example: the simulator listens on another port.
EXAMPLE_SERVER = "localhost:9002"
# So many seconds an answer may take, where the example does not say.
TIME_LIMIT = 600


@dataclasses.dataclass
class Block:
    page: str
    line: int  # of the fence, from 1
    language: str
    title: str
    text: str
    exempt: str  # the reason; empty if the block has to run
    output: str | None = None  # what it has to print

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def is_file(self) -> bool:
        return bool(FILE_NAME.match(self.title))

    @property
    def runs(self) -> bool:
        return self.language in RUN and not self.exempt and not self.is_file


def parse(page: str, text: str) -> list[Block]:
    """The fenced blocks of a page, those in tabs and notes too. An output belongs to the block before it."""
    blocks: list[Block] = []
    lines = iter(enumerate(text.splitlines(), 1))
    before = ""
    for number, line in lines:
        fence = FENCE.match(line)
        if not fence:
            before = line.strip() or before
            continue
        indent, body = len(fence["indent"]), []
        for _, inner in lines:
            if inner.strip() == "```":
                break
            body.append(inner[indent:])
        else:
            raise ValueError(f"{page}:{number}: the block has no end")
        title, exempt = TITLE.search(fence["rest"]), EXEMPT.match(before)
        block = Block(
            page, number, fence["language"] or "", title[1] if title else "", "\n".join(body) + "\n", exempt["reason"] if exempt else ""
        )
        if block.title == "Output":
            if not blocks or blocks[-1].language not in RUN:
                raise ValueError(f"{block.place}: there is no block before whose output this could be")
            blocks[-1].output = block.text
        else:
            blocks.append(block)
        before = ""
    return blocks


def agrees(expected: str, printed: str) -> bool:
    """Whether the output is the one shown: a line of … stands for any lines, … in a line for anything in it."""
    pattern = ""
    for line in expected.strip("\n").splitlines():
        pattern += r"(?:.*\n)*?" if line.strip() == "…" else ".*?".join(re.escape(part) for part in line.rstrip().split("…")) + r"\s*?\n"
    return re.fullmatch(pattern, printed.strip("\n") + "\n") is not None


class Python:
    """A Python that runs the blocks of a page one after the other, as one program."""

    def __init__(self, program: str, directory: pathlib.Path, environment: dict[str, str]):
        self.messages = directory / ".messages"
        with self.messages.open("w") as messages:
            self.process = subprocess.Popen(
                [program, __file__],
                cwd=directory, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=messages, text=True,
            )  # fmt: skip

    def run(self, block: Block, text: str) -> tuple[str, str]:
        """What the block printed, and why it failed, if it did."""
        try:
            self.process.stdin.write(json.dumps({"name": block.place, "line": block.line, "text": text}) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            return "", f"Python ended with {self.process.wait()}\n{self.messages.read_text()}"
        told = json.loads(answer)
        return told["printed"], told["failure"] and told["failure"] + self.messages.read_text()

    def end(self) -> str:
        """Why it did not end as a program should, if so."""
        self.process.stdin.close()
        status = self.process.wait()
        return f"Python ended with {status} at its end\n{self.messages.read_text()}" if status else ""


def serve() -> None:
    """The other side of `Python`: a block a line, as JSON."""
    # A block that prints, also by a process of its own, prints to standard error: standard output carries the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.path.insert(0, os.getcwd())
    give_time()
    names = {"__name__": "__main__"}
    for line in sys.stdin:
        asked = json.loads(line)
        printed, failure = io.StringIO(), ""
        # So that a traceback has the line of the page.
        code = "\n" * asked["line"] + asked["text"]
        with contextlib.redirect_stdout(printed):
            try:
                exec(compile(code, asked["name"].split(":")[0], "exec"), names)
            except BaseException:
                failure = traceback.format_exc(limit=-3)
        answers.write(json.dumps({"printed": printed.getvalue(), "failure": failure}) + "\n")
        answers.flush()


def give_time() -> None:
    """A client's default time limit, raised: a busy machine starts a Groovy slowly."""
    with contextlib.suppress(ImportError):
        from hac_client_core import HacClient

        function = HacClient.__init__
        function.__defaults__ = tuple(TIME_LIMIT if value == 30 else value for value in function.__defaults__ or ())
        function.__kwdefaults__ = {name: TIME_LIMIT if value == 30 else value for name, value in (function.__kwdefaults__ or {}).items()}


def run_shell(text: str, directory: pathlib.Path, environment: dict[str, str]) -> tuple[str, str]:
    """What the block printed to standard output, and why it failed, if it did."""
    ran = subprocess.run(
        ["bash", "-c", "set -euo pipefail\n" + text],
        cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    return ran.stdout, f"it ended with {ran.returncode}\n{ran.stdout}{ran.stderr}" if ran.returncode else ""


def run_page(blocks: list[Block], python: str, directory: pathlib.Path, environment: dict[str, str], server: str) -> list[str]:
    """Runs the blocks of one page. Returns what is wrong, up to the first block that failed."""

    def on_this_machine(text: str) -> str:
        return text.replace(EXAMPLE_SERVER, server).replace("/tmp/", f"{directory}/")

    problems = []
    files = {block.title: block for block in blocks if block.is_file}
    for name, block in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(on_this_machine(block.text))
        # A module is imported without the end of its file's name.
        used = name.removesuffix(".py")
        if not block.exempt and not any(used in other.text for other in blocks if other is not block and (other.runs or other.is_file)):
            problems.append(f"{block.place}: no block uses the file {name}")
    interpreter = None
    for block in blocks:
        if not block.runs:
            continue
        text = on_this_machine(block.text)
        if block.language == "sh":
            printed, failure = run_shell(text, directory, environment)
        else:
            interpreter = interpreter or Python(python, directory, environment)
            printed, failure = interpreter.run(block, text)
        printed = printed.replace(server, EXAMPLE_SERVER)
        if failure:
            problems.append(f"{block.place}: this block failed\n{block.text}\n{failure}")
            break
        if block.output is not None and not agrees(block.output, printed):
            shown = difflib.unified_diff(block.output.splitlines(), printed.splitlines(), "on the page", "printed", lineterm="")
            problems.append(f"{block.place}: another output\n" + "\n".join(shown))
    if interpreter and (failure := interpreter.end()):
        problems.append(f"{blocks[0].page}: {failure}")
    return problems


if __name__ == "__main__":
    serve()
