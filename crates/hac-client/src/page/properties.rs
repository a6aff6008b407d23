//! The table of properties on HAC's configuration page.

use super::markup::{Rows, Tag, TooManyRows, Visitor, walk};

/// A property, as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PropertyRow {
    pub(crate) key: String,
    pub(crate) value: String,
}

/// Returns every `tr[id] input[name=…]` whose name is the row's id, in the page's order; `None` for
/// a page without such a row.
///
/// Two public clients read the page like this, one by the row, the other by the input.
pub(crate) fn properties(html: &str) -> Option<Result<Vec<PropertyRow>, TooManyRows>> {
    let rows = walk(html, PropertyReader::default()).rows.into_result();
    (rows != Ok(Vec::new())).then_some(rows)
}

#[derive(Default)]
struct PropertyReader {
    /// The id of the open row, until its value is found.
    key: Option<String>,
    rows: Rows<PropertyRow>,
}

impl Visitor for PropertyReader {
    type Mark = ();

    fn start(&mut self, tag: &Tag<'_, '_, '_>) -> Option<()> {
        match tag.name() {
            "tr" => {
                self.key = tag.filled("id");
                self.key.is_some().then_some(())
            }
            "input" => {
                let key = self.key.as_deref()?;
                if tag.attribute("name").as_deref() == Some(key) {
                    let value = tag.attribute("value").unwrap_or_default();
                    let key = self.key.take().unwrap_or_default();
                    let texts = [key.len(), value.len()];
                    self.rows.push(PropertyRow { key, value }, &texts);
                }
                None
            }
            _ => None,
        }
    }

    fn end(&mut self, (): ()) {
        self.key = None;
    }

    fn wants_text(&self) -> bool {
        false
    }

    fn text(&mut self, _: &str) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(html: &str) -> Option<Vec<(String, String)>> {
        properties(html).map(|rows| rows.expect("few rows").into_iter().map(|row| (row.key, row.value)).collect())
    }

    #[test]
    fn each_row_with_an_input_of_its_name_is_a_property() {
        let page = "<form action=/hac/j_spring_security_logout><input name=_csrf value=T></form><table>
            <tr id=\"a.b\"><td><input type=checkbox name=select><input name=\"a.b\" value=\"x &amp; &quot;y&quot;\"></td>
            <td><input name=a.b value=twice></td></tr>
            <tr id=empty><td><input name=empty></td></tr><tr id=none><td>nothing</td></tr>
            <tr><td><input name=other value=1></td></tr></table><input name=none value=late>";
        let expected = [("a.b", "x & \"y\""), ("empty", "")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(read(page).expect("rows"), expected);
    }

    #[test]
    fn more_properties_than_there_is_room_for_are_no_list() {
        let row = format!("<tr id=a><input name=a value={}></tr>", "x".repeat(100_000));
        let page = row.repeat(700);
        assert_eq!(properties(&page), Some(Err(TooManyRows)));
    }

    #[test]
    fn a_page_without_a_property_is_none() {
        assert_eq!(read("<form action=/j_spring_security_check><input name=j_username></form>"), None);
        assert_eq!(read("<table><tr id=a></tr></table>"), None);
    }

    #[test]
    fn thousands_of_properties_are_read_whole_and_long_values_too() {
        use std::fmt::Write as _;
        let long = "x".repeat(200_000);
        let mut page = String::from("<table><tbody>");
        for number in 0..8_000 {
            let value = if number % 1_000 == 7 { &long } else { "some value of a usual length, 50 characters or so" };
            write!(
                page,
                "<tr id=\"key.{number}\"><td class=\"key\"><span>key.{number}</span></td><td><div><input type=\"text\" \
                 name=\"key.{number}\" value=\"{value}\" class=\"property\"/></div></td><td><a href=\"#\">x</a></td></tr>"
            )
            .expect("a string");
        }
        page.push_str("</tbody></table>");
        let rows = read(&page).expect("rows");
        assert_eq!(rows.len(), 8_000);
        assert_eq!((rows[7_999].0.as_str(), rows[7_007].1.len()), ("key.7999", 200_000));
    }
}
