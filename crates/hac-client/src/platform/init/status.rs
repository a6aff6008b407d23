//! Status and log of updates, requested so that a running update does not prevent it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, Method, header};
use serde::{Deserialize, Serialize};

use super::log::UpdateLog;
use crate::client::HacClient;
use crate::engine::call::Call;
use crate::engine::json::JsonAnswer;
use crate::engine::page::PageAnswer;
use crate::engine::{Engine, INIT_LOG as LOG};
use crate::error::{ErrorKind, Result};
use crate::limits::ANSWER_TIMEOUT;
use crate::limits::PAGE_LIMIT;
use crate::origin::{ContextPath, Target, resolve};
use crate::page::Page;
use crate::session::SessionState;
use crate::session::probe::is_init_path;
use crate::transport::{Body, Outgoing, Pace};

pub(super) const UPDATE_PAGE: &str = "/platform/update";

/// Whether an initialisation or an update is running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UpdateStatus {
    /// Nothing is running.
    Idle,
    /// An initialisation or an update is running; all other pages redirect to its page.
    Running,
}

impl HacClient {
    /// Returns whether an initialisation or an update is running: `GET /platform/update`, without following redirects.
    ///
    /// 200 means idle, a redirect to `/platform/init` means running (observed in an upgrade pipeline's notes). An ended
    /// session is renewed, as for any call. For users without the right to that page, HAC's first page is used.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    pub async fn update_status(&self) -> Result<UpdateStatus> {
        match self.show_update_page("check whether an update is running").await {
            Ok(()) => Ok(UpdateStatus::Idle),
            Err(error) => match error.kind() {
                ErrorKind::Initializing => Ok(UpdateStatus::Running),
                ErrorKind::Forbidden => match self.check().await? {
                    SessionState::Alive | SessionState::AliveWithoutRight => Ok(UpdateStatus::Idle),
                    SessionState::Initializing => Ok(UpdateStatus::Running),
                    SessionState::Dead | SessionState::Absent => Err(error),
                },
                _ => Err(error),
            },
        }
    }

    /// Returns the log of the current or last initialisation or update: `GET /initlog/log` (observed in hac-client-core).
    ///
    /// Whether HAC requires a session for it is not known, and nobody can log in while an update is running. In that case the
    /// log is requested with the existing session, or without one.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    pub async fn update_log(&self) -> Result<UpdateLog> {
        let query = uncached();
        let call = Call::get(LOG, "read the update log").query(query);
        let mut expected = JsonAnswer::<LogAnswer>::with_keys(["log"]);
        match self.engine().perform(&call, &mut expected).await {
            Ok(answer) => {
                UpdateLog::new(answer.log.unwrap_or_default()).ok_or_else(|| super::log_too_large(&call.doing, ""))
            }
            Err(error) if error.kind() == ErrorKind::Initializing => self.engine().glance_at_log().await.ok_or(error),
            Err(error) => Err(error),
        }
    }

    /// Visits the page of the update. HAC fills in the patches of `/platform/init/data` only then (found out by hac-client-core).
    pub(super) async fn show_update_page(&self, doing: &str) -> Result<()> {
        let call = Call::get(UPDATE_PAGE, doing);
        let mut page = PageAnswer::new(PAGE_LIMIT, |text: &str| is_hac_page(text).then_some(()));
        self.engine().perform(&call, &mut page).await
    }
}

#[derive(Deserialize)]
struct LogAnswer {
    log: Option<String>,
}

/// What `/platform/update` shows to somebody who only looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Glance {
    Idle,
    Running,
    /// No answer, or one that proves nothing.
    Unclear,
}

/// Looking beside the calls: one GET with the session that there is, which never logs in, never renews, is never sent again
/// and takes no place among the calls in flight.
impl Engine {
    pub(super) async fn glance_at_log(&self) -> Option<UpdateLog> {
        let query = uncached();
        for (context_path, cookies) in self.where_to_look(LOG).await {
            let Some((status, _, text)) = self.look(&context_path, LOG, Some(&query), cookies).await else { continue };
            if status.is_success()
                && let Ok(LogAnswer { log: Some(log) }) = serde_json::from_str(&text)
            {
                return UpdateLog::new(log);
            }
        }
        None
    }

    pub(super) async fn glance_at_status(&self) -> Glance {
        let Some((context_path, cookies)) = self.where_to_look(UPDATE_PAGE).await.into_iter().next() else {
            return Glance::Unclear;
        };
        let Some((status, location, text)) = self.look(&context_path, UPDATE_PAGE, None, cookies).await else {
            return Glance::Unclear;
        };
        if let Some(location) = location {
            let path = format!("{}{UPDATE_PAGE}", context_path.as_str());
            return match resolve(self.transport.origin(), &path, &location) {
                Target::Here { path, .. } if is_init_path(&path, &context_path) => {
                    self.was_initializing(true);
                    Glance::Running
                }
                _ => Glance::Unclear,
            };
        }
        if status.is_success() && is_hac_page(&text) { Glance::Idle } else { Glance::Unclear }
    }

    /// Context path and cookies: those of the session, or none and where HAC may be.
    async fn where_to_look(&self, path: &str) -> Vec<(ContextPath, Option<http::HeaderValue>)> {
        match self.sessions.peek().await {
            Ok(Some(session)) => {
                let full = format!("{}{path}", session.context_path.as_str());
                let cookies = session.jar.header_for(&full, self.transport.sends_secure_cookies());
                vec![(session.context_path.clone(), cookies)]
            }
            _ => self.sessions.context_paths().into_iter().map(|path| (path, None)).collect(),
        }
    }

    async fn look(
        &self,
        context_path: &ContextPath,
        path: &str,
        query: Option<&str>,
        cookies: Option<http::HeaderValue>,
    ) -> Option<(http::StatusCode, Option<String>, String)> {
        let path = format!("{}{path}", context_path.as_str());
        let mut headers = HeaderMap::new();
        if let Some(cookies) = cookies {
            headers.insert(header::COOKIE, cookies);
        }
        let timeout = Some(self.answer_timeout.map_or(ANSWER_TIMEOUT, |limit| limit.min(ANSWER_TIMEOUT)));
        let outgoing = Outgoing {
            method: Method::GET,
            path: &path,
            query,
            headers,
            body: Body::Empty,
            timeout,
            pace: Pace::Whole,
        };
        let mut answer = self.transport.send(outgoing).await.ok()?;
        let location = answer.location().map(str::to_owned);
        let text = answer.text(Vec::new()).await.ok()?;
        Some((answer.status, location, text))
    }
}

/// Whether it is a page of HAC that is no login page.
fn is_hac_page(text: &str) -> bool {
    let page = Page::read(text);
    page.login_form.is_none() && page.has_hac_title()
}

/// `_=<milliseconds since 1970>`: keeps caches from answering.
fn uncached() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    format!("_={}", now.as_millis())
}
