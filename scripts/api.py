#!/usr/bin/env python3
"""The public interface of the library as text, compared with what the repository has.

    cargo doc --workspace --no-deps && scripts/api.py target/doc     ends with 1 and the difference where there is one
    scripts/api.py target/doc --update                               writes the text anew: look at `git diff` before you commit it
    scripts/api.py --self-test                                       sees a change where there is one

What is read are the pages that rustdoc makes: declarations, methods, and which traits are implemented. A line that goes or changes
may break a program that uses the library: it needs a line in the changelog, and a new minor version as long as the first number is 0.
"""

import argparse
import difflib
import html
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TEXT = ROOT / "crates/hac-client/api.txt"
CRATE = "hac_client"
KINDS = ("struct", "enum", "trait", "fn", "type", "constant", "macro")
DECLARATION = re.compile(r'<pre class="rust item-decl"><code>(.*?)</code></pre>', re.DOTALL)
HEADER = re.compile(r'<h(?P<level>[34]) class="code-header">(?P<text>.*?)</h(?P=level)>', re.DOTALL)
REEXPORT = re.compile(r"<code>(pub use .*?;)</code>", re.DOTALL)
# Behind these a page says what the compiler finds out, or what others implement.
FOREIGN = re.compile(r'<h2 id="(?:synthetic-implementations|blanket-implementations|implementors|foreign-impls)"')
VERSION = re.compile(r'data-rustdoc-version="(\d+\.\d+)')
TRAITS = '<h2 id="trait-implementations"'


def plain(markup):
    # Folded parts and notes are for readers.
    markup = re.sub(r"<summary.*?</summary>|<span class=\"(?:since|comment)\".*?</span>", "", markup, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", markup)).split())


def page(path, markup):
    """The lines of one item."""
    declaration = DECLARATION.search(markup)
    if declaration is None:
        # It leads on to where the item is shown.
        return []
    lines = [f"{path}: {plain(declaration.group(1))}"]
    own = FOREIGN.split(markup)[0]
    methods, _, traits = own.partition(TRAITS)
    impl = ""
    for found in HEADER.finditer(methods):
        if found["level"] == "3":
            impl = plain(found["text"])
        else:
            lines.append(f"{path}: {impl + ' ' if impl.startswith('impl<') else ''}{plain(found['text'])}")
    lines += [f"{path}: {plain(found['text'])}" for found in HEADER.finditer(traits) if found["level"] == "3"]
    return lines


def interface(pages):
    """All lines, sorted."""
    lines = set()
    for file in sorted(pages.rglob("*.html")):
        parts = file.relative_to(pages).parts
        if parts[0] == "fuzzing":
            continue
        module = "::".join((CRATE, *parts[:-1]))
        markup = file.read_text()
        if parts[-1] == "index.html":
            lines |= {f"{module}: {plain(found)}" for found in REEXPORT.findall(markup)}
            continue
        kind, _, name = parts[-1].removesuffix(".html").partition(".")
        if kind in KINDS:
            lines |= set(page(f"{module}::{name}", markup))
    return sorted(lines)


def self_test():
    before = (
        '<pre class="rust item-decl"><code>pub struct <a>A</a> { /* private fields */ }</code></pre><h2 id="x">'
        '<h3 class="code-header">impl A</h3><section><h4 class="code-header">pub fn <a>a</a>(&amp;self) -&gt; u8</h4>'
        '<h2 id="trait-implementations"><h3 class="code-header">impl Clone for A</h3><h4 class="code-header">fn clone()</h4>'
        '<h2 id="synthetic-implementations"><h3 class="code-header">impl Send for A</h3>'
    )
    lines = page("m::A", before)
    assert lines == ["m::A: pub struct A { /* private fields */ }", "m::A: pub fn a(&self) -> u8", "m::A: impl Clone for A"], lines
    assert page("m::A", before.replace("u8", "u16")) != lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("doc", nargs="?", type=pathlib.Path)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--self-test", action="store_true")
    given = parser.parse_args()
    if given.self_test:
        return self_test()
    if given.doc is None:
        parser.error("name the directory that cargo doc made")
    lines = interface(given.doc / CRATE)
    if len(lines) < 100:
        return f"{given.doc / CRATE} holds no documentation of the library"
    maker = f"rustdoc {VERSION.search((given.doc / CRATE / 'index.html').read_text())[1]}"
    text = "\n".join([maker, *lines]) + "\n"
    if given.update:
        TEXT.write_text(text)
        return None
    before = TEXT.read_text() if TEXT.exists() else ""
    if before == text:
        return None
    if before.split("\n", 1)[0] not in ("", maker):
        print(f"not compared: the text was made by {before.splitlines()[0]}, the pages by {maker}, which may word them differently")
        return None
    difference = difflib.unified_diff(before.splitlines(), text.splitlines(), "in the repository", "as it is now", lineterm="", n=0)
    print("\n".join(difference))
    return "the public interface has changed: if that is meant, run scripts/api.py with --update, and note it in CHANGELOG.md"


sys.exit(main())
