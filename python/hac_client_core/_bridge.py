"""Between the two halves: the runtime of this process, calls that wait, log lines."""

from __future__ import annotations

import os
import sys

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging
    from collections.abc import Callable
    from typing import Any

    Take = Callable[..., Any]

_runtime: tuple[int, _native.Runtime] | None = None
_logger: logging.Logger | None = None


def runtime() -> _native.Runtime:
    """The runtime of this process. The child of a fork has another one than its parent."""
    global _runtime
    if _runtime is None or _runtime[0] != os.getpid():
        _runtime = (os.getpid(), _native.Runtime())
    return _runtime[1]


def wait(call: _native.Call, take: Take) -> Any:
    """Waits for a call. Ctrl-C ends the wait."""
    set_log_level()
    return call.wait(take, worker_may_go_on)


def worker_may_go_on() -> None:
    """Ends the call of a worker thread when the main thread has ended by an exception: nobody is left to be waited for.

    Where the main thread just came to its end, Python itself waits for threads that are no daemons.
    """
    threading = sys.modules.get("threading")
    if threading is None or not hasattr(sys, "last_value"):
        return
    if not threading.main_thread().is_alive():
        from .errors import HacInterruptedError

        raise HacInterruptedError("Cannot finish the call: the main thread has ended by an exception")


def set_log_level() -> None:
    """Has the native half make the log lines that somebody wants."""
    global _logger
    if _logger is None:
        # A program that never imported logging wants no lines.
        if "logging" not in sys.modules:
            return
        import logging

        _logger = logging.getLogger("hac_client_core")
    level = next((level for level in (10, 20, 30, 40) if _logger.isEnabledFor(level)), 255)
    _native.set_log_level(level)


def warn(error: Exception) -> None:
    """Gives `logging` a warning that nobody is interrupted for."""
    import logging

    logging.getLogger("hac_client_core").warning("%s", error)


def log(level: int, text: str) -> None:
    """Gives a line to `logging`."""
    if _logger is not None:
        _logger.log(level, "%s", text)

