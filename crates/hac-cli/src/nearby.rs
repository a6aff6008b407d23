//! Names that somebody may have meant.

use strsim::levenshtein;

/// How many names are worth to be told.
const MOST: usize = 3;

/// The known names that are nearest to a mistyped one, the nearest first; none that are far off.
pub(crate) fn nearby<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = name.to_lowercase();
    let letters = wanted.chars().count();
    // A third of the letters may differ.
    let most = (letters / 3).max(1);
    let mut near: Vec<(usize, &str)> = known
        .filter_map(|candidate| {
            let known = candidate.to_lowercase();
            let longer_by = known.chars().count().abs_diff(letters);
            // Most are far off by their length already, and there may be thousands.
            if longer_by <= most {
                let distance = levenshtein(&wanted, &known);
                if distance <= most {
                    return Some((distance, candidate));
                }
            }
            let is_part = !wanted.is_empty() && (known.contains(&wanted) || known.len() > 3 && wanted.contains(&known));
            is_part.then_some((most + longer_by, candidate))
        })
        .collect();
    near.sort_unstable();
    near.dedup();
    near.truncate(MOST);
    near.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 5] = ["de.hybris.platform.util", "org.apache.solr", "root", "db.url", "db.username"];

    #[test]
    fn a_slip_of_the_fingers_finds_what_was_meant() {
        assert_eq!(nearby("de.hybris.platfrom.util", KNOWN.into_iter()), ["de.hybris.platform.util"]);
        assert_eq!(nearby("DB.URL", KNOWN.into_iter()), ["db.url"]);
        assert_eq!(nearby("rot", KNOWN.into_iter()), ["root"]);
    }

    #[test]
    fn a_part_of_the_name_finds_it_and_something_else_finds_nothing() {
        assert_eq!(nearby("apache.solr", KNOWN.into_iter()), ["org.apache.solr"]);
        assert!(nearby("com.example.shop", KNOWN.into_iter()).is_empty());
        assert!(nearby("", KNOWN.into_iter()).is_empty());
    }

    #[test]
    fn the_nearest_come_first_and_not_too_many() {
        let names = ["abcde1", "abcde", "abcdef", "abcdefg", "abcdefgh"];
        assert_eq!(nearby("abcdef", names.into_iter()), ["abcdef", "abcde", "abcde1"]);
    }
}
