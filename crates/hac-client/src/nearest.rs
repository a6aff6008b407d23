//! Names that somebody may have meant.

use strsim::levenshtein;

/// How many names are worth to be told.
const MOST: usize = 3;

/// Returns the known names that are closest to a mistyped one, the closest first, at most three.
///
/// Up to a third of the letters may differ; case does not count. A name that contains the mistyped one is close too.
pub fn nearest_names<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = name.to_lowercase();
    let letters = wanted.chars().count();
    // Two letters that changed places are two.
    let most = if letters < 4 { 1 } else { (letters / 3).max(2) };
    let mut near: Vec<(usize, &str)> = known
        .into_iter()
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

    const KNOWN: [&str; 7] = [
        "de.hybris.platform.util",
        "org.apache.solr",
        "root",
        "db.url",
        "db.username",
        "samplestore_importCoreData",
        "samplestore_importSampleData",
    ];

    #[test]
    fn a_typo_finds_the_intended_name() {
        assert_eq!(nearest_names("de.hybris.platfrom.util", KNOWN), ["de.hybris.platform.util"]);
        assert_eq!(nearest_names("DB.URL", KNOWN), ["db.url"]);
        assert_eq!(nearest_names("rot", KNOWN), ["root"]);
        assert_eq!(nearest_names("samplestore_importCoreDate", KNOWN)[0], "samplestore_importCoreData");
    }

    #[test]
    fn a_part_of_the_name_finds_it_and_something_else_finds_nothing() {
        assert_eq!(nearest_names("apache.solr", KNOWN), ["org.apache.solr"]);
        assert!(nearest_names("com.example.shop", KNOWN).is_empty());
        assert!(nearest_names("x", KNOWN).is_empty());
        assert!(nearest_names("", KNOWN).is_empty());
        assert!(nearest_names("", []).is_empty());
    }

    #[test]
    fn the_nearest_come_first_and_not_too_many() {
        let names = ["abcde1", "abcde", "abcdef", "abcdefg", "abcdefgh"];
        assert_eq!(nearest_names("abcdef", names), ["abcdef", "abcde", "abcde1"]);
    }
}
