//! Columns by their names, as people write them and as databases return them.

use crate::error::{Error, ErrorKind, Result};
use crate::nearest::nearest_names;

/// Returns where the column of a name is among the labels of a result: as it is written, else whatever its case, else without the
/// `p_` that databases have in front of attributes.
///
/// ```
/// use hac_client::console::find_column;
///
/// let headers = ["PK", "p_code", "p_name"].map(String::from);
/// assert_eq!(find_column("code", &headers).ok(), Some(1));
/// let error = find_column("cod", &headers).expect_err("misspelled");
/// assert!(error.hint().is_some_and(|hint| hint.to_string().starts_with("did you mean code?")));
/// ```
///
/// # Errors
/// [`Usage`](ErrorKind::Usage) if there is none; the hint lists the columns.
pub fn find_column(name: &str, headers: &[String]) -> Result<usize> {
    position(name, headers).ok_or_else(|| missing("find the column", name, headers))
}

pub(crate) fn position(name: &str, headers: &[String]) -> Option<usize> {
    let same = |header: &String| header == name;
    let alike = |header: &String| header.eq_ignore_ascii_case(name);
    let attribute = |header: &String| bare(header).eq_ignore_ascii_case(bare(name));
    let found = headers.iter().position(same);
    found.or_else(|| headers.iter().position(alike)).or_else(|| headers.iter().position(attribute))
}

/// Where all columns of a name are.
pub(crate) fn positions(name: &str, headers: &[String]) -> Vec<usize> {
    let attribute = |header: &String| bare(header).eq_ignore_ascii_case(bare(name));
    (0..headers.len()).filter(|place| attribute(&headers[*place])).collect()
}

/// A column that is not there.
pub(crate) fn missing(doing: &str, name: &str, headers: &[String]) -> Error {
    let near = nearest_names(name, headers.iter().map(|header| bare(header)));
    let hint = match near.first() {
        Some(near) => format!("did you mean {near}? The columns are {}", headers.join(", ")),
        None => format!("the columns are {}", headers.join(", ")),
    };
    Error::new(ErrorKind::Usage, doing).because(format!("there is no column {name}")).with_hint(hint)
}

/// The name without the prefix of databases.
fn bare(name: &str) -> &str {
    name.get(..2).filter(|prefix| prefix.eq_ignore_ascii_case("p_")).map_or(name, |_| &name[2..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_found_by_its_name_or_by_that_of_its_attribute() {
        let headers = ["PK", "p_code", "Name", "p_name"].map(String::from);
        let of = |name: &str| find_column(name, &headers).map_err(|error| error.to_string());
        for (name, place) in [("name", 2), ("pk", 0), ("code", 1), ("p_name", 3), ("P_CODE", 1), ("p_pk", 0)] {
            assert_eq!(of(name), Ok(place), "{name}");
        }
        assert!(of("cod").is_err_and(|error| error.contains("no column cod")));
        assert!(of("äx").is_err());
        assert_eq!(positions("NAME", &headers), [2, 3]);
    }
}
