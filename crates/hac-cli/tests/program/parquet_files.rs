//! `flexsearch --output rows.parquet`, read with the reader of another project's format.

use std::fs::File;

use hac_simulator::{Fault, On, Simulator};
use parquet::basic::{Compression, LogicalType, Type};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;

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

fn write(bench: &Bench, query: &str, more: &[&str]) -> Ran {
    bench.run(&[&["flexsearch", query, "-m", "0", "-o", "rows.parquet", "--force"], more].concat())
}

fn reader(bench: &Bench) -> SerializedFileReader<File> {
    let file = File::open(bench.home.path().join("rows.parquet")).expect("a file");
    SerializedFileReader::new(file).expect("parquet")
}

fn rows(bench: &Bench) -> Vec<Vec<(String, Field)>> {
    let rows = reader(bench).into_iter().map(|row| row.expect("a row").into_columns());
    rows.collect()
}

#[test]
fn untyped_columns_are_text_and_nulls_are_nulls() {
    let bench = Bench::new();
    let lines = [vec![cell("1"), cell(""), cell("東京 🚲")], vec![None, None, cell("\u{1b}\r\n\0")]];
    bench.simulator.faults().always(On::post(EXECUTE), answer(&["a", "b", "a"], &lines));
    let ran = write(&bench, "SELECT 1", &[]);
    assert_eq!(ran.to_string(), "exit code 0\n--- stdout\n\n--- stderr\n2 rows written to rows.parquet\n");
    let text = |text: &str| Field::Str(text.to_owned());
    let expected = [[text("1"), text(""), text("東京 🚲")], [Field::Null, Field::Null, text("\u{1b}\r\n\0")]];
    let names = ["a", "b", "a_2"].map(String::from);
    assert_eq!(rows(&bench), expected.map(|row| names.clone().into_iter().zip(row).collect::<Vec<_>>()));
    let metadata = reader(&bench).metadata().clone();
    let column = metadata.row_group(0).column(0);
    assert_eq!(column.column_type(), Type::BYTE_ARRAY);
    assert!(matches!(column.compression(), Compression::ZSTD(_)));
    let schema = metadata.file_metadata().schema_descr().column(0);
    assert_eq!(schema.logical_type_ref(), Some(&LogicalType::String));
    assert_eq!(metadata.file_metadata().created_by(), Some(concat!("hac ", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn the_same_rows_are_the_same_bytes_in_row_groups_of_bounded_size() {
    let bench = Bench::new();
    let lines: Vec<_> = (0..60_000).map(|row| vec![cell(&row.to_string()), cell(&format!("{row:0>200}"))]).collect();
    bench.simulator.faults().always(On::post(EXECUTE), answer(&["n", "text"], &lines));
    let bytes = || std::fs::read(bench.home.path().join("rows.parquet")).expect("a file");
    write(&bench, "SELECT 1", &[]);
    let first = bytes();
    write(&bench, "SELECT 1", &[]);
    assert!(bytes() == first);
    let metadata = reader(&bench).metadata().clone();
    assert!(metadata.num_row_groups() > 2, "{}", metadata.num_row_groups());
    let all = rows(&bench);
    assert_eq!(all.len(), 60_000);
    for (number, row) in all.iter().enumerate() {
        assert_eq!(row[0].1, Field::Str(number.to_string()));
        assert_eq!(row[1].1, Field::Str(format!("{number:0>200}")));
    }
}

#[test]
fn a_cell_of_megabytes_and_sixty_columns_come_back() {
    let bench = Bench::new();
    let long = "Straße ".repeat(1_900_000);
    let mut row: Vec<_> = (0..59).map(|number| cell(&number.to_string())).collect();
    row.push(cell(&long));
    bench.simulator.faults().always(On::post(EXECUTE), answer(&["n"; 60], &[row.clone(), row]));
    let ran = write(&bench, "SELECT 1", &[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let all = rows(&bench);
    assert_eq!((all.len(), all[1].len(), all[1][58].0.as_str()), (2, 60, "n_59"));
    assert!(all.iter().all(|row| row[59].1 == Field::Str(long.clone())));
    // Larger rows are read in no format: memory has a bound.
    let row = vec![cell(&"x".repeat(20_000_000))];
    bench.simulator.faults().clear();
    bench.simulator.faults().always(On::post(EXECUTE), answer(&["n"], &[row]));
    for ending in ["parquet", "csv", "xlsx"] {
        let name = format!("large.{ending}");
        let ran = bench.run(&["flexsearch", "SELECT 1", "-o", &name]);
        assert!(ran.code == Some(5) && ran.stderr.contains("one row is larger than 16 MiB"), "{ran}");
        assert!(!bench.home.path().join(name).exists());
    }
}

#[test]
fn a_result_without_rows_has_its_columns() {
    let bench = Bench::new();
    bench.simulator.faults().always(On::post(EXECUTE), answer(&["a", "b"], &[]));
    write(&bench, "SELECT 1", &[]);
    let reader = reader(&bench);
    assert_eq!(reader.metadata().file_metadata().num_rows(), 0);
    assert_eq!(reader.metadata().file_metadata().schema_descr().num_columns(), 2);
}

#[test]
fn a_row_with_more_cells_than_columns_is_refused() {
    let bench = Bench::new();
    bench.simulator.faults().always(On::post(EXECUTE), answer(&["a"], &[vec![cell("1")], vec![cell("1"), cell("2")]]));
    let ran = write(&bench, "SELECT 1", &[]);
    assert!(ran.code == Some(2) && ran.stderr.contains("row 2 has 2 cells below 1 columns"), "{ran}");
    assert!(!bench.home.path().join("rows.parquet").exists());
}

const TYPED: &str =
    "SELECT {pk}, {stock}, {price}, {weight}, {active}, {modified}, {name[en]}, {unit}, COUNT(*) FROM {Thing}";

/// The answer to the question for the types of the attributes, and then that to the query.
fn typed(bench: &Bench, rows: &[Vec<Option<String>>]) {
    let types = [
        ("pk", Some("de.hybris.platform.core.PK"), None),
        ("stock", Some("java.lang.Integer"), None),
        ("Price", Some("java.math.BigDecimal"), None),
        ("weight", Some("java.lang.Double"), None),
        ("active", Some("java.lang.Boolean"), None),
        ("modified", Some("java.util.Date"), None),
        ("name", None, None),
        ("unit", None, Some("Unit")),
    ];
    let of = |(name, atomic, reference): (&str, Option<&str>, Option<&str>)| {
        vec![cell(name), atomic.map(str::to_owned), reference.map(str::to_owned)]
    };
    let names = ["PK", "p_stock", "p_price", "p_weight", "p_active", "p_modified", "p_name", "p_unit", "n"];
    bench.simulator.faults().clear();
    bench.simulator.faults().once(On::post(EXECUTE), answer(&["q", "a", "r"], &types.map(of)));
    bench.simulator.faults().once(On::post(EXECUTE), answer(&names, rows));
}

fn row(cells: [&str; 9]) -> Vec<Option<String>> {
    cells.map(|text| (text != "-").then(|| text.to_owned())).into()
}

const THING: [&str; 9] =
    ["8796093054977", "-7", "12.50", "1.0E10", "1", "2024-02-29 23:59:59.5", "7", "8796093087745", "3"];

#[test]
fn columns_have_the_types_of_their_attributes() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let empty = row(["8796093054978", "-", "-", "-", "-", "-", "-", "-", "4"]);
    typed(&bench, &[row(THING), empty.clone()]);
    bench.simulator.ledger().clear();
    let ran = write(&bench, TYPED, &[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(bench.simulator.ledger().count(EXECUTE), 2, "one request for the types");
    let all = rows(&bench);
    let values: Vec<String> = all[0].iter().map(|(_, field)| format!("{field:?}")).collect();
    let milliseconds = 1_709_251_199_500_i64;
    assert_eq!(values[0], "Long(8796093054977)");
    assert_eq!(values[1], "Long(-7)");
    assert!(values[2].starts_with("Decimal(") && all[0][2].1.to_string() == "12.50000000", "{}", all[0][2].1);
    assert_eq!(values[3..5], ["Double(10000000000.0)", "Bool(true)"]);
    assert_eq!(values[5], format!("TimestampMicros({})", milliseconds * 1_000));
    assert_eq!(values[6..], ["Str(\"7\")", "Long(8796093087745)", "Str(\"3\")"]);
    assert!(all[1][1..8].iter().all(|(_, field)| *field == Field::Null));
    let metadata = reader(&bench).metadata().clone();
    let time = metadata.file_metadata().schema_descr().column(5);
    let expected = LogicalType::timestamp(false, parquet::basic::TimeUnit::MICROS);
    assert_eq!(time.logical_type_ref(), Some(&expected), "in the time zone of the server");

    // Only some of the columns, in another order.
    typed(&bench, &[row(THING), empty]);
    write(&bench, TYPED, &["--columns", "name,stock"]);
    assert_eq!(format!("{:?}", rows(&bench)[0]), "[(\"p_name\", Str(\"7\")), (\"p_stock\", Long(-7))]");
}

#[test]
fn untyped_columns_cost_no_request_and_a_hash_is_text() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.simulator.faults().always(On::post(EXECUTE), answer(&["p_stock"], &[vec![cell("7")]]));
    bench.simulator.ledger().clear();
    write(&bench, "SELECT {stock} FROM {Thing}", &["--untyped"]);
    assert_eq!(bench.simulator.ledger().count(EXECUTE), 1);
    assert_eq!(rows(&bench)[0][0].1, Field::Str("7".to_owned()));
    let masks = ["stock=hash", "pk=fake", "price=fake", "weight=fake", "active=fake", "modified=fake"];
    let masks: Vec<&str> = masks.iter().flat_map(|mask| ["--mask", mask]).collect();
    typed(&bench, &[row(THING)]);
    let ran = write(&bench, TYPED, &masks);
    assert_eq!(ran.code, Some(0), "{ran}");
    let kinds: Vec<String> = rows(&bench)[0].iter().map(|(_, field)| format!("{field:?}")).collect();
    for (kind, begin) in
        kinds.iter().zip(["Long", "Str", "Decimal", "Double", "Bool", "Timestamp", "Str(\"7\")", "Long"])
    {
        assert!(kind.starts_with(begin), "{kind}");
    }
    for (kind, value) in kinds.iter().zip(["8796093054977", "-7", "1250", "10000000000", "", "2024"]) {
        assert!(value.is_empty() || !kind.contains(value), "{kind}");
    }
}

#[test]
fn a_column_whose_first_cells_are_not_of_its_type_is_text_and_a_later_one_is_an_error_without_the_value() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let mut wrong = THING;
    wrong[5] = "29.02.2024";
    typed(&bench, &[row(THING), row(wrong)]);
    let ran = write(&bench, TYPED, &[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stderr.contains("warning: the column p_modified is written as text"), "{ran}");
    assert_eq!(rows(&bench)[1][5].1, Field::Str("29.02.2024".to_owned()));
    assert_eq!(rows(&bench)[1][1].1, Field::Long(-7));

    // When the first row group is written, it is settled.
    let mut many: Vec<_> = (0..40_000).map(|_| row(THING)).collect();
    wrong[1] = "4711-secret";
    wrong[5] = THING[5];
    many.push(row(wrong));
    typed(&bench, &many);
    let ran = write(&bench, TYPED, &[]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("the cell of row 40001 in column p_stock is not a whole number"), "{ran}");
    assert!(ran.stderr.contains("--untyped") && !ran.stderr.contains("4711"), "{ran}");
}

#[test]
fn the_simulator_tells_the_types_as_hac_does() {
    let bench = Bench::with(Simulator::builder().stock_levels(5));
    let query = "SELECT {pk}, {productCode}, {available}, {treatNegativeAsZero}, {nextDeliveryTime}, {itemtype} \
                 FROM {StockLevel} ORDER BY {productCode}";
    let ran = write(&bench, query, &[]);
    assert_eq!(ran.to_string(), "exit code 0\n--- stdout\n\n--- stderr\n5 rows written to rows.parquet\n");
    let row: Vec<String> = rows(&bench)[3].iter().map(|(_, field)| format!("{field:?}")).collect();
    for (field, begin) in row.iter().zip(["Long(", "Str(\"STOCK-00000004\")", "Long(", "Bool(", "Null", "Long("]) {
        assert!(field.starts_with(begin), "{field}");
    }
    assert!(matches!(rows(&bench)[0][4].1, Field::TimestampMicros(_)));
    bench.run(&["flexsearch", query, "-o", "rows.xlsx"]);
    let parts = crate::workbook::parts(&std::fs::read(bench.home.path().join("rows.xlsx")).expect("a file"));
    let cells = crate::workbook::cells(&parts["xl/worksheets/sheet1.xml"]);
    let kinds: Vec<&str> = ["A2", "B2", "C2", "D2", "E2", "F2"].iter().map(|name| cells[*name].0.as_str()).collect();
    assert_eq!(kinds, ["inlineStr", "inlineStr", "", "b", "2", "inlineStr"], "{cells:?}");
}
