"""Every operation once: the native call, and what becomes of its result. The clients only wait for them."""

from __future__ import annotations

import os
from typing import Any, Callable, NamedTuple, Optional, TypeVar, Union

from . import _native
from ._core import Core, sendable
from .errors import HacUsageError
from .models import (
    FlexibleSearchResult,
    FollowedRun,
    GroovyScriptResult,
    ImpexExportResult,
    ImpexFailure,
    ImpexResult,
    Logger,
    LoggerChange,
    PkAnalysis,
    ProjectData,
    Property,
    PropertyChange,
    UpdateData,
    UpdateLog,
    UpdateParameter,
    UpdateResult,
    UpdateRun,
)

T = TypeVar("T")
Path = Union[str, "os.PathLike[str]"]
Prepared = tuple[_native.Call, Callable[[Any], T]]

DEFAULT_MAX_COUNT = 200


class Query(NamedTuple):
    """A query, for the native half."""

    query: str
    sql: bool
    max_count: int
    locale: str
    user: Optional[str]
    data_source: Optional[str]
    commit: bool
    decode_cells: bool
    params: list[tuple[str, str, str]]


class Wishes(NamedTuple):
    """An update or an initialization, for the native half."""

    initialize: bool
    schema: bool
    drop_tables: bool
    clear_hmc: bool
    essential_data: bool
    project_data: bool
    localize_types: bool
    extensions: list[str]
    patches: list[str]
    parameters: list[tuple[str, str]]


def _same(value: T) -> T:
    return value


def params_of(params: Optional[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Name, type and text of each parameter."""
    return [(sendable(name, "the name of a parameter"), *_typed(name, value)) for name, value in (params or {}).items()]


def _typed(name: str, value: Any) -> tuple[str, str]:
    if isinstance(value, str):
        return "string", sendable(value, f"the parameter {name}")
    if isinstance(value, bool):
        return "bool", "true" if value else "false"
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise HacUsageError(f"the parameter {name} is too large for a number of 64 bits: give it as a str")
        return ("int" if -(2**31) <= value < 2**31 else "long"), str(value)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise HacUsageError(f"the parameter {name} is {value}, which is no number to a query or a script")
        return "decimal", format(value, "f") if "e" in repr(value) else repr(value)
    if isinstance(value, (list, tuple, dict)):
        import json

        try:
            return "json", json.dumps(value)
        except (TypeError, ValueError) as error:
            raise HacUsageError(f"the parameter {name} is not JSON: {error}") from None
    kind = type(value).__name__
    if kind == "Decimal":
        return "decimal", format(value, "f")
    if kind == "datetime":
        moment = value if value.tzinfo is not None else value.astimezone()
        return "date", moment.isoformat()
    raise TypeError(f"the parameter {name} is of type {kind}: give a str, bool, int, float, Decimal, datetime, list or dict")


def _count(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is an int, not {type(value).__name__}")
    if value < 0:
        raise HacUsageError(f"{name} is {value}, but cannot be negative")
    return value


def _optional(value: Optional[str], name: str) -> Optional[str]:
    return None if value is None else sendable(value, name)


def _mode(mode: Any) -> str:
    name = sendable(mode, "validation_mode").lower().removeprefix("import_")
    if name not in ("strict", "relaxed"):
        raise HacUsageError(f"validation_mode is 'import_strict' or 'import_relaxed', not {mode!r}")
    return name


def groovy_result(parts: Any) -> GroovyScriptResult:
    output, value, stacktrace, commit, elapsed = parts
    result = GroovyScriptResult(output, value or "", stacktrace, commit)
    result.__dict__["_elapsed_ms"] = elapsed
    return result


def search_result(parts: Any) -> FlexibleSearchResult:
    headers, table, counted, time_ms, failure, truncated, sql, elapsed = parts
    message, trace = (None, None) if failure is None else failure
    result = FlexibleSearchResult._of_table(headers, table, counted, time_ms, message)
    result.__dict__.update(_stack_trace=trace, _truncated=truncated, _sql=sql, _elapsed_ms=elapsed)
    return result


def impex_result(parts: Any) -> ImpexResult:
    success, output, error, lines, summary, failures, elapsed = parts
    result = ImpexResult(success, output.strip(), error, lines)
    result.__dict__.update(_summary=summary, _elapsed_ms=elapsed, _failures=[ImpexFailure(*failure) for failure in failures])
    return result


def export_result(parts: dict[str, Any]) -> ImpexExportResult:
    archive = parts["archive"]
    entries: list[Any] = [] if archive is None else archive["entries"]
    size = None if archive is None else archive["size"]
    return ImpexExportResult(parts["level"] == "notice" and archive is not None, parts["summary"], parts["output"], entries, size)


def update_data(parts: Any) -> UpdateData:
    is_initializing, projects = parts
    return UpdateData(
        is_initializing,
        [
            ProjectData(
                name,
                description,
                [
                    UpdateParameter(of, label, dict(values), legacy, multi_select, default)
                    for of, label, values, legacy, multi_select, default in parameters
                ],
            )
            for name, description, parameters in projects
        ],
    )


def pending_patches(parts: Any) -> dict[str, list[dict[str, Any]]]:
    patches: dict[str, list[dict[str, Any]]] = {}
    for extension, hash_, name, required in parts:
        patches.setdefault(extension, []).append({"hash": hash_, "name": name, "required": required})
    return patches


def update_request(
    patches: Optional[dict[str, str]],
    tasks: dict[str, bool],
    all_parameters: Optional[dict[str, Any]],
    required: dict[str, list[str]],
    run_schema_update: bool,
) -> str:
    """The request of an update as HAC's page sends it."""
    import json

    parameters: dict[str, Any] = dict(all_parameters or {})
    for name, value in (patches or {}).items():
        parameters[name] = [value]
    as_lists: dict[str, Any] = {name: value if issubclass(type(value), list) else [value] for name, value in parameters.items()}
    request: dict[str, Any] = {
        **{name: bool(wanted) for name, wanted in tasks.items()},
        "initMethod": "UPDATE" if run_schema_update else None,
        "allParameters": parameters,
        "patches": required,
        "parametersAsStringMap": {"initmethod": ["update"], **as_lists},
    }
    return json.dumps(request)


class Calls(Core):
    """Prepares calls."""

    def _script(
        self, script_type: str, script: str, commit: bool, params: Optional[dict[str, Any]]
    ) -> Prepared[GroovyScriptResult]:
        given = params_of(params)
        call = self._client().execute_script(sendable(script_type, "script_type"), sendable(script, "script"), bool(commit), given)
        return call, groovy_result

    def _query(
        self,
        query: str,
        max_count: int,
        locale: str,
        user: Optional[str] = None,
        data_source: Optional[str] = None,
        commit: bool = False,
        params: Optional[dict[str, Any]] = None,
        decode_cells: bool = True,
        sql: bool = False,
    ) -> Query:
        return Query(
            sendable(query, "query"),
            sql,
            _count(max_count, "max_count"),
            sendable(locale, "locale"),
            _optional(user, "user"),
            _optional(data_source, "data_source"),
            bool(commit),
            bool(decode_cells),
            params_of(params),
        )

    def _search(self, query: Query) -> Prepared[FlexibleSearchResult]:
        return self._client().flexible_search(query), search_result

    def _impex(
        self,
        source: Any,
        validation_mode: str,
        encoding: Optional[str],
        max_threads: int,
        switches: dict[str, bool],
        validate_only: bool,
    ) -> Prepared[ImpexResult]:
        if isinstance(source, (bytes, bytearray)):
            source = ("import.zip" if source[:2] == b"PK" else "import.impex", bytes(source))
        elif not isinstance(source, os.PathLike):
            sendable(source, "impex_content")
        call = self._client().import_impex(
            source,
            _mode(validation_mode),
            _optional(encoding, "encoding"),
            _count(max_threads, "max_threads"),
            [name for name, on in switches.items() if on],
            validate_only,
        )
        return call, impex_result

    def _export(
        self, script: str, target: Path, mode: str, encoding: Optional[str], overwrite: bool
    ) -> Prepared[ImpexExportResult]:
        script = sendable(script, "script")
        call = self._client().export_impex(script, os.fspath(target), mode, _optional(encoding, "encoding"), bool(overwrite))
        return call, export_result

    def _about(self) -> Prepared[dict[str, Any]]:
        return self._client().about(), _same

    def _properties(self) -> Prepared[list[Property]]:
        return self._client().properties(), lambda parts: [Property(*part) for part in parts]

    def _set_property(self, key: str, value: str) -> Prepared[PropertyChange]:
        call = self._client().set_property(sendable(key, "key"), sendable(value, "value"))
        return call, lambda parts: PropertyChange(*parts)

    def _loggers(self) -> Prepared[list[Logger]]:
        return self._client().loggers(), lambda parts: [Logger(*part) for part in parts]

    def _set_log_level(self, name: str, level: str) -> Prepared[LoggerChange]:
        call = self._client().change_log_level(sendable(name, "name"), sendable(level, "level"))
        return call, lambda parts: LoggerChange(*parts)

    def _analyze_pk(self, pk: Union[str, int]) -> Prepared[PkAnalysis]:
        pk = str(pk) if isinstance(pk, int) else sendable(pk, "pk")
        return self._client().analyze_pk(pk), lambda fields: PkAnalysis(pk, fields)

    def _switch_jdbc_log(self, what: str, on: bool) -> Prepared[Any]:
        if what not in ("log", "params", "stacktrace"):
            raise HacUsageError(f"what is 'log', 'params' or 'stacktrace', not {what!r}")
        return self._client().switch_jdbc_log(what, bool(on)), _same

    def _support_zip(self, target: Path, overwrite: bool) -> Prepared[int]:
        return self._client().download_support_zip(os.fspath(target), bool(overwrite)), _same

    def _jdbc_log(self, target: Path, overwrite: bool) -> Prepared[int]:
        return self._client().download_jdbc_log(os.fspath(target), bool(overwrite)), _same

    def _send(
        self,
        method: str,
        path: str,
        query: Optional[str],
        form: Optional[dict[str, str]],
        body: Union[str, bytes, None],
        content_type: str,
        is_write: bool,
        expected_keys: Optional[list[str]],
    ) -> Prepared[Any]:
        pairs = None if form is None else [(sendable(name, "form"), sendable(value, "form")) for name, value in form.items()]
        raw = body.encode() if isinstance(body, str) else body
        sent = None if raw is None else (content_type, raw)
        expected, keys = ("json_list", []) if expected_keys is None else ("json", expected_keys)
        call = self._client().send(method.upper(), sendable(path, "path"), query, pairs, sent, is_write, expected, keys)
        return call, _same

    def _update_data(self) -> Prepared[UpdateData]:
        return self._client().update_data(), update_data

    def _pending(self) -> Prepared[dict[str, list[dict[str, Any]]]]:
        return self._client().pending_patches(), pending_patches

    def _update_log(self) -> Prepared[UpdateLog]:
        return self._client().update_log(), UpdateLog

    def _update(self, request: str) -> Prepared[UpdateResult]:
        return self._client().execute_update(request), lambda parts: UpdateResult(*parts)

    def _run(
        self, wishes: Wishes, poll_interval: float, patience: float, answer_timeout: Optional[float]
    ) -> Prepared[UpdateRun]:
        call = self._client().run_update(wishes, poll_interval, patience, answer_timeout)
        return call, lambda parts: UpdateRun(*parts)

    def _follow(self, poll_interval: float, patience: float) -> Prepared[FollowedRun]:
        return self._client().follow_update_log(poll_interval, patience), lambda parts: FollowedRun(*parts)

    def _plain(self, call: Callable[[_native.Client], _native.Call]) -> Prepared[Any]:
        return call(self._client()), _same
