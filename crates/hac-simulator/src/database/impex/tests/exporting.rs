use super::*;
use crate::database::impex::export::Exported;

fn export(database: &Database, text: &str) -> Result<Exported, String> {
    database.export_impex(&ExportScript { text, reimport: true }).expect("the database is free")
}

const HEADER: &str =
    "INSERT_UPDATE Category;code[unique=true];catalogVersion(catalog(id),version)[unique=true];name[lang=en]";

#[test]
fn a_header_exports_its_type_or_what_the_code_below_it_says() {
    let database = open();
    let all = export(&database, HEADER).unwrap();
    assert_eq!((all.items, all.files[1].0.as_str()), (12, "Category.csv"));
    for code in [
        "\"#% impex.exportItems( \"\"Category\"\" , false );\"",
        "#% impex.exportItemsFlexibleSearch(\"SELECT {pk} FROM {Category} ORDER BY {pk}\");",
    ] {
        assert_eq!(export(&database, &format!("{HEADER}\n{code}\n")).unwrap(), all, "{code}");
    }
    let one = "#% impex.setTargetFile(\"saws.csv\");\n".to_owned()
        + HEADER
        + "\n#% impex.exportItemsFlexibleSearch(\"SELECT {pk} FROM {Category} WHERE {code} = 'cables'\");\n";
    let one = export(&database, &one).unwrap();
    assert_eq!(
        one.files[1],
        (
            "saws.csv".to_owned(),
            "#code;catalogVersion(catalog(id),version);name\ncables;electronicsProductCatalog:Staged;Cables & Adapters\n\
             cables;electronicsProductCatalog:Online;Cables & Adapters\n"
                .to_owned()
        )
    );
    assert!(one.files[0].1.contains(HEADER) && one.files[0].1.contains("saws.csv"), "{}", one.files[0].1);
}

#[test]
fn what_is_exported_can_be_imported_again() {
    let database = open();
    let header = "INSERT_UPDATE Product;code[unique=true];catalogVersion(catalog(id),version)[unique=true];name[lang=en];\
        description[lang=de];ean;supercategories(code,catalogVersion(catalog(id),version))";
    let exported = export(&database, header).unwrap();
    let rows: String = exported.files[1].1.split_inclusive('\n').skip(1).map(str::to_owned).collect();
    // Rows of several lines stand in quotes, so a separator goes in front of those that begin one only.
    let statements: String = read::read(&rows)
        .unwrap()
        .into_iter()
        .map(|statement| match statement.kind {
            Kind::Row(cells) => format!(";{}\n", cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(";")),
            other => panic!("{other:?}"),
        })
        .collect();
    imported(&database, &format!("{header}\n{statements}"));
    assert_eq!(export(&database, header).unwrap(), exported);
}

#[test]
fn a_script_that_cannot_be_exported_by_says_why() {
    let database = open();
    for (text, reason) in [
        ("", "the script has no header"),
        ("INSERT_UPDATE Foo;code", "line 1 at main script: unknown type 'Foo'"),
        ("#% impex.exportItems(\"Product\", false);", "line 1 at main script: no current header to export with"),
        ("INSERT Product;code\n;row", "line 2 at main script: an export script must not contain rows"),
        ("INSERT Product;code\n#% foo();", "line 2 at main script: foo(); is not supported by the simulator"),
    ] {
        assert_eq!(export(&database, text), Err(reason.to_owned()));
    }
}
