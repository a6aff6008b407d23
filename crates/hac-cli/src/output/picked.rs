//! `--columns`: some columns, in the order in which they were asked for.

use hac_client::Result;
use hac_client::console::find_column;

/// Where the wanted columns are among those that there are; `None` for all of them.
///
/// A name is found whatever its case, and without the `p_` that databases have in front of attributes.
pub(crate) fn places(wanted: &[String], headers: &[String]) -> Result<Option<Vec<usize>>> {
    if wanted.is_empty() {
        return Ok(None);
    }
    wanted.iter().map(|name| place(name.trim(), headers)).collect::<Result<_>>().map(Some)
}

fn place(name: &str, headers: &[String]) -> Result<usize> {
    find_column(name, headers).map_err(|error| error.while_doing("print the columns"))
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
