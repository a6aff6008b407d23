"""A client for the administration console (HAC) of SAP Commerce.

    from hac_client_core import BasicAuthHandler, HacClient

    with HacClient("https://localhost:9002", BasicAuthHandler("admin", "nimda")) as client:
        print(client.execute_flexiblesearch("SELECT {code} FROM {Product}").rows)
"""

from __future__ import annotations

import atexit as _atexit

try:
    from . import _native
except ImportError as _error:
    if "subinterpreters" not in str(_error):
        raise
    raise ImportError("hac_client_core cannot be used in a sub-interpreter: import it in the main interpreter") from None

from .auth import AuthHandler, BasicAuthHandler
from .client import HacClient
from .errors import (
    HacAuthenticationError,
    HacBadCredentialsError,
    HacCacheError,
    HacClientError,
    HacConfigError,
    HacConnectError,
    HacConnectionError,
    HacConnectionLostError,
    HacForbiddenError,
    HacImportFailedError,
    HacInitializingError,
    HacInternalError,
    HacInterruptedError,
    HacIoError,
    HacNotHacError,
    HacOutcomeUnknownError,
    HacProtectedError,
    HacProtocolError,
    HacQueryFailedError,
    HacRejectedError,
    HacScriptFailedError,
    HacSessionEndedError,
    HacTimeoutError,
    HacTlsError,
    HacTooLargeError,
    HacUsageError,
)
from .lint import lint_impex
from .models import (
    BulkImportResult,
    BulkImportStatus,
    BulkProgress,
    FlexibleSearchResult,
    GroovyScriptResult,
    ImpexResult,
    LintFinding,
    PagePosition,
    PlannedCall,
    ProjectData,
    SessionInfo,
    UpdateData,
    UpdateLog,
    UpdateParameter,
    UpdateResult,
)
from .session import SessionManager, SessionMetadata

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .aio import AsyncHacClient
    from .comparison import (
        Comparison,
        Difference,
        RowComparison,
        RowDifference,
        compare_extensions,
        compare_loggers,
        compare_properties,
        compare_rows,
        compare_types,
    )
    from .copies import CopyPlan, CopyResult
    from .diagnosis import Diagnosis

__version__ = "0.2.0"

__all__ = [
    "AsyncHacClient",
    "AuthHandler",
    "BasicAuthHandler",
    "BulkImportResult",
    "BulkImportStatus",
    "BulkProgress",
    "Comparison",
    "CopyPlan",
    "CopyResult",
    "Diagnosis",
    "Difference",
    "FlexibleSearchResult",
    "GroovyScriptResult",
    "HacAuthenticationError",
    "HacBadCredentialsError",
    "HacCacheError",
    "HacClient",
    "HacClientError",
    "HacConfigError",
    "HacConnectError",
    "HacConnectionError",
    "HacConnectionLostError",
    "HacForbiddenError",
    "HacImportFailedError",
    "HacInitializingError",
    "HacInternalError",
    "HacInterruptedError",
    "HacIoError",
    "HacNotHacError",
    "HacOutcomeUnknownError",
    "HacProtectedError",
    "HacProtocolError",
    "HacQueryFailedError",
    "HacRejectedError",
    "HacScriptFailedError",
    "HacSessionEndedError",
    "HacTimeoutError",
    "HacTlsError",
    "HacTooLargeError",
    "HacUsageError",
    "ImpexResult",
    "LintFinding",
    "PagePosition",
    "PlannedCall",
    "ProjectData",
    "RowComparison",
    "RowDifference",
    "SessionInfo",
    "SessionManager",
    "SessionMetadata",
    "UpdateData",
    "UpdateLog",
    "UpdateParameter",
    "UpdateResult",
    "compare_extensions",
    "compare_loggers",
    "compare_properties",
    "compare_rows",
    "compare_types",
    "lint_impex",
]

# Threads that wait for a server do not keep the interpreter from ending.
_atexit.register(_native.shut_down)


def __getattr__(name: str) -> Any:
    # What most programs do not want is not loaded before somebody does.
    if name == "AsyncHacClient":
        from .aio import AsyncHacClient

        return AsyncHacClient
    if name in ("CopyPlan", "CopyResult"):
        from . import copies

        return getattr(copies, name)
    if name.startswith("compare_") or name in ("Comparison", "Difference", "RowComparison", "RowDifference"):
        from . import comparison

        if name in comparison.__all__:
            return getattr(comparison, name)
    if name == "Diagnosis":
        from .diagnosis import Diagnosis

        return Diagnosis
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
