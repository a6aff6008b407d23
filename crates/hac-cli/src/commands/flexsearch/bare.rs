//! Text in a condition without its single quotes, which a database takes for the name of a column.

/// How databases say that there is no column of a name: those that SAP Commerce runs on, and SQLite.
const UNKNOWN: [&str; 7] = [
    "object not found",
    "unknown column",
    "invalid identifier",
    "invalid column name",
    "does not exist",
    "invalid column",
    "no such column",
];

/// What stands behind an operator and needs no quotes.
const WORDS_OF_SQL: [&str; 10] =
    ["null", "true", "false", "select", "case", "not", "any", "all", "current_timestamp", "current_date"];

/// The text without quotes, if the message of a failed query says that there is no column of that name.
pub(super) fn word<'t>(message: &str, text: &'t str) -> Option<&'t str> {
    let message = message.to_lowercase();
    if !UNKNOWN.iter().any(|phrase| message.contains(phrase)) {
        return None;
    }
    candidates(text).into_iter().find(|word| {
        // A hyphen is a minus there: the database knows the part before it.
        let first = word.split(|char: char| !char.is_alphanumeric() && char != '_').next().unwrap_or_default();
        message.contains(&first.to_lowercase())
    })
}

/// The words behind an operator that are neither numbers nor SQL. What stands in braces or single quotes is none.
fn candidates(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut is_compared = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '{' => rest.find('}').map_or(rest.len(), |end| end + 1),
            '\'' => rest[1..].find('\'').map_or(rest.len(), |end| end + 2),
            '"' => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
            _ if is_of_value(first) => rest.find(|char| !is_of_value(char)).unwrap_or(rest.len()),
            other => other.len_utf8(),
        };
        let (piece, behind) = rest.split_at(length);
        rest = behind;
        match first {
            '=' | '<' | '>' => is_compared = true,
            '(' | ' ' | '\n' | '\t' | '\r' => {}
            '"' => {
                found.extend(is_compared.then(|| piece.trim_matches('"')).filter(|word| !word.is_empty()));
                is_compared = false;
            }
            _ if is_of_value(first) => {
                let lower = piece.to_lowercase();
                let is_text = piece.starts_with(|char: char| char.is_alphabetic() || char == '_')
                    && !WORDS_OF_SQL.contains(&lower.as_str())
                    && !piece.contains('.')
                    && !behind.trim_start().starts_with('(');
                found.extend((is_compared && is_text).then_some(piece));
                is_compared = matches!(lower.as_str(), "like" | "in") || (is_compared && lower == "not");
            }
            _ => is_compared = false,
        }
    }
    found
}

fn is_of_value(char: char) -> bool {
    char.is_alphanumeric() || "_-.@".contains(char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_quotes_is_found_whatever_the_database() {
        let query = "SELECT {pk} FROM {Product} WHERE {code} = abc AND {name} LIKE 'x'";
        for message in [
            "SQL search error - user lacks privilege or object not found: ABC in statement [SELECT]",
            "Unknown column 'abc' in 'where clause'",
            "ORA-00904: \"ABC\": invalid identifier",
            "Invalid column name 'abc'.",
            "ERROR: column \"abc\" does not exist",
            "SAP DBTech JDBC: [260]: invalid column name: ABC",
            "no such column: abc",
        ] {
            assert_eq!(word(message, query), Some("abc"), "{message}");
        }
        assert_eq!(word("syntax error near abc", query), None);
        assert_eq!(word("no such column: other", query), None);
    }

    #[test]
    fn words_behind_operators_are_text_unless_sql_has_them() {
        for (condition, found) in [
            ("{code}=abc", &["abc"][..]),
            ("{code} <> a-b_1 AND {x} != c", &["a-b_1", "c"]),
            ("{code} LIKE abc OR {code} NOT IN (abc, 'd')", &["abc", "abc"]),
            ("{code} = \"a b\"", &["a b"]),
            ("{mail} = me@example.com", &[]),
            ("{code} = 'abc' AND {x} = 12 AND {y} = ?name", &[]),
            ("{code} = LOWER({name}) AND p.code = q.code AND {a} IS NULL", &[]),
            ("{a} = {b} AND {c} = (SELECT {d} FROM {E})", &[]),
            ("{a} = NULL", &[]),
        ] {
            assert_eq!(candidates(condition), found, "{condition}");
        }
    }
}
