use super::*;

const EVERYTHING: &str = "SELECT {p.pk}, {p.code}, {p.ean}, {p.manufacturerName}, {p.creationtime}, {p.catalogVersion}, \
     {p.name[en]}, {p.name[de]}, {p.description[en]}, {p.description[de]} FROM {Product AS p} ORDER BY {p.pk}";

#[test]
fn the_same_number_gives_the_same_rows() {
    assert_eq!(run(&open(), &query(EVERYTHING)).rows, run(&open(), &query(EVERYTHING)).rows);
}

#[test]
fn more_products_do_not_change_the_first_ones() {
    let few = run(&Database::open(20).expect("it opens"), &query(EVERYTHING));
    let more = run(&open(), &query(EVERYTHING));
    assert_eq!((few.rows.len(), more.rows.len()), (20, PRODUCTS));
    assert_eq!(few.rows, more.rows[..20]);
}

#[test]
fn there_may_be_no_products() {
    let none = Database::open(0).expect("it opens");
    assert_eq!(cells(&run(&none, &query("SELECT count(*) FROM {Product}"))), [["0"]]);
}

#[test]
fn cells_hold_what_makes_trouble() {
    let found = run(&open(), &query(EVERYTHING));
    let all: Vec<&str> = found.rows.iter().flatten().flatten().map(String::as_str).collect();
    for trouble in ["&", "<", "\"", "'", "ä", "ß", "\n", ",", ";"] {
        assert!(all.iter().any(|cell| cell.contains(trouble)), "{trouble:?}");
    }
    for column in [2, 3, 7, 8] {
        let nulls = found.rows.iter().filter(|row| row[column].is_none()).count();
        assert!(nulls > 0 && nulls < PRODUCTS, "column {column}: {nulls} nulls");
    }
}

#[test]
fn keys_look_as_they_do_in_the_real_thing() {
    let database = open();
    let found = run(&database, &query("SELECT {pk} FROM {Product} ORDER BY {pk}"));
    assert_eq!(cells(&found)[..2], [["8796093054977"], ["8796093087745"]]);
    let unique = run(&database, &query("SELECT count(DISTINCT {code}), count(DISTINCT {pk}) FROM {Product}"));
    assert_eq!(cells(&unique), [["60", "60"]]);
}

#[test]
fn every_reference_leads_somewhere() {
    let lost = [
        "SELECT count(*) FROM {Product AS p LEFT JOIN CatalogVersion AS v ON {p.catalogVersion} = {v.pk}} WHERE {v.pk} IS NULL",
        "SELECT count(*) FROM {CatalogVersion AS v LEFT JOIN Catalog AS c ON {v.catalog} = {c.pk}} WHERE {c.pk} IS NULL",
        "SELECT count(*) FROM {Product AS p LEFT JOIN CategoryProductRelation AS r ON {r.target} = {p.pk} \
         LEFT JOIN Category AS c ON {r.source} = {c.pk} AND {c.catalogVersion} = {p.catalogVersion}} WHERE {c.pk} IS NULL",
        "SELECT count(*) FROM {Product AS p LEFT JOIN ComposedType AS t ON {p.itemtype} = {t.pk}} \
         WHERE {t.code} IS NULL OR {t.code} <> 'Product'",
        "SELECT count(*) FROM {User AS u LEFT JOIN Language AS l ON {u.sessionLanguage} = {l.pk}} \
         WHERE {u.sessionLanguage} IS NOT NULL AND {l.pk} IS NULL",
    ];
    let database = open();
    for text in lost {
        assert_eq!(cells(&run(&database, &query(text))), [["0"]], "{text}");
    }
}

/// What this thread has had of the processor, where the system says so: Linux, in ticks of 10 ms.
fn processor_seconds() -> Option<u64> {
    let statistics = std::fs::read_to_string("/proc/thread-self/stat").ok()?;
    // Behind the name in brackets, which may have blanks in it, the times are the 12th and 13th.
    let (_, fields) = statistics.rsplit_once(')')?;
    let ticks = |at| fields.split_whitespace().nth(at)?.parse::<u64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100)
}

#[test]
fn a_hundred_thousand_products_open_soon() {
    let before = processor_seconds();
    let database = Database::open(100_000).expect("it opens");
    // A second of the processor, however long that takes on a busy machine.
    if let (Some(before), Some(after)) = (before, processor_seconds()) {
        assert!(after - before < 15, "{} s", after - before);
    }
    assert_eq!(cells(&run(&database, &query("SELECT count({pk}) FROM {Product}"))), [["100000"]]);
}

const DESCRIBED: &str = "SELECT {a.encrypted}, {m.code}, {c.code}, {a.modifiers} FROM {AttributeDescriptor AS a \
    JOIN ComposedType AS t ON {a.enclosingType} = {t.pk} LEFT JOIN MapType AS m ON {a.attributeType} = {m.pk} \
    LEFT JOIN CollectionType AS c ON {a.attributeType} = {c.pk}} WHERE {t.code} = ";

#[test]
fn attributes_say_whether_they_are_encrypted_localized_or_collections() {
    let database = open();
    for (of, name, expected) in [
        ("CreditCardPaymentInfo", "number", ["1", "-", "-", "18715"]),
        ("CreditCardPaymentInfo", "code", ["0", "-", "-", "2323"]),
        ("Product", "name", ["0", "localized:java.lang.String", "-", "2843"]),
        ("Product", "supercategories", ["0", "-", "CategoryProductRelationsupercategoriesColl", "11"]),
        ("Product", "creationtime", ["0", "-", "-", "281"]),
    ] {
        let text = format!("{DESCRIBED}'{of}' AND {{a.qualifier}} = '{name}'");
        assert_eq!(cells(&run(&database, &query(&text))), [expected], "{of}.{name}");
    }
}

#[test]
fn where_it_is_hidden_no_query_can_ask_what_is_encrypted() {
    let contents = Contents { hides_encrypted: true, ..Contents::default() };
    let database = Database::in_memory(contents).expect("it opens");
    let failure = fail(&database, &query("SELECT {a.encrypted} FROM {AttributeDescriptor AS a}"));
    assert!(failure.message.starts_with("cannot search unknown field 'TableField(name='encrypted'"), "{failure:?}");
    run(&database, &query("SELECT {a.qualifier}, {a.modifiers} FROM {AttributeDescriptor AS a}"));
}
