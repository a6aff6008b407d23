use super::*;

fn search(text: &str) -> QueryOutcome {
    let database = Database::open(60).expect("it opens");
    database.flexible_search(&Query {
        text,
        raw_sql: false,
        max_count: 200,
        user: "admin",
        locale: "en",
        commit: false,
    })
}

fn rows(text: &str) -> Rows {
    match search(text) {
        QueryOutcome::Rows(rows) => rows,
        QueryOutcome::Failed(failure) => panic!("{text}: {failure:?}"),
    }
}

#[test]
fn a_simple_select_finds_products() {
    let found = rows("SELECT {p.pk}, {p:code}, {p.name[de]} FROM {Product AS p} ORDER BY {p.pk}");
    assert_eq!(found.headers, ["PK", "p_code", "p_name"]);
    assert_eq!(found.rows.len(), 60);
    assert_eq!(found.rows[0][0].as_deref(), Some("8796093054977"));
}
