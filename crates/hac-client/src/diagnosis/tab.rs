//! Which of HAC's consoles the user may open.

use super::Diagnosis;
use crate::engine::call::Call;
use crate::engine::page::PageAnswer;
use crate::error::{ErrorKind, Result};
use crate::limits::PAGE_LIMIT;
use crate::named::{is_named, named, one_of};
use crate::page::Page;

/// A console of HAC, each of which has a right of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConsoleTab {
    /// Scripts.
    Scripting,
    /// Queries.
    FlexibleSearch,
    /// Imports.
    ImpexImport,
}

named! {
    ConsoleTab is "a console", "choose the console";
    /// Every console.
    ALL
    /// Returns the name: `scripting`, `flexsearch` or `impex import`.
    as_str { Scripting => "scripting", FlexibleSearch => "flexsearch", ImpexImport => "impex import" }
    /// Parses a name, in any case.
    from_str(text, known) { is_named(text, known, "") } or one_of(Self::ALL)
}

impl ConsoleTab {
    const fn path(self) -> &'static str {
        match self {
            Self::Scripting => "/console/scripting",
            Self::FlexibleSearch => "/console/flexsearch",
            Self::ImpexImport => "/console/impex/import",
        }
    }
}

/// Whether a console may be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TabAccess {
    /// The server shows it.
    Open,
    /// The user has no right to it.
    Denied,
}

impl Diagnosis {
    /// Opens a console as a browser does, with a GET request that changes nothing. Logs in if there is no session.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call), but for a missing right. [`Rejected`](ErrorKind::Rejected) if the
    /// server has no such console: it is disabled there, or of another release.
    pub async fn open_tab(&self, tab: ConsoleTab) -> Result<TabAccess> {
        let call = Call::get(tab.path(), format!("open the console {tab}"));
        let is_console = |text: &str| {
            let page = Page::read(text);
            (page.has_hac_title() && page.token.is_some() && page.login_form.is_none()).then_some(())
        };
        let mut expected = PageAnswer::new(PAGE_LIMIT, is_console);
        match self.client.engine().perform(&call, &mut expected).await {
            Ok(()) => Ok(TabAccess::Open),
            Err(error) if error.kind() == ErrorKind::Forbidden => Ok(TabAccess::Denied),
            Err(error) => Err(error),
        }
    }
}
