//! Names that somebody may have meant.

/// How many names are worth to be told.
const MOST: usize = 3;

/// The known names that are nearest to a mistyped one, the nearest first; none that are far off.
pub(crate) fn nearby<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted: Vec<char> = name.to_lowercase().chars().collect();
    // A third of the letters may differ.
    let most = (wanted.len() / 3).max(1);
    let mut near: Vec<(usize, &str)> = known
        .filter_map(|candidate| {
            let letters: Vec<char> = candidate.to_lowercase().chars().collect();
            let shared = contained(&letters, &wanted) || contained(&wanted, &letters) && letters.len() > 3;
            let distance =
                if letters.len().abs_diff(wanted.len()) > most { usize::MAX } else { edits(&wanted, &letters) };
            match (distance <= most, shared) {
                (true, _) => Some((distance, candidate)),
                (false, true) => Some((most + letters.len().abs_diff(wanted.len()), candidate)),
                (false, false) => None,
            }
        })
        .collect();
    near.sort_unstable();
    near.dedup();
    near.truncate(MOST);
    near.into_iter().map(|(_, name)| name).collect()
}

/// Whether the longer text holds the shorter one.
fn contained(long: &[char], short: &[char]) -> bool {
    !short.is_empty() && short.len() <= long.len() && long.windows(short.len()).any(|window| window == short)
}

/// How many letters must be put in, taken out or changed.
fn edits(from: &[char], to: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, left) in from.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, right) in to.iter().enumerate() {
            let changed = diagonal + usize::from(left != right);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
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

    #[test]
    fn edits_are_counted() {
        let count = |from: &str, to: &str| edits(&from.chars().collect::<Vec<_>>(), &to.chars().collect::<Vec<_>>());
        assert_eq!((count("kitten", "sitting"), count("", "abc"), count("same", "same")), (3, 3, 0));
    }
}
