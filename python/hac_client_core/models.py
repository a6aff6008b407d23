"""What calls return."""

# Over 500 lines: a class for each result, and each field with what it says.

from __future__ import annotations

from . import _native

TYPE_CHECKING = False
if not TYPE_CHECKING:
    from ._dataclass import dataclass, field

    # For those who read the types of the fields.
    Any = object
else:
    from dataclasses import dataclass, field
    from pathlib import Path
    from typing import Any

    import pandas
    import polars

__all__ = [
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


@dataclass
class GroovyScriptResult:
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
        return self.__dict__.get("_elapsed_ms")


@dataclass
class FlexibleSearchResult:
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
        return self.__dict__.get("_stack_trace")

    @property
    def truncated(self) -> bool:
        """As many rows came as were asked for: there may be more."""
        return bool(self.__dict__.get("_truncated"))

    @property
    def sql(self) -> str | None:
        """The SQL that was run."""
        return self.__dict__.get("_sql")

    @property
    def elapsed_ms(self) -> int | None:
        """Milliseconds from sending to the last row, measured here."""
        return self.__dict__.get("_elapsed_ms")

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
        result.__dict__["_table"] = table
        result.result_count = result_count
        result.execution_time_ms = time_ms
        result.exception = exception
        return result

    def __getattr__(self, name: str) -> Any:
        # Asked only where there is no such attribute: rows that nobody has looked at.
        table = self.__dict__.get("_table") if name == "rows" else None
        if name == "rows" and "rows" in self.__dict__:
            # Another thread was first.
            return self.__dict__["rows"]
        if table is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self.rows = table.to_rows()
        # From here on the lists count: they may be changed.
        self.__dict__.pop("_table", None)
        return self.rows

    def __getstate__(self) -> dict[str, Any]:
        return {"rows": self.rows, **{name: value for name, value in self.__dict__.items() if name != "_table"}}

    def _untouched(self) -> _native.Table | None:
        """The rows as they came, while nobody has looked at them or put others in their place."""
        return None if "rows" in self.__dict__ else self.__dict__.get("_table")

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
            table = _native.Table.of_rows(self.headers, self.rows)
        return table.labelled(labels)

    def to_dicts(self) -> list[dict[str, str | None]]:
        """The rows as dicts. Of columns with the same label the last one is there."""
        return [dict(zip(self.headers, row)) for row in self.rows]

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


@dataclass
class ImpexFailure:
    """A line that could not be imported."""

    line: int | None
    """Its number in the script, from 1; `None` where it cannot be told."""
    candidate_lines: list[int]
    """The lines that it may be, where several are equal."""
    reason: str
    text: str


@dataclass
class ImpexResult:
    """The result of an import or a validation. One that fails has a result too."""

    success: bool
    output: str
    error: str | None = None
    validation_errors: list[str] | None = None

    def __post_init__(self) -> None:
        if self.validation_errors is None:
            self.validation_errors = []

    @property
    def summary(self) -> str:
        """The server's sentence."""
        return str(self.__dict__.get("_summary", ""))

    @property
    def failures(self) -> list[ImpexFailure]:
        """The lines that failed, with their numbers and reasons."""
        failures: list[ImpexFailure] = self.__dict__.get("_failures", [])
        return failures

    @property
    def elapsed_ms(self) -> int | None:
        """Milliseconds from sending to the whole answer, measured here."""
        return self.__dict__.get("_elapsed_ms")


@dataclass(frozen=True)
class BulkImportResult:
    """The result of an import in chunks. One with rows that failed is a result too.

    The numbers are those of the whole file: what was done in the calls before, which this one resumed, counts.
    """

    success: bool
    """Whether no row failed; rows may be left, see `is_complete`. To resume an import that is finished is a success whatever failed
    then."""
    rows: int
    """The rows of the file. Lines of code count."""
    imported: int
    failed: int
    not_processed: int
    """The rows that were not sent, because the import stopped before."""
    chunks: int
    """The chunks that were answered."""
    was_done: bool
    """Whether the import was finished before this call, which sent nothing then."""
    not_split: str | None
    """Why the file was sent as a whole, with the line that forbids splitting it."""
    summary: str
    """The server's sentence: that of the last chunk with failures, if there is one."""
    output: str
    """What HAC shows of the chunks that failed, 1 MiB at most."""
    failures: tuple[ImpexFailure, ...]
    """The lines of the file that failed in this call, with their reasons; 10,000 at most."""
    elapsed_ms: int
    report: str | None
    """The directory of the outcome files; `None` if none were asked for."""

    @property
    def is_complete(self) -> bool:
        """Whether every row was sent and answered."""
        return self.not_processed == 0

    @property
    def imported_file(self) -> Path | None:
        """The rows that were imported."""
        return self._file("imported.impex")

    @property
    def failed_file(self) -> Path | None:
        """The rows that failed, with their reasons as comments. It can be imported as it is, once they are fixed."""
        return self._file("failed.impex")

    @property
    def not_processed_file(self) -> Path | None:
        """The rows that were not sent."""
        return self._file("not-processed.impex")

    def _file(self, name: str) -> Path | None:
        if self.report is None:
            return None
        from pathlib import Path

        return Path(self.report, name)


@dataclass(frozen=True)
class BulkProgress:
    """How far an import in chunks has come."""

    done: int
    """The rows whose outcome is known, those of earlier calls included."""
    total: int
    """The rows of the file."""
    in_this_call: int
    """The rows whose outcome became known in this call."""
    elapsed_ms: int
    """The time since the first chunk of this call was sent."""

    @property
    def rate(self) -> float | None:
        """Rows per second in this call; `None` before the first answer."""
        return self.in_this_call * 1000 / self.elapsed_ms if self.in_this_call and self.elapsed_ms else None

    @property
    def time_left(self) -> float | None:
        """The seconds that the rest takes at this rate; `None` before the first answer."""
        rate = self.rate
        return None if rate is None else max(self.total - self.done, 0) / rate


@dataclass(frozen=True)
class BulkImportStatus:
    """What is known of an import that was begun, by its checkpoint."""

    is_done: bool
    """Whether all rows were sent and answered."""
    rows: int
    imported: int
    failed: int
    undecided: tuple[tuple[int, int], ...]
    """The first and the last line of each chunk whose outcome is unknown: its answer was lost, or this program was killed meanwhile."""


@dataclass(frozen=True)
class LintFinding:
    """A mistake in ImpEx, or what looks like one."""

    severity: str
    """`error`: an import would not do what the script says. `warning`: it may do something else than what was meant."""
    code: str
    """What kind of finding it is, for programs: `too-many-cells`."""
    line: int
    """The line, from 1."""
    column: int
    """The column in characters, from 1."""
    start: int
    """Where it begins in the text, in characters from 0: `text[start:end]`."""
    end: int
    message: str
    """What is wrong."""
    help: str | None
    """What to do about it."""


@dataclass
class ImpexExportResult:
    """The result of an export; the archive is in the file."""

    success: bool
    summary: str
    output: str
    entries: list[dict[str, Any]]
    """Name, size and number of rows of each file in the archive."""
    size: int | None


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
        """The first extension with `patches` in its name."""
        return next((extension for extension in self.project_datas if "patches" in extension.name.lower()), None)


@dataclass
class UpdateLog:
    """The log of the last update or initialization."""

    log_html: str

    @property
    def log_text(self) -> str:
        """The log as text."""
        return _native.read_update_log(self.log_html)[0]

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
        return _native.read_update_log(self.log_html)[0]

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


@dataclass
class Property:
    """A configuration property."""

    key: str
    value: str

    @property
    def is_masked(self) -> bool:
        """Whether the server shows asterisks in place of the value."""
        return bool(self.value) and set(self.value) == {"*"}


@dataclass
class PropertyChange:
    """What the server made of a new value."""

    success: bool
    action: str
    has_edited: bool | None
    previous: str | None = None
    """The value before, where `replace_property` could read it."""


@dataclass
class FoundHac:
    """Where HAC's login page was found."""

    context_path: str
    node: str | None


@dataclass
class Logger:
    """A logger of the server."""

    name: str
    parent: str | None
    level: str | None


@dataclass
class LoggerChange:
    """What the server made of a new level."""

    success: bool
    logger_name: str
    level_name: str


@dataclass
class PkAnalysis:
    """What is encoded in a PK."""

    pk: str
    fields: dict[str, Any]
    """The server's own names and values."""
