//! HAC's tab "Console": scripting, FlexibleSearch and ImpEx.

pub(crate) mod copy;
pub(crate) mod flexsearch;
pub(crate) mod impex;
pub(crate) mod parameter;
pub(crate) mod script_type;
pub(crate) mod scripting;
mod types;
mod unique;

pub use copy::{CopyColumn, CopyKind, CopyPlan, CopySink, CopySummary, ImpexCopy, LeftOut};
pub use flexsearch::columns::QueryColumns;
pub use flexsearch::pages::{DEFAULT_PAGE_ROWS, KeyType, PagePosition, PageSink, PagedSearch, PagedSummary};
pub use flexsearch::sink::{FlexibleSearchSummary, QueryFailure, RowSink};
pub use flexsearch::stream::RowStream;
pub use flexsearch::unknown::UnknownName;
pub use flexsearch::{DEFAULT_MAX_COUNT, FlexibleSearch, FlexibleSearchResult};
pub use impex::{
    ArchiveEntry, Assumption, BulkImport, BulkProgress, BulkResult, BulkStart, BulkStatus, ExportMode, ImpexArchive,
    ImpexExport, ImpexExportResult, ImpexFailure, ImpexImport, ImpexResult, ImpexSwitch, LintFinding, LintSeverity,
    ValidationMode, impex_cell, lint_impex,
};
pub use parameter::{DecimalValue, JsonValue, ParamType, ParamValue};
pub use script_type::ScriptType;
pub use scripting::{Commit, Script, ScriptResult};

pub use crate::column_names::find_column;
pub use crate::hint::{CopyAdvice, CopyRole};
