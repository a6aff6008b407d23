//! Decimals, which keep all their digits.

/// So many digits behind the point does a decimal have: those of the columns of SAP Commerce, `decimal(30,8)`.
pub(super) const SCALE: usize = 8;

/// A decimal as a multiple of its last digit.
pub(super) fn decimal(cell: &str) -> Option<i128> {
    /// The most that a decimal of 38 digits can be.
    const MOST: i128 = 10_i128.pow(38) - 1;
    let (is_negative, digits) = cell.strip_prefix('-').map_or((false, cell), |digits| (true, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    // Zeros at its end say nothing.
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > SCALE {
        return None;
    }
    let value: i128 = format!("{whole}{fraction:0<SCALE$}").parse().ok()?;
    (value <= MOST).then_some(if is_negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_every_digit_or_are_none() {
        for (cell, expected) in [
            ("0", Some(0)),
            ("12.5", Some(1_250_000_000)),
            ("-12.50000000000", Some(-1_250_000_000)),
            ("0.00000001", Some(1)),
            ("999999999999999999999999999999.99999999", Some(10_i128.pow(38) - 1)),
            ("1000000000000000000000000000000", None),
            ("0.000000001", None),
            ("1e3", None),
            (".5", None),
            ("", None),
            ("-", None),
            ("1,5", None),
        ] {
            assert_eq!(decimal(cell), expected, "{cell}");
        }
    }
}
