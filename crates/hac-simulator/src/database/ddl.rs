//! The statements that make the tables and indexes of the types.

use std::fmt::Write as _;

use super::schema::{Kind, TYPES};

/// The statements that create every table.
pub(super) fn tables() -> String {
    let mut sql = String::new();
    for deployed in TYPES.iter().filter(|deployed| deployed.supertype.is_none()) {
        let table = deployed.table;
        // Writing to a String cannot fail.
        let _ = write!(
            sql,
            "CREATE TABLE {table} (PK INTEGER PRIMARY KEY NOT NULL, TypePkString INTEGER NOT NULL, createdTS TEXT, modifiedTS TEXT"
        );
        for column in deployed.columns(false) {
            let affinity = match column.kind {
                Kind::Text | Kind::Time | Kind::Localized => "TEXT",
                Kind::Flag | Kind::Number => "INTEGER",
            };
            let _ = write!(sql, ", {} {affinity}", column.column);
        }
        sql.push_str(");\n");

        if deployed.columns(true).next().is_some() {
            let _ = write!(
                sql,
                "CREATE TABLE {} (ITEMPK INTEGER NOT NULL, LANGPK INTEGER NOT NULL",
                deployed.localized_table()
            );
            for column in deployed.columns(true) {
                let _ = write!(sql, ", {} TEXT", column.column);
            }
            sql.push_str(", PRIMARY KEY (ITEMPK, LANGPK)) WITHOUT ROWID;\n");
        }
    }
    sql
}

/// The statements that create the indexes; after the rows, because that is faster.
pub(super) fn indexes() -> String {
    let mut sql = String::from(
        "CREATE INDEX joblogs_cronjob ON joblogs (p_cronjob);
         CREATE INDEX cat2prodrel_source ON cat2prodrel (SourcePK);
         CREATE INDEX cat2prodrel_target ON cat2prodrel (TargetPK);\n",
    );
    // An import looks every row up by these.
    for deployed in TYPES.iter().filter(|deployed| deployed.supertype.is_none()) {
        let columns = deployed.unique_columns();
        if !columns.is_empty() {
            let table = deployed.table;
            // Writing to a String cannot fail.
            let _ = writeln!(sql, "CREATE INDEX {table}_unique ON {table} ({});", columns.join(", "));
        }
    }
    sql
}
