//! The pages of the `ImpEx` consoles.

use super::markup::{self, Tag, Visitor};
use crate::server_text::ServerText;

/// The results, messages and links on a page of the `ImpEx` consoles.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ImpexPage {
    /// The text of `#impexResult`: the result of an import or an export.
    pub(crate) result: Option<Verdict>,
    /// The text of `#validationResultMsg`: the result of a validation.
    pub(crate) validation: Option<Verdict>,
    /// The text of the first `pre` in the first element of class `impexResult`: the report.
    pub(crate) dump: Option<String>,
    /// A message without a level: neither a success nor a failure.
    pub(crate) is_undecided: bool,
    /// The texts of elements of class `error`: why the server rejected the form's fields.
    pub(crate) errors: Vec<ServerText>,
    /// The links in `#downloadExportResultData`.
    pub(crate) downloads: Vec<Link>,
}

/// A level and a sentence.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) level: String,
    pub(crate) text: String,
}

/// The maximum number of errors of a form that are kept.
const MOST_ERRORS: usize = 100;

/// The maximum number of links that are kept.
const MOST_DOWNLOADS: usize = 1_000;

/// Returns whether a `data-level` means success.
///
/// Only `notice` does. `error` and unknown levels do not.
pub(crate) fn is_success(level: &str) -> bool {
    level.trim().eq_ignore_ascii_case("notice")
}

impl Verdict {
    /// Of two verdicts on one page, a failure wins.
    fn or_worse(first: Option<Self>, second: Option<Self>) -> Option<Self> {
        match (first, second) {
            (Some(first), Some(second)) if is_success(&first.level) && !is_success(&second.level) => Some(second),
            (first, second) => first.or(second),
        }
    }
}

/// A link to a file.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) href: String,
    pub(crate) name: String,
}

impl ImpexPage {
    pub(crate) fn read(html: &str) -> Self {
        let mut reader = markup::walk(html, ImpexReader::default());
        reader.page.errors = reader.refusals.into_iter().map(ServerText::new).filter(|text| !text.is_empty()).collect();
        reader.page
    }
}

#[derive(Default)]
struct ImpexReader {
    page: ImpexPage,
    /// The texts of elements of class `error`.
    refusals: Vec<String>,
    /// The number of open elements of each kind.
    reports: usize,
    downloads: usize,
    errors: usize,
    in_dump: bool,
    in_link: bool,
}

enum Mark {
    Report,
    Dump,
    Error,
    Downloads,
    Link,
}

impl Visitor for ImpexReader {
    type Mark = Mark;

    fn start(&mut self, tag: &Tag<'_, '_, '_>) -> Option<Mark> {
        let id = tag.attribute("id").unwrap_or_default();
        match id.as_str() {
            "impexResult" => self.page.result = self.verdict(tag, |page| &mut page.result),
            "validationResultMsg" => self.page.validation = self.verdict(tag, |page| &mut page.validation),
            "downloadExportResultData" => {
                self.downloads += 1;
                return Some(Mark::Downloads);
            }
            _ => {}
        }
        match tag.name() {
            "pre" if self.reports > 0 && self.page.dump.is_none() => {
                self.page.dump = Some(String::new());
                self.in_dump = true;
                return Some(Mark::Dump);
            }
            "a" if self.downloads > 0 && self.page.downloads.len() < MOST_DOWNLOADS => {
                let href = tag.filled("href")?;
                self.page.downloads.push(Link { href, name: String::new() });
                self.in_link = true;
                return Some(Mark::Link);
            }
            _ => {}
        }
        let classes = tag.attribute("class")?;
        let has = |wanted: &str| classes.split_ascii_whitespace().any(|class| class == wanted);
        if has("impexResult") {
            self.reports += 1;
            return Some(Mark::Report);
        }
        // A report may quote anything.
        if has("error") && self.reports == 0 && self.refusals.len() < MOST_ERRORS {
            self.errors += 1;
            self.refusals.push(String::new());
            return Some(Mark::Error);
        }
        None
    }

    fn end(&mut self, mark: Mark) {
        match mark {
            Mark::Report => self.reports -= 1,
            Mark::Dump => self.in_dump = false,
            Mark::Error => self.errors -= 1,
            Mark::Downloads => self.downloads -= 1,
            Mark::Link => self.in_link = false,
        }
    }

    fn wants_text(&self) -> bool {
        self.in_dump || self.in_link || self.errors > 0
    }

    fn text(&mut self, text: &str) {
        let page = &mut self.page;
        let target = if self.in_dump {
            page.dump.as_mut()
        } else if self.in_link {
            page.downloads.last_mut().map(|link| &mut link.name)
        } else {
            self.refusals.last_mut()
        };
        if let Some(target) = target {
            target.push_str(text);
        }
    }
}

impl ImpexReader {
    /// Combines the verdict of an element with that of an earlier element of the same id.
    fn verdict(
        &mut self,
        tag: &Tag<'_, '_, '_>,
        earlier: fn(&mut ImpexPage) -> &mut Option<Verdict>,
    ) -> Option<Verdict> {
        let text = tag.attribute("data-result").unwrap_or_default();
        let level = tag.filled("data-level").filter(|level| !level.trim().is_empty());
        self.page.is_undecided |= level.is_none() && !text.trim().is_empty();
        Verdict::or_worse(earlier(&mut self.page).take(), level.map(|level| Verdict { level, text }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server_text::Secrets;

    fn verdict(level: &str, text: &str) -> Verdict {
        Verdict { level: level.into(), text: text.into() }
    }

    #[test]
    fn level_sentence_and_dump_are_read_wherever_they_stand() {
        let page = ImpexPage::read(
            "<div class=\"box impexResult quiet\"><h3>x</h3><pre>\nINSERT &lt;X&gt;;a\n,,,,no;1\n</pre><pre>other</pre></div>
             <span class=x data-result='It&#39;s &quot;bad&quot;'\n  data-level=\"error\" id=\"impexResult\"></span>
             <span id=validationResultMsg data-level=notice data-result='Import script is valid'></span>",
        );
        assert_eq!(page.result, Some(verdict("error", "It's \"bad\"")));
        assert_eq!(page.validation, Some(verdict("notice", "Import script is valid")));
        assert_eq!(page.dump.as_deref(), Some("INSERT <X>;a\n,,,,no;1\n"));
        assert!(page.errors.is_empty());
    }

    #[test]
    fn an_empty_place_for_a_result_is_no_result() {
        let page = ImpexPage::read("<span id=impexResult data-level='' data-result=''></span><pre>x</pre>");
        assert_eq!(page, ImpexPage::default());
    }

    #[test]
    fn only_a_notice_is_a_success() {
        for level in ["notice", "NOTICE", " notice "] {
            assert!(is_success(level), "{level}");
        }
        for level in
            ["error", "ERROR", "error ", "err", "fatal", "warning", "success", "info", "", "notices", "no notice"]
        {
            assert!(!is_success(level), "{level}");
        }
    }

    #[test]
    fn of_two_verdicts_the_bad_one_counts_wherever_it_stands() {
        let (good, bad) =
            ("<i id=impexResult data-level=notice data-result=y></i>", "<i id=impexResult data-level=fatal></i>");
        for html in [format!("{good}{bad}"), format!("{bad}{good}"), format!("{good}{good}{bad}")] {
            assert_eq!(ImpexPage::read(&html).result, Some(verdict("fatal", "")), "{html}");
        }
        assert!(ImpexPage::read("<i id=impexResult data-result=done></i>").is_undecided);
        assert!(!ImpexPage::read("<i id=impexResult data-result=' '></i>").is_undecided);
    }

    #[test]
    fn links_and_errors_are_kept_up_to_a_number() {
        let html = format!("<div id=downloadExportResultData>{}", "<a href=x>y</a>".repeat(MOST_DOWNLOADS + 5));
        assert_eq!(ImpexPage::read(&html).downloads.len(), MOST_DOWNLOADS);
        assert_eq!(ImpexPage::read(&"<p class=error>x</p>".repeat(MOST_ERRORS + 5)).errors.len(), MOST_ERRORS);
    }

    #[test]
    fn errors_of_the_form_are_read_and_those_quoted_in_a_report_are_not() {
        let page = ImpexPage::read(
            "<span class='error big'>Unknown\n <b>encoding</b></span><p class=error></p>
             <div class=impexResult><p class=error>quoted</p></div><i class=myerror>no</i>",
        );
        let shown: Vec<_> = page.errors.iter().map(|error| Secrets::default().show(error, 60)).collect();
        assert_eq!(shown, ["Unknown encoding"]);
    }

    #[test]
    fn the_links_of_an_export_are_those_in_their_place() {
        let page = ImpexPage::read(
            "<a href=/other>other</a><div id=downloadExportResultData><p><a href='export/x.zip?a=1&amp;b=2'>x.zip</a></p>
             <a name=anchor>none</a></div><a href=/more>more</a>",
        );
        assert_eq!(page.downloads, [Link { href: "export/x.zip?a=1&b=2".into(), name: "x.zip".into() }]);
    }
}
