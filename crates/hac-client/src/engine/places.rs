//! The places of the calls in flight, and the wait for one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, ErrorKind, Result};
use crate::hint::Hint;

/// How many calls may be in flight at once.
///
/// A row stream keeps its place until it ends, because the server works on it until then. Streams that nobody reads would block
/// all further calls for ever, so a wait ends when nothing has moved for the time limit of the call that waits.
pub(crate) struct Places {
    free: Semaphore,
    most: usize,
    opened: Instant,
    /// When a call in flight last took a piece of its answer, or ended: milliseconds since `opened`.
    moved: AtomicU64,
}

impl Places {
    pub(crate) fn new(most: usize) -> Self {
        let most = most.min(Semaphore::MAX_PERMITS);
        Self { free: Semaphore::new(most), most, opened: Instant::now(), moved: AtomicU64::new(0) }
    }

    /// Takes a place for a call. `limit` is how long all places may be taken without anything moving.
    pub(super) async fn take(&self, doing: &str, limit: Option<Duration>) -> Result<Place<'_>> {
        let mut waiting = std::pin::pin!(self.free.acquire());
        let mut since = Instant::now();
        loop {
            let deadline = limit.and_then(|limit| since.checked_add(limit));
            let taken = match deadline {
                Some(deadline) => timeout_at(deadline, waiting.as_mut()).await,
                None => Ok(waiting.as_mut().await),
            };
            match taken {
                Ok(Ok(permit)) => return Ok(Place { places: self, _permit: permit }),
                Ok(Err(cause)) => {
                    return Err(Error::new(ErrorKind::Usage, doing.to_owned())
                        .because("the client was closed")
                        .with_source(cause));
                }
                Err(_) if self.last_moved() > since => since = self.last_moved(),
                Err(_) => return Err(self.nothing_moved(doing, limit.unwrap_or_default())),
            }
        }
    }

    /// A call in flight has taken a piece of its answer, or has ended.
    pub(super) fn note_movement(&self) {
        let millis = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.moved.store(millis, Ordering::Relaxed);
    }

    fn last_moved(&self) -> Instant {
        self.opened + Duration::from_millis(self.moved.load(Ordering::Relaxed))
    }

    fn nothing_moved(&self, doing: &str, limit: Duration) -> Error {
        let calls = if self.most == 1 { "1 call is".to_owned() } else { format!("{} calls are", self.most) };
        Error::new(ErrorKind::Timeout, doing.to_owned())
            .because(format!(
                "nothing was sent: {calls} in flight, which is the limit of this client, and none of them ended or read on \
                 within {} s",
                limit.as_secs_f64()
            ))
            .with_hint(Hint::FinishStreams)
    }
}

/// The place of one call, until it is dropped.
pub(super) struct Place<'a> {
    places: &'a Places,
    _permit: SemaphorePermit<'a>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.places.note_movement();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const LIMIT: Option<Duration> = Some(Duration::from_secs(10));

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_when_nothing_has_moved_for_the_time_limit() {
        let places = Places::new(2);
        let _held = [places.take("a", LIMIT).await.expect("free"), places.take("b", LIMIT).await.expect("free")];
        let began = Instant::now();
        let error = places.take("run the query", LIMIT).await.err().expect("no place");
        assert_eq!(began.elapsed().as_secs(), 10);
        assert_eq!((error.kind(), error.hint()), (ErrorKind::Timeout, Some(&Hint::FinishStreams)));
        assert!(error.kind().may_be_resent());
        assert!(error.to_string().contains("nothing was sent: 2 calls are in flight"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_goes_on_while_a_call_in_flight_moves() {
        let places = Arc::new(Places::new(1));
        let held = places.take("a", LIMIT).await.expect("free");
        let waiting = tokio::spawn({
            let places = Arc::clone(&places);
            async move { places.take("b", LIMIT).await.map(drop) }
        });
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_secs(7)).await;
            places.note_movement();
        }
        drop(held);
        waiting.await.expect("joined").expect("a place");
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_without_a_time_limit_has_no_end() {
        let places = Places::new(1);
        let _held = places.take("a", None).await.expect("free");
        let day = Duration::from_secs(86_400);
        assert!(tokio::time::timeout(day, places.take("b", None)).await.is_err());
        assert!(tokio::time::timeout(day, places.take("b", Some(Duration::MAX))).await.is_err());
    }
}
