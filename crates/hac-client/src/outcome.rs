//! Results that report a failure: an `Err` by default, a result on request.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result};

/// A result that says whether the server reports success.
///
/// Calls return only successful results. A script that threw and a query or an import that failed are an `Err` of the kind
/// [`ScriptFailed`](crate::ErrorKind::ScriptFailed), [`QueryFailed`](crate::ErrorKind::QueryFailed) or
/// [`ImportFailed`](crate::ErrorKind::ImportFailed). The error holds the whole result, which [`Error::into_outcome`] returns.
///
/// This trait is sealed.
pub trait Outcome: sealed::Sealed + Clone + fmt::Debug + Send + Sync + 'static {
    /// Returns whether the server reports success.
    fn success(&self) -> bool;
}

pub(crate) mod sealed {
    use crate::error::Error;

    pub trait Sealed {
        /// The failure as an error, without its result.
        fn to_error(&self, doing: &str) -> Error;
    }
}

/// Makes an error of a result that is a failure.
pub(crate) fn checked<T: Outcome>(doing: &str, outcome: T) -> Result<T> {
    if outcome.success() {
        return Ok(outcome);
    }
    let error = outcome.to_error(doing);
    Err(error.with_outcome(outcome))
}

impl Error {
    /// Returns the failed result that the error holds, or the error itself if it holds none.
    ///
    /// Use it to handle a failed script, query or import as a result:
    ///
    /// ```no_run
    /// # use hac_client::{Commit, Error, HacClient};
    /// # async fn example(client: &HacClient) -> hac_client::Result<()> {
    /// // `?` returns here if the script throws.
    /// let result = client.execute_groovy("return 1 / 1", Commit::No).await?;
    ///
    /// // A script that throws is a result; `?` returns here only if there is no result.
    /// let result = client.execute_groovy("return 1 / 0", Commit::No).await.or_else(Error::into_outcome)?;
    /// if !result.success() {
    ///     eprintln!("{}", result.stacktrace_text);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// This error, if it holds no result of this type.
    pub fn into_outcome<T: Outcome>(self) -> Result<T> {
        let Some(outcome) = self.held_outcome::<T>() else { return Err(self) };
        drop(self);
        Ok(Arc::unwrap_or_clone(outcome))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, ErrorKind, ImpexResult, ScriptResult};

    #[test]
    fn an_error_without_a_result_stays_an_error() {
        let error = Error::new(ErrorKind::ScriptFailed, "run the script");
        let kept = error.into_outcome::<ScriptResult>().expect_err("it holds nothing");
        assert_eq!(kept.kind(), ErrorKind::ScriptFailed);
    }

    #[test]
    fn a_result_of_another_type_is_not_given_out() {
        let script = ScriptResult { stacktrace_text: "boom".to_owned(), ..ScriptResult::default() };
        let error = super::checked("run the script", script.clone()).expect_err("it threw");
        let error = error.into_outcome::<ImpexResult>().expect_err("it is a script's");
        assert_eq!(error.clone().into_outcome::<ScriptResult>().expect("the script's"), script);
        assert_eq!(error.into_outcome::<ScriptResult>().expect("once more"), script);
    }
}
