"""What calls return."""

from __future__ import annotations

from . import _arguments, _native
from ._impex_results import (
    BulkImportResult,
    BulkImportStatus,
    BulkProgress,
    ImpexExportResult,
    ImpexFailure,
    ImpexResult,
    LintFinding,
)
from ._dataclass import Result
from ._platform_results import Acknowledgement, FoundHac, Logger, LoggerChange, PkAnalysis, Property, PropertyChange
from .errors import HacUsageError

TYPE_CHECKING = False
if not TYPE_CHECKING:
    from ._dataclass import dataclass, field

    from ._later import Later

    # For those who evaluate annotations.
    Any = object
    pandas, polars = Later("pandas"), Later("polars")
else:
    from dataclasses import dataclass, field
    from typing import Any

    import pandas
    import polars

__all__ = [
    "Acknowledgement",
    "BulkImportResult",
    "BulkImportStatus",
    "BulkProgress",
    "FlexibleSearchResult",
    "FollowedRun",
    "FoundHac",
    "GroovyScriptResult",
    "ImpexExportResult",
    "ImpexFailure",
    "ImpexResult",
    "LintFinding",
    "LogLine",
    "Logger",
    "LoggerChange",
    "PagePosition",
    "PkAnalysis",
    "ProjectData",
    "Property",
    "PropertyChange",
    "SessionInfo",
    "UpdateData",
    "UpdateLog",
    "UpdateParameter",
    "UpdateResult",
    "UpdateRun",
]

# They are classes of this module, whichever file they are in: pickles name it.
_ELSEWHERE = (
    *(BulkImportResult, BulkImportStatus, BulkProgress, ImpexExportResult, ImpexFailure, ImpexResult, LintFinding),
    *(Acknowledgement, FoundHac, Logger, LoggerChange, PkAnalysis, Property, PropertyChange),
)
for _class in _ELSEWHERE:
    _class.__module__ = __name__


@dataclass
class GroovyScriptResult(Result):
    """The result of a script. A script that throws has a result too, with its stack trace."""

    output_text: str
    execution_result: str
    stacktrace_text: str | None = None
    commit_mode: bool = False
    execution_time_ms: int | None = None

    @property
    def success(self) -> bool:
        """Whether the script ran without an exception."""
        return not (self.stacktrace_text or "").strip()

    @property
    def elapsed_ms(self) -> int | None:
        """Milliseconds from sending to the whole answer, measured here."""
        elapsed: int | None = self._known("elapsed_ms")
        return elapsed


# What a class has of its own accord under this name.
_plain_fields: Any = Result.__dict__["__dict__"]


def _fields_of(result: FlexibleSearchResult) -> dict[str, Any]:
    fields: dict[str, Any] = _plain_fields.__get__(result)
    return fields


@dataclass
class FlexibleSearchResult(Result):
    """The result of a query. A query that fails has one too, with `exception`.

    Rows become Python lists when `rows` is first read. `to_pandas`, `to_polars` and every taker of the Arrow interface
    (`pyarrow.table(result)`, DuckDB) take them without that.
    """

    headers: list[str]
    rows: list[list[str]]
    result_count: int
    execution_time_ms: int | None = None
    exception: str | None = None

    @property
    def stack_trace(self) -> str | None:
        """The stack trace of a query that failed, as the server sends it."""
        trace: str | None = self._known("stack_trace")
        return trace

    @property
    def truncated(self) -> bool:
        """As many rows came as were asked for: there may be more."""
        return bool(self._known("truncated"))

    @property
    def sql(self) -> str | None:
        """The SQL that was run."""
        sql: str | None = self._known("sql")
        return sql

    @property
    def elapsed_ms(self) -> int | None:
        """Milliseconds from sending to the last row, measured here."""
        elapsed: int | None = self._known("elapsed_ms")
        return elapsed

    @property
    def success(self) -> bool:
        """Whether the query ran."""
        return self.exception is None

    @classmethod
    def _of_table(
        cls, headers: list[str], table: _native.Table, result_count: int, time_ms: int | None, exception: str | None
    ) -> FlexibleSearchResult:
        result = cls.__new__(cls)
        result.headers = headers
        result._know(table=table)
        result.result_count = result_count
        result.execution_time_ms = time_ms
        result.exception = exception
        return result

    def __getattr__(self, name: str) -> Any:
        # Asked only where there is no such attribute: rows that nobody has looked at.
        # The table first: another thread takes it away when the rows are there.
        table = self._known("table") if name == "rows" else None
        fields = _fields_of(self)
        if name == "rows" and "rows" in fields:
            return fields["rows"]
        if table is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        # One list for all threads.
        rows = fields.setdefault("rows", table.to_rows())
        # From here on the lists count: they may be changed.
        self._more.pop("table", None)
        return rows

    if not TYPE_CHECKING:

        @property
        def __dict__(self) -> dict[str, Any]:
            # `vars(result)` has all fields: also the rows that nobody has looked at yet.
            if self._untouched() is not None:
                _ = self.rows
            return _fields_of(self)

    def _untouched(self) -> _native.Table | None:
        """The rows as they came, while nobody has looked at them or put others in their place."""
        return None if "rows" in _fields_of(self) else self._known("table")

    def __len__(self) -> int:
        table = self._untouched()
        return len(self.rows) if table is None else len(table)

    def __bool__(self) -> bool:
        return True

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows as an Arrow stream of text columns, for pyarrow, polars, pandas and DuckDB."""
        return self._labelled(self.headers).__arrow_c_stream__(requested_schema)

    def _labelled(self, labels: list[str]) -> _native.Table:
        """The rows for takers of Arrow, under these labels."""
        table = self._untouched()
        if table is None:
            table = _native.Table.of_rows(self.headers, self._rows_of_headers())
        return table.labelled(labels)

    def to_dicts(self) -> list[dict[str, str | None]]:
        """The rows as dicts. Of columns with the same label the last one is there.

        Raises:
            HacUsageError: A row that was changed has more cells than there are headers.
        """
        return [dict(zip(self.headers, row)) for row in self._rows_of_headers()]

    def _rows_of_headers(self) -> list[list[str]]:
        """The rows. One with more cells than there are headers would lose some."""
        width = len(self.headers)
        for number, row in enumerate(self.rows):
            if len(row) > width:
                raise HacUsageError(f"rows[{number}] has {len(row)} cells, but there are {width} headers: add the missing ones to headers")
        return self.rows

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a DataFrame of texts. Needs pandas, this package's extra `pandas`."""
        try:
            import pandas
        except ImportError as error:
            raise ImportError("to_pandas() needs pandas, the extra hac-client-core[pandas]: pip install pandas") from error
        return pandas.DataFrame(self.rows, columns=self.headers, dtype=object)

    def to_polars(self) -> polars.DataFrame:
        """The rows as a DataFrame of texts. Needs polars, this package's extra `polars`.

        polars takes no two columns of one name: the second `code` becomes `code_2`.
        """
        try:
            import polars
        except ImportError as error:
            raise ImportError("to_polars() needs polars, the extra hac-client-core[polars]: pip install polars") from error
        return polars.DataFrame(self._labelled(unique(self.headers)))


@dataclass(frozen=True)
class PagePosition:
    """How far the rows of a query have been read in pages: `iter_rows(query, paged=True, resume=position)` goes on behind it.

    It is of one query with one key. Can be pickled; `str(position)` is its text form, JSON that the library reads and writes too.
    """

    key: str
    """The key of the last row."""
    rows: int
    """How many rows there were up to it."""

    def __str__(self) -> str:
        import json

        return json.dumps({"key": self.key, "rows": self.rows}, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def parse(cls, text: str) -> PagePosition:
        """Reads the text form.

        Args:
            text: What `str(position)` was.

        Raises:
            HacUsageError: It is not the text of a position.
        """
        import json

        form = _arguments.text(text, "text")
        try:
            fields: dict[str, Any] = json.loads(form)
            return cls(_arguments.text(fields["key"], "key"), _arguments.count(fields["rows"], "rows", most=_arguments.LONG_MAX))
        except (LookupError, TypeError, ValueError, RecursionError):
            raise HacUsageError('text is not that of a position, which is like {"key":"8796093054977","rows":100}') from None


def unique(labels: list[str]) -> list[str]:
    """The labels, each once: a number is put behind those that were there before."""
    seen: set[str] = set()
    names: list[str] = []
    for label in labels:
        name, number = label, 2
        while name in seen:
            name, number = f"{label}_{number}", number + 1
        seen.add(name)
        names.append(name)
    return names


@dataclass(frozen=True)
class PlannedCall:
    """A call that waits for a confirmation. Nothing of it was sent."""

    call_class: str
    """`write`, or `destroy` if all data would be lost."""
    doing: str
    """What it does: `run the script`."""
    base_url: str
    environment: str
    username: str


@dataclass
class SessionInfo:
    """A session's secrets. They are left out of `repr`.

    Assign one to `client.session_info` to use a session that was made elsewhere, in a browser for example.
    """

    session_id: str = field(repr=False)
    csrf_token: str = field(repr=False)
    route_cookie: str | None = None
    is_authenticated: bool = False


@dataclass
class UpdateParameter:
    """A parameter of an extension's project data."""

    name: str
    label: str
    values: dict[str, bool]
    legacy: bool = False
    multi_select: bool = False
    default: str | None = None

    @property
    def selected_value(self) -> str | None:
        """The option that the server preselected."""
        return next((value for value, selected in self.values.items() if selected), None)

    @property
    def available_values(self) -> list[str]:
        """The options."""
        return list(self.values)


@dataclass
class ProjectData:
    """An extension that can create project data."""

    name: str
    description: str | None
    parameters: list[UpdateParameter]

    @property
    def has_parameters(self) -> bool:
        """Whether something can be set for it."""
        return len(self.parameters) > 0


@dataclass
class UpdateData:
    """What the server offers for an update."""

    is_initializing: bool
    project_datas: list[ProjectData]

    @property
    def extensions_with_parameters(self) -> list[ProjectData]:
        """The extensions that have parameters."""
        return [extension for extension in self.project_datas if extension.has_parameters]

    def get_extension(self, name: str) -> ProjectData | None:
        """The extension of this name."""
        return next((extension for extension in self.project_datas if extension.name == name), None)

    def get_patches_extension(self) -> ProjectData | None:
        """The extension of the project's own patches, such as `cchpatches`.

        Of the extensions with `patches` in their names it is the first one that has parameters, else the first one whose name ends
        with it; one that is called `patches` and nothing else comes behind those, and any other one last. `None` if there is none.
        """

        def rank(extension: ProjectData) -> int:
            name = extension.name.lower()
            if extension.has_parameters:
                return 0 if name != "patches" else 1
            return 2 if name.endswith("patches") and name != "patches" else 3

        return min((extension for extension in self.project_datas if "patches" in extension.name.lower()), key=rank, default=None)


@dataclass
class UpdateLog:
    """The log of the last update or initialization."""

    log_html: str

    @property
    def log_text(self) -> str:
        """The log as text."""
        return _native.read_update_log(self.log_html)[0].strip()

    @property
    def is_complete(self) -> bool:
        """Whether the log says that the run came to its end."""
        return _native.read_update_log(self.log_html)[1]

    @property
    def has_errors(self) -> bool:
        """Whether a line of the log tells of a failure."""
        return bool(self.errors)

    @property
    def errors(self) -> list[str]:
        """The lines that tell of a failure."""
        return _native.read_update_log(self.log_html)[2]


@dataclass
class UpdateResult:
    """What the server answered to an update, at its end."""

    success: bool
    log_html: str

    @property
    def log_text(self) -> str:
        """The log as text."""
        return _native.read_update_log(self.log_html)[0].strip()

    @property
    def is_finished(self) -> bool:
        """Whether the log says that the run came to its end."""
        return _native.read_update_log(self.log_html)[1]

    @property
    def errors(self) -> list[str]:
        """The lines that tell of a failure. The server may call an update a success all the same."""
        return _native.read_update_log(self.log_html)[2]


@dataclass
class LogLine:
    """A line of an update's log."""

    text: str
    is_heading: bool


@dataclass
class UpdateRun:
    """A run that was watched to its end."""

    outcome: str
    """`finished`, `finished_with_errors`, `refused`, or `lost` where nobody knows."""
    known_from: str
    """`answer`, or `log` where the answer was lost."""
    errors: list[str]
    reason: str | None
    """Why there was no answer, or why the run was refused."""
    elapsed_ms: int

    @property
    def success(self) -> bool:
        """Whether the run came to its end and nothing failed."""
        return self.outcome == "finished"


@dataclass
class FollowedRun:
    """A run that another client began, followed to its end."""

    was_running: bool
    """Whether it was seen running. If not, the log is that of the last run."""
    outcome: str
    errors: list[str]

    @property
    def success(self) -> bool:
        """Whether the log says that the run came to its end and nothing failed."""
        return self.outcome == "finished"
