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
    Acknowledgement,
    BulkImportResult,
    BulkImportStatus,
    BulkProgress,
    FlexibleSearchResult,
    FollowedRun,
    FoundHac,
    GroovyScriptResult,
    ImpexExportResult,
    ImpexFailure,
    ImpexResult,
    LintFinding,
    LogLine,
    Logger,
    LoggerChange,
    PagePosition,
    PkAnalysis,
    PlannedCall,
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
from .session import CopiedRequest, LastKnown, SessionManager, SessionMetadata

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
    from .copies import (
        CopyColumn,
        CopyPlan,
        CopyResult,
        NotCopied,
    )
    from .diagnosis import (
        Diagnosis,
        FoundConsole,
        ProxyInUse,
        ReachedHost,
        ResolvedHost,
        ServerCertificate,
        ServerFacts,
    )
    from .rows import (
        AsyncRowIterator,
        RowIterator,
    )

__version__ = "0.2.0"

__all__ = [
    "Acknowledgement",
    "AsyncHacClient",
    "AsyncRowIterator",
    "AuthHandler",
    "BasicAuthHandler",
    "BulkImportResult",
    "BulkImportStatus",
    "BulkProgress",
    "Comparison",
    "CopiedRequest",
    "CopyColumn",
    "CopyPlan",
    "CopyResult",
    "Diagnosis",
    "Difference",
    "FlexibleSearchResult",
    "FollowedRun",
    "FoundConsole",
    "FoundHac",
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
    "ImpexExportResult",
    "ImpexFailure",
    "ImpexResult",
    "LastKnown",
    "LintFinding",
    "LogLine",
    "Logger",
    "LoggerChange",
    "NotCopied",
    "PagePosition",
    "PkAnalysis",
    "PlannedCall",
    "ProjectData",
    "Property",
    "PropertyChange",
    "ProxyInUse",
    "ReachedHost",
    "ResolvedHost",
    "RowComparison",
    "RowDifference",
    "RowIterator",
    "ServerCertificate",
    "ServerFacts",
    "SessionInfo",
    "SessionManager",
    "SessionMetadata",
    "UpdateData",
    "UpdateLog",
    "UpdateParameter",
    "UpdateResult",
    "UpdateRun",
    "compare_extensions",
    "compare_loggers",
    "compare_properties",
    "compare_rows",
    "compare_types",
    "lint_impex",
]

# Threads that wait for a server do not keep the interpreter from ending.
_atexit.register(_native.shut_down)


# What most programs do not want is not loaded before somebody does.
_LATER = {
    "aio": ("AsyncHacClient",),
    "comparison": (
        "Comparison",
        "Difference",
        "RowComparison",
        "RowDifference",
        "compare_extensions",
        "compare_loggers",
        "compare_properties",
        "compare_rows",
        "compare_types",
    ),
    "copies": (
        "CopyColumn",
        "CopyPlan",
        "CopyResult",
        "NotCopied",
    ),
    "diagnosis": (
        "Diagnosis",
        "FoundConsole",
        "ProxyInUse",
        "ReachedHost",
        "ResolvedHost",
        "ServerCertificate",
        "ServerFacts",
    ),
    "rows": ("AsyncRowIterator", "RowIterator"),
}


def __getattr__(name: str) -> Any:
    for module, names in _LATER.items():
        if name in names:
            from importlib import import_module

            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
