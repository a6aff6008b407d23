//! `flexsearch --output rows.xlsx`, read as a spreadsheet reads it: the parts of the archive, and their XML.

use std::collections::BTreeMap;
use std::io::Read as _;

use hac_simulator::{Fault, On};
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::bench::{Bench, Ran};

const EXECUTE: &str = "/console/flexsearch/execute";

fn answer(headers: &[&str], rows: &[Vec<Option<String>>]) -> Fault {
    let answer = serde_json::json!({
        "headers": headers, "resultList": rows, "resultCount": rows.len(), "executionTime": 7, "exception": null,
        "exceptionStackTrace": "", "query": "SELECT 1",
    });
    Fault::Body(answer.to_string())
}

#[expect(clippy::unnecessary_wraps, reason = "beside cells that are null")]
fn cell(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn write(bench: &Bench, more: &[&str]) -> Ran {
    bench.run(&[&["flexsearch", "SELECT 1", "-m", "0", "-o", "rows.xlsx"], more].concat())
}

fn bytes(bench: &Bench) -> Vec<u8> {
    std::fs::read(bench.home.path().join("rows.xlsx")).expect("a file")
}

/// The parts of a workbook by their names, found by the directory at its end, as ZIP readers do; each checked by its checksum.
pub(crate) fn parts(archive: &[u8]) -> BTreeMap<String, String> {
    let short = |at: usize| usize::from(u16::from_le_bytes([archive[at], archive[at + 1]]));
    let long = |at: usize| u32::from_le_bytes(archive[at..at + 4].try_into().expect("four bytes"));
    let place = |at: usize| usize::try_from(long(at)).expect("a size");
    let end = archive.len() - 22;
    assert_eq!(&archive[end..end + 4], b"PK\x05\x06");
    let mut at = place(end + 16);
    assert_eq!(at + place(end + 12), end, "the directory is where it says");
    let mut found = BTreeMap::new();
    for _ in 0..short(end + 10) {
        assert_eq!(&archive[at..at + 4], b"PK\x01\x02");
        let (checksum, packed, size) = (long(at + 16), place(at + 20), place(at + 24));
        let name = std::str::from_utf8(&archive[at + 46..at + 46 + short(at + 28)]).expect("a name");
        let local = place(at + 42);
        assert_eq!(&archive[local..local + 4], b"PK\x03\x04");
        let begin = local + 30 + short(local + 26) + short(local + 28);
        let behind = begin + packed;
        assert_eq!((&archive[behind..behind + 4], long(behind + 4)), (&b"PK\x07\x08"[..], checksum));
        let mut text = Vec::new();
        flate2::read::DeflateDecoder::new(&archive[begin..behind]).read_to_end(&mut text).expect("deflated");
        let mut crc = flate2::Crc::new();
        crc.update(&text);
        assert_eq!((crc.sum(), text.len()), (checksum, size), "{name}");
        found.insert(name.to_owned(), String::from_utf8(text).expect("UTF-8"));
        at += 46 + short(at + 28) + short(at + 30) + short(at + 32);
    }
    assert_eq!(at, end);
    found
}

/// The cells of a sheet by their names, each with its kind and its text.
pub(crate) fn cells(sheet: &str) -> BTreeMap<String, (String, String)> {
    let mut reader = Reader::from_str(sheet);
    let (mut found, mut open) = (BTreeMap::new(), None);
    loop {
        match reader.read_event().expect("XML") {
            Event::Start(tag) if tag.name().as_ref() == "c" => {
                let attribute = |name: &str| {
                    let found = tag.try_get_attribute(name).expect("attributes");
                    found.map(|found| found.value.into_owned()).unwrap_or_default()
                };
                let kind = format!("{}{}", attribute("t"), attribute("s"));
                open = Some((attribute("r"), (kind, String::new())));
            }
            Event::Text(text) => {
                if let Some((_, (_, cell))) = &mut open {
                    cell.push_str(&text);
                }
            }
            Event::GeneralRef(name) => {
                if let Some((_, (_, cell))) = &mut open {
                    let known = match &*name {
                        "amp" => '&',
                        "lt" => '<',
                        "gt" => '>',
                        "#13" => '\r',
                        other => panic!("{other}"),
                    };
                    cell.push(known);
                }
            }
            Event::End(tag) if tag.name().as_ref() == "c" => found.extend(open.take()),
            Event::Eof => return found,
            _ => {}
        }
    }
}

#[test]
fn a_workbook_has_each_cell_as_text_a_null_as_none_and_its_header_frozen() {
    let bench = Bench::new();
    let rows = [
        vec![cell("8796093054977"), cell("=1+1"), cell("tab\there & <b>"), cell("")],
        vec![None, cell("-1"), cell("東京 🚲\r\n_x0041_"), None],
    ];
    bench.simulator.faults().always(On::post(EXECUTE), answer(&["PK", "p_name", "p_name", "p_x"], &rows));
    let ran = write(&bench, &[]);
    assert_eq!(ran.to_string(), "exit code 0\n--- stdout\n\n--- stderr\n2 rows written to rows.xlsx\n");
    let parts = parts(&bytes(&bench));
    let names: Vec<&str> = parts.keys().map(String::as_str).collect();
    let expected = [
        "[Content_Types].xml",
        "_rels/.rels",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        "xl/workbook.xml",
        "xl/worksheets/sheet1.xml",
    ];
    assert_eq!(names, expected);
    let sheet = &parts["xl/worksheets/sheet1.xml"];
    assert!(sheet.contains("<pane ySplit=\"1\"") && sheet.contains("state=\"frozen\""), "{sheet}");
    let found = cells(sheet);
    let text = |text: &str| ("inlineStr".to_owned(), text.to_owned());
    let expected = [
        ("A1", ("inlineStr1".to_owned(), "PK".to_owned())),
        ("A2", text("8796093054977")),
        ("B1", ("inlineStr1".to_owned(), "p_name".to_owned())),
        ("B2", text("=1+1")),
        ("B3", text("-1")),
        ("C1", ("inlineStr1".to_owned(), "p_name_2".to_owned())),
        ("C2", text("tab\there & <b>")),
        ("C3", text("東京 🚲\r\n_x005F_x0041_")),
        ("D1", ("inlineStr1".to_owned(), "p_x".to_owned())),
        ("D2", text("")),
    ];
    assert_eq!(found, expected.map(|(name, cell)| (name.to_owned(), cell)).into());
    let first = bytes(&bench);
    write(&bench, &["--force"]);
    assert!(bytes(&bench) == first, "the same rows are the same bytes");
    write(&bench, &["--force", "--no-headers", "--columns", "name"]);
    let sheet = &self::parts(&bytes(&bench))["xl/worksheets/sheet1.xml"];
    assert!(!sheet.contains("frozen"), "{sheet}");
    assert_eq!(cells(sheet)["A1"].1, "=1+1");
}

#[test]
fn a_result_without_rows_is_a_sheet_with_a_header() {
    let bench = Bench::new();
    bench.simulator.faults().always(On::post(EXECUTE), answer(&["a", "b"], &[]));
    write(&bench, &[]);
    let found = cells(&parts(&bytes(&bench))["xl/worksheets/sheet1.xml"]);
    assert_eq!(found.keys().collect::<Vec<_>>(), ["A1", "B1"]);
}

#[test]
fn a_cell_that_is_too_long_is_named_and_no_file_is_written() {
    let bench = Bench::new();
    let fits = "🚲".repeat(16_383) + "x";
    let long = "secret".repeat(6_000);
    bench.simulator.faults().always(On::post(EXECUTE), answer(&["a", "p_text"], &[vec![cell("1"), cell(&fits)]]));
    assert_eq!(write(&bench, &[]).code, Some(0), "32,767 characters in UTF-16");
    let rows = [vec![cell("1"), None], vec![cell("2"), cell(&long)], vec![cell("3"), None]];
    bench.simulator.faults().clear();
    bench.simulator.faults().always(On::post(EXECUTE), answer(&["a", "p_text"], &rows));
    let before = bytes(&bench);
    let ran = write(&bench, &["--force"]);
    assert_eq!(
        ran.to_string(),
        "exit code 2\n--- stdout\n\n--- stderr\nerror: cannot write the rows as xlsx: the cell of row 2 in column p_text has 36000 \
         characters, and a cell of a spreadsheet holds 32767\nhint: leave the column out with --columns, or write another format\n"
    );
    assert!(bytes(&bench) == before, "the old file stays");
    let picked = write(&bench, &["--force", "--columns", "a"]);
    assert_eq!(picked.code, Some(0), "{picked}");
}

#[test]
fn sixty_columns_have_sixty_names() {
    let bench = Bench::new();
    let row: Vec<_> = (0..60).map(|number| cell(&number.to_string())).collect();
    bench.simulator.faults().always(On::post(EXECUTE), answer(&["n"; 60], &[row]));
    write(&bench, &[]);
    let found = cells(&parts(&bytes(&bench))["xl/worksheets/sheet1.xml"]);
    assert_eq!((found["BH1"].1.as_str(), found["BH2"].1.as_str(), found.len()), ("n_60", "59", 120));
}

#[test]
fn a_workbook_is_for_files_and_for_the_rows_of_a_query() {
    let bench = Bench::new();
    for asked in [&["--csv"][..], &["--format", "jsonl"]] {
        let ran = bench.run(&[&["flexsearch", "SELECT 1", "-o", "contrary.xlsx"], asked].concat());
        assert!(ran.code == Some(2) && ran.stderr.contains("the file is called .xlsx"), "{ran}");
        assert!(!bench.home.path().join("contrary.xlsx").exists() && bench.simulator.ledger().is_empty(), "{ran}");
    }
    let ran = bench.run(&["flexsearch", "x", "--format", "xlsx"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("xlsx is for files") && ran.stderr.contains("--output rows.xlsx"), "{ran}");
    let ran = bench.run(&["type", "list", "--format", "xlsx"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("invalid value 'xlsx'"), "{ran}");
    bench.file("config.toml", "[output]\nformat = \"xlsx\"\n");
    let config = bench.home.path().join("config.toml");
    let ran = bench.ran(bench.hac().env("HAC_CLIENT_CONFIG_PATH", config).args(["config", "validate"]));
    assert!(ran.code == Some(2) && ran.stdout.contains("cannot be \"xlsx\""), "{ran}");
    assert!(bench.simulator.ledger().is_empty(), "nothing was sent");
}
