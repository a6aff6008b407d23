//! Reads what a security descriptor of Windows permits other users, from its text (security descriptor definition language).
//!
//! Compiled for tests on every system, because it only parses text.

/// The most that other users may do with a directory or the files in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Others {
    Nothing,
    Read,
    Write,
}

/// Accounts that may do everything on a machine anyway, or stand for the owner: the system, administrators, the creator or
/// owner, the installer of Windows.
const TRUSTED: [&str; 13] = [
    "SY",
    "S-1-5-18",
    "BA",
    "S-1-5-32-544",
    "LA",
    "DA",
    "EA",
    "CO",
    "S-1-3-0",
    "OW",
    "S-1-3-4",
    "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
    // Sandboxed programs: they get access only where their user has it, too.
    "AC",
];

/// All sandboxes: `S-1-15-2-…` and `S-1-15-3-…`.
const SANDBOXES: &str = "S-1-15-";

/// The rights to add, change or remove files, to remove the directory, and to change permissions.
const WRITE: u32 = 0x0000_0002 // FILE_WRITE_DATA, FILE_ADD_FILE
    | 0x0000_0004 // FILE_APPEND_DATA, FILE_ADD_SUBDIRECTORY
    | 0x0000_0040 // FILE_DELETE_CHILD
    | 0x0001_0000 // DELETE
    | 0x0004_0000 // WRITE_DAC
    | 0x0008_0000 // WRITE_OWNER
    | 0x1000_0000 // GENERIC_ALL
    | 0x4000_0000; // GENERIC_WRITE

/// The right to read a file.
const READ: u32 = 0x0000_0001 // FILE_READ_DATA
    | 0x8000_0000; // GENERIC_READ

/// Returns what users other than `ourselves` (a SID) may do. What cannot be parsed counts as permission for everything.
pub(super) fn who_else(descriptor: &str, ourselves: &str) -> Others {
    let trusted = |sid: &str| {
        TRUSTED.contains(&sid)
            || sid.starts_with(SANDBOXES)
            || sid == ourselves
            // The text has short names for these two accounts of a machine.
            || (sid == "LG" && ourselves.ends_with("-501"))
    };
    if section(descriptor, 'O').is_some_and(|owner| !owner.is_empty() && !trusted(owner)) {
        // The owner may change the permissions.
        return Others::Write;
    }
    // No list: none was asked for, or the file system has none.
    let Some(list) = section(descriptor, 'D') else { return Others::Nothing };
    if list.contains("NO_ACCESS_CONTROL") {
        return Others::Write;
    }
    entries(list).map(|entry| granted(entry, &trusted)).max().unwrap_or(Others::Nothing)
}

/// Returns what an entry permits others: `(type;flags;rights;object;inherited object;sid;…)`.
fn granted(entry: &str, trusted: &impl Fn(&str) -> bool) -> Others {
    let mut fields = entry.split(';');
    let (kind, flags) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
    let (rights, sid) = (fields.next().unwrap_or_default(), fields.nth(2).unwrap_or_default());
    // `A`, `OA`, `XA` and `ZA` allow; other types deny or audit.
    if !kind.ends_with('A') || trusted(sid) {
        return Others::Nothing;
    }
    match mask(rights) {
        None => Others::Write,
        Some(mask) if mask & WRITE != 0 => Others::Write,
        // Only if files inherit it: listing names is harmless.
        Some(mask) if mask & READ != 0 && pairs(flags).any(|flag| flag == "OI") => Others::Read,
        Some(_) => Others::Nothing,
    }
}

/// Returns the text after `O:` or `D:`, up to the next letter with a colon.
fn section(descriptor: &str, name: char) -> Option<&str> {
    let mut depth = 0_usize;
    let mut begin = None;
    let bytes = descriptor.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b'O' | b'G' | b'D' | b'S' if depth == 0 && bytes.get(at + 1) == Some(&b':') => {
                if let Some(begin) = begin {
                    return descriptor.get(begin..at);
                }
                if char::from(*byte) == name {
                    begin = Some(at + 2);
                }
            }
            _ => {}
        }
    }
    descriptor.get(begin?..)
}

/// Returns the entries of a list, without their outer parentheses; a condition may contain inner ones.
fn entries(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let begin = rest.find('(')? + 1;
        let mut depth = 1_usize;
        let length = rest[begin..]
            .bytes()
            .position(|byte| {
                match byte {
                    b'(' => depth += 1,
                    b')' => depth -= 1,
                    _ => {}
                }
                depth == 0
            })
            .unwrap_or(rest.len() - begin);
        let entry = &rest[begin..begin + length];
        rest = rest.get(begin + length + 1..).unwrap_or_default();
        Some(entry)
    })
}

/// Returns the rights as a mask; `None` if a word is unknown.
fn mask(rights: &str) -> Option<u32> {
    if let Some(hex) = rights.strip_prefix("0x") {
        return u32::from_str_radix(hex, 16).ok();
    }
    if rights.bytes().next().is_some_and(|first| first.is_ascii_digit()) {
        return rights.parse().ok();
    }
    pairs(rights)
        .map(|word| {
            Some(match word {
                "GA" => 0x1000_0000,
                "GR" => 0x8000_0000,
                "GW" => 0x4000_0000,
                "GX" => 0x2000_0000,
                "RC" => 0x0002_0000,
                "SD" => 0x0001_0000,
                "WD" => 0x0004_0000,
                "WO" => 0x0008_0000,
                "CC" => 0x0000_0001,
                "DC" => 0x0000_0002,
                "LC" => 0x0000_0004,
                "SW" => 0x0000_0008,
                "RP" => 0x0000_0010,
                "WP" => 0x0000_0020,
                "DT" => 0x0000_0040,
                "LO" => 0x0000_0080,
                "CR" => 0x0000_0100,
                "FA" => 0x001f_01ff,
                "FR" => 0x0012_0089,
                "FW" => 0x0012_0116,
                "FX" => 0x0012_00a0,
                _ => return None,
            })
        })
        .try_fold(0, |all, right| Some(all | right?))
}

/// Words of two letters, without separators.
fn pairs(words: &str) -> impl Iterator<Item = &str> {
    (0..words.len()).step_by(2).map(|at| words.get(at..at + 2).unwrap_or("?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURSELVES: &str = "S-1-5-21-1-2-3-1001";

    fn of(list: &str) -> Others {
        who_else(&format!("O:{OURSELVES}G:DUD:{list}S:AI(ML;;NW;;;LW)"), OURSELVES)
    }

    #[test]
    fn the_directory_of_a_profile_is_private() {
        let profile = format!("PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;{OURSELVES})");
        assert_eq!(of(&profile), Others::Nothing);
        assert_eq!(of("AI(A;OICIID;FA;;;S-1-5-18)(A;OICIIOID;GA;;;CO)(A;ID;0x1f01ff;;;LA)"), Others::Nothing);
        assert_eq!(of(""), Others::Nothing, "an empty list lets nobody in");
    }

    #[test]
    fn a_user_who_may_add_or_change_files_has_write_access() {
        for list in [
            "(A;;FA;;;WD)",
            "AI(A;OICIID;FA;;;SY)(A;OICIID;0x1301bf;;;AU)",
            "(A;CI;DC;;;BU)",
            "(A;CIIO;GW;;;BU)",
            "(A;;0x100002;;;S-1-5-32-545)",
            "(A;;WD;;;BU)",
            "(A;;WO;;;BU)",
            "(A;;DT;;;BU)",
            "(A;;SD;;;BU)",
            "(A;;FA;;;S-1-5-21-1-2-3-1002)",
            "(XA;;FA;;;WD;(@User.Title==\"(PM\" && (Member_of{SID(BA)})))",
            "NO_ACCESS_CONTROL",
            "(A;;??;;;WD)",
            "(A;;0xzz;;;WD)",
            "(A;;FA",
        ] {
            assert_eq!(of(list), Others::Write, "{list}");
        }
    }

    #[test]
    fn whoever_may_read_the_files_in_it_reads_and_names_alone_are_nothing() {
        assert_eq!(of("(A;OICI;0x1200a9;;;BU)"), Others::Read);
        assert_eq!(of("(A;OIIO;GR;;;WD)"), Others::Read);
        for list in
            ["(A;CI;0x1200a9;;;BU)", "(A;;FX;;;BU)", "(D;OICI;FA;;;BU)", "(A;OICI;FR;;;AC)", "(A;OICI;FA;;;S-1-15-2-1)"]
        {
            assert_eq!(of(list), Others::Nothing, "{list}");
        }
    }

    #[test]
    fn another_owner_may_change_the_list() {
        let list = format!("D:(A;OICI;FA;;;{OURSELVES})");
        assert_eq!(who_else(&format!("O:S-1-5-21-1-2-3-1002{list}"), OURSELVES), Others::Write);
        for owner in ["BA", "SY", OURSELVES] {
            assert_eq!(who_else(&format!("O:{owner}G:SY{list}"), OURSELVES), Others::Nothing, "{owner}");
        }
    }

    #[test]
    fn a_descriptor_without_a_list_tells_nothing() {
        assert_eq!(who_else(&format!("O:{OURSELVES}"), OURSELVES), Others::Nothing);
        assert_eq!(who_else("", OURSELVES), Others::Nothing);
    }
}
