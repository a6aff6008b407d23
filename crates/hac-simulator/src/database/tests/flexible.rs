use super::*;

fn found(text: &str) -> Rows {
    run(&open(), &query(text))
}

fn message(text: &str) -> String {
    fail(&open(), &query(text)).message
}

#[test]
fn attributes_are_named_in_every_way() {
    let rows =
        found("SELECT {p.pk}, {p:code}, {p.name[en]}, {P.NAME[DE]} FROM {Product AS p} WHERE {p:code} = 'CAM-100000'");
    assert_eq!(rows.headers, ["PK", "p_code", "p_name", "p_name"]);
    assert_eq!(cells(&rows), [["8796093054977", "CAM-100000", "Light Compact Camera", "Leicht Kompaktkamera"]]);
    assert_eq!(cells(&found("select {code} from {product} where {CODE} = 'CAM-100000'")), [["CAM-100000"]]);
    assert_eq!(cells(&found("SELECT {Product.code} FROM {Product} WHERE {code}='CAM-100000'")), [["CAM-100000"]]);
}

#[test]
fn an_alias_is_the_label_of_its_column() {
    assert_eq!(found("SELECT {code} AS number, count(*) AS n FROM {Product} GROUP BY {code}").headers, ["number", "n"]);
}

#[test]
fn a_localized_attribute_without_a_language_takes_the_locale_of_the_session() {
    let database = open();
    let text = "SELECT {name} FROM {Category} WHERE {code} = 'saws' ORDER BY {name}";
    for (locale, name) in [("en", "Saws"), ("EN", "Saws"), ("de", "Sägen"), ("de_AT", "Sägen")] {
        assert_eq!(cells(&run(&database, &Query { locale, ..query(text) })), [[name], [name]], "{locale}");
    }
    let failure = fail(&database, &Query { locale: "xx", ..query(text) });
    assert_eq!(failure.message, "no language for locale xx found");
}

#[test]
fn types_join_on_conditions() {
    let rows = found(
        "SELECT {c.code}, {v.version}, count(*) AS products FROM {Product AS p \
         JOIN CategoryProductRelation AS r ON {r.target} = {p.pk} \
         INNER JOIN Category AS c ON {r.source} = {c.pk} \
         JOIN CatalogVersion AS v ON {p.catalogVersion}={v.pk}} \
         WHERE {c.code} IN ('cables', 'saws') GROUP BY {c.code}, {v.version} HAVING count(*) > 0 ORDER BY {c.code}, {v.version}",
    );
    assert_eq!(cells(&rows), [["cables", "Online", "5"], ["cables", "Staged", "5"], ["saws", "Online", "10"]]);
}

#[test]
fn a_left_join_keeps_items_without_a_partner_and_without_its_texts() {
    let text = "SELECT {u.uid}, {l.isocode}, {l.name[de]} FROM {User AS u LEFT OUTER JOIN Language AS l \
                ON {u.sessionLanguage} = {l.pk}} WHERE {u.uid} IN ('admin', 'anonymous') ORDER BY {u.uid}";
    assert_eq!(cells(&found(text)), [["admin", "en", "Englisch"], ["anonymous", "-", "-"]]);
}

#[test]
fn a_localized_attribute_stands_in_the_condition_of_a_join() {
    let text = "SELECT {c.code} FROM {Catalog AS c LEFT JOIN Category AS k ON {k.name[en]} = {c.name[en]}} WHERE {k.pk} IS NULL \
                ORDER BY {c.code}";
    assert_eq!(cells(&found(&text.replace("{c.code}", "{c.id}"))).len(), 2);
}

#[test]
fn a_type_comes_with_its_subtypes_unless_it_is_exact() {
    assert_eq!(cells(&found("SELECT count(*) FROM {User}")), [["7"]]);
    assert_eq!(cells(&found("SELECT count(*) FROM {User!}")), [["0"]]);
    assert_eq!(
        cells(&found("SELECT count(*) FROM {Employee! AS e} WHERE {e.uid} = 'admin' OR {e.uid} = 'anonymous'")),
        [["1"]]
    );
}

#[test]
fn subselects_see_the_types_around_them() {
    let text = "SELECT {c.code} FROM {Category AS c} WHERE NOT EXISTS ({{ SELECT {r.pk} FROM {CategoryProductRelation AS r} \
                WHERE {r.source} = {c.pk} }}) ORDER BY {c.code}";
    assert_eq!(cells(&found(text)), [["cameras"], ["displays"], ["saws"]]);
}

#[test]
fn union_needs_double_braces() {
    let text = "SELECT x.code FROM ({{ SELECT {code} AS code FROM {Product} WHERE {code} = 'CAM-100000' }} UNION ALL \
                {{ SELECT {id} AS code FROM {Catalog} }}) x ORDER BY x.code";
    assert_eq!(cells(&found(text)), [["CAM-100000"], ["electronicsProductCatalog"], ["toolsProductCatalog"]]);
    let alone = "{{ SELECT {code} FROM {Product} WHERE {code} = 'CAM-100000' }} UNION {{ SELECT {id} FROM {Catalog} }}";
    assert_eq!(found(alone).rows.len(), 3);
    let bare = message("SELECT {code} FROM {Product} UNION SELECT {code} FROM {Category}");
    assert!(bare.contains("{{ }}"), "{bare}");
}

#[test]
fn a_derived_table_is_read_by_its_columns() {
    let database = open();
    let wrapped = |condition: &str| {
        let text = format!(
            "SELECT x.c1, x.c2, x.c3 FROM ({{{{ SELECT {{pk}} AS c1, {{code}} AS c2, {{name[de]}} AS c3 FROM {{Product}} \
             WHERE {{code}} LIKE 'CAM%' }}}}) x {condition} ORDER BY x.c1"
        );
        run(&database, &query(&text))
    };
    let all = wrapped("");
    assert_eq!(
        (all.headers.as_slice(), all.rows.len()),
        (&["c1".to_owned(), "c2".to_owned(), "c3".to_owned()][..], 10)
    );
    // A literal is text, a PK a number, and yet they compare as numbers.
    let third = all.rows[2][0].as_deref().unwrap();
    assert_eq!(wrapped(&format!("WHERE x.c1 > '{third}'")).rows, all.rows[3..]);
    assert_eq!(wrapped(&format!("WHERE x.c1 >= '{third}'")).rows, all.rows[2..]);
    assert_eq!(wrapped("WHERE x.c1 > '999'").rows, all.rows);
}

#[test]
fn derived_tables_nest_and_join() {
    let nested = "SELECT y.n FROM ({{ SELECT count(*) AS n FROM ({{ SELECT {pk} AS c1 FROM {Product} WHERE {code} LIKE 'CAM%' }}) x \
                  WHERE x.c1 > '1' }}) AS y";
    assert_eq!(cells(&found(nested)), [["10"]]);
    for text in [
        "SELECT a.c, b.v FROM ({{ SELECT {code} AS c, {catalogVersion} AS v FROM {Category} }}) a \
         JOIN ({{ SELECT {pk} AS p, {version} AS v FROM {CatalogVersion} }}) b ON a.v = b.p WHERE a.c = 'saws' ORDER BY b.v",
        "SELECT a.c, b.v FROM ({{ SELECT {code} AS c, {catalogVersion} AS v FROM {Category} }}) a, \
         ({{ SELECT {pk} AS p, {version} AS v FROM {CatalogVersion} }}) b WHERE a.v = b.p AND a.c IN ('saws') ORDER BY b.v",
        "SELECT {a.code}, b.v FROM {Category AS a} LEFT JOIN ({{ SELECT {pk} AS p, {version} AS v FROM {CatalogVersion} }}) b \
         ON {a.catalogVersion} = b.p WHERE {a.code} = 'saws' ORDER BY b.v",
    ] {
        assert_eq!(cells(&found(text)), [["saws", "Online"], ["saws", "Staged"]], "{text}");
    }
}

#[test]
fn conditions_on_the_type_hold_inside_a_derived_table() {
    let text = "SELECT count(*) FROM ({{ SELECT {uid} AS c1 FROM {TYPE} }}) x";
    let count = |of_type: &str| found(&text.replace("TYPE", of_type)).rows[0][0].clone();
    assert_eq!(count("User"), Some("7".to_owned()));
    assert_eq!(count("User!"), Some("0".to_owned()));
    assert_ne!(count("Employee"), count("Customer"));
}

#[test]
fn a_derived_table_with_two_columns_of_one_name_is_refused() {
    let wrapped = |columns: &str| format!("SELECT * FROM ({{{{ SELECT {columns} FROM {{Product AS p}} }}}}) x");
    for (columns, name) in [
        ("{p.pk}, {p.name[en]}, {p.name[de]}", "p_name"),
        ("{p.pk} AS c1, {p.code} AS C1", "C1"),
        ("{p.code} AS PK, p.*", "PK"),
    ] {
        let columns = columns.replace("p.*", "item_t0.*");
        let failure = fail(&open(), &query(&wrapped(&columns)));
        assert_eq!(
            (failure.message, failure.class.as_str()),
            (format!("Duplicate column name '{name}'"), "SQLException")
        );
    }
    // Outside of FROM, and in the query itself, they are no matter.
    assert_eq!(found("SELECT {name[en]}, {name[de]} FROM {Product} WHERE {code} = 'CAM-100000'").rows.len(), 1);
    let of_union = "SELECT x.a FROM ({{ SELECT {code} AS a, {code} AS a FROM {Product} }} UNION {{ SELECT {id} AS a, {id} AS b \
                    FROM {Catalog} }}) x";
    assert_eq!(message(of_union), "Duplicate column name 'a'");
    let joined = "SELECT 1 FROM {Catalog AS c} JOIN ({{ SELECT {pk}, {pk} FROM {Product} }}) y ON 1 = 1";
    assert_eq!(message(joined), "Duplicate column name 'PK'");
}

#[test]
fn a_derived_table_with_a_column_without_a_name_is_refused() {
    for (columns, number) in [
        ("count(*)", 1),
        ("{pk}, {code} || 'x'", 2),
        ("{pk}, max({code}, {ean}) /* the larger */, {code}", 2),
        ("DISTINCT 'text'", 1),
        ("CASE WHEN {code} = 'a' THEN 1 ELSE 2 END", 1),
        ("1, {pk}", 1),
        ("{pk} IS NULL", 1),
    ] {
        let message = message(&format!("SELECT * FROM ({{{{ SELECT {columns} FROM {{Product}} }}}}) x"));
        assert_eq!(message, format!("No column name was specified for column {number} of 'x'"), "{columns}");
    }
    for columns in [
        "*",
        "count(*) n",
        "{pk}, {code} || 'x' AS joined",
        "DISTINCT {code}",
        "CASE WHEN {code} = 'a' THEN 1 ELSE 2 END kind",
        "max({pk}, 2) \"most\", {code}",
        "1 AS one",
    ] {
        found(&format!("SELECT * FROM ({{{{ SELECT {columns} FROM {{Product}} }}}}) AS x"));
    }
    // Values of IN need no name.
    found(
        "SELECT y.c FROM ({{ SELECT {code} AS c FROM {Product} WHERE {pk} IN ({{ SELECT max({pk}) FROM {Product} }}) }}) y",
    );
}

#[test]
fn a_derived_table_needs_an_alias() {
    for text in [
        "SELECT c1 FROM ({{ SELECT {pk} AS c1 FROM {Product} }})",
        "SELECT c1 FROM ({{ SELECT {pk} AS c1 FROM {Product} }}) WHERE c1 > '1'",
        "SELECT c1 FROM ({{ SELECT {pk} AS c1 FROM {Product} }}), ({{ SELECT {pk} AS c2 FROM {Product} }}) x",
    ] {
        assert_eq!(message(text), "Every derived table must have its own alias", "{text}");
    }
}

#[test]
fn literals_and_comments_are_left_alone() {
    let rows =
        found("SELECT '{code}; -- ?x' AS a /* {nothing} ; -- */, {code} FROM {Product} WHERE {code} = 'CAM-100000'");
    assert_eq!(cells(&rows), [["{code}; -- ?x", "CAM-100000"]]);
}

#[test]
fn a_star_takes_every_column() {
    let rows = found("SELECT * FROM {Language} ORDER BY {isocode}");
    assert_eq!(rows.headers, ["PK", "TypePkString", "createdTS", "modifiedTS", "p_isocode", "p_active"]);
    assert_eq!(rows.rows.len(), 2);
}

#[test]
fn limit_breaks_as_it_does_in_hac() {
    for text in [
        "SELECT {code} FROM {Product} LIMIT 5",
        "SELECT {code} FROM {Product} WHERE {code} LIKE 'CAM%' LIMIT 5",
        "SELECT {code} FROM {Product} ORDER BY {code} LIMIT 5",
    ] {
        let failure = fail(&open(), &query(text));
        assert!(failure.message.contains("syntax error"), "{text}: {failure:?}");
        assert_eq!(failure.class, "SQLException");
        assert!(failure.sql.is_some());
    }
}

#[test]
fn a_semicolon_breaks_as_it_does_in_hac() {
    for text in [
        "SELECT {code} FROM {Product};",
        "SELECT {code} FROM {Product} WHERE {code} = 'x' ;",
        "SELECT {pk} FROM {User} ORDER BY {pk};",
    ] {
        assert!(message(text).contains("syntax error"), "{text}");
    }
}

#[test]
fn a_comment_to_the_end_of_the_line_breaks_as_it_does_in_hac() {
    for text in [
        "SELECT {code} FROM {Product} -- all of them",
        "SELECT {code} -- the code\nFROM {Product}",
        "SELECT {code} FROM {Product} ORDER BY {code} -- sorted\n",
        "-- first\nSELECT {code} FROM {Product}",
    ] {
        let message = message(text);
        assert!(
            message.contains("incomplete input") || message.contains("must begin with SELECT"),
            "{text}: {message}"
        );
    }
}

#[test]
fn parameters_have_no_values() {
    assert_eq!(message("SELECT {pk} FROM {Product} WHERE {code} = ?code"), "missing values for [code]");
    assert_eq!(
        message("SELECT {pk} FROM {Product} WHERE {code} = ?a OR {code} IN (?b, ?a)"),
        "missing values for [a, b]"
    );
}

#[test]
fn an_alias_needs_as() {
    let message = message("SELECT {p.code} FROM {Product p}");
    assert_eq!(message, "unexpected p in FROM; an alias needs AS");
}

#[test]
fn unknown_names_are_told() {
    let failure = fail(&open(), &query("SELECT {pk} FROM {Foo}"));
    assert_eq!(failure.class, "FlexibleSearchException");
    assert!(failure.message.starts_with("no composed type with code Foo found"), "{}", failure.message);
    assert!(failure.sql.is_none());
    let unknown = "cannot search unknown field 'TableField(name='foo',langPK='null',type=Product)' within type Product \
                   unless you disable checking";
    assert_eq!(message("SELECT {foo} FROM {Product}"), unknown);
    assert_eq!(message("SELECT {p.foo} FROM {Product AS p}"), unknown);
    assert_eq!(message("SELECT {q.code} FROM {Product AS p}"), "no type with alias q in FROM");
    assert_eq!(message("SELECT {name[xx]} FROM {Product}"), "no language xx found");
    assert!(message("SELECT {code[en]} FROM {Product}").contains("not localized"));
    assert!(message("SELECT {code} FROM {Product AS p}, {Category AS c}").contains("ambiguous"));
}

#[test]
fn an_unknown_user_is_reported() {
    let failure = fail(&open(), &Query { user: "nobody", ..query("SELECT {pk} FROM {Product}") });
    assert_eq!(failure.message, "no user with id nobody found");
}

#[test]
fn constructs_that_are_left_out_are_named() {
    for (text, construct) in [
        ("SELECT {p.*} FROM {Product AS p}", "{alias.*}"),
        ("SELECT {name[any]} FROM {Product}", "[any]"),
        ("SELECT {pk} FROM {Product AS p RIGHT JOIN Category AS c ON {p.pk} = {c.pk}}", "RIGHT"),
        ("SELECT {pk} FROM {Product*}", "modifier"),
        ("SELECT PK FROM products", "FROM without"),
        ("SELECT 1", "without FROM"),
        ("SELECT {catalogVersion.version.x} FROM {Product}", "path"),
    ] {
        let failure = fail(&open(), &query(text));
        assert!(failure.message.contains("not supported by the simulator"), "{text}: {}", failure.message);
        assert!(failure.message.contains(construct), "{text}: {}", failure.message);
    }
}

#[test]
fn it_only_searches() {
    for text in ["", "  ", "DELETE FROM {Product}", "UPDATE {Product} SET {code} = 'x'"] {
        assert_eq!(fail(&open(), &query(text)).class, "FlexibleSearchException", "{text}");
    }
}

#[test]
fn no_more_rows_than_asked_for() {
    let database = open();
    for max_count in [0, 1, 7, usize::MAX] {
        let rows = run(&database, &Query { max_count, ..query("SELECT {code} FROM {Product} ORDER BY {code} DESC") });
        assert_eq!(rows.rows.len(), max_count.min(PRODUCTS));
        assert_eq!(rows.headers, ["p_code"]);
    }
}

#[test]
fn the_sql_can_be_run_as_sql() {
    let database = open();
    let rows = run(
        &database,
        &query("SELECT {p.code}, {p.name}\n FROM {Product AS p} WHERE {p.name[de]} LIKE '%säge' ORDER BY 1"),
    );
    assert!(rows.sql.starts_with("SELECT item_t0.p_code, lp_t"), "{}", rows.sql);
    let again = run(&database, &Query { raw_sql: true, ..query(&rows.sql) });
    assert_eq!(rows.rows, again.rows);
    assert!(!again.rows.is_empty());
}

#[test]
fn deep_nesting_is_refused() {
    let text = format!("SELECT {{pk}} FROM {{Product}} WHERE {{pk}} IN ({}", "{{ SELECT ( ".repeat(50_000));
    assert!(message(&text).contains("not supported by the simulator"));
}

proptest::proptest! {
    #[test]
    fn arbitrary_queries_never_panic(text in "(?s).{0,80}", tail in "[{}\\[\\]()'?:. a-z]{0,60}") {
        let _ = crate::database::flexible::translate(&text, "en");
        let _ = crate::database::flexible::translate(&format!("SELECT {{{tail}"), "en");
        let _ = crate::database::flexible::translate(&format!("SELECT {{pk}} FROM {{Product {tail}"), "en");
    }
}

#[test]
fn several_sources_are_multiplied() {
    let text = "SELECT {v.version}, {l.isocode} FROM {CatalogVersion AS v}, {Language AS l} WHERE {l.name[de]} = 'Deutsch' \
                AND {v.active} = 1";
    assert_eq!(cells(&found(text)), [["Online", "de"], ["Online", "de"]]);
}
