"""The client for asyncio."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from typing import Any

import pytest

from conftest import QUERY
from hac_client_core import AsyncHacClient, AuthHandler, BasicAuthHandler, HacAuthenticationError, HacClient, HacUsageError
from hac_client_core.testing import Simulator

SLOW = "/faults/delay?ms=60000&path=/execute"


def connect(simulator: Simulator, handler: Any = None, **settings: Any) -> AsyncHacClient:
    return AsyncHacClient(simulator.url, handler or BasicAuthHandler("admin", simulator.password), quiet=True, **settings)


def test_every_method_of_the_client_is_a_coroutine_of_the_other() -> None:
    ours = {name for name, of in vars(HacClient).items() if inspect.isfunction(of) and not name.startswith("_")}
    for name in ours - {"iter_rows"}:
        method = getattr(AsyncHacClient, name)
        assert inspect.iscoroutinefunction(method), name
        assert inspect.signature(method).parameters == inspect.signature(getattr(HacClient, name)).parameters, name


def test_calls_run_side_by_side_on_one_session(simulator: Simulator) -> None:
    async def main() -> list[bool]:
        async with connect(simulator) as client:
            results = await asyncio.gather(*(client.execute_flexiblesearch(QUERY, 1) for _ in range(20)))
            assert (await client.execute_script("6 * 7", "javascript")).execution_result == "42"
            assert (await client.import_impex("INSERT_UPDATE Language;isocode[unique=true]\n;xx\n")).success
            return [result.success for result in results]

    assert asyncio.run(main()) == [True] * 20
    assert simulator.summary()["logins"] == 1


def test_rows_come_with_async_for(simulator: Simulator) -> None:
    async def main() -> tuple[int, Any]:
        client = connect(simulator)
        rows = client.iter_rows(QUERY, batch_rows=30)
        paged = client.iter_rows("SELECT {pk} FROM {Product}", paged=True, page_rows=30)
        assert len([row async for row in paged]) == 100
        return len([row async for row in rows]), rows.headers

    assert asyncio.run(main()) == (100, ["p_code"])


def test_rows_have_headers_before_the_first_row_and_come_as_dicts(simulator: Simulator) -> None:
    async def main() -> None:
        client = connect(simulator)
        expected = (await client.execute_flexiblesearch(QUERY, 0)).to_dicts()
        rows = client.iter_rows(QUERY, batch_rows=30)
        assert rows.headers is None and await rows.read_headers() == rows.headers == ["p_code"]
        assert [row async for row in rows.dicts()] == expected
        assert [row async for row in client.iter_rows(QUERY).dicts()] == expected

    asyncio.run(main())


def test_rows_asked_for_their_schema_only_are_still_there(simulator: Simulator) -> None:
    pyarrow = pytest.importorskip("pyarrow")

    async def main() -> None:
        rows = connect(simulator).iter_rows(QUERY, batch_rows=30)
        opened = await asyncio.to_thread(pyarrow.RecordBatchReader.from_stream, rows)
        assert opened.schema.names == ["p_code"]
        assert (await asyncio.to_thread(pyarrow.table, rows)).num_rows == 100

    asyncio.run(main())


def test_rows_are_an_arrow_stream_and_can_be_closed(simulator: Simulator) -> None:
    pyarrow = pytest.importorskip("pyarrow")

    async def main() -> None:
        client = connect(simulator, max_in_flight=1)
        rows = client.iter_rows(QUERY, batch_rows=30)
        first = [await anext(rows) for _ in range(7)]
        left = await asyncio.to_thread(pyarrow.table, rows)
        assert len(first) + left.num_rows == 100 and left.column_names == rows.headers
        assert [row async for row in rows] == []
        async with client.iter_rows(QUERY, batch_rows=30) as rows:
            assert await anext(rows) == first[0]
        with pytest.raises(HacUsageError, match="closed before their end"):
            await anext(rows)
        assert (await client.execute_flexiblesearch(QUERY, 1)).success, "the place is free"

    asyncio.run(main())


def test_a_call_can_be_cancelled(simulator: Simulator) -> None:
    async def main() -> float:
        # One call at a time: a call that was cancelled must not keep the place of the next one.
        client = connect(simulator, max_in_flight=1)
        await client.login()
        simulator.fault(SLOW + "&times=2")
        begun = time.monotonic()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.execute_flexiblesearch(QUERY, 1), 0.2)
        task = asyncio.create_task(client.execute_flexiblesearch(QUERY, 1))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await client.execute_flexiblesearch(QUERY, 1)).success
        return time.monotonic() - begun

    assert asyncio.run(main()) < 30


def test_the_loop_turns_while_a_handler_blocks(simulator: Simulator) -> None:
    class Blocks(AuthHandler):
        username = "admin"

        def apply_auth(self, request: Any) -> Any:
            request.headers["X-Mine"] = "1"
            return request

        def get_initial_credentials(self) -> dict[str, str]:
            assert threading.current_thread() is not threading.main_thread()
            time.sleep(0.5)
            return {"j_username": "admin", "j_password": simulator.password}

    async def main() -> int:
        turns = 0
        client = connect(simulator, Blocks())
        task = asyncio.create_task(client.execute_flexiblesearch(QUERY, 1))
        while not task.done():
            turns += 1
            await asyncio.sleep(0.01)
        assert (await task).success
        return turns

    assert asyncio.run(main()) > 10
    assert all(["x-mine", "1"] in entry["headers"] for entry in simulator.ledger())


def test_what_a_handler_raises_reaches_the_coroutine(simulator: Simulator) -> None:
    class Raises(AuthHandler):
        username = "admin"

        def apply_auth(self, request: Any) -> Any:
            return request

        def get_initial_credentials(self) -> dict[str, str]:
            raise LookupError("the vault is closed")

    async def main() -> None:
        with pytest.raises(LookupError, match="the vault is closed"):
            await connect(simulator, Raises()).login()
        with pytest.raises(HacAuthenticationError):
            await connect(simulator, BasicAuthHandler("admin", "wrong")).login()

    asyncio.run(main())


def test_one_client_serves_two_event_loops(simulator: Simulator) -> None:
    client = connect(simulator)

    async def ask() -> bool:
        return (await client.execute_flexiblesearch(QUERY, 1)).success

    assert asyncio.run(ask()) and asyncio.run(ask())
    answers: list[bool] = []
    workers = [threading.Thread(target=lambda: answers.append(asyncio.run(ask()))) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert answers == [True] * 3


def test_a_future_of_another_loop_is_refused_by_asyncio_itself(simulator: Simulator) -> None:
    client = connect(simulator)
    first = asyncio.new_event_loop()
    task = first.create_task(client.login())

    async def wrong() -> None:
        await task

    with pytest.raises((RuntimeError, ValueError)):
        asyncio.run(wrong())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        first.run_until_complete(task)
    first.close()
    client.close()

    async def closed() -> None:
        with pytest.raises(HacUsageError, match="closed"):
            await client.login()

    asyncio.run(closed())
