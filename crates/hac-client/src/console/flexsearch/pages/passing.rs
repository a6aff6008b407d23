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
const ROWS_AT_ONCE: usize = 256;

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
    use std::future::ready;
    use std::pin::pin;

    use super::*;

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
}
