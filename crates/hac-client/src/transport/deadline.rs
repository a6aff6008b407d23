//! Time limits of answers: for the whole answer, or for each piece.

use std::time::Duration;

use tokio::time::Instant;

use super::big::Sending;

/// How the time of an answer is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Pace {
    /// From the request to the last byte: for what is collected before anybody sees it.
    #[default]
    Whole,
    /// For each pause: for rows and files that are passed on while they arrive, however long that takes.
    Pieces,
}

/// What a stream must deliver in each window: an occasional byte is not progress.
const BYTES_PER_SECOND: f64 = 1024.0;

/// The time that is left for the rest of an answer.
#[derive(Debug)]
pub(super) enum Deadline {
    Never,
    At(Instant),
    Pieces(Window),
}

/// A window of waiting. The time that the receiver of the pieces takes does not count.
#[derive(Debug)]
pub(super) struct Window {
    length: Duration,
    waited: Duration,
    bytes: usize,
}

impl Deadline {
    /// `since`: when the request had left.
    pub(super) fn of(pace: Pace, limit: Duration, since: Instant) -> Self {
        match pace {
            Pace::Whole => since.checked_add(limit).map_or(Self::Never, Self::At),
            Pace::Pieces => Self::Pieces(Window { length: limit, waited: Duration::ZERO, bytes: 0 }),
        }
    }

    /// The same for what turned out to be a page: from now on it has its time as a whole.
    pub(super) fn as_a_whole(&mut self) {
        if let Self::Pieces(window) = self {
            *self = Instant::now().checked_add(window.length).map_or(Self::Never, Self::At);
        }
    }

    /// Waits for the next piece; `None` where its time is up.
    pub(super) async fn wait<T>(&mut self, piece: impl Future<Output = T>, bytes: impl Fn(&T) -> usize) -> Option<T> {
        match self {
            Self::Never => Some(piece.await),
            // A piece that is there at once would be taken whatever the time.
            Self::At(end) if Instant::now() >= *end => None,
            Self::At(end) => tokio::time::timeout_at(*end, piece).await.ok(),
            Self::Pieces(window) => {
                let began = Instant::now();
                let piece = tokio::time::timeout(window.length, piece).await.ok()?;
                window.note(began.elapsed(), bytes(&piece)).then_some(piece)
            }
        }
    }
}

impl Window {
    /// Whether enough came in the window that has ended, if one has.
    fn note(&mut self, waited: Duration, bytes: usize) -> bool {
        self.waited += waited;
        self.bytes = self.bytes.saturating_add(bytes);
        if self.waited < self.length {
            return true;
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "a number of bytes, compared with a limit that is rounded anyway"
        )]
        let enough = self.bytes as f64 >= self.waited.as_secs_f64() * BYTES_PER_SECOND;
        (self.waited, self.bytes) = (Duration::ZERO, 0);
        enough
    }
}

/// Waits for the answer and says since when; the time begins anew as long as more of the body was sent meanwhile.
pub(super) async fn in_time<T>(
    limit: Duration,
    body: Option<&Sending>,
    answer: impl Future<Output = T>,
) -> Option<(T, Instant)> {
    let sent = || body.map(Sending::sent);
    let mut answer = std::pin::pin!(answer);
    loop {
        let (before, since) = (sent(), Instant::now());
        if let Ok(answered) = tokio::time::timeout(limit, &mut answer).await {
            return Some((answered, since));
        }
        if before == sent() {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http_body_util::BodyExt as _;

    use super::*;
    use crate::transport::big::Pieces;

    const LIMIT: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn a_body_that_still_travels_gets_more_time_and_one_that_stands_still_does_not() {
        let (mut body, sending) = Pieces::of(Bytes::from(vec![0; 2 << 20]));
        let travels = async {
            while let Some(frame) = body.frame().await {
                frame.expect("a piece");
                tokio::time::sleep(LIMIT / 2).await;
            }
        };
        let began = Instant::now();
        assert!(in_time(LIMIT, Some(&sending), travels).await.is_some());
        assert!(began.elapsed() > LIMIT * 3);
        let began = Instant::now();
        assert!(in_time(LIMIT, Some(&sending), std::future::pending::<()>()).await.is_none());
        assert!(in_time(LIMIT, None, std::future::pending::<()>()).await.is_none());
        assert_eq!(began.elapsed(), LIMIT * 2);
    }

    /// Waits for pieces of so many bytes, each after a pause, until the deadline ends it; the time that took.
    async fn drip(mut deadline: Deadline, bytes: usize, pause: Duration, pieces: usize) -> Option<Duration> {
        let began = Instant::now();
        for _ in 0..pieces {
            if deadline.wait(tokio::time::sleep(pause), |()| bytes).await.is_none() {
                return Some(began.elapsed());
            }
        }
        None
    }

    #[tokio::test(start_paused = true)]
    async fn a_collected_answer_has_its_time_as_a_whole() {
        let deadline = Deadline::of(Pace::Whole, LIMIT, Instant::now());
        assert_eq!(drip(deadline, 1 << 20, Duration::from_secs(1), 1000).await, Some(LIMIT));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_whose_pieces_are_all_there_at_once_has_no_more_time() {
        let mut deadline = Deadline::of(Pace::Whole, LIMIT, Instant::now());
        assert!(deadline.wait(std::future::ready(()), |()| 1).await.is_some());
        tokio::time::advance(LIMIT).await;
        assert!(deadline.wait(std::future::ready(()), |()| 1).await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_goes_on_while_it_brings_a_kibibyte_a_second_and_ends_when_it_drips() {
        let stream = || Deadline::of(Pace::Pieces, LIMIT, Instant::now());
        assert_eq!(drip(stream(), 1024, Duration::from_secs(1), 1000).await, None);
        assert_eq!(drip(stream(), 1, Duration::from_millis(500), 1000).await, Some(LIMIT));
        assert_eq!(drip(stream(), 1 << 20, LIMIT * 2, 2).await, Some(LIMIT));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_of_pieces_is_not_a_timeout() {
        let mut deadline = Deadline::of(Pace::Pieces, LIMIT, Instant::now());
        for _ in 0..100 {
            let piece = deadline.wait(tokio::time::sleep(Duration::from_millis(1)), |()| 10).await;
            assert!(piece.is_some());
            tokio::time::sleep(LIMIT).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_in_place_of_a_stream_has_its_time_as_a_whole() {
        let mut deadline = Deadline::of(Pace::Pieces, LIMIT, Instant::now());
        deadline.as_a_whole();
        assert_eq!(drip(deadline, 1 << 20, Duration::from_secs(1), 1000).await, Some(LIMIT));
    }

    #[test]
    fn a_limit_beyond_all_time_is_no_limit() {
        assert!(matches!(Deadline::of(Pace::Whole, Duration::MAX, Instant::now()), Deadline::Never));
    }
}
