"""Every operation once: the native call, and what becomes of its result. The clients only wait for them."""

from __future__ import annotations

import os

from . import _arguments, _native
from ._core import Core
from ._updates import pending_patches, update_data
from .errors import HacUsageError
from .lint import findings, text_of
from .models import (
    Acknowledgement,
    BulkImportStatus,
    FlexibleSearchResult,
    FollowedRun,
    FoundHac,
    GroovyScriptResult,
    ImpexExportResult,
    ImpexFailure,
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
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypedDict, TypeVar

    from ._bulk import Bulk
    from ._updates import Wishes
    from .copies import CopyPlan, CopyResult
    from .diagnosis import Diagnosis

    T = TypeVar("T")
    Path = str | os.PathLike[str]
    Prepared = tuple[_native.Call, Callable[[Any], T]]

    class Query(TypedDict):
        """A query, for the native half."""

        query: str
        sql: bool
        max_count: int
        locale: str
        user: str | None
        data_source: str | None
        commit: bool
        decode_cells: bool
        params: list[tuple[str, str, str]]

    class Wanted(TypedDict):
        """A copy, for the native half: of a type, or of a query if there is one."""

        type_code: str
        query: Query | None
        key: list[str]
        exclude: list[str]
        encrypted: list[str] | None
        languages: list[str] | None
        page_rows: int
        mask: dict[str, Any] | None


DEFAULT_MAX_COUNT = 200


def _same(value: T) -> T:
    return value


def copied(on_progress: Any) -> Callable[[int, int | None], None] | None:
    """A callback for rows, as one for a part of a total that nobody knows."""
    _arguments.callback(on_progress, "on_progress")
    if on_progress is None:
        return None

    def tell(rows: int, total: int | None) -> None:
        on_progress(rows)

    return tell


def _interval(given: Any) -> float:
    interval = _arguments.seconds(given, "poll_interval") or 0
    if interval == float("inf"):
        raise HacUsageError("poll_interval is without end: the log would be read once only")
    return interval


def _start(resume: Any) -> tuple[str, int]:
    if not isinstance(resume, PagePosition):
        raise TypeError(f"resume is a PagePosition or None, not {type(resume).__name__}")
    key = _arguments.text(resume.key, "the key of resume")
    return key, _arguments.count(resume.rows, "the number of rows of resume", most=_arguments.LONG_MAX)


def groovy_result(parts: Any) -> GroovyScriptResult:
    output, value, stacktrace, commit, elapsed = parts
    result = GroovyScriptResult(output, value or "", stacktrace, commit)
    result._know(elapsed_ms=elapsed)
    return result


def search_result(parts: Any) -> FlexibleSearchResult:
    headers, table, counted, time_ms, failure, truncated, sql, elapsed = parts
    message, trace = (None, None) if failure is None else failure
    result = FlexibleSearchResult._of_table(headers, table, counted, time_ms, message)
    result._know(stack_trace=trace, truncated=truncated, sql=sql, elapsed_ms=elapsed)
    return result


def impex_result(parts: Any) -> ImpexResult:
    success, output, error, lines, summary, failures, elapsed = parts
    result = ImpexResult(success, output.strip(), error, lines)
    result._know(summary=summary, elapsed_ms=elapsed, failures=[ImpexFailure(*failure) for failure in failures])
    return result


def export_result(parts: dict[str, Any]) -> ImpexExportResult:
    archive = parts["archive"]
    entries: list[Any] = [] if archive is None else archive["entries"]
    size = None if archive is None else archive["size"]
    return ImpexExportResult(parts["level"] == "notice" and archive is not None, parts["summary"], parts["output"], entries, size)


def acknowledgement(parts: dict[str, Any]) -> Acknowledgement:
    return Acknowledgement(parts["answer"])


class Calls(Core):
    """Prepares calls."""

    def _script(
        self, script_type: str, script: str, commit: bool, params: dict[str, Any] | None
    ) -> Prepared[GroovyScriptResult]:
        given = _arguments.params(params)
        text, language = _arguments.text(script, "script"), _arguments.text(script_type, "script_type")
        call = self._client().execute_script(language, text, bool(commit), given)
        return call, groovy_result

    def _query(
        self,
        query: str,
        max_count: int,
        locale: str,
        user: str | None = None,
        data_source: str | None = None,
        commit: bool = False,
        params: dict[str, Any] | None = None,
        decode_cells: bool = True,
        sql: bool = False,
    ) -> Query:
        return {
            "query": _arguments.text(query, "query"),
            "sql": bool(sql),
            "max_count": _arguments.count(max_count, "max_count"),
            "locale": _arguments.text(locale, "locale"),
            "user": _arguments.optional_text(user, "user"),
            "data_source": _arguments.optional_text(data_source, "data_source"),
            "commit": bool(commit),
            "decode_cells": bool(decode_cells),
            "params": _arguments.params(params),
        }

    def _rows(
        self,
        query: Query,
        batch_rows: int,
        paged: bool,
        key: str | None,
        key_type: str | None,
        page_rows: int | None,
        resume: PagePosition | None,
        mask: Any,
        mask_key: str | None,
    ) -> _native.RowReader:
        wanted = _arguments.count(batch_rows, "batch_rows", least=1)
        name, of = _arguments.optional_text(key, "key"), _arguments.optional_text(key_type, "key_type")
        rows = None if page_rows is None else _arguments.count(page_rows, "page_rows", least=1)
        if of not in (None, "number", "text"):
            raise HacUsageError(f"cannot run the query: key_type is {of!r}, but has to be 'number' or 'text'")
        start = None if resume is None else _start(resume)
        masks = _arguments.mask(mask, mask_key)
        if not paged:
            if start is not None:
                raise HacUsageError("cannot run the query: resume is for pages; pass paged=True too")
            if name is not None:
                raise HacUsageError("cannot run the query: key is for pages; pass paged=True too")
            return self._client().stream_rows(query, wanted, None, masks)
        if query["max_count"]:
            raise HacUsageError("cannot run the query: paged=True reads all rows; leave out max_count")
        return self._client().stream_rows(query, wanted, (name, None if of is None else of == "number", rows, start), masks)

    def _search(self, query: Query) -> Prepared[FlexibleSearchResult]:
        return self._client().flexible_search(query), search_result

    def _csv(self, query: Query, target: Path, overwrite: bool) -> Prepared[int]:
        return self._client().write_csv(query, _arguments.path(target, "target"), bool(overwrite)), _same

    def _impex(
        self,
        source: Any,
        validation_mode: str,
        encoding: str | None,
        max_threads: int,
        switches: dict[str, bool],
        wait_limit: float | None,
        validate_only: bool,
        at_once: Bulk | None = None,
    ) -> Prepared[ImpexResult]:
        if isinstance(source, (bytes, bytearray)):
            source = ("import.zip" if source[:2] == b"PK" else "import.impex", bytes(source))
        elif isinstance(source, os.PathLike):
            # Passed on as it is: a str would be the script itself.
            _arguments.path(source, "impex_content")
        else:
            source = _arguments.text(source, "impex_content")
        call = self._client().import_impex(
            source,
            _arguments.validation_mode(validation_mode),
            _arguments.optional_text(encoding, "encoding"),
            _arguments.count(max_threads, "max_threads", least=1, most=2**16 - 1),
            [name for name, on in switches.items() if on],
            _arguments.seconds(wait_limit, "wait_limit", "no limit"),
            validate_only,
            at_once,
        )
        return call, impex_result

    def _at_once(
        self,
        path: Path,
        validation_mode: str,
        encoding: str | None,
        max_threads: int,
        switches: dict[str, bool],
        wait_limit: float | None,
        resume: bool,
        restart: bool,
        assume: str | None,
        keep_checkpoint: bool,
        state_directory: Path | None,
    ) -> Prepared[ImpexResult]:
        from pathlib import Path

        from . import _bulk

        file = _bulk.request(path, validation_mode, encoding, 1, {}, None, 1, False, resume, restart, assume, None, state_directory)
        file["keeps_checkpoint"] = bool(keep_checkpoint)
        return self._impex(Path(file["path"]), validation_mode, encoding, max_threads, switches, wait_limit, False, file)

    def _bulk_status(self, path: Path, state_directory: Path | None) -> Prepared[BulkImportStatus | None]:
        from . import _bulk

        directory = _arguments.optional_path(state_directory, "state_directory")
        return self._client().bulk_import_status(_arguments.path(path, "path"), directory), _bulk.status

    def _forget_bulk(self, path: Path, state_directory: Path | None) -> Prepared[None]:
        directory = _arguments.optional_path(state_directory, "state_directory")
        return self._client().forget_bulk_import(_arguments.path(path, "path"), directory), _same

    def _lint(self, source: Any, encoding: str | None) -> Prepared[list[LintFinding]]:
        return self._client().lint_impex(text_of(source, encoding)), findings

    def _plan_copy(
        self,
        what: str,
        key: list[str] | None,
        exclude: list[str] | None,
        encrypted: list[str] | None,
        languages: list[str] | None,
        page_rows: int,
        params: dict[str, Any] | None,
        mask: Any,
        mask_key: str | None,
    ) -> Prepared[CopyPlan]:
        from .copies import plan_of

        text = _arguments.text(what, "what").strip()
        # No query is a single word.
        query = None if text.replace("_", "").isalnum() else self._query(text, 0, "en", params=params)
        if query is None and params:
            raise HacUsageError(f"cannot copy: params is for a query, and {text} is a type")
        wanted: Wanted = {
            "type_code": text,
            "query": query,
            "key": _arguments.texts(key, "key"),
            "exclude": _arguments.texts(exclude, "exclude"),
            "encrypted": None if encrypted is None else _arguments.texts(encrypted, "encrypted"),
            "languages": None if languages is None else _arguments.texts(languages, "languages"),
            "page_rows": _arguments.count(page_rows, "page_rows", least=1),
            "mask": _arguments.mask(mask, mask_key),
        }
        return self._client().plan_copy(wanted), plan_of

    def _write_copy(self, plan: CopyPlan, target: Path, overwrite: bool, watched: bool) -> Prepared[CopyResult]:
        from .copies import native_of, result_of

        path = _arguments.path(target, "target")
        return self._client().write_copy(native_of(plan), path, bool(overwrite), watched), result_of

    def _diagnosis(self, log_in: bool) -> Prepared[Diagnosis]:
        from .diagnosis import result_of

        return self._client().diagnosis(bool(log_in)), result_of

    def _export(
        self, script: str, target: Path, mode: str, encoding: str | None, overwrite: bool, watched: bool
    ) -> Prepared[ImpexExportResult]:
        call = self._client().export_impex(
            _arguments.text(script, "script"),
            _arguments.path(target, "target"),
            _arguments.text(mode, "mode"),
            _arguments.optional_text(encoding, "encoding"),
            bool(overwrite),
            watched,
        )
        return call, export_result

    def _about(self) -> Prepared[dict[str, Any]]:
        return self._client().about(), _same

    def _properties(self) -> Prepared[list[Property]]:
        return self._client().properties(), lambda parts: [Property(*part) for part in parts]

    def _set_property(self, key: str, value: str) -> Prepared[PropertyChange]:
        call = self._client().set_property(_arguments.text(key, "key"), _arguments.text(value, "value"))
        return call, lambda parts: PropertyChange(*parts)

    def _replace_property(self, key: str, value: str) -> Prepared[PropertyChange]:
        call = self._client().replace_property(_arguments.text(key, "key"), _arguments.text(value, "value"))
        return call, lambda parts: PropertyChange(*parts)

    def _find_hac(self) -> Prepared[FoundHac]:
        return self._client().find_hac(), lambda parts: FoundHac(*parts)

    def _loggers(self) -> Prepared[list[Logger]]:
        return self._client().loggers(), lambda parts: [Logger(*part) for part in parts]

    def _set_log_level(self, name: str, level: str) -> Prepared[LoggerChange]:
        call = self._client().change_log_level(_arguments.text(name, "name"), _arguments.text(level, "level"))
        return call, lambda parts: LoggerChange(*parts)

    def _replace_log_level(self, name: str, level: str) -> Prepared[LoggerChange]:
        call = self._client().replace_log_level(_arguments.text(name, "name"), _arguments.text(level, "level"))
        return call, lambda parts: LoggerChange(*parts)

    def _analyze_pk(self, pk: str | int) -> Prepared[PkAnalysis]:
        number = isinstance(pk, int) and not isinstance(pk, bool)
        text = str(_arguments.count(pk, "pk", most=_arguments.LONG_MAX)) if number else _arguments.text(pk, "pk")
        return self._client().analyze_pk(text), lambda parts: PkAnalysis(text, parts["fields"])

    def _type_attributes(self, code: str) -> Prepared[list[str] | None]:
        return self._client().type_attributes(_arguments.text(code, "code")), _same

    def _unique_attributes(self, code: str) -> Prepared[list[str]]:
        return self._client().unique_attributes(_arguments.text(code, "code")), _same

    def _prepare_support_zip(self, paths: list[str]) -> Prepared[Acknowledgement]:
        return self._client().prepare_support_zip(_arguments.texts(paths, "paths")), acknowledgement

    def _switch_jdbc_log(self, what: str, on: bool) -> Prepared[Acknowledgement]:
        which = _arguments.one_of(what, "what", ("log", "params", "stacktrace"))
        return self._client().switch_jdbc_log(which, bool(on)), acknowledgement

    def _clear_jdbc_log(self) -> Prepared[Acknowledgement]:
        return self._client().clear_jdbc_log(), acknowledgement

    def _clear_region_cache(self) -> Prepared[Acknowledgement]:
        return self._client().clear_region_cache(), acknowledgement

    def _support_zip(self, target: Path, overwrite: bool) -> Prepared[int]:
        return self._client().download_support_zip(_arguments.path(target, "target"), bool(overwrite)), _same

    def _jdbc_log(self, target: Path, overwrite: bool) -> Prepared[int]:
        return self._client().download_jdbc_log(_arguments.path(target, "target"), bool(overwrite)), _same

    def _send(
        self,
        method: str,
        path: str,
        query: str | None,
        form: dict[str, str] | None,
        body: str | bytes | None,
        content_type: str,
        is_write: bool,
        expected_keys: list[str] | None,
    ) -> Prepared[Any]:
        pairs = None if form is None else _arguments.text_pairs(form, "form", "field")
        if body is not None and not isinstance(body, (bytes, bytearray)):
            body = _arguments.text(body, "body").encode()
        sent = None if body is None else (_arguments.text(content_type, "content_type"), bytes(body))
        expected = "json_list" if expected_keys is None else "json"
        call = self._client().send(
            _arguments.text(method, "method").upper(),
            _arguments.text(path, "path"),
            _arguments.optional_text(query, "query"),
            pairs,
            sent,
            bool(is_write),
            expected,
            _arguments.texts(expected_keys, "expected_keys"),
        )
        return call, _same

    def _update_data(self) -> Prepared[UpdateData]:
        return self._client().update_data(), update_data

    def _pending(self) -> Prepared[dict[str, list[dict[str, Any]]]]:
        call = self._client().send("GET", "/platform/init/pendingPatches", None, None, None, False, "json", [])
        return call, pending_patches

    def _update_log(self) -> Prepared[UpdateLog]:
        return self._client().update_log(), UpdateLog

    def _update(self, request: str) -> Prepared[UpdateResult]:
        return self._client().execute_update(request), lambda parts: UpdateResult(*parts)

    def _run(
        self, wishes: Wishes, poll_interval: float, patience: float, answer_timeout: float | None
    ) -> Prepared[UpdateRun]:
        call = self._client().run_update(
            wishes,
            _interval(poll_interval),
            _arguments.seconds(patience, "patience") or 0,
            _arguments.seconds(answer_timeout, "answer_timeout", "no limit"),
        )
        return call, lambda parts: UpdateRun(*parts)

    def _plan(self, wishes: Wishes) -> Prepared[dict[str, Any]]:
        import json

        return self._client().plan_update(wishes), json.loads

    def _dump(self, wishes: Wishes) -> Prepared[str]:
        return self._client().dump_configuration(wishes), str

    def _follow(self, poll_interval: float, patience: float) -> Prepared[FollowedRun]:
        call = self._client().follow_update_log(_interval(poll_interval), _arguments.seconds(patience, "patience") or 0)
        return call, lambda parts: FollowedRun(*parts)

    def _plain(self, call: Callable[[_native.Client], _native.Call]) -> Prepared[Any]:
        return call(self._client()), _same
