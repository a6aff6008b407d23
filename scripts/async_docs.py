#!/usr/bin/env python3
"""Writes the docstrings of HacClient's methods into AsyncHacClient, where editors and help() look for them.

    python3 scripts/async_docs.py --update

Without --update it says which of them differ. A method whose docstring has an introduction of its own (`iter_rows`) keeps it.
"""

from __future__ import annotations

import argparse
import ast
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "python" / "hac_client_core"
KEEPS_INTRODUCTION = ("iter_rows",)

Method = ast.FunctionDef | ast.AsyncFunctionDef


def methods(path: Path, of: str) -> dict[str, Method]:
    """The public methods of a class."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    (found,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == of]
    return {node.name: node for node in found.body if isinstance(node, Method) and not node.name.startswith("_")}


def docstring(method: Method) -> ast.Expr:
    """The docstring, which each of them has."""
    first = method.body[0]
    assert isinstance(first, ast.Expr), method.name
    return first


def lines_of(path: Path, node: ast.Expr) -> list[str]:
    """The lines of a docstring as they stand in the file."""
    return path.read_text(encoding="utf-8").splitlines()[node.lineno - 1 : node.end_lineno]


def wanted(name: str, theirs: list[str], ours: list[str]) -> list[str]:
    """The docstring that the method should have."""
    if name not in KEEPS_INTRODUCTION:
        return theirs
    begin = "        Args:"
    introduction = ours[: ours.index(begin)] if begin in ours else [ours[0].removesuffix('"""'), ""]
    return introduction + theirs[theirs.index(begin) :]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--update", action="store_true", help="write them")
    update = parser.parse_args().update
    sync, aio = PACKAGE / "client.py", PACKAGE / "aio.py"
    theirs, ours = methods(sync, "HacClient"), methods(aio, "AsyncHacClient")
    lines = aio.read_text(encoding="utf-8").splitlines()
    differ = []
    # From the end, so that the numbers of the lines before it stay.
    for name, method in reversed(ours.items()):
        if name not in theirs:
            continue
        node = docstring(method)
        now = lines_of(aio, node)
        then = wanted(name, lines_of(sync, docstring(theirs[name])), now)
        if now != then:
            differ.append(name)
            lines[node.lineno - 1 : node.end_lineno] = then
    if update:
        aio.write_text("\n".join(lines) + "\n", encoding="utf-8")
    elif differ:
        print("docstrings of AsyncHacClient differ from those of HacClient: " + ", ".join(sorted(differ)))
        print("write them with: python3 scripts/async_docs.py --update")
    return 0 if update or not differ else 1


if __name__ == "__main__":
    sys.exit(main())
