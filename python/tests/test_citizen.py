"""A good citizen of the interpreter: signals, forks, threads, its end; panics and logs."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from conftest import QUERY, Connect, run_python
from hac_client_core import HacClient, HacClientError, HacInterruptedError, _native
from hac_client_core.testing import Simulator

SLOW = "/faults/delay?ms=60000&path=/execute"
START = """
import os, signal, sys, threading, time
from hac_client_core import BasicAuthHandler, HacClient, HacClientError
client = HacClient(sys.argv[1], BasicAuthHandler("admin", sys.argv[2]), quiet=True, timeout=None)
QUERY = "SELECT {code} FROM {Product}"
"""


def program(simulator: Simulator, code: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", START + code, simulator.url, simulator.password]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_request(simulator: Simulator, path: str = "/execute") -> None:
    """Waits until a request to a path that ends in this is held back by the server."""
    # The limit is for a test that fails, not for one that passes.
    until = time.monotonic() + 120
    while not any(entry["status"] is None and entry["path"].endswith(path) for entry in simulator.ledger()):
        assert time.monotonic() < until, "no request came"
        time.sleep(0.02)


@pytest.mark.parametrize(
    "call",
    [
        "client.login()",
        "client.execute_groovy('1')",
        "client.execute_flexiblesearch(QUERY)",
        "list(client.iter_rows(QUERY))",
    ],
)
def test_ctrl_c_is_heard_at_once(simulator: Simulator, call: str) -> None:
    simulator.fault(SLOW if "login" not in call else SLOW.replace("/execute", "/login"))
    running = program(
        simulator,
        f"""
try:
    {call}
except KeyboardInterrupt as error:
    print("interrupted", time.monotonic(), *getattr(error, "__notes__", ()))
""",
    )
    wait_for_request(simulator, "/login" if "login" in call else "/execute")
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    out, errors = running.communicate(timeout=120)
    assert out.startswith("interrupted"), errors
    # 40 ms by design; the rest is for a machine that is busy with other things.
    assert float(out.split()[1]) - began < 5, out
    # Exceptions have notes since Python 3.11. A query or a login leaves nothing behind.
    if sys.version_info >= (3, 11):
        assert ("may still be running on the server" in out) == ("groovy" in call), out


def test_ctrl_c_reaches_a_program_through_an_arrow_consumer(simulator: Simulator) -> None:
    pytest.importorskip("pyarrow")
    simulator.fault(SLOW)
    running = program(
        simulator,
        """
import pyarrow
try:
    try:
        pyarrow.table(client.iter_rows(QUERY))
    except Exception as error:
        print("an error of Arrow's", flush=True)
    print("the program goes on")
except KeyboardInterrupt:
    print("interrupted")
""",
    )
    wait_for_request(simulator)
    running.send_signal(signal.SIGINT)
    out, errors = running.communicate(timeout=120)
    assert out.splitlines()[-1] == "interrupted" and "goes on" not in out, out + errors


def test_a_call_on_a_worker_ends_by_close(client: HacClient, simulator: Simulator) -> None:
    client.login()
    simulator.fault(SLOW)
    ended: list[BaseException] = []

    def work() -> None:
        try:
            client.execute_flexiblesearch(QUERY, 1)
        except HacClientError as error:
            ended.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    wait_for_request(simulator)
    client.close()
    worker.join(60)
    assert not worker.is_alive()
    assert isinstance(ended[0], HacInterruptedError) and "the client was closed" in str(ended[0])


def test_the_lock_of_the_interpreter_is_free_during_a_call(client: HacClient, simulator: Simulator) -> None:
    client.login()
    simulator.fault("/faults/delay?ms=1000&path=/execute")
    turns = 0
    done = threading.Event()

    def work() -> None:
        client.execute_flexiblesearch(QUERY, 1)
        done.set()

    worker = threading.Thread(target=work)
    worker.start()
    while not done.is_set():
        turns += 1
        time.sleep(0.001)
    worker.join()
    assert turns > 20, turns


CTRL_C = "os.kill(os.getpid(), signal.SIGINT); time.sleep(9)"


# After a main thread that just comes to its end, Python itself waits for threads that are no daemons.
@pytest.mark.parametrize(
    ("daemon", "end"),
    [
        (True, "pass"),
        (True, "raise SystemExit(3)"),
        (True, "raise ValueError('x')"),
        (True, CTRL_C),
        (False, "raise ValueError('x')"),
        (False, CTRL_C),
    ],
)
def test_the_end_of_the_interpreter_does_not_wait_for_a_worker(simulator: Simulator, daemon: bool, end: str) -> None:
    simulator.fault(SLOW)
    running = program(
        simulator,
        f"""
def work():
    try:
        client.execute_flexiblesearch(QUERY)
    except HacClientError as error:
        print(error)
threading.Thread(target=work, daemon={daemon}).start()
time.sleep(0.3)
print("ending", flush=True)
{end}
""",
    )
    out, errors = running.communicate(timeout=50)
    assert out.startswith("ending"), errors
    assert running.returncode == {"pass": 0, "raise SystemExit(3)": 3, "raise ValueError('x')": 1}.get(end, -signal.SIGINT), errors
    assert "Fatal" not in errors and "panic" not in errors and "Segmentation" not in errors


def test_many_workers_at_the_end_neither_hang_nor_crash(simulator: Simulator) -> None:
    running = program(
        simulator,
        """
client.login()
def work():
    while True:
        client.execute_flexiblesearch(QUERY, 1)
for _ in range(8):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.3)
""",
    )
    _, errors = running.communicate(timeout=120)
    assert (running.returncode, errors) == (0, "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_works_in_parent_and_child(simulator: Simulator) -> None:
    running = program(
        simulator,
        """
client.login()
read, write = os.pipe()
child = os.fork()
if child == 0:
    code = 1
    try:
        code = 0 if client.execute_flexiblesearch(QUERY, 2).rows[0][0] == "CAM-100000" else 2
    finally:
        os._exit(code)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), client.execute_flexiblesearch(QUERY, 1).success)
""",
    )
    out, errors = running.communicate(timeout=120)
    assert out.split() == ["0", "True"], errors
    assert simulator.summary()["logins"] == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_amid_calls_of_other_threads_works(simulator: Simulator) -> None:
    running = program(
        simulator,
        """
client.login()
stop = threading.Event()
def work():
    while not stop.is_set():
        client.execute_flexiblesearch(QUERY, 1)
workers = [threading.Thread(target=work) for _ in range(4)]
[worker.start() for worker in workers]
codes = []
for _ in range(5):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if client.execute_flexiblesearch(QUERY, 1).success else 2
        finally:
            os._exit(code)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
stop.set()
[worker.join() for worker in workers]
print(codes, client.execute_flexiblesearch(QUERY, 1).success)
""",
    )
    out, errors = running.communicate(timeout=240)
    assert out.strip() == "[0, 0, 0, 0, 0] True", errors


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_multiprocessing_by_fork_shares_the_login(simulator: Simulator) -> None:
    running = program(
        simulator,
        """
import multiprocessing
def work(_):
    return client.execute_flexiblesearch(QUERY, 1).success
with multiprocessing.get_context("fork").Pool(4) as pool:
    print(pool.map(work, range(8)))
""",
    )
    out, errors = running.communicate(timeout=240)
    assert out.strip() == str([True] * 8), errors
    assert simulator.summary()["logins"] == 1


def test_a_sub_interpreter_is_refused_in_plain_words() -> None:
    code = """
try:
    import _interpreters as interpreters
    run = interpreters.run_string
except ImportError:
    import _xxsubinterpreters as interpreters
    run = interpreters.run_string
import hac_client_core
try:
    print(run(interpreters.create(), "import hac_client_core"))
except Exception as error:
    print(error)
"""
    ran = run_python(code)
    assert "hac_client_core cannot be used in a sub-interpreter" in ran.stdout + ran.stderr, ran.stdout + ran.stderr
    assert ran.returncode == 0


def test_a_panic_is_an_exception_that_says_where_to_report_it(client: HacClient) -> None:
    if not hasattr(_native, "panic_here"):
        pytest.skip("this build cannot panic: hac-python/test-panic is off")
    with pytest.raises(HacClientError, match="(?s)a bug in hac_client_core .*on purpose.*please report it") as caught:
        _native.panic_here()
    assert caught.value.kind == "internal"
    native: Any = client._client()
    with pytest.raises(HacClientError, match="(?s)on purpose.*please report it"):
        native.panic_later().wait(client._take, lambda: None)
    assert client.execute_flexiblesearch(QUERY, 1).success, "the runtime goes on"


def test_log_lines_go_to_logging_and_hold_no_secret(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "hac_client_core"):
        client = connect(quiet=True)
        client.execute_flexiblesearch(QUERY, 1)
    told = "\n".join(record.getMessage() for record in caplog.records)
    assert "answered" in told and "/hac/console/flexsearch/execute" in told
    assert {record.name for record in caplog.records} == {"hac_client_core"}
    info = client.session_info
    assert info is not None
    assert not any(secret in told for secret in ("nimda", info.session_id, info.csrf_token))
    caplog.clear()
    with caplog.at_level(logging.WARNING, "hac_client_core"):
        client.execute_flexiblesearch(QUERY, 1)
    assert not caplog.records


def test_a_query_loads_no_module_that_it_does_not_need(simulator: Simulator) -> None:
    listed = "print([name for name in ('asyncio', 'collections', 'dataclasses', 'inspect', 'json', 'logging', 'pathlib', 're', 'typing') if name in sys.modules])"
    running = program(simulator, f"client.execute_flexiblesearch(QUERY, 1).rows\n{listed}")
    out, errors = running.communicate(timeout=120)
    assert out == run_python(f"import os, signal, sys, threading, time; {listed}").stdout, errors
