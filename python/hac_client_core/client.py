"""The client."""

# Over 500 lines: one class has a method for every call, and two thirds of the lines are the docstrings and signatures that editors
# show. A base class for each area would be named in their place: by help(), by errors about arguments, and by the reference.

from __future__ import annotations

import os

from . import _arguments, _bridge
from ._calls import DEFAULT_MAX_COUNT, Calls, copied
from ._core import init_of
from ._updates import update_request, wishes
from .auth import AuthHandler
from .errors import HacAuthenticationError, HacClientError
from .lint import lint_impex
from .models import (
    Acknowledgement,
    BulkImportResult,
    BulkImportStatus,
    BulkProgress,
    FlexibleSearchResult,
    FollowedRun,
    FoundHac,
    GroovyScriptResult,
    ImpexExportResult,
    ImpexResult,
    LintFinding,
    Logger,
    LoggerChange,
    LogLine,
    PagePosition,
    PkAnalysis,
    ProjectData,
    Property,
    PropertyChange,
    SessionInfo,
    UpdateData,
    UpdateLog,
    UpdateParameter,
    UpdateResult,
    UpdateRun,
)
from .session import SessionManager

TYPE_CHECKING = False
if not TYPE_CHECKING:
    from _collections_abc import Callable

    from ._later import Later, Literal

    # For those who evaluate annotations.
    Any = Self = T = TracebackType = object
    _copies, _diagnosis, _rows = (Later(f"hac_client_core.{name}") for name in ("copies", "diagnosis", "rows"))
else:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any, Literal, TypeVar

    from typing_extensions import Self

    from . import copies as _copies
    from . import diagnosis as _diagnosis
    from . import rows as _rows
    from ._calls import Prepared

    T = TypeVar("T")

Path = str | os.PathLike[str]
OnProgress = Callable[[int, int], None]
OnDownload = Callable[[int, int | None], None]
OnLine = Callable[[LogLine], None]
OnRows = Callable[[BulkProgress], None]
OnCopied = Callable[[int], None]

# Programs import these from here too.
__all__ = [
    "AuthHandler",
    "FlexibleSearchResult",
    "GroovyScriptResult",
    "HacAuthenticationError",
    "HacClient",
    "HacClientError",
    "ImpexResult",
    "ProjectData",
    "SessionInfo",
    "SessionManager",
    "UpdateData",
    "UpdateLog",
    "UpdateParameter",
    "UpdateResult",
]


class HacClient(Calls):
    """A client of one HAC as one user. Threads may share it.

    The first call logs in by itself, or takes the session that an earlier process stored. A session that has ended is
    renewed. Nothing is executed twice.

    Every call may raise, beside what its own documentation names: `HacAuthenticationError` if no session can be had,
    `HacConnectionError` if the server cannot be reached, `HacTimeoutError` or (for what changes something)
    `HacOutcomeUnknownError` if no answer came in time, `HacForbiddenError`, `HacRejectedError`, `HacNotHacError` and
    `HacProtocolError` for other answers, `HacUsageError` or `TypeError` for wrong arguments, before anything is sent. All but the
    last are a `HacClientError` with `kind`, `hint` and `may_be_resent`.
    """

    if not TYPE_CHECKING:
        __init__ = init_of("HacClient")

    # Waiting.

    def _wait(self, prepared: Prepared[T], take: Callable[..., None] | None = None) -> T:
        call, finish = prepared
        return finish(_bridge.wait(call, take or self._take))

    def _ensure_authenticated(self) -> None:
        """Called before every operation. The operation itself logs in where it has to."""
        if getattr(self.login, "__func__", None) is HacClient.login:
            return
        # A login of a subclass's own.
        info = self.session_info
        if info is None or not info.is_authenticated:
            self.login()

    def _taking(
        self, on_progress: OnProgress | OnDownload | None = None, on_line: OnLine | None = None
    ) -> Callable[..., None] | None:
        _arguments.callback(on_progress, "on_progress")
        _arguments.callback(on_line, "on_line")
        if on_progress is None and on_line is None:
            return None

        def take(what: str, *of: Any) -> None:
            if what == "progress" and on_progress is not None:
                on_progress(*of)
            elif what == "line" and on_line is not None:
                on_line(LogLine(*of))
            else:
                self._take(what, *of)

        return take

    # The session.

    def login(self) -> None:
        """Takes the stored session if the server still knows it, else logs in.

        Takes 60 seconds at most, or 75 where another process is logging in. Credentials that were refused before are posted again.

        Raises:
            HacAuthenticationError: No session can be had; `HacBadCredentialsError` if username or password are wrong.
        """
        told = False

        def take(what: str, *of: Any) -> None:
            nonlocal told
            told = told or (what == "notice" and of[0] in ("reused", "adopted", "logged_in"))
            self._take(what, *of)

        _bridge.wait(self._client_for_login().login(), take)
        if not told:
            self._say("Using cached session")

    def logout(self) -> bool:
        """Ends the session on the server, and removes it from the cache.

        Returns:
            `False` if there was none.

        Raises:
            HacClientError: The server did not confirm it: the session is alive, and stays in the cache.
        """
        return bool(self._wait(self._plain(lambda client: client.logout())))

    def check(self) -> str:
        """Asks the server what it says of the session. Never logs in; takes 5 seconds at most.

        Returns:
            `alive`, `alive_without_right`, `initializing`, `dead` or `absent`.
        """
        return str(self._wait(self._plain(lambda client: client.check())))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # The console.

    def execute_groovy(
        self, script: str, commit: bool = False, *, params: dict[str, Any] | None = None, on_progress: OnProgress | None = None
    ) -> GroovyScriptResult:
        """Runs a Groovy script on the server.

        Args:
            script: The script.
            commit: Whether what it changes is kept; otherwise HAC rolls its transaction back. A script counts as a write either way.
                Default: `False`.
            params: Variables of the script by their names: str, bool, int, float, Decimal, datetime, list or dict. They become
                literals, and cannot become code. Default: none.
            on_progress: Called with the bytes sent and the bytes in all, while a long script is sent. Default: nothing.

        Returns:
            The result; that of a script that throws has `success` false and its stack trace.

        Raises:
            HacOutcomeUnknownError: No answer came: the script may have run, or may still be running.
        """
        self._ensure_authenticated()
        return self._wait(self._script("groovy", script, commit, params), self._taking(on_progress))

    def execute_script(
        self,
        script: str,
        script_type: Literal["groovy", "javascript", "beanshell"] = "groovy",
        commit: bool = False,
        *,
        params: dict[str, Any] | None = None,
        on_progress: OnProgress | None = None,
    ) -> GroovyScriptResult:
        """Runs a script on the server.

        Args:
            script: The script.
            script_type: `groovy`, `javascript` or `beanshell`. Default: `groovy`.
            commit: See `execute_groovy`.
            params: See `execute_groovy`. BeanShell and JavaScript have no literals for some types: the error says so.
            on_progress: See `execute_groovy`.

        Returns:
            See `execute_groovy`.
        """
        self._ensure_authenticated()
        return self._wait(self._script(script_type, script, commit, params), self._taking(on_progress))

    def execute_flexiblesearch(
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
        """Runs a FlexibleSearch query.

        Args:
            query: The query. It has no LIMIT, and no `;` at its end.
            max_count: So many rows at most; 0 asks for all of them. Default: 200, which is HAC's own.
            locale: The language of localized attributes. Default: `en`.
            user: Whose restrictions are applied. Default: the user who is logged in.
            data_source: The data source, as HAC's page lists it. Default: the server's.
            commit: Whether HAC commits; it makes the query a write, which is never sent again. Default: `False`.
            params: The values of `?name` in the query, see `execute_groovy`. Default: none.
            decode_cells: Whether HTML entities, which HAC puts into cells, are decoded. Default: `True`.

        Returns:
            The result; that of a query that fails has `exception`, and no rows.

        Raises:
            HacProtocolError: The server sent fewer rows than it counted.
        """
        self._ensure_authenticated()
        asked = self._query(query, max_count, locale, user, data_source, commit, params, decode_cells)
        return self._wait(self._search(asked))

    def execute_sql(
        self,
        query: str,
        max_count: int = DEFAULT_MAX_COUNT,
        *,
        data_source: str | None = None,
        commit: bool = False,
        params: dict[str, Any] | None = None,
        decode_cells: bool = True,
    ) -> FlexibleSearchResult:
        """Runs raw SQL. It counts as a write, also without `commit`, because some databases commit DDL by themselves.

        Args:
            query: The statement, in the dialect of the database.
            max_count: See `execute_flexiblesearch`.
            data_source: See `execute_flexiblesearch`.
            commit: Whether HAC commits. Default: `False`.
            params: See `execute_flexiblesearch`.
            decode_cells: See `execute_flexiblesearch`.

        Returns:
            See `execute_flexiblesearch`.

        Raises:
            HacOutcomeUnknownError: No answer came: the statement may have run.
        """
        self._ensure_authenticated()
        return self._wait(self._search(self._query(query, max_count, "en", None, data_source, commit, params, decode_cells, True)))

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
        key_type: Literal["number", "text"] | None = None,
        page_rows: int | None = None,
        resume: PagePosition | None = None,
        mask: dict[str, Literal["hash", "fake"]] | None = None,
        mask_key: str | None = None,
    ) -> _rows.RowIterator:
        """The rows of a query, one after the other, in constant memory. The query is sent when the first one is asked for.

        The iterator gives Arrow batches too: `pyarrow.RecordBatchReader.from_stream(client.iter_rows(...))`. Until its end, or until
        its `close()`, it takes one of the client's `max_in_flight` places.

        Args:
            query: The query.
            max_count: So many rows at most. Default: 0, which asks for all of them.
            locale: See `execute_flexiblesearch`.
            user: See `execute_flexiblesearch`.
            data_source: See `execute_flexiblesearch`.
            params: See `execute_flexiblesearch`.
            decode_cells: See `execute_flexiblesearch`.
            sql: Whether the query is raw SQL. Default: `False`.
            batch_rows: How many rows are made into Python objects at once, and are in an Arrow batch; 8192 at most. Default: 4096.
            paged: Whether to read all rows in pages, in the order of a unique key: for any number of rows, without the server
                holding them in memory. The result is not a snapshot of the database. Default: `False`, one request.
            key: The column that pages are read by: its alias, its expression or its attribute. Its values must be unique and
                never null; otherwise the rows end with an error. Default: the PK.
            key_type: `number` or `text`. Default: a number for a PK, a text for any other column.
            page_rows: How many rows a page has; fewer where the server takes long or fails. Default: 10,000, and up to 40,000 where it is quick.
            resume: With `paged`: the `position` of an earlier iterator over the same query with the same key. The rows behind it
                come, each once. Default: `None`, all rows.
            mask: A dict of columns whose values are replaced by others, the same for the same: `{"uid": "hash", "name": "fake"}`. `hash`
                is 32 hexadecimal digits, `fake` a made-up value of the same shape. A name stands for all columns that have it, with or
                without the `p_` of databases. Nulls and empty texts stay. The `key` of pages cannot be masked, since its values are
                needed to read on. Default: none.
            mask_key: The key of the masks, 16 characters or more, to be kept like a password: the same value has the same mask under the
                same key. Default: `None`, a random key for each call.

        Returns:
            The rows. What goes wrong is raised where they are read: `HacQueryFailedError` if the query fails, `HacUsageError` if a column
            to mask is not there or is the `key` of pages. No row is handed out then.
        """
        from .rows import RowIterator

        self._ensure_authenticated()
        asked = self._query(query, max_count, locale, user, data_source, False, params, decode_cells, sql)
        reader = self._rows(asked, batch_rows, paged, key, key_type, page_rows, resume, mask, mask_key)
        return RowIterator(reader, self._take, resume)

    def write_csv(
        self,
        query: str,
        target: Path,
        max_count: int = 0,
        locale: str = "en",
        *,
        user: str | None = None,
        data_source: str | None = None,
        params: dict[str, Any] | None = None,
        decode_cells: bool = True,
        sql: bool = False,
        overwrite: bool = False,
    ) -> int:
        """Writes the rows of a query to a CSV file, in constant memory: a line of column labels, then a line for each row.

        The file is UTF-8 without a byte order mark, with commas and with quotes where a cell needs them. It appears when it is complete.

        Args:
            query: The query.
            target: The file.
            max_count: So many rows at most. Default: 0, which asks for all of them.
            locale: See `execute_flexiblesearch`.
            user: See `execute_flexiblesearch`.
            data_source: See `execute_flexiblesearch`.
            params: See `execute_flexiblesearch`.
            decode_cells: See `execute_flexiblesearch`.
            sql: Whether the query is raw SQL, which counts as a write. Default: `False`.
            overwrite: Whether a file that is there is replaced. Default: `False`.

        Returns:
            How many rows were written.

        Raises:
            HacQueryFailedError: The query failed. There is no file then.
            HacUsageError: The file exists, or cannot be created. Nothing was sent.
            HacIoError: The file could not be written.
        """
        self._ensure_authenticated()
        asked = self._query(query, max_count, locale, user, data_source, False, params, decode_cells, sql)
        return self._wait(self._csv(asked, target, overwrite))

    def import_impex(
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
        """Imports ImpEx.

        Args:
            impex_content: The script as a str; a file by its `Path`, also a zip; or the bytes of one.
            validation_mode: `import_strict` or `import_relaxed`. Default: `import_strict`.
            encoding: The encoding of a file or of bytes. Default: UTF-8.
            max_threads: How many threads the server uses, from 1 to 65535. Default: 1.
            legacy_mode: HAC's switch of that name. Default: `False`.
            code_execution: Whether code in the script is run. Default: `False`.
            distributed_mode: HAC's switch of that name; the call waits for the cron job. Default: `False`.
            direct_persistence: HAC's switch of that name. Default: `False`.
            wait_limit: Seconds to wait for the cron job of a distributed import, `None` for no limit. Default: 3600.
            on_progress: Called with the bytes sent and the bytes in all. Default: nothing.

        Returns:
            The result; that of an import with errors has `success` false, and `failures` has the lines.

        Raises:
            HacOutcomeUnknownError: No answer came: the import may have run, or may still be running. So may a distributed import whose
                cron job is not known, or has not ended after `wait_limit`.
        """
        self._ensure_authenticated()
        switches = {
            "legacy_mode": legacy_mode,
            "code_execution": code_execution,
            "distributed_mode": distributed_mode,
            "direct_persistence": direct_persistence,
        }
        prepared = self._impex(impex_content, validation_mode, encoding, max_threads, switches, wait_limit, False)
        return self._wait(prepared, self._taking(on_progress))

    def import_impex_at_once(
        self,
        path: Path,
        validation_mode: str = "import_strict",
        *,
        encoding: str | None = None,
        max_threads: int = 1,
        legacy_mode: bool = False,
        code_execution: bool = False,
        distributed_mode: bool = False,
        direct_persistence: bool = False,
        wait_limit: float | None = 3600,
        resume: bool = False,
        restart: bool = False,
        assume: Literal["imported", "not_imported"] | None = None,
        keep_checkpoint: bool = False,
        state_directory: Path | None = None,
        on_progress: OnProgress | None = None,
    ) -> ImpexResult:
        """Imports a file in one request, with a checkpoint on disk as `import_impex_bulk` has: for zip files, and what cannot be split.

        The checkpoint is written when the request leaves, and removed when its outcome is known. What is left of it says that the
        outcome is unknown: the file is sent again only if `assume` says that it was not imported.

        Args:
            path: The file, as a str or a path. Required.
            validation_mode: See `import_impex`.
            encoding: See `import_impex`.
            max_threads: See `import_impex`.
            legacy_mode: See `import_impex`.
            code_execution: See `import_impex`.
            distributed_mode: See `import_impex`.
            direct_persistence: See `import_impex`.
            wait_limit: See `import_impex`.
            resume: Whether to go on with an earlier import of the file; begins if there is none. The checkpoint stays then. Default:
                `False`.
            restart: Whether to begin anew, and forget an earlier import. Default: `False`.
            assume: With `resume`: what became of a file whose outcome is unknown, `imported` or `not_imported`. Default: `None`.
            keep_checkpoint: Whether the checkpoint stays when the outcome is known, so that `resume` does not import the file again: for
                one of several files. Default: `False`.
            state_directory: See `import_impex_bulk`.
            on_progress: See `import_impex`.

        Returns:
            See `import_impex`.

        Raises:
            HacOutcomeUnknownError: See `import_impex`; also if the outcome of the earlier import is unknown.
            HacUsageError: An earlier import is unfinished and neither `resume` nor `restart` was given, or the file cannot be read.
        """
        self._ensure_authenticated()
        switches = {
            "legacy_mode": legacy_mode,
            "code_execution": code_execution,
            "distributed_mode": distributed_mode,
            "direct_persistence": direct_persistence,
        }
        prepared = self._at_once(
            path,
            validation_mode,
            encoding,
            max_threads,
            switches,
            wait_limit,
            resume,
            restart,
            assume,
            keep_checkpoint,
            state_directory,
        )
        return self._wait(prepared, self._taking(on_progress))

    def import_impex_bulk(
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
        assume: Literal["imported", "not_imported"] | dict[tuple[int, int], Literal["imported", "not_imported"]] | None = None,
        report: Path | None = None,
        state_directory: Path | None = None,
        on_progress: OnRows | None = None,
        stop_if: Callable[[], bool] | None = None,
    ) -> BulkImportResult:
        """Imports a file of any size: split into chunks, resumable, each row once.

        Each chunk is a script that stands alone, with the macros and the header of its rows, and is a call of its own for the client's
        `timeout`, `protection` and audit log. Chunks are imported in the order of the file and should take 20 seconds each; a file of
        up to 1 MiB is one chunk, and so is a file that cannot be split safely: `not_split` says why.

        A checkpoint on disk says how far the import has come. A chunk whose outcome is unknown ends the import, and is never sent again
        unless `assume` says that it was not imported. A chunk that failed is not sent again either. Rows that failed only because
        something that they refer to was missing are imported once more after the last chunk.

        Ctrl-C, a cancelled task and what `on_progress` raises stop the import after the chunk in flight, and are raised at its end. The
        second Ctrl-C or cancellation ends it at once: the outcome of that chunk is unknown then.

        Args:
            path: The file, as a str or a path. Required.
            validation_mode: `import_strict` or `import_relaxed`. Default: `import_strict`.
            encoding: The encoding of the file. Default: UTF-8, or UTF-16 if the file begins with its byte order mark.
            max_threads: How many threads the server uses for a chunk, from 1 to 65535. With more than one, the order of its rows is lost.
                Default: 1.
            legacy_mode: HAC's switch of that name. Default: `False`.
            code_execution: Whether code in the file is run. Default: `False`.
            direct_persistence: HAC's switch of that name. Default: `False`.
            chunk_lines: How many rows a chunk has; a file that cannot be split is refused then. Default: `None`, by time.
            parallel: How many chunks are imported at the same time, from 1 to 65535; `max_in_flight` limits them too. With more than one,
                the order of the rows is lost. Default: 1.
            continue_after_failures: Whether to go on after a chunk with failed rows. Default: `False`, the import stops there.
            resume: Whether to go on with an earlier import of the file; begins if there is none. Default: `False`.
            restart: Whether to begin anew, and forget an earlier import. Default: `False`.
            assume: With `resume`: what became of the chunk whose outcome is unknown, `imported` or `not_imported`. Of several chunks, each
                is decided by its first and last line: `{(2, 11): "imported", (12, 21): "not_imported"}`. Default: `None`.
            report: A directory for the outcome files `imported.impex`, `failed.impex` and `not-processed.impex`, which are written when
                the call ends, and replace earlier ones. Rows of unknown outcome are in `unknown.impex`. Default: none.
            state_directory: The directory of the checkpoints. Default: `$XDG_STATE_HOME/hac-client/imports`, else
                `~/.local/state/hac-client/imports`; on Windows `%LOCALAPPDATA%\\hac-client\\imports`.
            on_progress: Called with a `BulkProgress` at the beginning and after each chunk. Default: nothing.
            stop_if: Asked about every 40 ms whether to send no further chunk. The result then has rows that were not processed.
                Default: nothing.

        Returns:
            The result; that of an import with rows that failed has `success` false, and `failures` has the lines.

        Raises:
            HacOutcomeUnknownError: The outcome of a chunk is unknown: its answer was lost, or the program was killed when it had been
                sent. The text names the lines.
            HacUsageError: An earlier import is unfinished and neither `resume` nor `restart` was given; its checkpoint is that of another
                file, server or encoding; another process is importing the file; or the file cannot be read or split. Nothing was sent.
            HacClientError: Another error of a call, such as `HacConnectError`: the chunk was not imported, and the import can be resumed.
        """
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
        self._ensure_authenticated()
        return _bulk.wait(self, asked, on_progress, stop_if)

    def get_bulk_import_status(self, path: Path, *, state_directory: Path | None = None) -> BulkImportStatus | None:
        """Reads what is known of an earlier import of a file. Sends nothing.

        Whether the content of the file is still the same is not looked at.

        Args:
            path: The file, see `import_impex_bulk`.
            state_directory: See `import_impex_bulk`.

        Returns:
            How far it came; `None` if there is none.

        Raises:
            HacUsageError: The file does not exist, or the checkpoint cannot be read.
        """
        return self._wait(self._bulk_status(path, state_directory))

    def forget_bulk_import(self, path: Path, *, state_directory: Path | None = None) -> None:
        """Removes the checkpoint of an earlier import of a file, for a file that nobody will resume. Sends nothing.

        That the outcome of a chunk is unknown is not known any more then. Does nothing if there is no checkpoint.

        Args:
            path: The file, see `import_impex_bulk`.
            state_directory: See `import_impex_bulk`.

        Raises:
            HacUsageError: The file does not exist, or another process is importing it.
        """
        self._wait(self._forget_bulk(path, state_directory))

    def lint_impex(
        self, impex_content: str | os.PathLike[str], *, encoding: str | None = None, online: bool = True
    ) -> list[LintFinding]:
        """Finds mistakes in ImpEx as `hac_client_core.lint_impex` does, and types and attributes that the server does not have.

        One request for each type in a header, and one for the names of all types if one of them is not known. Nothing is imported.

        Args:
            impex_content: The script as a str, or a file by its `Path`.
            encoding: The encoding of the file. Default: UTF-8, or UTF-16 if the file begins with its byte order mark.
            online: Whether to ask the server. Default: `True`.

        Returns:
            The findings, in the order of the text, 10,000 at most.

        Raises:
            HacUsageError: The file cannot be read, or is not text of this encoding.
        """
        if not online:
            return lint_impex(impex_content, encoding=encoding)
        self._ensure_authenticated()
        return self._wait(self._lint(impex_content, encoding))

    def validate_impex(
        self, impex_content: str | os.PathLike[str], validation_mode: str = "import_strict", *, encoding: str | None = None
    ) -> ImpexResult:
        """Has HAC look whether it could read a script. Nothing is imported.

        Args:
            impex_content: The script as a str, or a file by its `Path`.
            validation_mode: See `import_impex`.
            encoding: See `import_impex`.

        Returns:
            The result; `success` says whether the script is valid.
        """
        self._ensure_authenticated()
        return self._wait(self._impex(impex_content, validation_mode, encoding, 1, {}, None, True))

    def export_impex(
        self,
        script: str,
        target: Path,
        mode: Literal["export_only", "export_reimport_strict", "export_reimport_relaxed"] = "export_only",
        *,
        encoding: str | None = None,
        overwrite: bool = False,
        on_progress: OnDownload | None = None,
    ) -> ImpexExportResult:
        """Runs an export script, and downloads its archive to a file.

        Args:
            script: The export script.
            target: The file.
            mode: What the archive is for: `export_only`, `export_reimport_strict` or `export_reimport_relaxed`. Default: `export_only`.
            encoding: The encoding of the export. Default: UTF-8.
            overwrite: Whether a file that is there is replaced. Default: `False`.
            on_progress: Called with the bytes that have arrived, and the bytes in all or `None` where the server does not say. The last
                call has all of them. What it raises ends the export, and no file is written. Default: nothing.

        Returns:
            The result; its `entries` are the files in the archive.

        Raises:
            HacIoError: The file could not be written.
        """
        self._ensure_authenticated()
        take = self._taking(on_progress)
        return self._wait(self._export(script, target, mode, encoding, overwrite, on_progress is not None), take)

    def plan_copy(
        self,
        what: str,
        *,
        key: list[str] | None = None,
        exclude: list[str] | None = None,
        encrypted: list[str] | None = None,
        languages: list[str] | None = None,
        page_rows: int = 10_000,
        params: dict[str, Any] | None = None,
        mask: dict[str, Literal["hash", "fake"]] | None = None,
        mask_key: str | None = None,
    ) -> _copies.CopyPlan:
        """Plans how to write rows as ImpEx for another server: asks for the attributes of their type, and chooses those that can be copied.

        Texts, numbers, booleans and times become columns, localized texts one for each language, and references one with the unique
        attributes of the item that they name. Left out are collections, maps, Java objects, attributes that cannot be set, and what is
        about passwords, unless a query selects it. Encrypted attributes are refused.

        Args:
            what: The code of a type, for its rows without those of its subtypes; or a FlexibleSearch query on one type, whose columns
                are attributes.
            key: Attributes by which an import finds the rows that are there already. Default: the unique ones of the type.
            exclude: Attributes that are left out.
            encrypted: The encrypted attributes of the type, which are left out; `[]` if it has none. Needed where the server does not say
                which they are.
            languages: Texts in other languages are left out: the `get_languages()` of the server to copy to. Default: all are copied.
            page_rows: How many rows are read in one request. Default: 10,000. Pages get smaller by themselves where the server takes long.
            params: Values of `?name` in the query.
            mask: A dict of attributes whose values are replaced by others, the same for the same: `{"uid": "hash", "name": "fake"}`. `hash`
                is 32 hexadecimal digits, `fake` a made-up value of the same shape, also for numbers and times. All languages of an
                attribute are masked; nulls and empty texts stay. Booleans and references cannot be masked. Default: none.
            mask_key: The key of the masks, 16 characters or more, to be kept like a password. Needed to mask what rows are found by: with
                another key, a second copy would not find the rows of the first. Default: `None`, a random key for each plan.

        Returns:
            The plan, with the columns and what is left out.

        Raises:
            HacUsageError: The rows cannot be copied in this way, such as for an unknown attribute or an encrypted one, or cannot be masked.
        """
        self._ensure_authenticated()
        return self._wait(self._plan_copy(what, key, exclude, encrypted, languages, page_rows, params, mask, mask_key))

    def write_copy(
        self, plan: _copies.CopyPlan, target: Path, *, overwrite: bool = False, on_progress: OnCopied | None = None
    ) -> _copies.CopyResult:
        """Reads the rows of a plan and writes them as ImpEx to a file, for `import_impex_bulk` of a client of another server.

        The import updates rows that are there already. The rows are read in pages: no snapshot of the database. Only the owner can read
        the file, which is complete afterwards, or absent.

        Args:
            plan: What `plan_copy` returned.
            target: The file.
            overwrite: Whether a file that is there is replaced. Default: `False`.
            on_progress: Called with the number of rows that were written so far; how many there are in all is not known. The last call has
                all of them. What it raises ends the copy, and no file is written. Default: nothing.

        Returns:
            How many rows were written, and which references are empty because they name nothing.

        Raises:
            HacUsageError: The file is there, the query cannot be read in pages, or ImpEx has no text for a value.
            HacIoError: The file could not be written.
        """
        self._ensure_authenticated()
        take = self._taking(copied(on_progress))
        return self._wait(self._write_copy(plan, target, overwrite, on_progress is not None), take)

    def get_languages(self) -> list[str]:
        """Reads which languages the server has.

        Returns:
            The codes, such as `de`.
        """
        self._ensure_authenticated()
        return list(self._wait(self._plain(lambda client: client.languages())))

    def get_types(self) -> list[str]:
        """Reads the codes of all types of the type system, as HAC's ImpEx editor completes them.

        Returns:
            The codes, such as `Product`.
        """
        self._ensure_authenticated()
        return list(self._wait(self._plain(lambda client: client.types())))

    def get_type_attributes(self, code: str) -> list[str] | None:
        """Reads the attributes of a type.

        Args:
            code: The code of the type: `Product`.

        Returns:
            Their names; `None` if there is no such type.
        """
        self._ensure_authenticated()
        return self._wait(self._type_attributes(code))

    # The update.

    def get_unique_attributes(self, code: str) -> list[str]:
        """Names the attributes that tell the items of a type apart, such as `code` and `catalogVersion`.

        They are those that the type system calls unique; where the server cannot say it, the usual ones that the type has. One query, or
        two requests more where it fails or finds none.

        Args:
            code: The type, such as `Product`.

        Returns:
            The names; none if nothing says it.
        """
        self._ensure_authenticated()
        return self._wait(self._unique_attributes(code))

    def get_update_data(self) -> UpdateData:
        """Reads what the server offers for an update.

        Returns:
            The extensions and their parameters, and whether an initialization is running.
        """
        self._ensure_authenticated()
        return self._wait(self._update_data())

    def get_pending_patches(self) -> dict[str, list[dict[str, Any]]]:
        """Reads the system patches that have not run yet.

        Returns:
            The patches by extension: dicts with `hash`, `name`, `required` and what else the server sends.
        """
        self._ensure_authenticated()
        return self._wait(self._pending())

    def execute_update(
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
        """Runs an update as it is asked for, and waits for its end, `timeout` seconds at most.

        Nothing is checked beforehand, and the type system is left alone without `run_schema_update`. For a run of more than
        seconds, `run_update` is the better call: it checks the names, and follows the log.

        Args:
            patches: Parameters that are patches, `<extension>_<parameter>`, and their values. Default: none.
            drop_tables: Whether tables are dropped first, with all of their data. Default: `False`.
            clear_hmc: HAC's switch of that name. Default: `False`.
            create_essential_data: HAC's switch of that name. Default: `False`.
            create_project_data: HAC's switch of that name. Default: `False`.
            localize_types: HAC's switch of that name. Default: `False`.
            all_parameters: Further parameters. Default: none.
            include_pending_patches: Whether required system patches that have not run are included. Default: `True`.
            run_schema_update: Whether the type system is updated. Default: `False`, as in hac-client-core.

        Returns:
            The server's word on its success, and its log.

        Raises:
            HacOutcomeUnknownError: No answer came in time: the update may still be running; `follow_update_log` follows it.
        """
        self._ensure_authenticated()
        pending = self.get_pending_patches() if include_pending_patches else {}
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
        return self._wait(self._update(request))

    def run_update(
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
        """Runs an update that is checked against what the server offers, and follows its log to the end.

        Args:
            schema: Whether the type system is updated. Default: `True`.
            drop_tables: Whether tables are dropped first, with all of their data. Default: `False`.
            clear_hmc: HAC's switch of that name. Default: `False`.
            create_essential_data: HAC's switch of that name. Default: `False`.
            create_project_data: HAC's switch of that name. Default: `False`.
            localize_types: HAC's switch of that name. Default: `False`.
            extensions: The extensions whose project data are created. Default: none.
            patches: System patches, by hash or name, and parameters of extensions: they are set to `yes`, and the others of their extension
                to `no`. Default: none.
            parameters: Values of extensions' parameters, `<extension>_<parameter>`, or `<parameter>` of one of `extensions`. Default: none.
            initialize: Drops all tables, and builds them anew. Default: `False`.
            on_line: Called with each line of the log. Default: nothing.
            poll_interval: Seconds between two looks at the log. Default: 2.
            patience: Seconds without an answer of the log after which the run counts as lost. Default: 300.
            answer_timeout: Seconds for the answer to the update itself. Default: `None`, no limit.

        Returns:
            How it ended; `outcome` is `lost` where nobody knows.

        Raises:
            HacUsageError: The server does not offer what was asked for. Nothing was run.
        """
        self._ensure_authenticated()
        wanted = wishes(
            initialize, schema, drop_tables, clear_hmc, create_essential_data, create_project_data, localize_types, extensions, patches, parameters
        )
        return self._wait(self._run(wanted, poll_interval, patience, answer_timeout), self._taking(on_line=on_line))

    def plan_update(
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
        """Checks an update against what the server offers, and runs nothing.

        Args:
            schema: See `run_update`.
            drop_tables: See `run_update`.
            clear_hmc: See `run_update`.
            create_essential_data: See `run_update`.
            create_project_data: See `run_update`.
            localize_types: See `run_update`.
            extensions: See `run_update`.
            patches: See `run_update`.
            parameters: See `run_update`.
            initialize: See `run_update`.

        Returns:
            The request that `run_update` would send, in the server's own names.

        Raises:
            HacUsageError: The server does not offer what was asked for.
        """
        self._ensure_authenticated()
        wanted = wishes(
            initialize, schema, drop_tables, clear_hmc, create_essential_data, create_project_data, localize_types, extensions, patches, parameters
        )
        return self._wait(self._plan(wanted))

    def dump_configuration(
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
        """Makes the configuration of an update as JSON text: the file for `ant updatesystem -DconfigFile=…`. Runs nothing.

        Args:
            schema: See `run_update`.
            drop_tables: See `run_update`.
            clear_hmc: See `run_update`.
            create_essential_data: See `run_update`.
            create_project_data: See `run_update`.
            localize_types: See `run_update`.
            extensions: See `run_update`.
            patches: See `run_update`.
            parameters: See `run_update`.

        Returns:
            The text of the file.

        Raises:
            HacUsageError: The server does not offer what was asked for.
        """
        self._ensure_authenticated()
        wanted = wishes(
            False, schema, drop_tables, clear_hmc, create_essential_data, create_project_data, localize_types, extensions, patches, parameters
        )
        return self._wait(self._dump(wanted))

    def follow_update_log(
        self, on_line: OnLine | None = None, *, poll_interval: float = 2, patience: float = 300
    ) -> FollowedRun:
        """Follows the log of a run that another client began, to its end.

        Args:
            on_line: See `run_update`.
            poll_interval: See `run_update`.
            patience: See `run_update`.

        Returns:
            How it ended; `was_running` is false where no run was seen, and the log is that of the last one.
        """
        self._ensure_authenticated()
        return self._wait(self._follow(poll_interval, patience), self._taking(on_line=on_line))

    def get_update_log(self) -> UpdateLog:
        """Reads the log of the last update or initialization.

        Returns:
            The log, as HTML and as text.
        """
        self._ensure_authenticated()
        return self._wait(self._update_log())

    def get_update_status(self) -> str:
        """Asks whether an update or an initialization is running.

        Returns:
            `idle` or `running`.
        """
        self._ensure_authenticated()
        return str(self._wait(self._plain(lambda client: client.update_status())))

    # The platform.

    def get_about(self) -> dict[str, Any]:
        """Reads what HAC's first page shows of the server, in the server's own names.

        Returns:
            A dict, for example with the version and the time of the start.
        """
        self._ensure_authenticated()
        return self._wait(self._about())

    def get_properties(self) -> list[Property]:
        """Reads the configuration properties.

        Returns:
            All properties, with asterisks in place of secret values.
        """
        self._ensure_authenticated()
        return self._wait(self._properties())

    def set_property(self, key: str, value: str) -> PropertyChange:
        """Sets a configuration property until the server restarts.

        Args:
            key: The name of the property.
            value: Its value.

        Returns:
            What the server made of it: ask it for `success`.
        """
        self._ensure_authenticated()
        return self._wait(self._set_property(key, value))

    def replace_property(self, key: str, value: str) -> PropertyChange:
        """Sets a configuration property as `set_property` does, but reads the value before, so that it can be put back.

        One request more. The value before is recorded in the audit log too, unless it looks like a secret.

        Args:
            key: The name of the property.
            value: Its new value.

        Returns:
            What the server made of it. `previous` is the value before; `None` if there was no such property, the server masks its
            value, or the user may not see it.
        """
        self._ensure_authenticated()
        return self._wait(self._replace_property(key, value))

    def find_hac(self) -> FoundHac:
        """Asks whether HAC answers: looks for its login page, without logging in.

        Returns:
            Its context path, such as `/hac`, and the node that answered where the load balancer names it.

        Raises:
            HacClientError: The server is not reached, or what answers is not HAC.
        """
        return self._wait(self._find_hac())

    def diagnosis(self, *, log_in: bool = False) -> _diagnosis.Diagnosis:
        """Finds out on which step the way to HAC fails: the host, a connection, the certificate, the login page.

        Uses the settings of the client, and stores nothing. What a step raises is in the result.

        Args:
            log_in: Whether to log in as well, to look which consoles the user may open and what the server's properties say. Nothing is
                posted otherwise. Default: `False`.

        Returns:
            A `Diagnosis` with what each step found, or what it raised.
        """
        return self._wait(self._diagnosis(log_in))

    def get_loggers(self) -> list[Logger]:
        """Lists the loggers and their levels.

        Returns:
            All loggers that the server knows.
        """
        self._ensure_authenticated()
        return self._wait(self._loggers())

    def set_log_level(self, name: str, level: str) -> LoggerChange:
        """Sets the level of a logger until the server restarts.

        Args:
            name: The logger. HAC makes one that it does not have yet.
            level: `DEBUG`, `INFO` and so on, in any case.

        Returns:
            What the server made of it: ask it for `success`.
        """
        self._ensure_authenticated()
        return self._wait(self._set_log_level(name, level))

    def replace_log_level(self, name: str, level: str) -> LoggerChange:
        """Sets the level of a logger as `set_log_level` does, but reads the level before, so that it can be set back.

        One request more. The level before is recorded in the audit log too.

        Args:
            name: The logger. HAC makes one that it does not have yet.
            level: `DEBUG`, `INFO` and so on, in any case.

        Returns:
            What the server made of it. `previous` is the level before, the logger's own or inherited; `None` if the page of the loggers
            cannot be read.
        """
        self._ensure_authenticated()
        return self._wait(self._replace_log_level(name, level))

    def analyze_pk(self, pk: str | int) -> PkAnalysis:
        """Decodes a PK: its type, when it was made.

        Args:
            pk: The PK, as a str or an int.

        Returns:
            What the server says of it; `success` is false for what is not a PK.
        """
        self._ensure_authenticated()
        return self._wait(self._analyze_pk(pk))

    def get_support_files(self) -> list[Any]:
        """Lists the files that a support archive may hold.

        Returns:
            The files, as `prepare_support_zip` takes them.
        """
        self._ensure_authenticated()
        return list(self._wait(self._plain(lambda client: client.support_files())))

    def prepare_support_zip(self, paths: list[str]) -> Acknowledgement:
        """Packs a support archive on the server.

        Args:
            paths: The files, as `get_support_files` lists them.

        Returns:
            The server's answer; ask it for `success`.
        """
        self._ensure_authenticated()
        return self._wait(self._prepare_support_zip(paths))

    def download_support_zip(self, target: Path, *, overwrite: bool = False) -> int:
        """Downloads the support archive to a file.

        Args:
            target: The file.
            overwrite: Whether a file that is there is replaced. Default: `False`.

        Returns:
            Its length in bytes.
        """
        self._ensure_authenticated()
        return self._wait(self._support_zip(target, overwrite))

    # Monitoring.

    def get_cron_jobs(self) -> list[dict[str, Any]]:
        """Lists the cron jobs that are running, in the server's own names.

        Returns:
            A dict for each, with `code`, `status`, `percent` and `runningMillis`.
        """
        self._ensure_authenticated()
        return list(self._wait(self._plain(lambda client: client.cron_jobs())))

    def clear_region_cache(self) -> Acknowledgement:
        """Clears the region cache.

        Returns:
            The server's answer; ask it for `success`.
        """
        self._ensure_authenticated()
        return self._wait(self._clear_region_cache())

    def switch_jdbc_log(self, on: bool, what: Literal["log", "params", "stacktrace"] = "log") -> Acknowledgement:
        """Switches a part of the JDBC log on or off.

        Args:
            on: Whether it is switched on.
            what: `log`, `params` or `stacktrace`. Default: `log`.

        Returns:
            The server's answer; ask it for `success`.
        """
        self._ensure_authenticated()
        return self._wait(self._switch_jdbc_log(what, on))

    def clear_jdbc_log(self) -> Acknowledgement:
        """Empties the JDBC log.

        Returns:
            The server's answer; ask it for `success`.
        """
        self._ensure_authenticated()
        return self._wait(self._clear_jdbc_log())

    def download_jdbc_log(self, target: Path, *, overwrite: bool = False) -> int:
        """Downloads the JDBC log to a file.

        Args:
            target: The file.
            overwrite: Whether a file that is there is replaced. Default: `False`.

        Returns:
            Its length in bytes.
        """
        self._ensure_authenticated()
        return self._wait(self._jdbc_log(target, overwrite))

    # Everything else.

    def send(
        self,
        method: Literal["GET", "POST"],
        path: str,
        *,
        query: str | None = None,
        form: dict[str, str] | None = None,
        body: str | bytes | None = None,
        content_type: str = "application/json; charset=UTF-8",
        is_write: bool = True,
        expected_keys: list[str] | None = None,
    ) -> Any:
        """Sends a request to a page of HAC that has no method here, and returns its JSON.

        Args:
            method: `GET` or `POST`.
            path: The path below the context path: `/monitoring/cache`.
            query: What follows the `?`. Default: none.
            form: The fields of a form. Default: none.
            body: Another body, a str or bytes. Default: none.
            content_type: That of the body. Default: JSON.
            is_write: Whether a POST changes something; one that does not is sent again after a network error. Default: `True`.
            expected_keys: The keys of the JSON object that is expected. Default: a list is expected.

        Returns:
            The JSON as dicts and lists.
        """
        self._ensure_authenticated()
        return self._wait(self._send(method, path, query, form, body, content_type, is_write, expected_keys))
