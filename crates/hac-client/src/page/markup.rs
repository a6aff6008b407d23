//! Reads HTML: start tags, text, and the ends of the elements that a visitor asked about.
//!
//! Neither this module nor its visitors log what they read: pages contain tokens.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use crate::entities;
use crate::limits::COLLECTED_LIMIT;
use lol_html::html_content::{Element as Markup, TextChunk, TextType};
use lol_html::{HandlerResult, HtmlRewriter, MemorySettings, Settings, doc_text, element};

/// The memory limit for elements that are open at the same time, in KiB: enough for thousands.
///
/// An end tag without a start tag is compared with each of them, so a page with very many end tags
/// gets a lower limit. A page that exceeds the limit is read up to that point.
fn memory_limit(html: &str) -> usize {
    let end_tags = memchr::memmem::find_iter(html.as_bytes(), b"</").count();
    ((1 << 27) / end_tags.max(1)).clamp(64, 1024)
}

/// A table with more rows than the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooManyRows;

/// The rows of a table, up to a memory limit.
#[derive(Debug)]
pub(super) struct Rows<R> {
    rows: Vec<R>,
    weight: usize,
}

impl<R> Default for Rows<R> {
    fn default() -> Self {
        Self { rows: Vec::new(), weight: 0 }
    }
}

impl<R> Rows<R> {
    /// Adds a row whose texts have these lengths. Rows over the limit are counted, but not kept.
    pub(super) fn push(&mut self, row: R, texts: &[usize]) {
        const TEXT: usize = 32;
        self.weight += 2 * size_of::<R>() + texts.iter().map(|length| TEXT + length).sum::<usize>();
        if self.weight <= COLLECTED_LIMIT {
            self.rows.push(row);
        }
    }

    pub(super) fn into_result(self) -> Result<Vec<R>, TooManyRows> {
        if self.weight <= COLLECTED_LIMIT { Ok(self.rows) } else { Err(TooManyRows) }
    }
}

/// The number of pieces of a page that fit into the limit. A tag that is cut is read again with each piece.
const PIECES: usize = 8;

/// Receives the elements and the text of a page, in order.
pub(super) trait Visitor: Default + 'static {
    /// Identifies an element whose end the visitor wants to hear of.
    type Mark: 'static;

    fn start(&mut self, tag: &Tag<'_, '_, '_>) -> Option<Self::Mark>;

    /// Called for the end tag, or that of an enclosing element. Not called if the page is cut off before it.
    fn end(&mut self, mark: Self::Mark);

    /// Returns whether the visitor wants the text that follows.
    fn wants_text(&self) -> bool;

    /// Called with the text between two tags, decoded.
    fn text(&mut self, text: &str);

    /// Returns whether the visitor needs no more of the page.
    fn is_done(&self) -> bool {
        false
    }
}

/// A start tag. Names are in lower case, values decoded.
pub(super) struct Tag<'a, 'r, 't> {
    markup: &'a Markup<'r, 't>,
    name: String,
}

impl Tag<'_, '_, '_> {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether it is an HTML element, not one of a drawing or a formula, where `title` has another meaning.
    pub(super) fn is_html(&self) -> bool {
        self.markup.namespace_uri().ends_with("xhtml")
    }

    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        self.markup.get_attribute(name).map(|value| decode(&value, true).into_owned())
    }

    /// Returns an attribute unless it is missing or empty.
    pub(super) fn filled(&self, name: &str) -> Option<String> {
        self.attribute(name).filter(|value| !value.is_empty())
    }

    /// In the page's order. If a name occurs twice, the first wins, as in browsers.
    pub(super) fn attributes(&self) -> Vec<(String, String)> {
        let mut seen = HashSet::new();
        let named = self.markup.attributes().iter().filter(|attribute| seen.insert(attribute.name()));
        named.map(|attribute| (attribute.name(), decode(&attribute.value(), true).into_owned())).collect()
    }
}

/// Passes a page to a visitor. Broken markup is read as far as possible, and is never an error.
pub(super) fn walk<V: Visitor>(html: &str, visitor: V) -> V {
    let walker = Rc::new(RefCell::new(Walker { visitor, ..Walker::default() }));
    let limit = memory_limit(html) * 1024;
    let settings = Settings {
        element_content_handlers: vec![element!("*", |markup| on_start(&walker, markup))],
        document_content_handlers: vec![doc_text!(|chunk| {
            walker.borrow_mut().take(chunk);
            Ok(())
        })],
        memory_settings: MemorySettings { max_allowed_memory_usage: limit, ..MemorySettings::new() },
        strict: false,
        ..Settings::new()
    };
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    // A tag that is cut is kept for the next piece, within the limit, so that the attributes of one tag cannot exhaust memory.
    // After an error, at a limit, or at an early end, what was read so far is the result.
    if html.as_bytes().chunks(limit / PIECES).try_for_each(|piece| rewriter.write(piece)).is_ok() {
        let _ = rewriter.end();
    }
    let mut walker = walker.take();
    walker.flush();
    walker.visitor
}

fn on_start<V: Visitor>(walker: &Rc<RefCell<Walker<V>>>, markup: &mut Markup<'_, '_>) -> HandlerResult {
    let mark = walker.borrow_mut().start(&Tag { name: markup.tag_name(), markup });
    let Some(mark) = mark else { return Ok(()) };
    let Some(handlers) = markup.end_tag_handlers() else { return walker.borrow_mut().end(mark) };
    let walker = Rc::clone(walker);
    handlers.push(Box::new(move |_| walker.borrow_mut().end(mark)));
    Ok(())
}

#[derive(Default)]
struct Walker<V> {
    visitor: V,
    /// Raw text of the page. It arrives in pieces, which may split an entity.
    pending: String,
    has_entities: bool,
    /// A line break directly after the start tag is not part of the text.
    skips_line_break: bool,
}

impl<V: Visitor> Walker<V> {
    fn start(&mut self, tag: &Tag<'_, '_, '_>) -> Option<V::Mark> {
        self.flush();
        self.skips_line_break = matches!(tag.name(), "pre" | "textarea" | "listing");
        self.visitor.start(tag)
    }

    fn take(&mut self, chunk: &TextChunk<'_>) {
        if self.visitor.wants_text() {
            self.has_entities = matches!(chunk.text_type(), TextType::Data | TextType::RCData);
            self.pending.push_str(chunk.as_str());
        }
        if chunk.last_in_text_node() {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let text = decode(&self.pending, self.has_entities);
        let skipped = if self.skips_line_break { text.strip_prefix('\n') } else { None };
        self.visitor.text(skipped.unwrap_or(&text));
        self.skips_line_break = false;
        self.pending.clear();
    }

    fn end(&mut self, mark: V::Mark) -> HandlerResult {
        self.flush();
        self.skips_line_break = false;
        self.visitor.end(mark);
        if self.visitor.is_done() { Err("the rest does not matter".into()) } else { Ok(()) }
    }
}

/// Normalizes line breaks as HTML does, and decodes entities.
fn decode(raw: &str, has_entities: bool) -> Cow<'_, str> {
    if raw.contains('\r') {
        let lines = raw.replace("\r\n", "\n").replace('\r', "\n");
        return Cow::Owned(decode(&lines, has_entities).into_owned());
    }
    if has_entities { entities::decode(raw) } else { Cow::Borrowed(raw) }
}
