"""The exceptions of this package: a tree below `HacClientError`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class HacClientError(Exception):
    """Anything that went wrong in a call.

    `str(error)` is a sentence, and on a second line what to do next, where that is known.
    """

    kind: str = "internal"
    """The stable name of the failure: `connect`, `outcome_unknown`, `bad_credentials` and so on."""

    hint: str | None = None
    """What to do next."""

    may_be_resent: bool = False
    """Whether the same call may be repeated without the risk of executing it twice."""

    cause: str | None = None
    """The technical cause, as text."""

    def __reduce__(self) -> Any:
        if type(self) in _PLAIN:
            return (type(self), self.args, self.__dict__ or None)
        return (_rebuilt, (self.kind, isinstance(self, HacAuthenticationError), self.args, self.__dict__))


class HacAuthenticationError(HacClientError):
    """No session could be had (wrong credentials, or the login did not come to its end), or its user may not do this."""


class HacUsageError(HacClientError, ValueError):
    """The call itself is wrong: an empty script, an unknown mode. Nothing was sent."""

    kind = "usage"
    may_be_resent = True


class HacConfigError(HacClientError):
    """A setting is wrong or missing: the base URL, a certificate, credentials."""

    kind = "config"
    may_be_resent = True


class HacProtectedError(HacClientError):
    """The client protects its server, and the call would change it. Nothing was sent."""

    kind = "protected"
    may_be_resent = True


class HacConnectionError(HacClientError):
    """The way to the server failed."""

    kind = "connect"


class HacConnectError(HacConnectionError):
    """No connection could be made. Nothing was sent."""

    kind = "connect"
    may_be_resent = True


class HacConnectionLostError(HacConnectionError):
    """The connection broke in something that changes nothing: a query, a login."""

    kind = "connection_lost"


class HacTlsError(HacConnectionError):
    """The TLS handshake failed: an untrusted certificate, a wrong pin, a wrong name."""

    kind = "tls"
    may_be_resent = True


class HacTimeoutError(HacClientError, TimeoutError):
    """The time was up before the answer came, and nothing was changed by it."""

    kind = "timeout"
    may_be_resent = True


class HacNotHacError(HacClientError):
    """Something answered that is not a HAC."""

    kind = "not_hac"


class HacBadCredentialsError(HacAuthenticationError):
    """The server refused the username or the password."""

    kind = "bad_credentials"
    may_be_resent = True


class HacSessionEndedError(HacAuthenticationError):
    """The session has ended, and there are no credentials for a new one."""

    kind = "session_ended"
    may_be_resent = True


class HacForbiddenError(HacAuthenticationError):
    """The session is alive, but its user may not do this: 401 or 403, which hac-client-core raises as authentication errors too."""

    kind = "forbidden"


class HacRejectedError(HacClientError):
    """The server read the request and declined it."""

    kind = "rejected"


class HacInitializingError(HacClientError):
    """The system is being initialized or updated. Nothing was executed."""

    kind = "initializing"
    may_be_resent = True


class HacOutcomeUnknownError(HacClientError):
    """The request left and no answer came: it may have been executed, or may still be running."""

    kind = "outcome_unknown"


class HacProtocolError(HacClientError):
    """A HAC answered with something that this package does not understand."""

    kind = "protocol"


class HacScriptFailedError(HacClientError):
    """The script threw."""

    kind = "script_failed"


class HacQueryFailedError(HacClientError):
    """The query failed on the server. Raised by `iter_rows`; elsewhere the result has the exception."""

    kind = "query_failed"


class HacImportFailedError(HacClientError):
    """An import, a validation or an export ended with errors."""

    kind = "import_failed"


class HacTooLargeError(HacClientError):
    """An answer was larger than the limit."""

    kind = "too_large"


class HacCacheError(HacClientError):
    """The session cache on disk could not be read or written."""

    kind = "cache"
    may_be_resent = True


class HacIoError(HacClientError):
    """A file could not be written. What came before was done."""

    kind = "io"


class HacInterruptedError(HacClientError):
    """The call was ended from outside: the client was closed."""

    kind = "interrupted"


class HacInternalError(HacClientError):
    """A bug in this package. Please report it to its maintainers."""

    kind = "internal"


_CLASSES: dict[str, type[HacClientError]] = {
    cls.kind: cls
    for cls in (
        HacUsageError,
        HacConfigError,
        HacProtectedError,
        HacConnectError,
        HacConnectionLostError,
        HacTlsError,
        HacTimeoutError,
        HacNotHacError,
        HacBadCredentialsError,
        HacSessionEndedError,
        HacForbiddenError,
        HacRejectedError,
        HacInitializingError,
        HacOutcomeUnknownError,
        HacProtocolError,
        HacScriptFailedError,
        HacQueryFailedError,
        HacImportFailedError,
        HacTooLargeError,
        HacCacheError,
        HacIoError,
        HacInterruptedError,
        HacInternalError,
    )
}

_PLAIN: set[type[HacClientError]] = {HacClientError, HacAuthenticationError, HacConnectionError, *_CLASSES.values()}

# In a login every failure is an authentication error too: that is what programs catch there.
_IN_LOGIN: dict[str, type[HacClientError]] = {}

# How messages begin, by what was being done: programs look for these words.
_BEGINNINGS = {
    "run the script": "Failed to execute Groovy script",
    "run the JavaScript script": "Failed to execute JavaScript script",
    "run the BeanShell script": "Failed to execute BeanShell script",
    "run the query": "Failed to execute FlexibleSearch",
    "run the SQL": "Failed to execute SQL",
    "read the rows": "Failed to execute FlexibleSearch",
    "import": "Failed to import Impex",
    "validate": "Failed to validate Impex",
    "export": "Failed to export Impex",
    "read what can be updated": "Failed to fetch update data",
    "read the pending patches": "Failed to fetch pending patches",
    "request /platform/init/pendingPatches": "Failed to fetch pending patches",
    "run the update": "Failed to execute update",
    "read the update log": "Failed to fetch update log",
}


# For what the library's own words leave to the program.
_HINTS = {
    "the script is empty": "pass its text, or that of a file: Path(\"script.groovy\").read_text()",
    "the query is empty": "pass its text: \"SELECT {pk} FROM {Product}\" for example",
}


def _class_of(kind: str, in_login: bool) -> type[HacClientError]:
    plain = _CLASSES.get(kind, HacInternalError)
    if not in_login or issubclass(plain, HacAuthenticationError):
        return plain
    if kind not in _IN_LOGIN:
        # No kind is one of the other's ancestors, which a type checker cannot see.
        make: Any = type
        _IN_LOGIN[kind] = make(plain.__name__, (plain, HacAuthenticationError), {"__module__": __name__, "__doc__": plain.__doc__})
    return _IN_LOGIN[kind]


def usage(why: str, hint: str) -> HacUsageError:
    """The error of a call that is wrong, with what to do instead in one sentence."""
    error = HacUsageError(f"{why}: {hint}")
    error.hint = hint
    return error


def without_credentials(why: str, hint: str) -> HacClientError:
    """The error of a login that lacks something that the program has to give. Nothing was sent."""
    error = _class_of("config", True)(f"Authentication failed: {why}; nothing was posted\nhint: {hint}")
    error.hint = hint
    return error


def _rebuilt(kind: str, in_login: bool, args: tuple[Any, ...], state: dict[str, Any]) -> HacClientError:
    error = _class_of(kind, in_login)(*args)
    error.__dict__.update(state)
    return error


def from_native(
    kind: str, doing: str, why: str, hint: str | None, may_be_resent: bool, cause: str | None
) -> HacClientError:
    """Makes the exception of an error of the native half."""
    hint = hint or _HINTS.get(why)
    in_login = doing.startswith(("log in to", "use the session", "check the session", "build the client", "use the base URL"))
    if kind == "bad_credentials":
        beginning = "Authentication failed - invalid credentials"
    elif in_login and kind in ("session_ended", "forbidden", "initializing"):
        beginning = "Authentication failed"
    elif in_login:
        beginning = "Network error during authentication"
    else:
        beginning = _BEGINNINGS.get(doing, f"Cannot {doing}")
    text = f"{beginning}: {why}"
    error = _class_of(kind, in_login)(f"{text}\nhint: {hint}" if hint else text)
    error.hint = hint
    error.may_be_resent = may_be_resent
    error.cause = cause
    return error
