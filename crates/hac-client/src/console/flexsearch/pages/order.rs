//! Whether the keys of the rows are what pages stand on: there, each once, and in order.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use super::wrapped::{KeyType, shown};

/// Checks the keys of all pages, one page after the other.
#[derive(Debug)]
pub(super) struct KeyOrder {
    key_type: KeyType,
    last: Option<String>,
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
        Self { key_type, last: last.map(str::to_owned), number, hasher, page, before: HashSet::new() }
    }

    /// The key of the last row.
    pub(super) fn last(&self) -> Option<&str> {
        self.last.as_deref()
    }

    /// Checks the keys of a page.
    pub(super) fn page<'k>(&mut self, keys: impl Iterator<Item = Option<Option<&'k str>>>) -> Result<(), Wrong> {
        if self.key_type == KeyType::Text {
            std::mem::swap(&mut self.page, &mut self.before);
            self.page.clear();
        }
        let mut last = None;
        for key in keys {
            let key = match key {
                None => return Err(Wrong::Answer("a row has no cell for the key".to_owned())),
                Some(None) => return Err(Wrong::Key("the key of a row is null".to_owned())),
                Some(Some(key)) => key,
            };
            match self.key_type {
                KeyType::Number => self.number(key)?,
                KeyType::Text => {
                    let hash = self.hasher.hash_one(key);
                    if self.before.contains(&hash) || !self.page.insert(hash) {
                        return Err(twice(key));
                    }
                }
            }
            last = Some(key);
        }
        if let Some(last) = last {
            self.last = Some(last.to_owned());
        } else if self.key_type == KeyType::Text {
            // A page without rows is behind the same rows as before.
            std::mem::swap(&mut self.page, &mut self.before);
        }
        Ok(())
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
        order.page(keys.iter().map(|key| Some(Some(*key))))
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
        check(&mut order, &[]).expect("nothing");
        assert_eq!(check(&mut order, &["B", "b"]), Err(twice("b")), "equal in the database, as it seems");
    }

    #[test]
    fn the_last_key_is_that_of_the_last_row() {
        let mut order = KeyOrder::new(KeyType::Number, Some("3"));
        assert_eq!(order.last(), Some("3"));
        check(&mut order, &["5", "10"]).expect("in order");
        check(&mut order, &[]).expect("nothing");
        assert_eq!(order.last(), Some("10"));
    }

    #[test]
    fn a_key_that_is_missing_null_no_number_or_out_of_order_is_told() {
        let mut order = KeyOrder::new(KeyType::Number, None);
        assert!(matches!(order.page([None].into_iter()), Err(Wrong::Answer(_))));
        assert!(matches!(order.page([Some(None)].into_iter()), Err(Wrong::Key(_))));
        assert!(matches!(check(&mut order, &["x"]), Err(Wrong::Key(_))));
        assert!(matches!(check(&mut order, &["10", "9"]), Err(Wrong::Answer(_))));
    }
}
