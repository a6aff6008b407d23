//! Whether the keys of the rows are what pages stand on: there, each once, and in order.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use super::buffer::Cell;
use super::wrapped::{KeyType, shown};

/// Checks the keys of all pages, one page after the other.
#[derive(Debug)]
pub(super) struct KeyOrder {
    key_type: KeyType,
    number: Option<i64>,
    /// The keys of this page and of the one before it, of texts: nobody but the database knows their order.
    hasher: RandomState,
    page: HashSet<u64>,
    before: HashSet<u64>,
}

/// What is wrong with a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// The key is no key.
    Key(String),
    /// The answer is not what was asked for.
    Answer(String),
}

impl KeyOrder {
    /// Begins behind the row with this key.
    pub(super) fn new(key_type: KeyType, last: Option<&str>) -> Self {
        let number = last.and_then(|last| last.parse().ok());
        let hasher = RandomState::new();
        let page = last.iter().map(|last| hasher.hash_one(last)).collect();
        Self { key_type, number, hasher, page, before: HashSet::new() }
    }

    /// Begins a page that has rows.
    pub(super) fn begin(&mut self) {
        std::mem::swap(&mut self.page, &mut self.before);
        self.page.clear();
    }

    /// Checks the key of the next row.
    pub(super) fn check(&mut self, key: Option<&Cell<'_>>) -> Result<(), Wrong> {
        let Some(key) = key else { return Err(Wrong::Answer("a row has no cell for the key".to_owned())) };
        let Some(key) = key.as_deref() else { return Err(Wrong::Key("the key of a row is null".to_owned())) };
        match self.key_type {
            KeyType::Number => self.number(key),
            KeyType::Text => {
                let hash = self.hasher.hash_one(key);
                if self.before.contains(&hash) || !self.page.insert(hash) { Err(twice(key)) } else { Ok(()) }
            }
        }
    }

    fn number(&mut self, key: &str) -> Result<(), Wrong> {
        let Ok(number) = key.parse::<i64>() else {
            return Err(Wrong::Key(format!("the key {} is not a whole number of at most 64 bits", shown(key))));
        };
        match self.number.replace(number) {
            Some(before) if before == number => Err(twice(key)),
            Some(before) if before > number => {
                Err(Wrong::Answer(format!("the row with the key {number} came behind the one with {before}")))
            }
            _ => Ok(()),
        }
    }
}

fn twice(key: &str) -> Wrong {
    Wrong::Key(format!("the key {} came twice, so it is not unique", shown(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(order: &mut KeyOrder, keys: &[&str]) -> Result<(), Wrong> {
        order.begin();
        keys.iter().try_for_each(|key| order.check(Some(&Some((*key).into()))))
    }

    #[test]
    fn a_key_that_comes_twice_is_found_in_its_page_and_in_the_next() {
        for key_type in [KeyType::Number, KeyType::Text] {
            for pages in [vec![vec!["1", "2", "2"]], vec![vec!["1", "2"], vec!["2"]]] {
                let mut order = KeyOrder::new(key_type, None);
                let found = pages.iter().find_map(|page| check(&mut order, page).err());
                assert_eq!(found, Some(twice("2")), "{key_type:?} {pages:?}");
            }
            assert!(check(&mut KeyOrder::new(key_type, Some("7")), &["7"]).is_err(), "the row before the start");
        }
        let mut order = KeyOrder::new(KeyType::Text, None);
        check(&mut order, &["b", "A"]).expect("the database knows the order");
        assert_eq!(check(&mut order, &["B", "b"]), Err(twice("b")), "equal in the database, as it seems");
    }

    #[test]
    fn a_key_that_is_missing_null_no_number_or_out_of_order_is_told() {
        let mut order = KeyOrder::new(KeyType::Number, None);
        assert!(matches!(order.check(None), Err(Wrong::Answer(_))));
        assert!(matches!(order.check(Some(&None)), Err(Wrong::Key(_))));
        assert!(matches!(check(&mut order, &["x"]), Err(Wrong::Key(_))));
        assert!(matches!(check(&mut order, &["10", "9"]), Err(Wrong::Answer(_))));
    }
}
