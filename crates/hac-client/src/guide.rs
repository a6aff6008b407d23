//! The concepts of this library, each explained once, and example programs.
//!
//! - [`sessions`]: where a session comes from, and what happens when it ends.
//! - [`errors`]: kinds of errors, failures that the server reports, hints.
//! - [`resending`]: which requests are sent again, and which never are.
//! - [`streaming`]: results of any size in constant memory.
//! - [`examples`]: seven short programs.

/// Where a session comes from, how long it lives, and what happens when it ends.
///
/// A [`HacClient`](crate::HacClient) uses one session, which belongs to a server, a user and an environment (a label that you
/// choose). The first call obtains the session, in this order:
///
/// 1. From the cache, if [persistence](crate::HacClientBuilder::session_persistence) is on and an earlier process stored it. By
///    default, a small request first checks that the session is alive (see [`Validation`](crate::Validation)).
/// 2. With the cookies of a single sign-on, if the [`AuthHandler`](crate::AuthHandler::cookies) returns some.
/// 3. By a login with the [credentials](crate::AuthHandler::credentials), as a browser does it.
///
/// Calls, clones and processes that need a session at the same time share one login. A session that the server no longer knows is
/// renewed during the call; the caller does not notice. A password that the server rejected is not posted again until
/// [`login`](crate::HacClient::login) is called or the password changes, because failed logins lock accounts.
///
/// Sessions are stored in `~/.cache/hac-client`, one file each, readable only by their owner. Anyone who has such a file is logged
/// in. [`SessionManager`](crate::SessionManager) lists, exports, imports and removes sessions.
///
/// [`check`](crate::HacClient::check) and [`login`](crate::HacClient::login) wait for the server: a login takes at most 60 seconds,
/// or 75 if another process is logging in. Dropping a client keeps its session; [`logout`](crate::HacClient::logout) ends it on the
/// server.
pub mod sessions {}

/// Kinds of errors, failures that the server reports, and hints.
///
/// Every fallible function returns the same [`Error`](crate::Error). It says what was being done, why that failed, and often, as a
/// [`Hint`](crate::Hint), what to do next. Match on its [`kind`](crate::Error::kind); the text is for people. No error ever contains
/// a password, a token or a session id.
///
/// A script that throws, a query that the server cannot run and an import with errors are an `Err` of their own kind, so `?` never
/// turns a failed query into zero rows. The error holds the whole result;
/// [`Error::into_outcome`](crate::Error::into_outcome) returns it:
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
/// # Every call
/// Any method that sends a request may fail with these kinds. The `# Errors` of a method name only what comes on top.
///
/// | kind | when |
/// |---|---|
/// | [`Config`](crate::ErrorKind::Config) | HAC wants `https`, or another setting is wrong |
/// | [`Protected`](crate::ErrorKind::Protected) | the call would change a server that is [protected](crate::protection): nothing was sent |
/// | [`Connect`](crate::ErrorKind::Connect), [`Tls`](crate::ErrorKind::Tls) | no connection: nothing was executed |
/// | [`BadCredentials`](crate::ErrorKind::BadCredentials), [`SessionEnded`](crate::ErrorKind::SessionEnded) | no login: nothing was executed |
/// | [`Forbidden`](crate::ErrorKind::Forbidden), [`Rejected`](crate::ErrorKind::Rejected) | the server refused the request |
/// | [`Initializing`](crate::ErrorKind::Initializing) | an update is running: nothing was executed |
/// | [`NotHac`](crate::ErrorKind::NotHac), [`Protocol`](crate::ErrorKind::Protocol) | something else answered, or HAC with something unknown |
/// | [`Timeout`](crate::ErrorKind::Timeout), [`ConnectionLost`](crate::ErrorKind::ConnectionLost) | a read or a login got no answer |
/// | [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown) | a write got no answer: it may have been executed |
/// | [`TooLarge`](crate::ErrorKind::TooLarge) | the answer exceeds 64 MiB, or 8 MiB for a page: a write was executed |
/// | [`Usage`](crate::ErrorKind::Usage) | an argument is invalid, or the client was built before a fork: nothing was sent |
///
/// An error of an [`AuthHandler`](crate::AuthHandler) is returned as it is.
///
/// # Results that are not an `Err`
/// Smaller changes (a log level, a property, the cache) and updates return a result with a method `success()`. These results are
/// `must_use` if an unnoticed failure would matter.
///
/// # Hints
/// A hint is data. Its `Display` names methods of this library; a program with flags of its own matches on the variants instead.
pub mod errors {}

/// Which requests are sent again, and which never are.
///
/// Every call either [reads or writes](crate::request::Effect). Scripts (even if they are rolled back), raw SQL, imports, exports and
/// all changes are writes. Queries, validations and lists are reads.
///
/// - A request that the server refused because of its session was not executed. It is sent once more after the session is renewed,
///   even if it is a write.
/// - A read is sent again after a network error, at most twice, and only if the caller has received no part of its answer.
/// - A write whose answer is lost is never sent again. The error is
///   [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown): the request may have been executed, and may still be running.
/// - [`ErrorKind::may_be_resent`](crate::ErrorKind::may_be_resent) returns whether *you* can repeat a call without the risk of
///   executing it twice.
///
/// Dropping a future stops the wait, not the work: a script that was sent continues to run on the server.
/// [`Writes`](crate::Writes) tells a signal handler whether a write is in progress.
///
/// By default an answer must be complete within 30 seconds of the request
/// ([`timeout`](crate::HacClientBuilder::timeout)); for a stream, the limit applies to each pause.
pub mod resending {}

/// Results of any size in constant memory.
///
/// | to get | call |
/// |---|---|
/// | all rows, as values of your own type | [`rows`](crate::HacClient::rows) |
/// | all rows as text, with their column labels | [`execute_flexiblesearch`](crate::HacClient::execute_flexiblesearch) |
/// | one row at a time, as values | [`stream_rows`](crate::HacClient::stream_rows) |
/// | one row at a time, as text, in a callback | [`stream_flexiblesearch`](crate::HacClient::stream_flexiblesearch) |
/// | any number of rows, in pages by a unique key | [`stream_all_rows`](crate::HacClient::stream_all_rows), [`stream_pages`](crate::HacClient::stream_pages) |
/// | CSV in a file, a pipe or a buffer | [`write_csv`](crate::HacClient::write_csv) |
///
/// Collected rows may take 64 MiB of memory; beyond that the call fails with [`TooLarge`](crate::ErrorKind::TooLarge). Streamed rows
/// have no limit in total, and 16 MiB each. HAC returns at most 200 rows unless
/// [`max_count`](crate::FlexibleSearch::max_count) is set; 0 means all rows.
/// [`truncated`](crate::console::FlexibleSearchSummary::truncated) tells whether there may be more.
///
/// Imported files are read while they are sent; `on_progress` of a request reports how much has been sent. Sinks and callbacks run on
/// the task that awaits the call and must not block it for long. Programs that block anyway use
/// [`blocking::HacClient`](crate::blocking::HacClient).
pub mod streaming {}

/// Seven short programs. They read the address and the user from `HAC_URL`, `HAC_USERNAME` and `HAC_PASSWORD`, and need tokio with
/// the features `macros` and `rt` (the single sign-on also `net` and `io-util`) and serde with `derive`. The tests run them against a simulated HAC and count their requests and logins.
///
/// # Rows into a struct
/// ```ignore
#[doc = include_str!("../examples/rows.rs")]
/// ```
/// # Any number of rows into a file
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
/// # One client shared by fifty tasks
/// ```ignore
#[doc = include_str!("../examples/fifty_tasks.rs")]
/// ```
/// # A session from a single sign-on
/// ```ignore
#[doc = include_str!("../examples/single_sign_on.rs")]
/// ```
/// # An imported session
/// ```ignore
#[doc = include_str!("../examples/imported_session.rs")]
/// ```
pub mod examples {}
