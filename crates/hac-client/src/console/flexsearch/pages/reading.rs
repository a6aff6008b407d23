//! Reads page after page.

use std::ops::ControlFlow;
use std::pin::pin;

use tokio::time::Instant;

use super::super::answer::Streaming;
use super::super::sink::FlexibleSearchSummary;
use super::super::{Answered, AtOnce, Collector, FlexibleSearch};
use super::buffer::PageBuffer;
use super::order::{KeyOrder, Wrong};
use super::passing::{Passing, both};
use super::size::PageSize;
use super::wrapped::{DOING, From, KeyType, Wrapped, shown};
use super::{PagePosition, PageSink, PagedSearch, PagedSummary};
use crate::client::HacClient;
use crate::error::{Error, ErrorKind, Result};
use crate::hint::Hint;
use crate::notice::Notice;
use crate::outcome::checked;
use crate::transport::Pace;

/// So often in a row a page waits after a 429. Many requests follow each other, so the server's limit may be met again and again.
const COOL_DOWNS: u32 = 5;

impl HacClient {
    /// Runs a query and passes all its rows to the sink, however many there are, in the order of a unique key.
    ///
    /// The query is put into another one and read in pages: each begins with the last key of the page before. While a quick sink
    /// takes the rows of a page, the server makes the next one; memory is bounded by these two, about 4 MiB each. A page is passed on when all of it has arrived, so one whose answer breaks off is read again; a page that times
    /// out, or fails with 500 or 504, is read again with half as many rows, up to five times. After a 429 a page waits as long as the
    /// server says, up to five times in a row, and the pages behind it are asked for more slowly.
    ///
    /// The result is not a snapshot of the database. For that, read it in one request, which the server has to hold in memory:
    /// [`stream_flexiblesearch`](Self::stream_flexiblesearch) with [`max_count(0)`](FlexibleSearch::max_count).
    ///
    /// ```no_run
    /// # async fn example(client: &hac_client::HacClient) -> hac_client::Result<()> {
    /// let mut rows = client.stream_all_rows::<(String, String)>("SELECT {pk}, {code} FROM {Product}");
    /// while let Some(row) = rows.next().await {
    ///     let (pk, code) = row?;
    ///     println!("{pk} {code}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage), before anything is sent, if the query cannot be read in pages: it has no key among its columns,
    /// `*`, an order of its own, or a text that databases read differently; it is raw SQL, or commits. The same kind later for a
    /// key that comes twice or is null. [`TooLarge`](ErrorKind::TooLarge) for a row of more than 16 MiB. Those of
    /// [`stream_flexiblesearch`](Self::stream_flexiblesearch). The sink may have received a part of the rows.
    pub async fn stream_pages(&self, search: impl Into<PagedSearch>, sink: &mut dyn PageSink) -> Result<PagedSummary> {
        let search = search.into();
        let began = Instant::now();
        let mut reading = Reading::of(self, &search)?;
        if reading.wrapped.key_type == KeyType::Text {
            let key = shown(&reading.wrapped.key_name);
            self.engine().sessions.notify(&Notice::TextKey { key });
        }
        let mut summary = PagedSummary { position: search.start.clone(), ..PagedSummary::default() };
        let head = reading.head().await?;
        (summary.headers, summary.sql) = (head.headers, head.sql);
        sink.key_column(reading.wrapped.key);
        let flow = match sink.begin(&summary.headers) {
            ControlFlow::Continue(()) => reading.pages(sink, &mut summary).await?,
            stopped @ ControlFlow::Break(()) => stopped,
        };
        summary.stopped = flow.is_break();
        summary.elapsed = began.elapsed();
        Ok(summary)
    }
}

/// A query that is being read in pages.
struct Reading<'c> {
    client: &'c HacClient,
    query: FlexibleSearch,
    wrapped: Wrapped,
    size: PageSize,
    /// The key of the last row that has come.
    last: Option<String>,
}

/// How a page came.
struct Page {
    /// Whether the server has no more rows, as it seems.
    short: bool,
    /// Whether the rest of the page was given up, for want of room.
    full: bool,
}

impl<'c> Reading<'c> {
    fn of(client: &'c HacClient, search: &PagedSearch) -> Result<Self> {
        let refused =
            |why: &str| Err(Error::new(ErrorKind::Usage, DOING).because(why).with_hint(Hint::ReadInOneRequest));
        if search.query.sql {
            return refused("raw SQL is sent once, because it may change something");
        }
        if search.query.class() != crate::protection::Class::Read {
            return refused("a query that commits is sent once");
        }
        let query = search.query.bound()?;
        let wrapped = Wrapped::new(&query.query, search.key.as_deref(), search.key_type)?;
        let start = search.start.as_ref().map(PagePosition::key);
        // A position that cannot be read on from is told before anything is sent.
        wrapped.text(start.map_or(From::Start, From::Key))?;
        let last = start.map(str::to_owned);
        Ok(Self { client, query, wrapped, size: PageSize::new(search.page_rows), last })
    }

    /// Runs the query itself for one row: its labels are those of its columns.
    async fn head(&mut self) -> Result<FlexibleSearchSummary> {
        let mut query = self.query.clone().max_count(1);
        query.query.clone_from(&self.wrapped.own);
        let mut row = Collector::default();
        let mut rows = AtOnce::new(&mut row, query.decode_cells);
        let expected = Streaming::new(&mut rows, Pace::Whole).waiting(COOL_DOWNS);
        let answered = self.client.answered(&query, expected).await;
        let head = checked(super::super::DOING, answered.result?)?;
        let (listed, labels) = (self.wrapped.columns(), head.headers.len());
        if listed == labels {
            return Ok(head);
        }
        Err(Error::new(ErrorKind::Usage, DOING)
            .because(format!("the server has {labels} columns for the {listed} that the query seems to have"))
            .with_hint(Hint::ReadInOneRequest))
    }

    async fn pages(&mut self, sink: &mut dyn PageSink, summary: &mut PagedSummary) -> Result<ControlFlow<()>> {
        let buffer = || PageBuffer::new(self.wrapped.key, self.query.decode_cells);
        let (mut here, mut coming) = (buffer(), buffer());
        let mut passing = Passing::new(KeyOrder::new(self.wrapped.key_type, self.last.as_deref()));
        let mut rows = summary.position.as_ref().map_or(0, PagePosition::rows);
        let mut looking_for_the_end = false;
        let mut page = self.page(&mut coming, looking_for_the_end).await?;
        loop {
            std::mem::swap(&mut here, &mut coming);
            summary.pages += 1;
            if here.len() == 0 && (looking_for_the_end || self.last.is_none()) {
                return Ok(ControlFlow::Continue(()));
            }
            if page.full {
                self.size.fits(here.len());
            }
            // A page with fewer rows than were asked for is the last one, unless something limits pages. The next one says so,
            // and asks for null keys, which stand behind all others in some databases.
            looking_for_the_end = page.short && !page.full;
            rows += here.len() as u64;
            let last = here.last_key();
            // Where the last row has no key, there is no next page: what is wrong with that row is told when it is read.
            let at_once = passing.is_quick() && (here.len() == 0 || last.is_some());
            let position = last.as_ref().map(|last| PagePosition::new(last, rows));
            let before = self.last.clone();
            self.last = last.or(before.clone());
            let (passed, next) = {
                let passing = pin!(passing.pass_on(&here, position.as_ref(), sink));
                let next = pin!(self.page(&mut coming, looking_for_the_end));
                both(passing, next, at_once).await
            };
            summary.row_count += passed.rows as u64;
            if let Err(wrong) = passed.flow {
                return Err(wrong_key(wrong, here.key_before(passed.rows).or(before).as_deref()));
            }
            if passed.at_end {
                summary.position = position;
            }
            let Some(next) = next else { return Ok(ControlFlow::Break(())) };
            page = next?;
        }
    }

    /// Reads the next page, of fewer rows if need be.
    async fn page(&mut self, buffer: &mut PageBuffer, looking_for_the_end: bool) -> Result<Page> {
        loop {
            let last = self.last.as_deref();
            let from = match last {
                None => From::Start,
                Some(last) if looking_for_the_end => From::KeyOrNull(last),
                Some(last) => From::Key(last),
            };
            let rows = self.size.rows();
            let wanted = rows.saturating_add(usize::from(last.is_some()));
            let mut query = self.query.clone().max_count(wanted);
            query.query = self.wrapped.text(from)?;
            buffer.expect(last.map(str::to_owned));
            let pause = self.size.pause();
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            let expected = Streaming::new(buffer, Pace::Pieces).restarting().waiting(COOL_DOWNS);
            let Answered { result, lost, took, waited } = self.client.answered(&query, expected).await;
            if waited {
                self.size.too_many();
            }
            match result {
                Ok(answer) => {
                    let answer = checked(DOING, answer).map_err(|error| refused(error, self.last.as_deref()))?;
                    self.size.took(took, buffer.weight());
                    return Ok(Page { short: buffer.received < wanted, full: answer.stopped });
                }
                Err(error) if error.kind() == ErrorKind::TooLarge => {
                    // The row that ends the page is not in it.
                    let before = buffer.last_key().or(self.last.clone());
                    return Err(too_large(error, before.as_deref()));
                }
                Err(error) => {
                    if !lost.is_some_and(|point| self.size.failed(point)) {
                        return Err(behind(error, self.last.as_deref()));
                    }
                    let why = format!("{}; the page is read again with {} rows", error.why(), self.size.rows());
                    self.client.engine().sessions.notify(&Notice::ReadAgain { why });
                }
            }
        }
    }
}

/// The server does not run the query around the query.
fn refused(error: Error, last: Option<&str>) -> Error {
    match last {
        None => error.with_hint(Hint::ReadInOneRequest),
        Some(_) => behind(error, last),
    }
}

/// Says which row is too large.
fn too_large(error: Error, before: Option<&str>) -> Error {
    let place =
        before.map_or_else(|| "the first one".to_owned(), |key| format!("the one behind the key {}", shown(key)));
    let why = format!("{}; the row is {place}", error.why());
    error.because(why).with_hint("leave its largest column out, or leave the row out")
}

/// Says how far the rows had come.
fn behind(error: Error, last: Option<&str>) -> Error {
    let Some(last) = last else { return error };
    let why = format!("{}; the rows up to the key {} had been read", error.why(), shown(last));
    error.because(why)
}

fn wrong_key(wrong: Wrong, last: Option<&str>) -> Error {
    match wrong {
        Wrong::Key(why) => Error::new(ErrorKind::Usage, DOING).because(why).with_hint(Hint::ChooseKey),
        Wrong::Answer(why) => {
            behind(Error::new(ErrorKind::Protocol, DOING).because(why).with_hint(Hint::ReadInOneRequest), last)
        }
    }
}
