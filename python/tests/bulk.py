"""What the tests of imports in chunks share: a file, and what the simulator has of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hac_client_core import BulkImportResult, HacClient
from hac_client_core.testing import Simulator

IMPORT = "/console/impex/import"
HEADER = "INSERT Customer;uid;description\n"

def users(rows: int) -> str:
    """Rows that the server refuses to import a second time."""
    return HEADER + "".join(f";bulk{row};x\n" for row in range(rows))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Fifty rows: five chunks of ten."""
    path = tmp_path / "users.impex"
    path.write_text(users(50))
    return path


def imported(client: HacClient) -> list[str]:
    found = client.execute_flexiblesearch("SELECT {uid} FROM {User} WHERE {uid} LIKE 'bulk%' ORDER BY {pk}", 0)
    assert found.success, found.exception
    return [row[0] for row in found.rows]


def each_once(rows: int) -> list[str]:
    return [f"bulk{row}" for row in range(rows)]


def requests(simulator: Simulator) -> int:
    return sum(entry["path"].endswith(IMPORT) for entry in simulator.ledger())


def after_chunks(simulator: Simulator, chunks: int, fault: str) -> None:
    """The chunk behind so many meets the fault."""
    if chunks:
        simulator.fault(f"/faults/delay?path={IMPORT}&ms=0&times={chunks}")
    simulator.fault(f"/faults/{fault}{'&' if '?' in fault else '?'}path={IMPORT}&times=1")


def until(condition: Callable[[], Any]) -> None:
    # The limit is for a test that fails, not for one that passes.
    limit = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(0.02)


def is_held(simulator: Simulator, number: int) -> bool:
    """Whether the chunk of this number, from 1, was executed, and its answer is held back."""
    entries = [entry for entry in simulator.ledger() if entry["path"].endswith(IMPORT)]
    return len(entries) == number and entries[-1]["status"] is None and bool(entries[-1]["executed"])


def counts(result: BulkImportResult) -> tuple[int, int, int, int, int]:
    return result.rows, result.imported, result.failed, result.not_processed, result.chunks


class StopsInFlight:
    """Wants an import to stop while a chunk is held back, and lets that chunk go on when this was heard."""

    def __init__(self, simulator: Simulator, number: int) -> None:
        self.simulator = simulator
        self.number = number
        self.heard = 0

    def __call__(self) -> bool:
        if not self.heard and not is_held(self.simulator, self.number):
            return False
        self.heard += 1
        if self.heard == 2:
            # The first answer was heard before this question.
            self.simulator.fault("/faults/release")
        return True
