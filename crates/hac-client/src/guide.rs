//! The ideas behind this library, each explained once, and the programs that show them.
//!
//! - [`sessions`]: where a session comes from, and what happens when it ends.
//! - [`errors`]: kinds, failures on the server, hints.
//! - [`resending`]: what is sent twice, and what never is.
//! - [`streaming`]: results of any size in constant memory.
//! - [`examples`]: seven short programs.

/// Where a session comes from, how long it lives, and what happens when it ends.
///
/// A [`HacClient`](crate::HacClient) has one session: of one server, one user and one environment (a label of your own). Its first
/// call finds one, in this order:
///
/// 1. The stored session of an earlier process, if [persistence](crate::HacClientBuilder::session_persistence) is on. By default
///    a light request asks the server first whether it is alive ([`Validation`](crate::Validation)).
/// 2. The cookies of a single sign-on, if the [`AuthHandler`](crate::AuthHandler::cookies) brings some.
/// 3. A login with the [credentials](crate::AuthHandler::credentials), as a browser does it.
///
/// Calls, clones and processes that need a session at the same time log in once. A session that the server no longer knows is
/// renewed in the middle of a call, which you do not notice. A password that the server refused is not posted again until
/// [`login`](crate::HacClient::login) is called or the password changes, because accounts get locked.
///
/// Sessions lie in `~/.cache/hac-client`, one file each, readable by their owner only. Whoever has such a file is logged in.
/// [`SessionManager`](crate::SessionManager) lists, exports, imports and removes them.
///
/// `check` and `login` wait for the server; a login may take 60 seconds, and 75 where another process is logging in. Dropping a
/// client keeps its session; [`logout`](crate::HacClient::logout) ends it on the server.
pub mod sessions {}

/// Kinds of errors, failures on the server, and hints.
///
/// Everything that can fail returns the one [`Error`](crate::Error): what was being done, why it failed, and a
/// [`Hint`](crate::Hint) what to do. Branch on its [`kind`](crate::Error::kind); the text is for people. No error ever holds a
/// password, a token or a session id.
///
/// A script that throws, a query that the server cannot run and an import with errors are an `Err` of their own kind, so that `?`
/// never makes zero rows out of a failed query. The error holds the whole result;
/// [`Error::into_outcome`](crate::Error::into_outcome) takes it out:
///
/// ```no_run
/// # use hac_client::{Error, HacClient};
/// # async fn example(client: &HacClient) -> hac_client::Result<()> {
/// let result = client.import_impex("INSERT Title;code\n;mr\n").await.or_else(Error::into_outcome)?;
/// for failure in &result.failures {
///     eprintln!("line {:?}: {}", failure.line, failure.reason);
/// }
/// # Ok(())
/// # }
/// ```
///
/// Smaller changes (a log level, a property, the cache) and updates are results with a `success()`, and are marked `must_use` where
/// the answer may be a failure that matters.
///
/// A hint is data. Its `Display` names methods of this library; a program with flags of its own matches on the variants.
pub mod errors {}

/// What is sent twice, and what never is.
///
/// A call either reads or [writes](crate::request::Effect). Scripts (also in rollback), raw SQL, imports and exports, and everything
/// that changes something are writes; queries, validations and lists are reads.
///
/// - A request that the server refused for its session did not run: it is sent once more after a renewal, a write too.
/// - A read is sent again after a network error, twice at most, and only while nothing of its answer was given away.
/// - A write whose answer is lost is never sent again. Its error is
///   [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown): it may have been executed, and may still be running.
/// - [`ErrorKind::may_be_resent`](crate::ErrorKind::may_be_resent) says whether *you* may send a call again without the risk of
///   executing it twice.
///
/// A future that is dropped ends the wait, not the work: a script that was sent goes on running on the server.
/// [`Writes`](crate::Writes) tells a handler of signals whether a write is under way.
///
/// An answer has 30 seconds by default ([`timeout`](crate::HacClientBuilder::timeout)), measured from the request to the last byte;
/// a stream has them for each pause.
pub mod resending {}

/// Results of any size in constant memory.
///
/// | you want | call |
/// |---|---|
/// | all rows, as values of your own type | [`rows`](crate::HacClient::rows) |
/// | all rows as text, with the labels of their columns | [`execute_flexiblesearch`](crate::HacClient::execute_flexiblesearch) |
/// | one row after the other, as values | [`stream_rows`](crate::HacClient::stream_rows) |
/// | one row after the other, as text, in a callback | [`stream_flexiblesearch`](crate::HacClient::stream_flexiblesearch) |
/// | a file, a pipe, a buffer of CSV | [`write_csv`](crate::HacClient::write_csv) |
///
/// What is collected may take 64 MiB of memory, then the error is [`TooLarge`](crate::ErrorKind::TooLarge). What is streamed has no
/// limit for all rows, and 16 MiB for each. HAC itself is asked for 200 rows unless
/// [`max_count`](crate::FlexibleSearch::max_count) says otherwise; 0 means all of them, and
/// [`truncated`](crate::console::FlexibleSearchSummary::truncated) says whether there may be more.
///
/// Files that are imported are read while they are sent; `on_progress` of a request reports how far it is. Sinks and callbacks run
/// on the task that awaits the call, and must not block it for long; [`blocking::HacClient`](crate::blocking::HacClient) is for
/// programs that block anyway.
pub mod streaming {}

/// Seven short programs. The check runs them against a simulated HAC and counts their requests and logins.
///
/// # Rows into a struct
/// ```ignore
#[doc = include_str!("../examples/rows.rs")]
/// ```
/// # Any number of rows into files
/// ```ignore
#[doc = include_str!("../examples/million_rows.rs")]
/// ```
/// # A big import with its progress
/// ```ignore
#[doc = include_str!("../examples/import.rs")]
/// ```
/// # An update with its log
/// ```ignore
#[doc = include_str!("../examples/update.rs")]
/// ```
/// # One client over fifty tasks
/// ```ignore
#[doc = include_str!("../examples/fifty_tasks.rs")]
/// ```
/// # A session from a single sign-on
/// ```ignore
#[doc = include_str!("../examples/single_sign_on.rs")]
/// ```
/// # A session that is imported
/// ```ignore
#[doc = include_str!("../examples/imported_session.rs")]
/// ```
pub mod examples {}
