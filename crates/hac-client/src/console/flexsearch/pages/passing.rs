//! The rows of one page on their way to their taker, while the next page is on its way here.

use std::future::{Future, poll_fn};
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;

use super::buffer::PageBuffer;
use super::order::{KeyOrder, Wrong};
use super::{PagePosition, PageSink};
use crate::engine::pause;

/// A taker that needs longer for a page gets the next one only when it asks for it: an answer that nobody reads is given up on the
/// way.
const QUICK: Duration = Duration::from_secs(1);

/// So many rows are passed on before the network gets its turn.
const ROWS_AT_ONCE: usize = 1024;

/// So many turns it gets before the first row: on its way out, the request for the next page goes through several hands.
const TURNS_OF_A_REQUEST: usize = 16;

/// Reads the rows of one page after the other, checks their keys, and passes them on.
#[derive(Debug)]
pub(super) struct Passing {
    order: KeyOrder,
    /// How long it took for the last page.
    last: Option<Duration>,
}

/// What became of the rows of a page.
pub(super) struct Passed {
    /// How many of them the taker has got.
    pub(super) rows: usize,
    /// Whether its position was passed on, too.
    pub(super) at_end: bool,
    /// Whether there is to be more, or what is wrong with the next row.
    pub(super) flow: Result<ControlFlow<()>, Wrong>,
}

impl Passed {
    fn goes_on(&self) -> bool {
        matches!(self.flow, Ok(ControlFlow::Continue(())))
    }
}

impl Passing {
    pub(super) fn new(order: KeyOrder) -> Self {
        Self { order, last: None }
    }

    /// Whether the next page may be asked for before this one is taken.
    pub(super) fn is_quick(&self) -> bool {
        self.last.is_some_and(|took| took < QUICK)
    }

    /// Passes on the rows of a page, and the position behind them.
    pub(super) async fn pass_on(
        &mut self,
        page: &PageBuffer,
        position: Option<&PagePosition>,
        sink: &mut dyn PageSink,
    ) -> Passed {
        let began = Instant::now();
        let mut passed = Passed { rows: 0, at_end: false, flow: Ok(ControlFlow::Continue(())) };
        if page.len() > 0 {
            self.order.begin();
        }
        for _ in 0..TURNS_OF_A_REQUEST {
            tokio::task::yield_now().await;
        }
        for row in page.rows() {
            if passed.rows.is_multiple_of(ROWS_AT_ONCE) {
                tokio::task::yield_now().await;
            }
            let row = match row {
                Ok(row) => row,
                Err(defect) => {
                    passed.flow = Err(Wrong::Answer(defect));
                    return passed;
                }
            };
            let key = page.key(&row);
            if let Err(wrong) = self.order.check(key) {
                passed.flow = Err(wrong);
                return passed;
            }
            passed.rows += 1;
            let flow = sink.row(&row);
            if flow.is_break() {
                passed.flow = Ok(flow);
                return passed;
            }
            while sink.is_full() {
                pause().await;
            }
        }
        if let Some(position) = position {
            passed.at_end = true;
            passed.flow = Ok(sink.page_end(position));
        }
        self.last = Some(began.elapsed());
        passed
    }
}

/// Waits for the rows to be passed on, and for the next page: for both at once, the page first, because the server takes its time.
/// No page comes if there is to be none.
pub(super) async fn both<P>(
    mut passing: Pin<&mut impl Future<Output = Passed>>,
    mut next: Pin<&mut impl Future<Output = P>>,
    at_once: bool,
) -> (Passed, Option<P>) {
    if !at_once {
        let passed = passing.await;
        let page = if passed.goes_on() { Some(next.await) } else { None };
        return (passed, page);
    }
    let (mut passed, mut page) = (None, None);
    poll_fn(|context| {
        if page.is_none()
            && let Poll::Ready(ready) = next.as_mut().poll(context)
        {
            page = Some(ready);
        }
        if passed.is_none()
            && let Poll::Ready(ready) = passing.as_mut().poll(context)
        {
            passed = Some(ready);
        }
        match passed.take_if(|passed| page.is_some() || !passed.goes_on()) {
            // A taker that wants no more gets no more, also if the next page has come in the meantime.
            Some(passed) => {
                let page = page.take().filter(|_| passed.goes_on());
                Poll::Ready((passed, page))
            }
            None => Poll::Pending,
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::cell::Cell;
    use std::future::{pending, ready};
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::{Context, Waker};

    use super::super::super::cells::JsonRows as _;
    use super::super::super::sink::RowSink;
    use super::super::wrapped::KeyType;
    use super::*;

    /// Takes so many rows, with room while it is told so.
    struct Taker {
        wanted: usize,
        taken: usize,
        full: Arc<AtomicBool>,
    }

    impl Taker {
        fn of(wanted: usize) -> Self {
            Self { wanted, taken: 0, full: Arc::default() }
        }
    }

    impl RowSink for Taker {
        fn row(&mut self, _: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
            self.taken += 1;
            if self.taken < self.wanted { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        }

        fn is_full(&self) -> bool {
            self.full.load(Ordering::SeqCst)
        }
    }

    impl PageSink for Taker {}

    fn page(keys: impl IntoIterator<Item = usize>) -> PageBuffer {
        let mut page = PageBuffer::new(0, false);
        for key in keys {
            assert!(page.row(format!("[\"{key}\"]").as_bytes()).is_ok_and(|flow| flow.is_continue()));
        }
        page
    }

    fn passing() -> Passing {
        Passing::new(KeyOrder::new(KeyType::Text, None))
    }

    /// Polls until nothing moves any more: more often than a page of these tests has pauses of its own.
    fn poll_often(passing: Pin<&mut impl Future<Output = Passed>>) -> Option<Passed> {
        let mut passing = passing;
        let mut context = Context::from_waker(Waker::noop());
        (0..4 * TURNS_OF_A_REQUEST).find_map(|_| match passing.as_mut().poll(&mut context) {
            Poll::Ready(passed) => Some(passed),
            Poll::Pending => None,
        })
    }

    #[tokio::test]
    async fn no_page_comes_behind_the_last_row_that_is_wanted() {
        for (flow, wanted) in [(ControlFlow::Break(()), None), (ControlFlow::Continue(()), Some("the next page"))] {
            for at_once in [false, true] {
                let passing = pin!(ready(Passed { rows: 30, at_end: false, flow: Ok(flow) }));
                let (_, page) = both(passing, pin!(ready("the next page")), at_once).await;
                assert_eq!(page, wanted, "{at_once}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_that_nobody_wants_any_more_is_not_waited_for() {
        let passing = pin!(ready(Passed { rows: 30, at_end: false, flow: Ok(ControlFlow::Break(())) }));
        let next = pin!(pending::<()>());
        assert!(tokio::time::timeout(Duration::from_secs(60), both(passing, next, true)).await.is_ok());
    }

    #[tokio::test]
    async fn a_taker_that_has_enough_gets_no_further_row_and_no_position() {
        let mut taker = Taker::of(2);
        let passed = passing().pass_on(&page(0..5), Some(&PagePosition::new("4", 5)), &mut taker).await;
        assert_eq!((taker.taken, passed.rows, passed.at_end), (2, 2, false));
        assert_eq!(passed.flow, Ok(ControlFlow::Break(())));
    }

    #[tokio::test(start_paused = true)]
    async fn a_taker_without_room_is_waited_for_and_is_not_quick() {
        let (mut passing, page) = (passing(), page(0..5));
        assert!(!passing.is_quick(), "nothing is known of it yet");
        passing.pass_on(&page, None, &mut Taker::of(9)).await;
        assert!(passing.is_quick());
        let mut passing = self::passing();
        for (pause, is_quick) in [(QUICK / 2, true), (QUICK, false)] {
            passing.order = KeyOrder::new(KeyType::Text, None);
            let mut taker = Taker::of(9);
            let full = Arc::clone(&taker.full);
            full.store(true, Ordering::SeqCst);
            {
                let mut passed = pin!(passing.pass_on(&page, None, &mut taker));
                assert!(poll_often(passed.as_mut()).is_none(), "there is no room");
                tokio::time::advance(pause).await;
                full.store(false, Ordering::SeqCst);
                assert!(poll_often(passed.as_mut()).is_some_and(|passed| passed.rows == 5));
            }
            assert_eq!(passing.is_quick(), is_quick, "{pause:?}");
        }
    }

    #[tokio::test]
    async fn a_page_without_rows_does_not_make_the_keys_before_it_forgotten() {
        let mut passing = passing();
        for keys in [0..3, 3..3] {
            assert!(passing.pass_on(&page(keys), None, &mut Taker::of(9)).await.goes_on());
        }
        let passed = passing.pass_on(&page(2..4), None, &mut Taker::of(9)).await;
        assert!(matches!(passed.flow, Err(Wrong::Key(_))) && passed.rows == 0);
    }

    #[tokio::test]
    async fn the_network_has_its_turn_again_and_again_while_rows_are_passed_on() {
        let (turns, rows) = (Cell::new(0), 10 * ROWS_AT_ONCE);
        let (mut passing, page) = (passing(), page(0..rows));
        let mut taker = Taker::of(usize::MAX);
        let network = poll_fn(|_| {
            turns.set(turns.get() + 1);
            Poll::<()>::Pending
        });
        {
            let (mut passing, mut network) = (pin!(passing.pass_on(&page, None, &mut taker)), pin!(network));
            poll_fn(|context| {
                assert!(network.as_mut().poll(context).is_pending());
                passing.as_mut().poll(context).map(drop)
            })
            .await;
        }
        assert_eq!((taker.taken, turns.get()), (rows, 1 + TURNS_OF_A_REQUEST + rows / ROWS_AT_ONCE));
    }
}
