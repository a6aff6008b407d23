//! The name that somebody may have meant.

use strsim::levenshtein;

/// The known name that differs least from a mistyped one; `None` where all are far off.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    let letters = wanted.chars().count();
    // A third of the letters may differ; two that changed places are two.
    let most = if letters < 4 { 1 } else { (letters / 3).max(2) };
    known
        .into_iter()
        .map(|candidate| (levenshtein(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_fingers_finds_what_was_meant_and_something_else_finds_nothing() {
        let known = ["samplestore_importCoreData", "samplestore_importSampleData", "core"];
        assert_eq!(nearest("samplestore_importCoreDate", known), Some("samplestore_importCoreData"));
        assert_eq!(nearest("CORE", known), Some("core"));
        assert_eq!(nearest("x", known), None);
        assert_eq!(nearest("", []), None);
    }
}
