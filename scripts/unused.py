#!/usr/bin/env python3
"""Every dependency that a crate names is used in it, and every one that the workspace names by a crate."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main():
    metadata = subprocess.run(
        ["cargo", "metadata", "--format-version=1", "--no-deps", "--locked"], cwd=ROOT, check=True, capture_output=True
    )
    unused, named = [], set()
    for package in json.loads(metadata.stdout)["packages"]:
        folder = Path(package["manifest_path"]).parent
        sources = "\n".join(file.read_text() for file in folder.rglob("*.rs") if "target" not in file.parts)
        for dependency in package["dependencies"]:
            named.add(dependency["name"])
            name = (dependency["rename"] or dependency["name"]).replace("-", "_")
            if not re.search(rf"\b{name}\b", sources):
                unused.append(f"{package['name']} does not use {dependency['name']}")
    section = (ROOT / "Cargo.toml").read_text().split("[workspace.dependencies]\n")[1].split("\n[")[0]
    of_workspace = re.findall(r"^([\w-]+) *=", section, re.MULTILINE)
    unused += [f"no crate uses {name} of the workspace" for name in of_workspace if name not in named]
    if not named or not of_workspace:
        unused.append("no dependency was found at all")
    sys.exit("\n".join(unused) or 0)


if __name__ == "__main__":
    main()
