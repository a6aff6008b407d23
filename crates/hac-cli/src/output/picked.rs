//! `--columns`: some columns, in the order in which they were asked for.

use hac_client::{Error, Result, nearest_names};

use crate::diagnostics::usage;

/// Where the wanted columns are among those that there are; `None` for all of them.
///
/// A name is found whatever its case, and without the `p_` that databases have in front of attributes.
pub(crate) fn places(wanted: &[String], headers: &[String]) -> Result<Option<Vec<usize>>> {
    if wanted.is_empty() {
        return Ok(None);
    }
    wanted.iter().map(|name| place(name.trim(), headers)).collect::<Result<_>>().map(Some)
}

/// Where all columns of a name are, of which there must be one.
pub(super) fn all_places(name: &str, headers: &[String]) -> Result<Vec<usize>> {
    let attribute = |header: &String| bare(header).eq_ignore_ascii_case(bare(name));
    let found: Vec<usize> = (0..headers.len()).filter(|place| attribute(&headers[*place])).collect();
    if found.is_empty() { Err(missing("mask the columns", name, headers)) } else { Ok(found) }
}

fn place(name: &str, headers: &[String]) -> Result<usize> {
    position(name, headers).ok_or_else(|| missing("print the columns", name, headers))
}

/// Where the column of this name is: as it is written, else whatever its case, else without the prefix of databases.
pub(crate) fn position(name: &str, headers: &[String]) -> Option<usize> {
    let same = |header: &String| header == name;
    let alike = |header: &String| header.eq_ignore_ascii_case(name);
    let attribute = |header: &String| bare(header).eq_ignore_ascii_case(bare(name));
    let found = headers.iter().position(same);
    found.or_else(|| headers.iter().position(alike)).or_else(|| headers.iter().position(attribute))
}

fn missing(doing: &str, name: &str, headers: &[String]) -> Error {
    let near = nearest_names(name, headers.iter().map(|header| bare(header)));
    let hint = match near.first() {
        Some(near) => format!("did you mean {near}? The columns are {}", headers.join(", ")),
        None => format!("the columns are {}", headers.join(", ")),
    };
    usage(doing, format!("there is no column {name}"), hint)
}

/// The name without the prefix of databases.
fn bare(name: &str) -> &str {
    name.get(..2).filter(|prefix| prefix.eq_ignore_ascii_case("p_")).map_or(name, |_| &name[2..])
}

/// The picked ones of some things.
pub(super) fn picked<'a, T>(places: &'a [usize], all: &'a [T]) -> impl Iterator<Item = Option<&'a T>> {
    places.iter().map(|place| all.get(*place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_found_by_its_name_or_by_that_of_its_attribute() {
        let headers = ["PK", "p_code", "Name", "p_name"].map(String::from);
        let of = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            places(&names, &headers).map_err(|error| error.to_string())
        };
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(of(&["name", "pk", "code", "p_name", "P_CODE"]), Ok(Some(vec![2, 0, 1, 3, 1])));
        assert_eq!(of(&["p_pk"]), Ok(Some(vec![0])));
        assert!(of(&["cod"]).is_err_and(|error| error.contains("no column cod")));
        assert!(of(&["äx"]).is_err());
    }
}
