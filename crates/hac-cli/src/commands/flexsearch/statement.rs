//! What a statement in SQL may do.

/// What is true of DDL on `MySQL`, Oracle, HANA and HSQLDB, and not on `PostgreSQL` and SQL Server.
pub(super) const MAY_BE_KEPT: &str =
    "the statement may not have been rolled back: on some databases DDL commits itself";

/// Whether SQL may change the schema: only what surely does not is left out.
pub(super) fn may_be_ddl(sql: &str) -> bool {
    const BEGINNINGS: [&str; 9] =
        ["select", "with", "values", "insert", "update", "delete", "merge", "explain", "show"];
    const CHANGES: [&str; 11] =
        ["create", "alter", "drop", "truncate", "rename", "comment", "grant", "revoke", "call", "exec", "execute"];
    let mut words = sql
        .split(|char: char| !char.is_alphanumeric() && char != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .peekable();
    let known = words.peek().is_some_and(|first| BEGINNINGS.contains(&first.as_str()));
    !known || words.any(|word| CHANGES.contains(&word.as_str()))
}

/// Whether SQL changes rows, so that it matters that they were rolled back.
pub(super) fn changes_rows(sql: &str) -> bool {
    let first = sql.split(|char: char| !char.is_alphanumeric()).find(|word| !word.is_empty()).unwrap_or_default();
    ["insert", "update", "delete", "merge", "replace"].contains(&first.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_that_may_change_the_schema_are_recognised() {
        for sql in [
            "DROP TABLE x",
            "  create index i on x(a)",
            "/* c */ ALTER TABLE x",
            "SELECT 1; drop table x",
            "/*!50000 DROP TABLE x */",
            "begin null; end;",
            "(truncate table x)",
            "insert into x values (1); TRUNCATE x",
            "",
        ] {
            assert!(may_be_ddl(sql), "{sql}");
        }
        for sql in [
            "SELECT * FROM products",
            "(select dropped, created_at FROM x)",
            "update x set a = 1",
            "WITH a AS (SELECT 1) SELECT * FROM a",
        ] {
            assert!(!may_be_ddl(sql), "{sql}");
        }
    }

    #[test]
    fn statements_that_change_rows_are_recognised() {
        for (sql, changes) in [
            ("update x set a = 1", true),
            (" (DELETE FROM x)", true),
            ("SELECT * FROM updates", false),
            ("WITH a AS (SELECT 1) SELECT * FROM a", false),
            ("", false),
        ] {
            assert_eq!(changes_rows(sql), changes, "{sql}");
        }
    }
}
