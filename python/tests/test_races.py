"""What threads, tasks, forks and broken pipes do to calls that are running."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
from enum import Enum
from typing import Any

import pytest

from conftest import QUERY, Connect, run_python
from hac_client_core import (
    AsyncHacClient,
    AuthHandler,
    BasicAuthHandler,
    HacClient,
    HacClientError,
    HacUsageError,
    SessionInfo,
)
from hac_client_core.testing import Simulator

EXECUTED_AND_SILENT = "/faults/hold?path=/execute&execute=true"


def wait_until_executed(simulator: Simulator, times: int) -> None:
    # The limit is for a test that fails, not for one that passes.
    until = time.monotonic() + 120
    while simulator.summary()["executed"] < times:
        assert time.monotonic() < until, "nothing was executed"
        time.sleep(0.02)


class Background:
    """A call on a thread, and how it ends."""

    def __init__(self, call: Any) -> None:
        self.error: Any = None
        self.result: Any = None

        def work() -> None:
            try:
                self.result = call()
            except BaseException as error:
                self.error = error

        self._thread = threading.Thread(target=work, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._thread.join(120)
        assert not self._thread.is_alive()


def test_a_setting_that_is_changed_leaves_the_calls_of_others_alone(client: HacClient, simulator: Simulator) -> None:
    client.login()
    simulator.fault("/faults/delay?ms=1500&path=/execute&times=1")
    running = Background(lambda: client.execute_script("1", "javascript", True))
    until = time.monotonic() + 120
    while not any(entry["status"] is None for entry in simulator.ledger()):
        assert time.monotonic() < until
        time.sleep(0.02)
    client.timeout = 20
    assert client.check() == "alive"
    gc.collect()
    running.end()
    assert running.error is None and running.result.success


def test_a_write_that_close_cuts_off_has_an_unknown_outcome(client: HacClient, simulator: Simulator) -> None:
    client.login()
    simulator.fault(EXECUTED_AND_SILENT)
    running = Background(lambda: client.execute_script("1", "javascript", True))
    wait_until_executed(simulator, 1)
    # Also when it was begun with other settings.
    client.timeout = 20
    client.session_info
    client.close()
    running.end()
    assert running.error.kind == "outcome_unknown" and "may still be running" in str(running.error)
    assert simulator.summary()["executed"] == 1


def test_a_call_that_sent_nothing_yet_is_not_said_to_be_running(connect: Connect, simulator: Simulator) -> None:
    client = connect(quiet=True, session_persistence=False)
    client.login()
    simulator.fault(EXECUTED_AND_SILENT + "&times=1")
    sent = Background(lambda: client.execute_script("1", "javascript", True))
    wait_until_executed(simulator, 1)
    simulator.fault("/faults/hold?path=/j_spring_security_check")
    # Another write, which is still logging in: with a session that the server does not know.
    client.session_info = SessionInfo("0123456789", "token", None, True)
    other = Background(lambda: client.execute_script("2", "javascript", True))
    until = time.monotonic() + 120
    while not any(entry["status"] is None and entry["path"].endswith("/j_spring_security_check") for entry in simulator.ledger()):
        assert time.monotonic() < until, "no login came"
        time.sleep(0.02)
    client.close()
    sent.end()
    other.end()
    assert sent.error.kind == "outcome_unknown" and "may still be running" in str(sent.error)
    assert other.error.kind == "interrupted" and "may still be running" not in str(other.error)
    assert simulator.summary()["executed"] == 1


@pytest.mark.parametrize("looked_at", [0, 1, 7])
def test_an_arrow_stream_has_what_was_not_taken_before(client: HacClient, looked_at: int) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    rows = client.iter_rows(QUERY, max_count=50, batch_rows=20)
    assert rows.headers == ["p_code"]
    taken = [next(rows)[0] for _ in range(looked_at)]
    left = pyarrow.table(rows)["p_code"].to_pylist()
    assert len(taken) + len(left) == 50 and len(set(taken + left)) == 50
    assert list(rows) == []
    with pytest.raises(OSError, match="another Arrow stream has taken rows of this query"):
        pyarrow.table(rows)


def test_rows_that_were_interrupted_do_not_look_like_all_rows(client: HacClient, simulator: Simulator) -> None:
    client.login()
    client.timeout = 0.5
    simulator.fault("/faults/delay?ms=3000&path=/execute&times=1")
    rows = client.iter_rows(QUERY)
    with pytest.raises(HacClientError):
        rows.headers
    with pytest.raises(HacUsageError, match="run the query again"):
        list(rows)


def test_a_coroutine_that_nobody_awaits_any_more_executes_nothing(simulator: Simulator) -> None:
    asked = threading.Event()

    class Slow(AuthHandler):
        username = "admin"

        def get_initial_credentials(self) -> dict[str, str]:
            asked.set()
            time.sleep(0.5)
            return {"j_username": "admin", "j_password": simulator.password}

        def apply_auth(self, request: Any) -> Any:
            return request

    client = AsyncHacClient(simulator.url, Slow(), quiet=True)
    loop = asyncio.new_event_loop()
    task = loop.create_task(client.execute_script("1", "javascript", True))
    while not asked.is_set():
        loop.run_until_complete(asyncio.sleep(0.01))
    coroutine = task.get_coro()
    task._log_destroy_pending = False  # type: ignore[attr-defined]
    del task
    coroutine.close()  # type: ignore[union-attr]
    loop.close()
    # Long enough for the login and the script, had they gone on.
    time.sleep(2)
    assert simulator.summary()["executed"] == 0


def test_a_closed_stderr_ends_no_call(simulator: Simulator) -> None:
    code = f"""
import sys
from hac_client_core import BasicAuthHandler, HacClient
sys.stderr.close()
client = HacClient({simulator.url!r}, BasicAuthHandler("admin", {simulator.password!r}))
print(client.execute_script("6 * 7", "javascript", commit=True).execution_result)
"""
    assert run_python(code).stdout.strip() == "42"
    assert simulator.summary()["executed"] == 1


def test_what_cannot_be_sent_is_not_repeated(connect: Connect, simulator: Simulator) -> None:
    with pytest.raises(HacUsageError) as refused:
        connect("\ud800secretpw", quiet=True).login()
    assert "secretpw" not in repr(refused.value) and "lone surrogate" in str(refused.value)

    class Bearer(BasicAuthHandler.__bases__[0]):  # type: ignore[misc]
        username = "admin"

        def get_initial_credentials(self) -> dict[str, str]:
            return {"j_username": "admin", "j_password": simulator.password}

        def apply_auth(self, request: Any) -> Any:
            request.headers["Authorization"] = "Bearer secrettok\ud800"
            return request

    with pytest.raises(HacUsageError) as refused:
        HacClient(simulator.url, Bearer(), quiet=True).login()
    assert "secrettok" not in repr(refused.value)


def test_a_handler_that_uses_its_own_client_is_refused(simulator: Simulator) -> None:
    class Recursive(AuthHandler):
        username = "admin"
        client: Any = None

        def get_initial_credentials(self) -> dict[str, str]:
            self.client.check()
            return {"j_username": "admin", "j_password": simulator.password}

        def apply_auth(self, request: Any) -> Any:
            return request

    handler = Recursive()
    handler.client = HacClient(simulator.url, handler, quiet=True)
    with pytest.raises(HacUsageError, match="a client of its own"):
        handler.client.login()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_rows_that_a_parent_reads_are_refused_in_its_child(simulator: Simulator) -> None:
    code = f"""
import os
from hac_client_core import BasicAuthHandler, HacClient, HacUsageError
client = HacClient({simulator.url!r}, BasicAuthHandler("admin", {simulator.password!r}), quiet=True)
rows = client.iter_rows({QUERY!r}, batch_rows=5)
next(rows)
child = os.fork()
if child == 0:
    code = 1
    try:
        list(rows)
    except HacUsageError as error:
        code = 0 if "run the query in this process" in str(error) else 2
    finally:
        os._exit(code)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), len(list(rows)))
"""
    assert run_python(code).stdout.split() == ["0", "99"]


def test_rows_are_there_for_every_thread(client: HacClient) -> None:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(30):
            result = client.execute_flexiblesearch(QUERY, 50)
            looking = [Background(lambda: result.rows) for _ in range(6)]
            for one in looking:
                one.end()
                assert one.error is None and len(one.result) == 50
    finally:
        sys.setswitchinterval(before)


def test_rows_that_were_put_in_their_place_count(client: HacClient) -> None:
    result = client.execute_flexiblesearch(QUERY, 5)
    result.rows = [["x"]]
    assert len(result) == 1 and result.to_dicts() == [{"p_code": "x"}]


def test_a_member_of_an_enumeration_is_sent_as_its_value(client: HacClient) -> None:
    class Kind(str, Enum):
        SCRIPT = "6 * 7"

    assert client.execute_script(Kind.SCRIPT, "javascript").execution_result == "42"


def test_daemon_threads_in_a_slow_handler_do_not_crash_the_end(simulator: Simulator) -> None:
    code = f"""
import threading, time
from hac_client_core import AuthHandler, HacClient
class Slow(AuthHandler):
    username = "admin"
    def get_initial_credentials(self):
        return {{"j_username": "admin", "j_password": {simulator.password!r}}}
    def apply_auth(self, request):
        time.sleep(.01)
        return request
client = HacClient({simulator.url!r}, Slow(), session_persistence=False, quiet=True)
client.login()
def work():
    while True:
        client.execute_script("1", "javascript")
for _ in range(4):
    threading.Thread(target=work, daemon=True).start()
time.sleep(.2)
"""
    for _ in range(5):
        ended = run_python(code)
        assert (ended.returncode, ended.stderr) == (0, "")
