//! Made-up values of the same shape: letters for letters, digits for digits, a date for a date.

use super::MaskKey;

/// A value that differs, if anything in it can.
pub(super) fn of(value: &str, key: &MaskKey) -> String {
    /// A value of one letter meets itself now and then.
    const ATTEMPTS: u8 = 16;
    let mut last = String::new();
    for attempt in 0..ATTEMPTS {
        let mut bytes = Bytes::of(value, attempt, key);
        if let Some(flag) = flag(value, &mut bytes) {
            return flag.to_owned();
        }
        last = shaped(value, &mut bytes);
        if last != value {
            break;
        }
    }
    last
}

/// Bytes that look random, and are the same for the same value.
struct Bytes {
    seed: [u8; 32],
    block: [u8; 32],
    at: usize,
    count: u64,
    key: MaskKey,
}

impl Bytes {
    fn of(value: &str, attempt: u8, key: &MaskKey) -> Self {
        let seed = key.authenticate(&[b"fake", &[attempt], value.as_bytes()]);
        Self { seed, block: seed, at: 0, count: 0, key: key.clone() }
    }

    fn below(&mut self, limit: u8) -> u8 {
        if self.at + 2 > self.block.len() {
            self.count += 1;
            self.block = self.key.authenticate(&[&self.seed, &self.count.to_be_bytes()]);
            self.at = 0;
        }
        let number = u16::from_be_bytes([self.block[self.at], self.block[self.at + 1]]);
        self.at += 2;
        // Less than the limit, which is a byte.
        u8::try_from(number % u16::from(limit.max(1))).unwrap_or_default()
    }

    fn digit(&mut self) -> char {
        char::from(b'0' + self.below(10))
    }

    /// A number in so many digits.
    fn number(&mut self, from: u8, to: u8, into: &mut String) {
        let number = from + self.below(to - from + 1);
        into.push(char::from(b'0' + number / 10));
        into.push(char::from(b'0' + number % 10));
    }
}

/// Yes or no: what it was can be seen in neither.
fn flag(value: &str, bytes: &mut Bytes) -> Option<&'static str> {
    let pairs = [["0", "1"], ["false", "true"], ["False", "True"], ["FALSE", "TRUE"]];
    let pair = pairs.into_iter().find(|pair| pair.contains(&value))?;
    Some(pair[usize::from(bytes.below(2))])
}

fn shaped(value: &str, bytes: &mut Bytes) -> String {
    let mut text = String::with_capacity(value.len());
    if let Some(local) = local_part(value) {
        letters(local, bytes, &mut text);
        // Nobody gets mail there.
        text.push_str("@example.com");
    } else if let Some(power) = value.find(['e', 'E']).filter(|_| is_number(value)) {
        letters(&value[..power], bytes, &mut text);
        text.push_str(&value[power..]);
    } else if let Some(rest) = date(value, bytes, &mut text) {
        letters(rest, bytes, &mut text);
    } else {
        letters(value, bytes, &mut text);
    }
    text
}

/// What is in front of the `@` of an e-mail address.
fn local_part(value: &str) -> Option<&str> {
    let (local, domain) = value.split_once('@')?;
    let is_address = !local.is_empty() && domain.contains('.') && !domain.contains('@');
    (is_address && !value.contains(char::is_whitespace)).then_some(local)
}

/// Whether the text is a number with a power, as databases write it: behind a fraction. `1E5` is rather a code, so this is stricter than
/// what the program aligns to the right, to which a code that looks like a number does no harm.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let Some((whole, rest)) = digits.split_once('.') else { return false };
    let Some((fraction, power)) = rest.split_once(['e', 'E']) else { return false };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits(whole) && is_digits(fraction) && is_digits(power.strip_prefix(['-', '+']).unwrap_or(power))
}

/// Writes another date, and another time if there is one: `2026-11-30 07:08:09`. Returns what is behind them.
fn date<'v>(value: &'v str, bytes: &mut Bytes, into: &mut String) -> Option<&'v str> {
    let rest = matching(value, "9999-99-99")?;
    into.push_str(if bytes.below(2) == 0 { "19" } else { "20" });
    let years = if into.ends_with("19") { (70, 99) } else { (0, 25) };
    bytes.number(years.0, years.1, into);
    into.push('-');
    bytes.number(1, 12, into);
    into.push('-');
    bytes.number(1, 28, into);
    let Some(behind) = matching(rest, " 99:99:99").or_else(|| matching(rest, "T99:99:99")) else { return Some(rest) };
    into.push_str(&rest[..1]);
    bytes.number(0, 23, into);
    into.push(':');
    bytes.number(0, 59, into);
    into.push(':');
    bytes.number(0, 59, into);
    Some(behind)
}

/// What is behind a text that looks like the pattern, in which 9 is any digit.
fn matching<'v>(value: &'v str, pattern: &str) -> Option<&'v str> {
    let begin = value.get(..pattern.len())?;
    let alike = |(char, sign): (u8, u8)| if sign == b'9' { char.is_ascii_digit() } else { char == sign };
    begin.bytes().zip(pattern.bytes()).all(alike).then(|| &value[pattern.len()..])
}

/// Letters for letters and digits for digits. ASCII punctuation and blanks stay; what is neither becomes `*`.
fn letters(value: &str, bytes: &mut Bytes, into: &mut String) {
    /// Numbers of more digits may be the largest of their type: the first digit becomes smaller then.
    const LONG: usize = 10;
    let digits = value.strip_prefix('-').unwrap_or(value);
    let is_long = digits.len() >= LONG && digits.bytes().all(|byte| byte.is_ascii_digit());
    let mut before = None;
    for char in value.chars() {
        into.push(match char {
            '0' if !before.is_some_and(|before: char| before.is_ascii_digit()) => '0',
            '1'..='9' if !before.is_some_and(|before: char| before.is_ascii_digit()) => {
                let most = if is_long { (char as u8 - b'0' - 1).max(1) } else { 9 };
                char::from(b'1' + bytes.below(most))
            }
            other if other.is_numeric() => bytes.digit(),
            other if other.is_uppercase() => char::from(b'A' + bytes.below(26)),
            other if other.is_alphabetic() => char::from(b'a' + bytes.below(26)),
            other if other.is_ascii() || other.is_whitespace() => other,
            _ => '*',
        });
        before = Some(char);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fake(value: &str) -> String {
        of(value, &MaskKey::of("a key for the tests").expect("long enough"))
    }

    /// `Aa9` for letters and digits, everything else as it is.
    fn shape(value: &str) -> String {
        let kind = |char: char| match char {
            char if char.is_numeric() => '9',
            char if char.is_uppercase() => 'A',
            char if char.is_alphabetic() => 'a',
            other => other,
        };
        value.chars().map(kind).collect()
    }

    /// Whoever masked with a key once gets the same values with it for ever: a copy finds the rows of the copy before.
    #[test]
    fn the_made_up_value_of_a_key_stays_the_same_in_every_release() {
        let values = [
            "Anna Müller",
            "anna@shop.example.de",
            "+49 (89) 123-456",
            "8796093054977",
            "2024-02-29 23:59:59.0",
            "-12.50",
        ];
        let made_up =
            ["Cnqg Pcawzn", "ljtw@example.com", "+57 (93) 968-226", "2701883004544", "1984-09-14 22:22:07.0", "-68.63"];
        assert_eq!(values.map(fake), made_up);
    }

    #[test]
    fn a_made_up_value_differs_and_has_the_same_shape() {
        for value in [
            "Anna Müller",
            "Hauptstraße 12a, 80331 München",
            "+49 (89) 123-456",
            "DE89 3704 0044 0532 0130 00",
            "7",
            "x",
            "8796093054977",
            "-12.50",
            "<b>Lamp</b> & more",
            "a\tb\nc",
            "2024-13",
            "anna@localhost",
            "@shop.example.de",
            "anna@home@shop.example.de",
            "Anna <anna@shop.example.de>",
            "Elena",
            "1.5Elena",
            "Elena.1E5",
            "1.ElenaE5",
            "1E5",
            "٣ ½\u{a0}m²",
        ] {
            let made_up = fake(value);
            assert_ne!(made_up, value);
            assert_eq!(shape(&made_up), shape(value), "{value}: {made_up}");
            assert!(!made_up.contains("lena"), "{value}: {made_up}");
        }
        for letter in ('a'..='z').chain('A'..='Z').chain('2'..='9') {
            assert_ne!(fake(&letter.to_string()), letter.to_string());
        }
        assert_eq!(shape(&fake("🚲 東京!")), "* aa!");
        assert_eq!(fake("--- !"), "--- !", "there is nothing in it to hide");
    }

    #[test]
    fn an_address_is_one_that_nobody_has() {
        for address in ["anna.mueller@shop.example.de", "x@y.z"] {
            let made_up = fake(address);
            let (local, domain) = made_up.split_once('@').expect("an address");
            assert_eq!((local.len(), domain), (address.find('@').expect("one"), "example.com"));
            assert!(!address.starts_with(local), "{made_up}");
        }
    }

    #[test]
    fn dates_stay_dates_and_numbers_stay_in_their_range() {
        for number in 0..500_u32 {
            let date = fake(&format!("{:04}-{:02}-{:02} 23:59:{:02}.0", 1900 + number % 200, 12, 31, number % 60));
            let part = |from: usize, to: usize| date[from..to].parse::<u32>().unwrap_or_else(|_| panic!("{date}"));
            assert!((1970..=2025).contains(&part(0, 4)) && (1..=12).contains(&part(5, 7)), "{date}");
            assert!(
                (1..=28).contains(&part(8, 10)) && part(11, 13) < 24 && part(14, 16) < 60 && part(17, 19) < 60,
                "{date}"
            );
            let large = i64::MAX - i64::from(number);
            assert!(fake(&large.to_string()).parse::<i64>().is_ok());
            assert!(fake(&(2_147_483_647 - number).to_string()).parse::<i32>().is_ok());
            assert!(matches!(fake(&(number % 2).to_string()).as_str(), "0" | "1"));
        }
        assert!(fake("-1.25E10").ends_with("E10") && fake("1.25E-7").parse::<f64>().is_ok());
        assert!(fake("2.5E+7").ends_with("E+7"));
        assert!(fake(&i64::MIN.to_string()).parse::<i64>().is_ok_and(|number| number < 0));
        // Neither octal nor of fewer digits, and a fraction stays one.
        let firsts: Vec<char> = (5_000..5_100).filter_map(|number| fake(&number.to_string()).chars().next()).collect();
        assert!(!firsts.contains(&'0') && firsts.iter().any(|first| *first > '5'), "{firsts:?}");
        assert!((0..100).all(|number| fake(&format!("0.{number:02}")).starts_with("0.")));
        for pair in [["true", "false"], ["True", "False"], ["TRUE", "FALSE"], ["0", "1"]] {
            assert!(pair.iter().all(|flag| pair.contains(&fake(flag).as_str())), "{pair:?}");
        }
        for second in 0..60 {
            let time = fake(&format!("2024-01-02T03:04:{second:02}Z"));
            let part = |from: usize| time[from..from + 2].parse::<u32>().unwrap_or(99);
            assert!(part(11) < 24 && part(14) < 60 && part(17) < 60 && &time[10..11] == "T", "{time}");
        }
    }

    #[test]
    fn a_value_of_megabytes_is_made_up_too() {
        let long = "Ab1 ".repeat(1_000_000);
        assert_eq!(fake(&long).len(), long.len());
        // No part of it repeats another one: a hash is good for 16 characters.
        let made_up = fake(&"a".repeat(64));
        let parts: std::collections::BTreeSet<&str> = (0..4).map(|part| &made_up[16 * part..16 * (part + 1)]).collect();
        assert_eq!(parts.len(), 4, "{made_up}");
    }
}
