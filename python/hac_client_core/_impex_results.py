"""What the calls for ImpEx return. People have these classes from `models`, which is their module for pickles too."""

from __future__ import annotations

from ._dataclass import Result

TYPE_CHECKING = False
if not TYPE_CHECKING:
    from ._dataclass import dataclass
    from ._later import Later

    # For those who evaluate annotations.
    Any = object
    pathlib = Later("pathlib")
else:
    import pathlib
    from dataclasses import dataclass
    from typing import Any

__all__ = [
    "BulkImportResult",
    "BulkImportStatus",
    "BulkProgress",
    "ImpexExportResult",
    "ImpexFailure",
    "ImpexResult",
    "LintFinding",
]


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
class ImpexResult(Result):
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
        return str(self._known("summary", ""))

    @property
    def failures(self) -> list[ImpexFailure]:
        """The lines that failed, with their numbers and reasons."""
        failures: list[ImpexFailure] = self._known("failures", [])
        return failures

    @property
    def elapsed_ms(self) -> int | None:
        """Milliseconds from sending to the whole answer, measured here."""
        elapsed: int | None = self._known("elapsed_ms")
        return elapsed


@dataclass(frozen=True)
class BulkImportResult:
    """The result of an import in chunks. One with rows that failed is a result too.

    The numbers are those of the whole file: what was done in the calls before, which this one resumed, counts.
    """

    success: bool
    """Whether no row failed and the outcome files were written; rows may be left, see `is_complete`. What failed in an import that
    was finished before counts, too."""
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
    unwritten: str | None = None
    """Why the outcome files could not be written. What was imported stays, and the call with `resume=True` writes them."""

    @property
    def is_complete(self) -> bool:
        """Whether every row was sent and answered."""
        return self.not_processed == 0

    @property
    def imported_file(self) -> pathlib.Path | None:
        """The rows that were imported."""
        return self._file("imported.impex")

    @property
    def failed_file(self) -> pathlib.Path | None:
        """The rows that failed, with their reasons as comments. It can be imported as it is, once they are fixed."""
        return self._file("failed.impex")

    @property
    def not_processed_file(self) -> pathlib.Path | None:
        """The rows that were not sent."""
        return self._file("not-processed.impex")

    def _file(self, name: str) -> pathlib.Path | None:
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
