//! The name that somebody may have meant.

/// The known name that differs least from a mistyped one; `None` where all are far off.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.to_lowercase().chars().collect();
    // A third of the letters may differ; two that changed places are two.
    let most = if wanted.len() < 4 { 1 } else { (wanted.len() / 3).max(2) };
    known
        .into_iter()
        .map(|candidate| (edits(&wanted, &candidate.to_lowercase().chars().collect::<Vec<_>>()), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, candidate)| candidate)
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

    #[test]
    fn a_slip_of_the_fingers_finds_what_was_meant_and_something_else_finds_nothing() {
        let known = ["samplestore_importCoreData", "samplestore_importSampleData", "core"];
        assert_eq!(nearest("samplestore_importCoreDate", known), Some("samplestore_importCoreData"));
        assert_eq!(nearest("CORE", known), Some("core"));
        assert_eq!(nearest("x", known), None);
        assert_eq!(nearest("", []), None);
    }
}
