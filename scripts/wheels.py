#!/usr/bin/env python3
"""Builds the wheels and the source distribution of hac-client-core into target/dist, and tries each where it can run.

    scripts/wheels.py                          all of them
    scripts/wheels.py linux-x86_64 sdist       only these; also linux-aarch64, windows-x86_64
    scripts/wheels.py --try FILE…              builds none, tries these

Each wheel is for every Python from 3.10 on (abi3). What is tried is installed into a virtual environment of its own, where a client
logs in to the simulator of `hac` (HAC_PROGRAM, else target/release/hac) and calls it.

macOS: Apple's SDK is needed to link an extension, and may be used on Apple's machines only. The workflow for the public CI builds
those wheels there, and those for free-threaded Pythons, which have no stable ABI: one wheel for each version.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
OUT = TARGET / "dist"
TOOLS = TARGET / "wheel-tools"
# What is built for other systems: shared with the stages portability and windows.
FOREIGN = TARGET / "foreign"
DEBIANS_RUST = ("/usr/bin/cargo", "/usr/bin/rustc")

SMOKE = """
import json, os, sys
import hac_client_core
from hac_client_core import BasicAuthHandler, HacAuthenticationError, HacClient, SessionManager

hac, cache = json.loads(sys.argv[1]), sys.argv[2]
client = HacClient(hac["url"], BasicAuthHandler(hac["username"], hac["password"]), quiet=True, cache_dir=cache)
result = client.execute_flexiblesearch("SELECT {code} FROM {Product}", max_count=3)
assert result.success and len(result.rows) == 3, result
assert len(SessionManager(cache_dir=cache).list_sessions()) == 1
again = HacClient(hac["url"], BasicAuthHandler(hac["username"], hac["password"]), quiet=True, cache_dir=cache)
assert again.execute_flexiblesearch("SELECT {code} FROM {Product}", max_count=3).rows == result.rows
try:
    HacClient(hac["url"], BasicAuthHandler("admin", "wrong"), quiet=True, session_persistence=False).login()
except HacAuthenticationError:
    pass
else:
    raise AssertionError("a wrong password logged in")
assert os.path.exists(os.path.join(os.path.dirname(hac_client_core.__file__), "py.typed"))
print("logged in, queried, reused the session, was refused with a wrong password")
"""


def run(*command, **options):
    print("$", " ".join(str(word) for word in command), flush=True)
    return subprocess.run([str(word) for word in command], check=True, **options)


def tools():
    """maturin and zig, in a virtual environment below target; its directory of programs."""
    programs = TOOLS / ("Scripts" if os.name == "nt" else "bin")
    if not (TOOLS / "complete").exists():
        shutil.rmtree(TOOLS, ignore_errors=True)
        venv.create(TOOLS, with_pip=True)
        pip = [programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run(*pip, "maturin==1.16.0", "ziglang==0.17.1", "cargo-zigbuild==0.24.1")
        (TOOLS / "complete").touch()
    return programs


def surroundings(programs):
    cache = TARGET / "zig" / "cache"
    return os.environ | {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "CARGO_ZIGBUILD_CACHE_DIR": str(cache),
        "ZIG_GLOBAL_CACHE_DIR": str(cache / "zig"),
        "CARGO_TARGET_DIR": str(TARGET),
    }


def maturin(programs, *arguments, **more):
    before = set(OUT.glob("*"))
    run(programs / "maturin", *arguments, "--out", OUT, cwd=ROOT, env=surroundings(programs) | more)
    made = [path for path in OUT.glob("*") if path not in before]
    if len(made) != 1:
        raise SystemExit(f"one file was to be made, not {len(made)}")
    return made[0]


def foreign(programs, triple, *arguments):
    """For a system whose standard library is not here: it is built from its sources, those of Debian's Rust."""
    cargo, rustc = DEBIANS_RUST
    if not os.access(rustc, os.X_OK):
        raise SystemExit("Debian's Rust with its sources is missing: apt-get install cargo-web rustc-web rust-web-src")
    # Only with RUSTC_BOOTSTRAP does a stable compiler build a standard library.
    more = {"CARGO": cargo, "RUSTC": rustc, "RUSTC_BOOTSTRAP": "1", "CARGO_TARGET_DIR": str(FOREIGN)}
    return maturin(programs, "build", "--locked", "--target", triple, "-Z", "build-std=std,panic_unwind", *arguments, **more)


def linux_x86_64(programs):
    return maturin(
        programs, "build", "--locked", "--zig", "--target", "x86_64-unknown-linux-gnu", "--compatibility", "manylinux_2_17"
    )


def linux_aarch64(programs):
    return foreign(programs, "aarch64-unknown-linux-gnu", "--zig", "--compatibility", "manylinux_2_17")


def windows_x86_64(programs):
    if not shutil.which("x86_64-w64-mingw32-gcc"):
        raise SystemExit("mingw is missing: apt-get install gcc-mingw-w64-x86-64")
    return foreign(programs, "x86_64-pc-windows-gnu")


def sdist(programs):
    return maturin(programs, "sdist")


BUILDS = {"linux-x86_64": linux_x86_64, "linux-aarch64": linux_aarch64, "windows-x86_64": windows_x86_64, "sdist": sdist}


def looked_at(path):
    """What has to be in each wheel, and in none."""
    if path.suffix != ".whl":
        return
    names = zipfile.ZipFile(path).namelist()
    for wanted in ("hac_client_core/py.typed", "hac_client_core/_native.pyi", "hac_client_core/__init__.py"):
        if wanted not in names:
            raise SystemExit(f"{path.name} has no {wanted}")
    natives = [name for name in names if Path(name).suffix in (".so", ".pyd")]
    if len(natives) != 1 or not any(word in natives[0] for word in ("abi3", ".pyd")):
        raise SystemExit(f"{path.name} has not one native module for every Python, but {natives}")
    if not any(name.endswith("LICENSE-MIT") for name in names) or "cp310-abi3" not in path.name:
        raise SystemExit(f"{path.name} lacks its licence, or its tag for every Python from 3.10 on")


def runs_here(path):
    if path.suffix != ".whl":
        return True
    systems = {"linux": "manylinux", "win32": "win", "darwin": "macosx"}
    tag = path.stem.rsplit("-", 1)[-1]
    return tag.startswith(systems[sys.platform]) and tag.endswith(platform.machine().lower())


def tried(path, hac):
    """Installs a distribution into an environment of its own, and lets a client call a simulator."""
    if not runs_here(path):
        return f"{path.name}: not tried, because this machine has no Python for its system"
    home = TARGET / "wheel-trial"
    shutil.rmtree(home, ignore_errors=True)
    venv.create(home, with_pip=True)
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", path, env=os.environ | {"CARGO_TARGET_DIR": str(TARGET)})
    simulator = subprocess.Popen([hac, "simulator", "--port", "0", "--json"], stdout=subprocess.PIPE, text=True)
    try:
        described = simulator.stdout.readline()
        json.loads(described)
        said = run(python, "-I", "-c", SMOKE, described, home / "cache", capture_output=True, text=True).stdout.strip()
    finally:
        simulator.terminate()
        simulator.wait()
    return f"{path.name}: {said}"


def main(wanted):
    trying = wanted[:1] == ["--try"]
    unknown = [] if trying else [name for name in wanted if name not in BUILDS]
    if unknown:
        raise SystemExit(f"not known: {', '.join(unknown)}; there are {', '.join(BUILDS)}")
    hac = os.environ.get("HAC_PROGRAM", str(TARGET / "release" / ("hac.exe" if os.name == "nt" else "hac")))
    if not os.access(hac, os.X_OK):
        raise SystemExit(f"{hac} is missing: cargo build --release -p hac-cli, or name one by HAC_PROGRAM")
    if trying:
        print("\n".join(tried(Path(name).resolve(), hac) for name in wanted[1:]))
        return
    programs = tools()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    found = []
    for name in wanted or BUILDS:
        path = BUILDS[name](programs)
        looked_at(path)
        found.append(tried(path, hac))
    print("\n".join(found))
    print("macOS, and free-threaded Pythons: built by the public CI only")


if __name__ == "__main__":
    main(sys.argv[1:])
