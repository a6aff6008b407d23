use super::*;

const CATALOG: &str =
    "$cv=catalogVersion(catalog(id[default=electronicsProductCatalog]),version[default='Staged'])[unique=true]\n";
const PRODUCT: &str =
    "SELECT {code}, {name[en]}, {name[de]:o}, {ean} FROM {Product} WHERE {code} LIKE 'new%' ORDER BY {code}";

#[test]
fn rows_are_created_updated_and_removed_and_searched_afterwards() {
    let database = open();
    imported(
        &database,
        &format!(
            "{CATALOG}INSERT_UPDATE Product;code[unique=true];$cv;name[lang=en];name[lang=de];ean\n\
             ;new1;electronicsProductCatalog:Staged;\"Lamp; \"\"big\"\"\n& more\";Lampe;1\n;new2;;Two;;\n"
        ),
    );
    assert_eq!(found(&database, PRODUCT), ["new1|Lamp; \"big\"\n& more|Lampe|1", "new2|Two|-|-"]);
    imported(&database, &format!("{CATALOG}update product;code[unique=true];$cv;ean\n;new2;;2\n;new1;;\n"));
    assert_eq!(found(&database, PRODUCT), ["new1|Lamp; \"big\"\n& more|Lampe|-", "new2|Two|-|2"]);
    imported(&database, &format!("{CATALOG}REMOVE Product;code[unique=true];$cv\n;new1;\n"));
    assert_eq!(found(&database, PRODUCT), ["new2|Two|-|2"]);
    let catalog = "SELECT {c.id} FROM {Product AS p JOIN Catalog AS c ON {p.catalog} = {c.pk}} WHERE {p.code} = 'new2'";
    assert_eq!(found(&database, catalog), ["electronicsProductCatalog"]);
}

#[test]
fn a_row_may_name_what_stands_below_it() {
    let database = open();
    imported(
        &database,
        "INSERT CatalogVersion;catalog(id)[unique=true];version[unique=true];active[default=true]\n;newCatalog;One\n\
         INSERT Catalog;id[unique=true];name[lang=en]\n;newCatalog;New\n",
    );
    let query = "SELECT {c.id}, {v.version}, {v.active} FROM {CatalogVersion AS v JOIN Catalog AS c ON {v.catalog} = {c.pk}} WHERE {c.id} = 'newCatalog'";
    assert_eq!(found(&database, query), ["newCatalog|One|1"]);
}

#[test]
fn what_cannot_be_resolved_is_dumped_with_its_reason_and_takes_no_other_row_with_it() {
    let database = open();
    let report = import(
        &database,
        "$cv=catalogVersion(catalog(id),version)[unique=true]\n\
         INSERT_UPDATE Product;code[unique=true];$cv;name[lang=en]\n\
         ;new1;noCatalog:Staged;\"one; \"\"quoted\"\"\"\n;new2;electronicsProductCatalog:Staged;Two\n;;electronicsProductCatalog:Staged;\n",
    );
    assert!(report.failed);
    assert_eq!(
        report.dump,
        "INSERT_UPDATE Product;code[unique=true];catalogVersion(catalog(id),version)[unique=true];name[lang=en]\n\
         ,,,,column 2: cannot resolve value 'noCatalog:Staged' for attribute 'catalogVersion';new1;noCatalog:Staged;\"one; \"\"quoted\"\"\"\n\
         ,,,,cannot create Product with missing mandatory attributes [code];;electronicsProductCatalog:Staged;\n"
    );
    assert_eq!(found(&database, PRODUCT), ["new2|Two|-|-"]);
}

#[test]
fn an_item_is_made_without_what_it_can_do_without_and_the_cells_that_are_done_are_marked() {
    let database = open();
    let report =
        import(&database, "INSERT_UPDATE User;uid[unique=true];name;sessionLanguage(isocode)\nCustomer;new;Ann;xx\n");
    let found = found(&database, "SELECT {pk}, {uid}, {name}, {sessionLanguage} FROM {Customer} WHERE {uid} = 'new'");
    let pk = found[0].split('|').next().unwrap();
    assert_eq!(found, [format!("{pk}|new|Ann|-")]);
    assert_eq!(
        report.dump,
        format!(
            "INSERT_UPDATE User;uid[unique=true];name;sessionLanguage(isocode)\n\
             Customer,{pk},,,column 3: cannot resolve value 'xx' for attribute 'sessionLanguage';<ignore>new;<ignore>Ann;xx\n"
        )
    );
}

#[test]
fn a_header_with_a_mistake_is_dumped_with_its_reason() {
    let database = open();
    for (header, reason) in [
        ("INSERT Foo;code", "unknown type 'Foo'"),
        ("INSERT Product;code;nope", "unknown attributes [Product.nope]"),
        ("INSERT Product;code;catalogVersion(nope)", "unknown attributes [CatalogVersion.nope]"),
        ("INSERT Product;code;Code", "ambiguous columns: code and Code"),
        ("UPDATE Product;code", "at least one attribute of Product has to be declared as unique"),
        ("INSERT Product;code[unique=true", "unbalanced '[' in header"),
        ("INSERT Product;catalogVersion(version))", "unbalanced ')' in header"),
        ("INSERT Product;name[lang=xx]", "unknown language 'xx' in column name"),
    ] {
        let report = import(&database, &format!("{header}\n;a;b;c\n"));
        assert_eq!(report, ImpexReport { failed: true, dump: format!("{header} # {reason}\n") }, "{header}");
    }
}

#[test]
fn strict_and_relaxed_differ() {
    let database = open();
    for text in
        ["UPDATE Title;x", "UPDATE Product;code[unique=true]\n;none\n", "REMOVE Product;code[unique=true]\n;none\n"]
    {
        assert!(import(&database, text).failed, "{text}");
    }
    let relaxed = |text| import_as(&database, &ImpexScript { text, strict: false, code_execution: false, files: &[] });
    assert!(!relaxed("UPDATE Product;code[unique=true]\n;none\n").failed);
    assert!(!relaxed("REMOVE Product;code[unique=true]\n;none\n").failed);
}

#[test]
fn a_row_without_a_header_and_an_item_that_is_there_already_fail() {
    let database = open();
    assert_eq!(import(&database, ";a;b\n").dump, ",,,,no current header for value line;a;b\n");
    let report =
        import(&database, "INSERT Language;isocode[unique=true];active\n;en;true\n;fr;maybe\n;it;false;more\n");
    assert_eq!(
        report.dump,
        "INSERT Language;isocode[unique=true];active\n\
         ,,,,ambiguous unique keys for Language: there is one already;en;true\n\
         ,,,,column 2: cannot parse 'maybe' as a boolean for attribute 'active';fr;maybe\n"
    );
    assert_eq!(found(&database, "SELECT {isocode}, {active} FROM {Language} WHERE {isocode} = 'it'"), ["it|0"]);
}

#[test]
fn collections_are_replaced_added_to_and_taken_from() {
    let database = open();
    let categories = "SELECT {c.code} FROM {Category AS c JOIN CategoryProductRelation AS r ON {r.source} = {c.pk} \
        JOIN Product AS p ON {r.target} = {p.pk}} WHERE {p.code} = 'CAM-100000' ORDER BY {c.code}";
    let header = |mode: &str| {
        format!(
            "$online=[default=electronicsProductCatalog:Online]\n\
             UPDATE Product;code[unique=true];supercategories(code,catalogVersion(catalog(id[default=electronicsProductCatalog]),version[default=Online])){mode}\n"
        )
    };
    assert_eq!(found(&database, categories), ["cameras"]);
    for (mode, cell, expected) in [
        ("[mode=append]", "lenses,displays", &["cameras", "displays", "lenses"][..]),
        ("[mode=append]", "lenses", &["cameras", "displays", "lenses"]),
        ("[mode=remove]", "cameras", &["displays", "lenses"]),
        ("", "cables", &["cables"]),
    ] {
        imported(&database, &format!("{};CAM-100000;{cell}\n", header(mode)));
        assert_eq!(found(&database, categories), expected, "{mode} {cell}");
    }
    let report = import(&database, &format!("{};CAM-100000;cables,none\n", header("")));
    assert!(report.dump.contains("cannot resolve value 'none' for attribute 'supercategories'"), "{}", report.dump);
}

#[test]
fn a_key_with_a_colon_is_found_with_another_path_delimiter() {
    let database = open();
    imported(&database, "INSERT Customer;uid\n;a:b\n;a\n");
    let user = "SELECT {u.uid} FROM {CreditCardPaymentInfo AS c JOIN User AS u ON {c.user} = {u.pk}} WHERE {c.code} LIKE 'new%' ORDER BY {c.code}";
    imported(&database, "INSERT CreditCardPaymentInfo;code;user(uid)\n;new1;a:b\n");
    imported(&database, "INSERT CreditCardPaymentInfo;code;user(uid)[path-delimiter=!]\n;new2;a:b\n");
    imported(&database, "INSERT CreditCardPaymentInfo;code;user(uid)[unique=true,path-delimiter='~']\n;new3;a:b\n");
    assert_eq!(found(&database, user), ["a", "a:b", "a:b"]);
    for (modifier, why) in [
        ("user(uid)[path-delimiter=!!]", "has to be one character"),
        ("user(uid)[path-delimiter=]", "has to be one character"),
        ("user(sessionLanguage(isocode))[path-delimiter=!]", "is not supported by the simulator"),
    ] {
        let report = import(&database, &format!("INSERT CreditCardPaymentInfo;code;{modifier}\n;new4;a\n"));
        assert!(report.failed && report.dump.contains(why), "{modifier}: {}", report.dump);
    }
}

#[test]
fn code_needs_its_switch() {
    let database = open();
    let text = "INSERT Language;isocode[unique=true]\n#% if: false\n;xa\n#% endif:\n\"#% if: \"\"a\"\".equals(\"\"a\"\");\"\n;xb\n#% endif:\n";
    assert_eq!(import(&database, text), ImpexReport::failed("line 2 at main script: code execution is not enabled"));
    let enabled = |text| import_as(&database, &ImpexScript { text, strict: true, code_execution: true, files: &[] });
    assert_eq!(enabled(text), ImpexReport::default());
    assert_eq!(found(&database, "SELECT {isocode} FROM {Language} WHERE {isocode} LIKE 'x%'"), ["xb"]);
    let report = enabled("#% import de.foo;\n");
    assert!(report.dump.contains("import de.foo is not supported by the simulator"), "{}", report.dump);
}

#[test]
fn a_quote_without_an_end_stops_everything() {
    let database = open();
    let report = import(&database, "INSERT Language;isocode[unique=true]\n;xa\n;\"xb\n;xc\n");
    assert_eq!(report, ImpexReport::failed("line 3 at main script: the file is corrupt: a quote is never closed"));
    assert!(found(&database, "SELECT {isocode} FROM {Language} WHERE {isocode} LIKE 'x%'").is_empty());
}

#[test]
fn headers_and_macros_go_over_lines_with_a_backslash() {
    let database = open();
    imported(&database, "\u{20}# comment; with \" in it\n$a=\\\n fr\n\nINSERT Language; isocode[unique=true];\\\n active\n;$a;true\r\n;$ab;$a$x\n".replace("$a$x", "false").as_str());
    assert_eq!(
        found(&database, "SELECT {isocode} FROM {Language} WHERE {isocode} LIKE 'fr%' ORDER BY {isocode}"),
        ["fr", "frb"]
    );
}

#[test]
fn of_several_macros_the_longest_name_counts_and_only_those_above() {
    let database = open();
    imported(
        &database,
        "$x=xa\n$xlong=$x$later\n$later=no\nINSERT User;uid[unique=true];name\n;$xlong;$x $xlo $none\n",
    );
    assert_eq!(found(&database, "SELECT {uid}, {name} FROM {User} WHERE {uid} LIKE 'xa%'"), ["xa$later|xa xalo $none"]);
}

#[test]
fn a_megabyte_in_a_cell_is_imported() {
    let database = open();
    let long = "x".repeat(1 << 20);
    imported(&database, &format!("INSERT User;uid[unique=true];description\nEmployee;long;{long}\n"));
    let stored = found(&database, "SELECT length({description}) FROM {User} WHERE {uid} = 'long'");
    assert_eq!(stored, [(1 << 20).to_string()]);
}
