"""The simulator that users get."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hac_client_core.testing import Simulator, find_program

CHATTY = """#!{python}
import json, sys
told = dict(url="http://h", username="admin", password="nimda", certificate_sha256=None, control_url="http://h")
for number in range(20000):
    print("line", number, file=sys.stderr)
sys.stderr.flush()
print(json.dumps(told), flush=True)
sys.stdin.read()
import time
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows starts no scripts by their first line")
def test_a_simulator_that_says_much_is_not_held_up(tmp_path: Path) -> None:
    program = tmp_path / "chatty"
    program.write_text(CHATTY.format(python=sys.executable))
    program.chmod(0o700)
    # 200 KB of messages come before the line that is waited for: a pipe that nobody reads holds 64.
    chatty = Simulator(program=str(program))
    chatty.stop()
    assert chatty.errors.splitlines()[-1] == "line 19999" and len(chatty.errors.splitlines()) == 200


def test_a_simulator_that_does_not_start_says_why() -> None:
    with pytest.raises(RuntimeError, match="(?s)did not start: .*--nonsense"):
        Simulator("--nonsense")


def test_a_program_that_is_not_there_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HAC_PROGRAM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="HAC_PROGRAM"):
        find_program()
