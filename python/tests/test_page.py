"""The code of the page that this package is written for runs word for word."""

from __future__ import annotations

import shutil
from pathlib import Path

from conftest import run_python
from hac_client_core import BasicAuthHandler, HacClient
from hac_client_core.testing import Simulator

PAGE = '''
from pathlib import Path
from hac_client_core import BasicAuthHandler, HacClient, SessionManager

auth = BasicAuthHandler("admin", "nimda")
client = HacClient(
    base_url="https://localhost:9002",
    auth_handler=auth,
    environment="local",          # tag sessions by environment
    session_persistence=True,     # enable caching (default)
)
mgr = SessionManager()
for session in mgr.list_sessions():
    print(f"{session.environment:12s} {session.base_url:40s} created={session.created_at_formatted} idle={session.idle_seconds:.0f}s")
cleared = mgr.clear_all_sessions()
mgr = SessionManager(cache_dir=Path("/tmp/my-hac-cache"))
client = HacClient(base_url="https://localhost:9002", auth_handler=auth, session_persistence=False)
'''


def test_the_pages_code_runs_word_for_word(simulator: Simulator) -> None:
    HacClient(simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True).login()
    folder = Path("/tmp/my-hac-cache")
    was_there = folder.exists()
    ran = run_python(PAGE + "\nprint(cleared, mgr.list_sessions())")
    if not was_there:
        shutil.rmtree(folder)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    listed, cleared = ran.stdout.splitlines()
    assert listed.startswith("local        " + simulator.url), listed
    assert " created=2" in listed and listed.endswith("s") and "idle=" in listed
    assert cleared == "1 []"
