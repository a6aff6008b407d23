"""What mkdocs.yml does not say: pages that are made from files outside of docs, and from the program itself.

HAC_PROGRAM names the program whose commands the page commands.md lists.
"""

import os
import pathlib
import re
import subprocess

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Links from a page of docs to documents at the root, which are pages of the site, too.
DOCUMENTS = {"../SECURITY.md": "security.md", "../CHANGELOG.md": "changelog.md"}
SECURITY_HERE = "<!-- SECURITY.md -->"


def on_files(files, config):
    changelog = (ROOT / "CHANGELOG.md").read_text()
    for name, text in {"changelog.md": within_docs(changelog), "commands.md": commands()}.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown, page, config, files):
    if page.file.src_uri == "security.md":
        if SECURITY_HERE not in markdown:
            raise PluginError(f"docs/security.md has no line {SECURITY_HERE}")
        markdown = markdown.replace(SECURITY_HERE, security())
    depth = "../" * page.file.src_uri.count("/")
    for link, target in DOCUMENTS.items():
        markdown = markdown.replace(f"]({depth}{link}", f"]({depth}{target}")
    return markdown


def within_docs(text):
    """A document of the root with its links as a page of docs has them."""
    return re.sub(r"\]\(docs/", "](", text)


def security():
    """SECURITY.md from its first section on, without the names of tests."""
    text = (ROOT / "SECURITY.md").read_text()
    text = text[text.index("\n## ") :]
    text = re.sub(r"\n +`[\w./-]+::\w+`(?=\n)", "", text)
    return within_docs(text).replace("## Guarantees and the tests that verify them", "## Guarantees")


def commands():
    """Every command with its help, from the program."""
    program = os.environ.get("HAC_PROGRAM")
    if not program:
        raise PluginError("set HAC_PROGRAM to the program hac: the page of its commands is made from its help")
    # Otherwise the help has the width of a terminal.
    environment = os.environ | {"COLUMNS": "80", "NO_COLOR": "1"}

    def help_of(*command):
        asked = [program, *command, "--help"]
        return subprocess.run(asked, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout

    def names(text):
        listed = re.search(r"^Commands:\n(.*?)\n\n", text, re.DOTALL | re.MULTILINE)
        return [name for name in re.findall(r"^  (\S+)", listed[1], re.MULTILINE) if name != "help"] if listed else []

    def run(*words):
        return subprocess.run(
            [program, *words], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
        ).stdout

    page = [
        "# All commands",
        "",
        "What `hac COMMAND --help` prints, for each command. Every command also takes the [flags for target, network, session and",
        "output](#flags-of-every-command). `hac help TOPIC` prints the [topics](#topics).",
        "",
    ]
    main = help_of()

    def describe(level, *command):
        text = help_of(*command)
        page.extend([f"{'#' * level} hac {' '.join(command)}", "", "```text", without_common_flags(text), "```", ""])
        for name in names(text):
            describe(level + 1, *command, name)

    for name in names(main):
        describe(2, name)
    page.extend(["## Flags of every command", "", "```text", run("help", "flags").strip(), "```", ""])
    page.extend(["## Topics", ""])
    listed = re.search(r"^Topics.*:\n(.*?)(?:\n\n|\Z)", main, re.DOTALL | re.MULTILINE)[1]
    for topic in re.findall(r"^  (\S+)", listed, re.MULTILINE):
        if topic != "flags":
            page.extend([f"### hac help {topic}", "", "```text", run("help", topic).strip(), "```", ""])
    return "\n".join(page)


def without_common_flags(text):
    """The help of a command without its last line, which points to the flags that all commands have."""
    return re.split(r"\n\nFlags of every command", text)[0].rstrip()
