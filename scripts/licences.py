"""Every dependency has a licence that deny.toml allows, comes from the one registry that the others come from, and is there once.

Less than cargo-deny does, and it runs where that is not installed.
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def listed(name: str) -> str:
    """The text of a list of deny.toml. Python 3.10 has no parser for it."""
    return re.search(rf"^{name} = \[(.*?)^\]", (ROOT / "deny.toml").read_text(), re.MULTILINE | re.DOTALL).group(1)


def allowed_licences() -> set[str]:
    return set(re.findall(r'"([^"]+)"', listed("allow")))


def denied_crates() -> set[str]:
    return set(re.findall(r'crate = "([^"]+)"', listed("deny")))


def tolerated() -> list[tuple[str, str]]:
    """The older versions that something asks for: name, and how the version begins."""
    return re.findall(r'crate = "([^"@]+)@([^"]+)"', listed("skip"))


def duplicates(versions: list[tuple[str, str]], skipped: list[tuple[str, str]]) -> list[str]:
    """What there is in more than one version, or is tolerated although it is not."""
    unused = set(skipped)
    left: dict[str, list[str]] = {}
    for name, version in versions:
        skip = next((entry for entry in skipped if entry[0] == name and f"{version}.".startswith(f"{entry[1]}.")), None)
        if skip:
            unused.discard(skip)
        else:
            left.setdefault(name, []).append(version)
    twice = [f"{name} is there as {' and '.join(found)}" for name, found in left.items() if len(found) > 1]
    return twice + [f"deny.toml skips {name} {version}, which nothing asks for" for name, version in sorted(unused)]


def is_allowed(expression: str, allowed: set[str]) -> bool:
    """Whether the SPDX expression can be met with the allowed licences. `/` is how `OR` was once written."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))

    def one_of() -> bool:
        result = all_of()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            result = all_of() or result
        return result

    def all_of() -> bool:
        result = licence()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            result = licence() and result
        return result

    def licence() -> bool:
        name = tokens.pop(0)
        if name == "(":
            result = one_of()
            tokens.pop(0)
            return result
        if tokens and tokens[0] == "WITH":
            tokens.pop(0)
            name = f"{name} WITH {tokens.pop(0)}"
        return name in allowed

    return one_of() and not tokens


def check_the_check() -> None:
    """A check that lets everything through is worse than none."""
    allowed = {"MIT", "ISC", "Apache-2.0 WITH LLVM-exception"}
    good = ["MIT", "MIT/GPL-3.0", "(GPL-3.0 OR MIT) AND ISC", "Apache-2.0 WITH LLVM-exception OR GPL-3.0"]
    bad = ["GPL-3.0", "MIT AND GPL-3.0", "Apache-2.0", "(MIT OR ISC) AND GPL-3.0", "MIT ISC"]
    assert all(is_allowed(text, allowed) for text in good)
    assert not any(is_allowed(text, allowed) for text in bad)
    versions = [("a", "1.0.0"), ("a", "2.0.0"), ("b", "0.4.1"), ("b", "0.40.0")]
    assert duplicates(versions, [("a", "1"), ("b", "0.4")]) == []
    assert len(duplicates(versions, [])) == 2
    assert len(duplicates(versions, [("a", "1"), ("b", "0.4"), ("c", "1")])) == 1


def main() -> int:
    check_the_check()
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--all-features"]
    packages = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)["packages"]
    allowed, denied = allowed_licences(), denied_crates()
    problems = []
    sources = set()
    for package in packages:
        name = f"{package['name']} {package['version']}"
        licence = package["license"]
        if not licence:
            problems.append(f"{name} states no licence")
        elif not is_allowed(licence, allowed):
            problems.append(f"{name} is {licence}, which deny.toml does not allow")
        if package["name"] in denied:
            problems.append(f"{name} is denied by deny.toml")
        source = package["source"]
        if source is not None:
            sources.add(source)
            if not source.startswith("registry+"):
                problems.append(f"{name} comes from {source}, not from a registry")
    problems += duplicates([(package["name"], package["version"]) for package in packages], tolerated())
    if len(sources) > 1:
        problems.append(f"the dependencies come from {len(sources)} places: {', '.join(sorted(sources))}")
    print("\n".join(problems) if problems else f"{len(packages)} packages, all with an allowed licence, from one registry, none twice unasked")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
