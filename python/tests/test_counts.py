"""How often things happen: logins of many processes, passwords posted, writes executed."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from hac_client_core import HacClient, HacOutcomeUnknownError
from hac_client_core.testing import Simulator

CREW = """
import sys, threading
from hac_client_core import BasicAuthHandler, HacClient
client = HacClient(sys.argv[1], BasicAuthHandler("admin", sys.argv[2]), quiet=True)
failures = []
def work():
    try:
        assert client.execute_flexiblesearch("SELECT {code} FROM {Product}", 1).success
    except Exception as error:
        failures.append(f"{type(error).__name__} {error}")
workers = [threading.Thread(target=work) for _ in range(int(sys.argv[3]))]
[worker.start() for worker in workers]
[worker.join() for worker in workers]
print("\\n".join(failures))
sys.exit(bool(failures))
"""


def crew(simulator: Simulator, processes: int, threads: int, password: str) -> list[tuple[int, str]]:
    command = [sys.executable, "-c", CREW, simulator.url, password, str(threads)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(processes)]
    return [(process.wait(), out) for process in running for out in [process.communicate()[0]]]


def test_thirty_processes_with_six_threads_log_in_once(simulator: Simulator) -> None:
    ended = crew(simulator, 30, 6, simulator.password)
    assert [code for code, _ in ended] == [0] * 30, ended
    summary = simulator.summary()
    assert (summary["logins"], summary["executed"]) == (1, 180)


WAITING = """
import sys
from hac_client_core import BasicAuthHandler, HacAuthenticationError, HacClient
class Telling(HacClient):
    def _noticed(self, code, *more):
        if code == "waiting":
            print("waiting", flush=True)
client = Telling(sys.argv[1], BasicAuthHandler("admin", "wrong"), quiet=True)
try:
    client.login()
except HacAuthenticationError as error:
    print(error)
"""


def test_a_wrong_password_in_ten_processes_is_posted_once(simulator: Simulator) -> None:
    simulator.fault("/faults/hold?path=/j_spring_security_check&times=1")
    command = [sys.executable, "-c", WAITING, simulator.url]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(10)]
    # One of them posts, and its request is held until the nine others wait for it.
    waiting = threading.Semaphore(0)

    def read(process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        first = process.stdout.readline()
        if first == "waiting\n":
            waiting.release()
        return first + process.stdout.read()

    with ThreadPoolExecutor(10) as pool:
        told = [pool.submit(read, process) for process in running]
        for _ in range(9):
            assert waiting.acquire(timeout=300)
        simulator.fault("/faults/release")
        texts = [future.result() for future in told]
    assert all(process.wait() == 0 for process in running), texts
    assert all("Authentication failed - invalid credentials" in text for text in texts), texts
    assert simulator.summary()["login_attempts"] == 1


def test_a_lost_write_is_executed_once_and_its_outcome_is_unknown(client: HacClient, simulator: Simulator) -> None:
    client.login()
    simulator.clear_ledger()
    simulator.fault("/faults/reset?execute=true&path=/scripting/execute&times=1")
    with pytest.raises(HacOutcomeUnknownError) as caught:
        client.execute_script("1", "javascript", True)
    assert caught.value.kind == "outcome_unknown" and not caught.value.may_be_resent and caught.value.hint
    assert str(caught.value).startswith("Failed to execute JavaScript script: ")
    assert simulator.summary()["executed"] == 1
