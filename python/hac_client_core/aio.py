"""The client for asyncio."""

# Over 500 lines: one class has a method for every call, as the client that blocks has.

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from . import _bridge
from ._calls import DEFAULT_MAX_COUNT, Calls, copied, update_request, wishes
from .client import HacClient, OnCopied, OnDownload, OnLine, OnProgress, OnRows, Path
from .lint import lint_impex

from .models import (
    Acknowledgement,
    BulkImportResult,
    BulkImportStatus,
    FlexibleSearchResult,
    FollowedRun,
    FoundHac,
    GroovyScriptResult,
    ImpexExportResult,
    ImpexResult,
    LintFinding,
    Logger,
    LoggerChange,
    PagePosition,
    PkAnalysis,
    Property,
    PropertyChange,
    UpdateData,
    UpdateLog,
    UpdateResult,
    UpdateRun,
)

TYPE_CHECKING = False
if not TYPE_CHECKING:
    from ._later import Later

    # For those who evaluate annotations.
    Any = C = T = TracebackType = object
    _copies, _diagnosis, _rows = (Later(f"hac_client_core.{name}") for name in ("copies", "diagnosis", "rows"))
else:
    from types import TracebackType
    from typing import Any, TypeVar

    from . import _native
    from . import copies as _copies
    from . import diagnosis as _diagnosis
    from . import rows as _rows
    from ._calls import Prepared

    C = TypeVar("C", bound="AsyncHacClient")
    T = TypeVar("T")

__all__ = ["AsyncHacClient"]


class AsyncHacClient(Calls):
    """`HacClient` with coroutines. Event loops may share it, each call belongs to the loop that awaits it.

    To cancel a call ends the wait, not what the server is doing; `import_impex_bulk` goes on up to the end of the chunk in flight. An `AuthHandler` is called on a thread of its own, so that
    it may block.
    """

    async def _finish(self, call: _native.Call, take: Any = None) -> Any:
        loop = asyncio.get_running_loop()
        news = asyncio.Event()
        _bridge.set_log_level()
        call.start(loop.call_soon_threadsafe, news.set)
        try:
            while True:
                await news.wait()
                news.clear()
                done = call.poll(take or self._take, True)
                if done:
                    return done[0]
                if done is not None:
                    # A callback was called: where it cancelled this task, the call goes no step further.
                    news.set()
                    await asyncio.sleep(0)
        except BaseException:
            # Cancelled, or nobody awaits it any more.
            call.cancel()
            raise

    async def _wait(self, prepared: Prepared[T], take: Any = None) -> T:
        await self._ensure_authenticated()
        return await self._wait_without_login(prepared, take)

    async def _wait_without_login(self, prepared: Prepared[T], take: Any = None) -> T:
        call, finish = prepared
        return finish(await self._finish(call, take))

    async def _ensure_authenticated(self) -> None:
        """Called before every operation. The operation itself logs in where it has to."""
        if getattr(self.login, "__func__", None) is AsyncHacClient.login:
            return
        # A login of a subclass's own.
        info = self.session_info
        if info is None or not info.is_authenticated:
            await self.login()
            # Gives the native client the session that was assigned.
            self._client()

    async def _next_rows(self, call: _native.Call) -> Any:
        await self._ensure_authenticated()
        return await self._finish(call)

    def _taking(self, on_progress: OnProgress | OnDownload | None = None, on_line: OnLine | None = None) -> Any:
        return HacClient._taking(self, on_progress, on_line)  # type: ignore[arg-type]

    async def login(self) -> None:
        """See `HacClient.login`."""
        await self._finish(self._client_for_login().login())

    async def logout(self) -> bool:
        """See `HacClient.logout`."""
        return bool(await self._wait_without_login(self._plain(lambda client: client.logout())))

    async def check(self) -> str:
        """See `HacClient.check`."""
        return str(await self._wait_without_login(self._plain(lambda client: client.check())))

    async def __aenter__(self: C) -> C:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def aclose(self) -> None:
        """The same as `close()`."""
        self.close()

    async def execute_groovy(
        self, script: str, commit: bool = False, *, params: dict[str, Any] | None = None, on_progress: OnProgress | None = None
    ) -> GroovyScriptResult:
        """See `HacClient.execute_groovy`."""
        return await self._wait(self._script("groovy", script, commit, params), self._taking(on_progress))

    async def execute_script(
        self,
        script: str,
        script_type: str = "groovy",
        commit: bool = False,
        *,
        params: dict[str, Any] | None = None,
        on_progress: OnProgress | None = None,
    ) -> GroovyScriptResult:
        """See `HacClient.execute_script`."""
        return await self._wait(self._script(script_type, script, commit, params), self._taking(on_progress))

    async def execute_flexiblesearch(
        self,
        query: str,
        max_count: int = DEFAULT_MAX_COUNT,
        locale: str = "en",
        *,
        user: str | None = None,
        data_source: str | None = None,
        commit: bool = False,
        params: dict[str, Any] | None = None,
        decode_cells: bool = True,
    ) -> FlexibleSearchResult:
        """See `HacClient.execute_flexiblesearch`."""
        asked = self._query(query, max_count, locale, user, data_source, commit, params, decode_cells)
        return await self._wait(self._search(asked))

    async def execute_sql(
        self,
        query: str,
        max_count: int = DEFAULT_MAX_COUNT,
        *,
        data_source: str | None = None,
        commit: bool = False,
        params: dict[str, Any] | None = None,
        decode_cells: bool = True,
    ) -> FlexibleSearchResult:
        """See `HacClient.execute_sql`."""
        asked = self._query(query, max_count, "en", None, data_source, commit, params, decode_cells, True)
        return await self._wait(self._search(asked))

    def iter_rows(
        self,
        query: str,
        max_count: int = 0,
        locale: str = "en",
        *,
        user: str | None = None,
        data_source: str | None = None,
        params: dict[str, Any] | None = None,
        decode_cells: bool = True,
        sql: bool = False,
        batch_rows: int = 4096,
        paged: bool = False,
        key: str | None = None,
        key_type: str | None = None,
        page_rows: int = 10_000,
        resume: PagePosition | None = None,
        mask: dict[str, str] | None = None,
        mask_key: str | None = None,
    ) -> _rows.AsyncRowIterator:
        """The rows of a query for `async for`, in constant memory. See `HacClient.iter_rows`."""
        from .rows import AsyncRowIterator

        asked = self._query(query, max_count, locale, user, data_source, False, params, decode_cells, sql)
        reader = self._rows(asked, batch_rows, paged, key, key_type, page_rows, resume, mask, mask_key)
        return AsyncRowIterator(reader, self._next_rows, self._take, resume)

    async def import_impex(
        self,
        impex_content: str | bytes | os.PathLike[str],
        validation_mode: str = "import_strict",
        *,
        encoding: str | None = None,
        max_threads: int = 1,
        legacy_mode: bool = False,
        code_execution: bool = False,
        distributed_mode: bool = False,
        direct_persistence: bool = False,
        wait_limit: float | None = 3600,
        on_progress: OnProgress | None = None,
    ) -> ImpexResult:
        """See `HacClient.import_impex`."""
        switches = {
            "legacy_mode": legacy_mode,
            "code_execution": code_execution,
            "distributed_mode": distributed_mode,
            "direct_persistence": direct_persistence,
        }
        prepared = self._impex(impex_content, validation_mode, encoding, max_threads, switches, wait_limit, False)
        return await self._wait(prepared, self._taking(on_progress))

    async def import_impex_bulk(
        self,
        path: Path,
        validation_mode: str = "import_strict",
        *,
        encoding: str | None = None,
        max_threads: int = 1,
        legacy_mode: bool = False,
        code_execution: bool = False,
        direct_persistence: bool = False,
        chunk_lines: int | None = None,
        parallel: int = 1,
        continue_after_failures: bool = False,
        resume: bool = False,
        restart: bool = False,
        assume: str | None = None,
        report: Path | None = None,
        state_directory: Path | None = None,
        on_progress: OnRows | None = None,
        stop_if: Callable[[], bool] | None = None,
    ) -> BulkImportResult:
        """See `HacClient.import_impex_bulk`."""
        from . import _bulk

        switches = {"legacy_mode": legacy_mode, "code_execution": code_execution, "direct_persistence": direct_persistence}
        asked = _bulk.request(
            path,
            validation_mode,
            encoding,
            max_threads,
            switches,
            chunk_lines,
            parallel,
            continue_after_failures,
            resume,
            restart,
            assume,
            report,
            state_directory,
        )
        await self._ensure_authenticated()
        return await _bulk.finish(self, asked, on_progress, stop_if)

    async def get_bulk_import_status(self, path: Path, *, state_directory: Path | None = None) -> BulkImportStatus | None:
        """See `HacClient.get_bulk_import_status`."""
        return await self._wait_without_login(self._bulk_status(path, state_directory))

    async def lint_impex(
        self, impex_content: str | os.PathLike[str], *, encoding: str | None = None, online: bool = True
    ) -> list[LintFinding]:
        """See `HacClient.lint_impex`."""
        if not online:
            return lint_impex(impex_content, encoding=encoding)
        return await self._wait(self._lint(impex_content, encoding))

    async def validate_impex(
        self, impex_content: str | os.PathLike[str], validation_mode: str = "import_strict", *, encoding: str | None = None
    ) -> ImpexResult:
        """See `HacClient.validate_impex`."""
        return await self._wait(self._impex(impex_content, validation_mode, encoding, 1, {}, None, True))

    async def export_impex(
        self,
        script: str,
        target: Path,
        mode: str = "export_only",
        *,
        encoding: str | None = None,
        overwrite: bool = False,
        on_progress: OnDownload | None = None,
    ) -> ImpexExportResult:
        """See `HacClient.export_impex`."""
        take = self._taking(on_progress)
        return await self._wait(self._export(script, target, mode, encoding, overwrite, on_progress is not None), take)

    async def plan_copy(
        self,
        what: str,
        *,
        key: list[str] | None = None,
        exclude: list[str] | None = None,
        encrypted: list[str] | None = None,
        languages: list[str] | None = None,
        page_rows: int = 10_000,
        params: dict[str, Any] | None = None,
        mask: dict[str, str] | None = None,
        mask_key: str | None = None,
    ) -> _copies.CopyPlan:
        """See `HacClient.plan_copy`."""
        return await self._wait(self._plan_copy(what, key, exclude, encrypted, languages, page_rows, params, mask, mask_key))

    async def write_copy(
        self, plan: _copies.CopyPlan, target: Path, *, overwrite: bool = False, on_progress: OnCopied | None = None
    ) -> _copies.CopyResult:
        """See `HacClient.write_copy`."""
        take = self._taking(copied(on_progress))
        return await self._wait(self._write_copy(plan, target, overwrite, on_progress is not None), take)

    async def get_languages(self) -> list[str]:
        """See `HacClient.get_languages`."""
        return list(await self._wait(self._plain(lambda client: client.languages())))

    async def get_types(self) -> list[str]:
        """See `HacClient.get_types`."""
        return list(await self._wait(self._plain(lambda client: client.types())))

    async def get_type_attributes(self, code: str) -> list[str] | None:
        """See `HacClient.get_type_attributes`."""
        return await self._wait(self._type_attributes(code))

    async def get_update_data(self) -> UpdateData:
        """See `HacClient.get_update_data`."""
        return await self._wait(self._update_data())

    async def get_pending_patches(self) -> dict[str, list[dict[str, Any]]]:
        """See `HacClient.get_pending_patches`."""
        return await self._wait(self._pending())

    async def execute_update(
        self,
        patches: dict[str, str] | None = None,
        drop_tables: bool = False,
        clear_hmc: bool = False,
        create_essential_data: bool = False,
        create_project_data: bool = False,
        localize_types: bool = False,
        all_parameters: dict[str, Any] | None = None,
        include_pending_patches: bool = True,
        *,
        run_schema_update: bool = False,
    ) -> UpdateResult:
        """See `HacClient.execute_update`."""
        pending = await self.get_pending_patches() if include_pending_patches else {}
        request = update_request(
            patches,
            all_parameters,
            pending,
            run_schema_update,
            dropTables=drop_tables,
            clearHMC=clear_hmc,
            createEssentialData=create_essential_data,
            createProjectData=create_project_data,
            localizeTypes=localize_types,
        )
        return await self._wait(self._update(request))

    async def run_update(
        self,
        *,
        schema: bool = True,
        drop_tables: bool = False,
        clear_hmc: bool = False,
        create_essential_data: bool = False,
        create_project_data: bool = False,
        localize_types: bool = False,
        extensions: list[str] | None = None,
        patches: list[str] | None = None,
        parameters: dict[str, str] | None = None,
        initialize: bool = False,
        on_line: OnLine | None = None,
        poll_interval: float = 2,
        patience: float = 300,
        answer_timeout: float | None = None,
    ) -> UpdateRun:
        """See `HacClient.run_update`."""
        wanted = wishes(
            initialize, schema, drop_tables, clear_hmc, create_essential_data, create_project_data, localize_types, extensions, patches, parameters
        )
        return await self._wait(self._run(wanted, poll_interval, patience, answer_timeout), self._taking(on_line=on_line))

    async def plan_update(
        self,
        *,
        schema: bool = True,
        drop_tables: bool = False,
        clear_hmc: bool = False,
        create_essential_data: bool = False,
        create_project_data: bool = False,
        localize_types: bool = False,
        extensions: list[str] | None = None,
        patches: list[str] | None = None,
        parameters: dict[str, str] | None = None,
        initialize: bool = False,
    ) -> dict[str, Any]:
        """See `HacClient.plan_update`."""
        wanted = wishes(
            initialize, schema, drop_tables, clear_hmc, create_essential_data, create_project_data, localize_types, extensions, patches, parameters
        )
        return await self._wait(self._plan(wanted))

    async def dump_configuration(
        self,
        *,
        schema: bool = True,
        drop_tables: bool = False,
        clear_hmc: bool = False,
        create_essential_data: bool = False,
        create_project_data: bool = False,
        localize_types: bool = False,
        extensions: list[str] | None = None,
        patches: list[str] | None = None,
        parameters: dict[str, str] | None = None,
    ) -> str:
        """See `HacClient.dump_configuration`."""
        wanted = wishes(
            False, schema, drop_tables, clear_hmc, create_essential_data, create_project_data, localize_types, extensions, patches, parameters
        )
        return await self._wait(self._dump(wanted))

    async def follow_update_log(
        self, on_line: OnLine | None = None, *, poll_interval: float = 2, patience: float = 300
    ) -> FollowedRun:
        """See `HacClient.follow_update_log`."""
        return await self._wait(self._follow(poll_interval, patience), self._taking(on_line=on_line))

    async def get_update_log(self) -> UpdateLog:
        """See `HacClient.get_update_log`."""
        return await self._wait(self._update_log())

    async def get_update_status(self) -> str:
        """See `HacClient.get_update_status`."""
        return str(await self._wait(self._plain(lambda client: client.update_status())))

    async def get_about(self) -> dict[str, Any]:
        """See `HacClient.get_about`."""
        return await self._wait(self._about())

    async def get_properties(self) -> list[Property]:
        """See `HacClient.get_properties`."""
        return await self._wait(self._properties())

    async def set_property(self, key: str, value: str) -> PropertyChange:
        """See `HacClient.set_property`."""
        return await self._wait(self._set_property(key, value))

    async def replace_property(self, key: str, value: str) -> PropertyChange:
        """See `HacClient.replace_property`."""
        return await self._wait(self._replace_property(key, value))

    async def find_hac(self) -> FoundHac:
        """See `HacClient.find_hac`."""
        return await self._wait_without_login(self._find_hac())

    async def diagnosis(self, *, log_in: bool = False) -> _diagnosis.Diagnosis:
        """See `HacClient.diagnosis`."""
        return await self._wait_without_login(self._diagnosis(log_in))

    async def get_loggers(self) -> list[Logger]:
        """See `HacClient.get_loggers`."""
        return await self._wait(self._loggers())

    async def set_log_level(self, name: str, level: str) -> LoggerChange:
        """See `HacClient.set_log_level`."""
        return await self._wait(self._set_log_level(name, level))

    async def replace_log_level(self, name: str, level: str) -> LoggerChange:
        """See `HacClient.replace_log_level`."""
        return await self._wait(self._replace_log_level(name, level))

    async def analyze_pk(self, pk: str | int) -> PkAnalysis:
        """See `HacClient.analyze_pk`."""
        return await self._wait(self._analyze_pk(pk))

    async def get_support_files(self) -> list[Any]:
        """See `HacClient.get_support_files`."""
        return list(await self._wait(self._plain(lambda client: client.support_files())))

    async def prepare_support_zip(self, paths: list[str]) -> Acknowledgement:
        """See `HacClient.prepare_support_zip`."""
        return await self._wait(self._prepare_support_zip(paths))

    async def download_support_zip(self, target: Path, *, overwrite: bool = False) -> int:
        """See `HacClient.download_support_zip`."""
        return await self._wait(self._support_zip(target, overwrite))

    async def get_cron_jobs(self) -> list[dict[str, Any]]:
        """See `HacClient.get_cron_jobs`."""
        return list(await self._wait(self._plain(lambda client: client.cron_jobs())))

    async def clear_region_cache(self) -> Acknowledgement:
        """See `HacClient.clear_region_cache`."""
        return await self._wait(self._clear_region_cache())

    async def switch_jdbc_log(self, on: bool, what: str = "log") -> Acknowledgement:
        """See `HacClient.switch_jdbc_log`."""
        return await self._wait(self._switch_jdbc_log(what, on))

    async def clear_jdbc_log(self) -> Acknowledgement:
        """See `HacClient.clear_jdbc_log`."""
        return await self._wait(self._clear_jdbc_log())

    async def download_jdbc_log(self, target: Path, *, overwrite: bool = False) -> int:
        """See `HacClient.download_jdbc_log`."""
        return await self._wait(self._jdbc_log(target, overwrite))

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: str | None = None,
        form: dict[str, str] | None = None,
        body: str | bytes | None = None,
        content_type: str = "application/json; charset=UTF-8",
        is_write: bool = True,
        expected_keys: list[str] | None = None,
    ) -> Any:
        """See `HacClient.send`."""
        return await self._wait(self._send(method, path, query, form, body, content_type, is_write, expected_keys))
