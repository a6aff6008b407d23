//! Names of columns of which no two are the same.

use std::collections::{HashMap, HashSet};

use super::nameless;

/// The keys of an object that has a cell for each column: no two are the same.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) of_headers: Vec<String>,
    taken: HashSet<String>,
    /// Of the headers that begin with `column_`, or of none: whether a name can meet one of them.
    met: bool,
}

impl Names {
    /// A step for each header and each name that was already taken, not for each pair of headers.
    pub(super) fn of(headers: &[String]) -> Self {
        let mut taken = HashSet::with_capacity(headers.len());
        let mut next: HashMap<&str, usize> = HashMap::new();
        let mut of_headers = Vec::with_capacity(headers.len());
        for header in headers {
            let mut name = header.clone();
            let number = next.entry(header).or_insert(2);
            while taken.contains(&name) {
                name = format!("{header}_{number}");
                *number += 1;
            }
            taken.insert(name.clone());
            of_headers.push(name);
        }
        let met = of_headers.iter().any(|name| name.starts_with("column_"));
        Self { of_headers, taken, met }
    }

    /// The key of a cell that has no header.
    pub(super) fn beyond(&self, index: usize) -> String {
        let mut name = nameless(index);
        // The names beyond the headers differ in their numbers, and underscores at the end keep them apart.
        while self.met && self.taken.contains(&name) {
            name.push('_');
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_comes_twice_gets_a_number() {
        let headers = ["pk", "name", "pk", "pk", "pk_2", "pk"].map(String::from);
        assert_eq!(Names::of(&headers).of_headers, ["pk", "name", "pk_2", "pk_3", "pk_2_2", "pk_4"]);
    }

    /// Pairwise it would be 20,000,000,000 comparisons.
    #[test]
    fn very_many_equal_headers_are_renamed_quickly() {
        let headers = vec!["pk".to_owned(); 200_000];
        let names = Names::of(&headers);
        assert_eq!((names.taken.len(), names.of_headers[199_999].as_str()), (200_000, "pk_200000"));
    }
}
