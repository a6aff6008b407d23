//! The parts of a workbook around its sheets, and the text of XML.

use std::fmt::Write as _;

/// The styles of cells, by their number.
pub(super) const HEADER: &str = " s=\"1\"";
pub(super) const TIME: &str = " s=\"2\"";

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONSHIPS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const DOCUMENT: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const CONTENT: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/// The name of the part of a sheet, counted from 1.
pub(super) fn sheet_part(number: usize) -> String {
    format!("xl/worksheets/sheet{number}.xml")
}

/// What a sheet begins with: the names of the columns stay on the screen, if there are any.
pub(super) fn sheet_begin(is_first: bool, has_names: bool) -> String {
    let selected = if is_first { " tabSelected=\"1\"" } else { "" };
    let pane = if has_names {
        "<pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/>"
    } else {
        ""
    };
    format!(
        "{DECLARATION}<worksheet xmlns=\"{MAIN}\"><sheetViews><sheetView{selected} workbookViewId=\"0\">{pane}</sheetView></sheetViews><sheetData>"
    )
}

pub(super) const SHEET_END: &str = "</sheetData></worksheet>";

/// The parts that name the sheets, and the styles.
pub(super) fn parts(sheets: usize) -> [(&'static str, String); 5] {
    let (mut names, mut relations, mut types) = (String::new(), String::new(), String::new());
    for number in 1..=sheets {
        // Writing to a String cannot fail.
        let _ = write!(names, "<sheet name=\"Rows{number}\" sheetId=\"{number}\" r:id=\"rId{number}\"/>");
        let _ = write!(
            relations,
            "<Relationship Id=\"rId{number}\" Type=\"{DOCUMENT}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"
        );
        let _ =
            write!(types, "<Override PartName=\"/{}\" ContentType=\"{CONTENT}.worksheet+xml\"/>", sheet_part(number));
    }
    let styles = sheets + 1;
    [
        (
            "xl/workbook.xml",
            format!(
                "{DECLARATION}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{DOCUMENT}\"><sheets>{names}</sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "{DECLARATION}<Relationships xmlns=\"{RELATIONSHIPS}\">{relations}<Relationship Id=\"rId{styles}\" \
                 Type=\"{DOCUMENT}/styles\" Target=\"styles.xml\"/></Relationships>"
            ),
        ),
        ("xl/styles.xml", style_sheet()),
        (
            "_rels/.rels",
            format!(
                "{DECLARATION}<Relationships xmlns=\"{RELATIONSHIPS}\"><Relationship Id=\"rId1\" \
                 Type=\"{DOCUMENT}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "[Content_Types].xml",
            format!(
                "{DECLARATION}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
                 <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
                 <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
                 <Override PartName=\"/xl/workbook.xml\" ContentType=\"{CONTENT}.sheet.main+xml\"/>\
                 <Override PartName=\"/xl/styles.xml\" ContentType=\"{CONTENT}.styles+xml\"/>{types}</Types>"
            ),
        ),
    ]
}

fn style_sheet() -> String {
    format!(
        "{DECLARATION}<styleSheet xmlns=\"{MAIN}\">\
         <numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd hh:mm:ss\"/></numFmts>\
         <fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font><font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>\
         <fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills>\
         <borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
         <cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>\
         <cellXfs count=\"3\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>\
         <xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\"/>\
         <xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/></cellXfs>\
         <cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>"
    )
}

/// Adds text, so that a reader gets each character back. What XML cannot hold is `_x001B_`, as Excel writes it.
pub(super) fn escape(text: &str, into: &mut String) {
    let mut plain = 0;
    for (at, char) in text.char_indices() {
        let escaped = match char {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            // A reader would make a newline of it.
            '\r' => "&#13;",
            '_' if looks_escaped(&text[at..]) => "_x005F_",
            '\n' | '\t' => continue,
            char if char < ' ' || matches!(char, '\u{fffe}' | '\u{ffff}') => {
                into.push_str(&text[plain..at]);
                let _ = write!(into, "_x{:04X}_", char as u32);
                plain = at + char.len_utf8();
                continue;
            }
            _ => continue,
        };
        into.push_str(&text[plain..at]);
        into.push_str(escaped);
        plain = at + char.len_utf8();
    }
    into.push_str(&text[plain..]);
}

/// Whether Excel would take it for a character: `_x001B_`.
fn looks_escaped(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 7 && bytes.starts_with(b"_x") && bytes[6] == b'_' && bytes[2..6].iter().all(u8::is_ascii_hexdigit)
}

/// The name of a column in a sheet: A, B, …, Z, AA.
pub(super) fn column_name(index: usize) -> String {
    let mut name = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        // Less than 26.
        name.push(b'A' + u8::try_from((rest - 1) % 26).unwrap_or_default());
        rest = (rest - 1) / 26;
    }
    name.reverse();
    name.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_the_names_that_sheets_give_them() {
        for (index, name) in
            [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")]
        {
            assert_eq!(column_name(index), name);
        }
    }

    #[test]
    fn what_xml_cannot_hold_is_escaped_as_excel_does_it() {
        for (text, expected) in [
            ("plain 東京 🚲", "plain 東京 🚲"),
            ("<a> & \"b\"", "&lt;a&gt; &amp; \"b\""),
            ("a\r\n\tb", "a&#13;\n\tb"),
            ("\u{1b}[2J\0", "_x001B_[2J_x0000_"),
            ("_x001B_ _x00_ _", "_x005F_x001B_ _x00_ _"),
            ("\u{ffff}", "_xFFFF_"),
        ] {
            let mut escaped = String::new();
            escape(text, &mut escaped);
            assert_eq!(escaped, expected);
        }
    }
}
