#!/usr/bin/env python3
"""No Rust module imports, over whatever way, a module that imports it; a Rust or Python file that is longer than people like to read
says why.

    scripts/modules.py                every crate; ends with 1 and the way around where there is a cycle, or the file that is too long
    scripts/modules.py --graph        every import, one to a line
    scripts/modules.py --self-test    sees cycles and long files where there are some

A module is a file. What counts are its `use` lines outside of tests. A name that a parent passes on (`pub use`) counts as an
import of the module that has it, and to pass on what is below counts for nothing.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
USE = re.compile(r"^(pub(?:\([^)]*\))? )?use ([^;]+);", re.MULTILINE)
REEXPORT = re.compile(r"^pub(?:\([^)]*\))? use ([^;]+);", re.MULTILINE)
TESTS = re.compile(r"^#\[cfg\([^\n]*test[^\n]*\)\]\n(?:#\[[^\n]*\]\n)*mod \w+ \{.*?^\}\n", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"//[^\n]*")

# A file with more lines has its reason in a comment: `// Over 500 lines: the reason`, in Python with `#`.
LONGEST = 500
REASON = re.compile(rf"^(?://|#) Over {LONGEST} lines: \w", re.MULTILINE)


def leaves(tree, before=()):
    """`a::{b, c::d as e}` as (a, b) and (a, c, d)."""
    tree = tree.strip()
    at = tree.find("{")
    if at < 0:
        yield (*before, *(part.strip() for part in tree.split(" as ")[0].split("::")))
        return
    before = (*before, *(part.strip() for part in tree[:at].split("::") if part.strip()))
    depth, begin = 0, at + 1
    for end, character in enumerate(tree[at:], at):
        depth += (character == "{") - (character == "}")
        if (character == "," and depth == 1) or depth == 0:
            if tree[begin:end].strip():
                yield from leaves(tree[begin:end], before)
            begin = end + 1
        if depth == 0:
            return


class Crate:
    def __init__(self, sources, root):
        self.files = {}
        for file in sorted(sources.rglob("*.rs")):
            parts = file.relative_to(sources).with_suffix("").parts
            if "bin" in parts or (len(parts) == 1 and parts[0] in ("lib", "main") and parts[0] != root):
                continue
            if parts[-1] in ("mod", root):
                parts = parts[:-1]
            if "tests" in parts:
                continue
            self.files[parts] = TESTS.sub("", COMMENT.sub("", file.read_text()))
        self.passed_on = {module: dict(self.names_passed_on(module)) for module in self.files}

    def names_passed_on(self, module):
        for tree in REEXPORT.findall(self.files[module]):
            for path in leaves(tree):
                if (whole := self.absolute(module, path)) is not None:
                    yield whole[-1], whole

    def absolute(self, module, path):
        """A path from the crate's root; none for one of another crate."""
        if path[0] == "crate":
            return path[1:]
        if path[0] == "self":
            return module + path[1:]
        if path[0] == "super":
            while path and path[0] == "super":
                module, path = module[:-1], path[1:]
            return module + path
        return module + path if module + path[:1] in self.files else None

    def module_of(self, path, depth=0):
        """The file that has what a path names."""
        at = max(end for end in range(len(path) + 1) if path[:end] in self.files)
        module, rest = path[:at], path[at:]
        if rest and rest[0] in self.passed_on[module] and depth < 9:
            return self.module_of(self.passed_on[module][rest[0]] + rest[1:], depth + 1)
        return module

    def imports(self):
        found = {}
        for module, text in self.files.items():
            found[module] = set()
            for public, tree in USE.findall(text):
                for path in leaves(tree):
                    whole = self.absolute(module, path)
                    if whole is None:
                        continue
                    target = self.module_of(whole)
                    passes_on = public and target[: len(module)] == module
                    if target != module and not passes_on:
                        found[module].add(target)
        return found


def cycle(imports):
    """A way around, if there is one: each imports the next, the last the first."""
    done, way = set(), []

    def visit(module):
        if module in done:
            return None
        if module in way:
            return way[way.index(module) :]
        way.append(module)
        for target in sorted(imports[module]):
            if (found := visit(target)) is not None:
                return found
        way.pop()
        done.add(module)
        return None

    for module in sorted(imports):
        if (found := visit(module)) is not None:
            return found
    return None


def too_long(sources):
    """What is wrong with the lengths of files, a line each: path, text."""
    for path, text in sorted(sources.items()):
        lines, has_reason = len(text.splitlines()), REASON.search(text) is not None
        comment = "#" if path.endswith(".py") else "//"
        if lines > LONGEST and not has_reason:
            yield f"{path} has {lines} lines: split it by what its parts do, or give a reason: {comment} Over {LONGEST} lines: …"
        if lines <= LONGEST and has_reason:
            yield f"{path} has {lines} lines and needs no reason for its length any more"


def sources(*endings):
    """The files with these endings that git knows, and their texts."""
    listed = subprocess.run(["git", "ls-files", "-z", *endings], cwd=ROOT, check=True, capture_output=True, text=True)
    paths = [path for path in listed.stdout.split("\0") if path and (ROOT / path).is_file()]
    return {path: (ROOT / path).read_text() for path in paths}


def self_test():
    """Crates with a cycle of each kind, and some with none that look as if they had one."""
    cases = {
        "two files": ({"lib": "mod a; mod b;", "a": "use crate::b::B;", "b": "use super::a::A;"}, True),
        "over a name that the root passes on": (
            {"lib": "mod a; mod b;\npub use a::A;", "a": "use crate::{b::B, error};", "b": "use crate::A;"},
            True,
        ),
        "a parent and what is below": ({"lib": "mod a;", "a/mod": "mod b;\nuse b::B;", "a/b": "use super::A;"}, True),
        "over three": ({"lib": "", "a": "use crate::b;", "b": "pub use crate::c::{self, C};", "c": "use crate::a::A;"}, True),
        "a parent that only passes on": ({"lib": "mod a;", "a/mod": "mod b;\npub use b::B;", "a/b": "use super::A;"}, False),
        "tests": (
            {"lib": "", "a": "use crate::b;", "b": "#[cfg(test)]\nmod tests {\n    use super::*;\n    use crate::a;\n}\n"},
            False,
        ),
        "another crate": ({"lib": "", "a": "use b::C;\nuse crate::c::C;", "c": "use std::a;"}, False),
    }
    for name, (files, has_cycle) in cases.items():
        with tempfile.TemporaryDirectory() as directory:
            for file, text in files.items():
                path = Path(directory, file).with_suffix(".rs")
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
            found = cycle(Crate(Path(directory), "lib").imports())
        if (found is not None) != has_cycle:
            sys.exit(f"{name}: found {found}")
    reason, line = f" Over {LONGEST} lines: a table.\n", "x\n"
    texts = {
        "at the limit.rs": line * LONGEST,
        "long.py": line * (LONGEST + 1),
        "long.rs": line * (LONGEST + 1),
        "long, with a reason.py": "#" + reason + line * LONGEST,
        "long, with a reason.rs": "//" + reason + line * LONGEST,
        "long, with a reason in a string.py": f'"#{reason}"' + line * LONGEST,
        "long, with an empty reason.rs": f"// Over {LONGEST} lines:\n" + line * LONGEST,
        "not long any more.rs": "//" + reason + line,
    }
    complaints = [complaint.split(" has ")[0] for complaint in too_long(texts)]
    expected = [name for name in sorted(texts) if name not in ("at the limit.rs", "long, with a reason.py", "long, with a reason.rs")]
    if complaints != expected:
        sys.exit(f"lengths: {complaints}")


def main():
    if "--self-test" in sys.argv:
        self_test()
        return
    named = lambda module: "::".join(module) or "the root"
    failed = False
    counted = 0
    for root in sorted([*ROOT.glob("*/*/src/lib.rs"), *ROOT.glob("*/*/src/main.rs"), *ROOT.glob("*/src/lib.rs")]):
        name = str(root.parent.parent.relative_to(ROOT))
        imports = Crate(root.parent, root.stem).imports()
        counted += len(imports)
        if "--graph" in sys.argv:
            for module, targets in sorted(imports.items()):
                for target in sorted(targets):
                    print(f"{name}: {named(module)} -> {named(target)}")
        if (found := cycle(imports)) is not None:
            failed = True
            print(f"{name}: {' -> '.join(map(named, [*found, found[0]]))}")
    if counted < 100:
        sys.exit(f"only {counted} modules were found")
    if failed:
        sys.exit("Modules import each other.")
    rust, python = sources("*.rs"), sources("*.py")
    if len(rust) < counted or len(python) < 30:
        sys.exit(f"only {len(rust)} files of Rust and {len(python)} of Python were found")
    sys.exit("\n".join(too_long(rust | python)) or 0)


if __name__ == "__main__":
    main()
