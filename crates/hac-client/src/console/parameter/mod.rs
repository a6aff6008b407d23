//! Parameters: values for a script or a query that never become code.
//!
//! HAC binds nothing: what it takes is the text alone, and to `?name` it answers "missing values
//! for [name]" (seen by a public client of 2211). So the values go into the text, in a form in which
//! none of their characters means anything there.

mod beanshell;
mod dialect;
mod groovy;
mod javascript;
mod json;
mod name;
mod place;
pub(crate) mod sql;

#[cfg(test)]
mod tests;

use std::str::FromStr;
use std::time::{Duration, SystemTime};

use super::script_type::ScriptType;
use crate::error::{Error, ErrorKind, Result};
use crate::hint::Hint;
use crate::named::{named, one_of};
pub use json::JsonValue;

/// A value for a script or a query, see [`Script::param`](crate::Script::param) and
/// [`FlexibleSearch::param`](crate::FlexibleSearch::param).
///
/// | | Groovy, BeanShell | JavaScript | FlexibleSearch, SQL |
/// |---|---|---|---|
/// | `Text` | `String` | string | `'text'` |
/// | `Int` | `Integer`, `Long` where it needs more than 32 bits | number | `42` |
/// | `Long` | `Long` | number | `42` |
/// | `Decimal` | `BigDecimal` | number, a double | `1.50` |
/// | `Bool` | `Boolean` | boolean | `1`, `0` |
/// | `Date` | `java.util.Date`, as the models of SAP Commerce have it | `Date` | refused |
/// | `Json` | `Map`, `List`, `String`, `Integer`, `Long`, `BigInteger`, `BigDecimal`, `Boolean`, `null`; refused in BeanShell | as `JSON.parse` has it | a list of literals for `IN (?name)` |
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParamValue {
    /// A text, unchanged.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A whole number that is always a `Long`.
    Long(i64),
    /// A decimal number.
    Decimal(DecimalValue),
    /// True or false.
    Bool(bool),
    /// A point in time, truncated to milliseconds.
    Date(SystemTime),
    /// A JSON value.
    Json(JsonValue),
}

/// The types of [`ParamValue`], as named on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ParamType {
    /// [`ParamValue::Text`]
    #[default]
    Text,
    /// [`ParamValue::Int`]
    Int,
    /// [`ParamValue::Long`]
    Long,
    /// [`ParamValue::Decimal`]
    Decimal,
    /// [`ParamValue::Bool`]
    Bool,
    /// [`ParamValue::Date`]
    Date,
    /// [`ParamValue::Json`]
    Json,
}

named! {
    ParamType is "a parameter type", "read the parameter type";
    /// Every type.
    ALL
    /// Returns the name: `string`, `int`, `long`, `decimal`, `bool`, `date` or `json`.
    as_str {
        Text => "string",
        Int => "int",
        Long => "long",
        Decimal => "decimal",
        Bool => "bool",
        Date => "date",
        Json => "json",
    }
    /// Parses the name, in lower case.
    from_str(text, name) { name == text } or one_of(ParamType::ALL)
}

impl ParamValue {
    /// Parses a value of this type.
    ///
    /// Numbers consist of decimal digits; a bool is `true` or `false`. A date is `2026-11-23` (midnight UTC) or
    /// `2026-11-23T06:30:00+01:00`, with an offset or `Z`, because the server's time zone is unknown. White space around the
    /// value is ignored, except around a string.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) if the text is not a value of this type.
    pub fn parse(of: ParamType, text: &str) -> Result<Self> {
        let trimmed = text.trim();
        let wrong = |what: &str, hint: &'static str| {
            Error::new(ErrorKind::Usage, "read the parameter value")
                .because(format!("{} is not a valid {what}", shortened(trimmed)))
                .with_hint(hint)
        };
        let whole = || {
            trimmed
                .parse::<i64>()
                .map_err(|_| wrong(of.as_str(), "write a whole number of at most 64 bits, such as -7"))
        };
        Ok(match of {
            ParamType::Text => Self::Text(text.to_owned()),
            ParamType::Int => Self::Int(whole()?),
            ParamType::Long => Self::Long(whole()?),
            ParamType::Decimal => Self::Decimal(trimmed.parse()?),
            ParamType::Bool => Self::Bool(trimmed.parse().map_err(|_| wrong("bool", "write true or false"))?),
            ParamType::Date => Self::Date(moment(trimmed).ok_or_else(|| {
                wrong(
                    "date",
                    "write 2026-11-23 for midnight UTC, or 2026-11-23T06:30:00+01:00; a time needs its offset or Z",
                )
            })?),
            ParamType::Json => Self::Json(trimmed.parse()?),
        })
    }
}

/// To the millisecond.
fn moment(text: &str) -> Option<SystemTime> {
    let whole = if text.len() == "2026-11-23".len() { format!("{text}T00:00:00Z") } else { text.to_owned() };
    let since = whole.parse::<jiff::Timestamp>().ok()?.as_millisecond();
    let distance = Duration::from_millis(since.unsigned_abs());
    let epoch = SystemTime::UNIX_EPOCH;
    if since < 0 { epoch.checked_sub(distance) } else { epoch.checked_add(distance) }
}

/// In milliseconds: what a date of JavaScript can tell, some 270,000 years.
const FARTHEST: u64 = 8_640_000_000_000_000;

/// Milliseconds since 1970, rounded down.
fn milliseconds(moment: SystemTime) -> Option<i64> {
    match moment.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).ok(),
        Err(before) => {
            let before = before.duration();
            let up = before.as_millis() + u128::from(before.subsec_nanos() % 1_000_000 > 0);
            i64::try_from(up).ok().map(|up| -up)
        }
    }
    .filter(|millis| millis.unsigned_abs() <= FARTHEST)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((cut, _)) => format!("\"{}…\"", &text[..cut]),
        None => format!("\"{text}\""),
    }
}

impl From<&str> for ParamValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for ParamValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i32> for ParamValue {
    fn from(number: i32) -> Self {
        Self::Int(number.into())
    }
}

impl From<i64> for ParamValue {
    fn from(number: i64) -> Self {
        Self::Long(number)
    }
}

impl From<bool> for ParamValue {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<SystemTime> for ParamValue {
    fn from(moment: SystemTime) -> Self {
        Self::Date(moment)
    }
}

/// A decimal number that keeps its digits as written: `1.50`, `-2`, `6.02e23`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecimalValue(String);

impl DecimalValue {
    /// Returns the number as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DecimalValue {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if is_decimal(text) {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::new(ErrorKind::Usage, "read the parameter value")
            .because(format!("{} is not a valid decimal", shortened(text)))
            .with_hint("write digits, with a decimal point if needed, such as 19.90"))
    }
}

/// Digits, perhaps a minus, a fraction, an exponent of at most four digits.
fn is_decimal(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (number, None),
    };
    digits(whole)
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            digits(exponent) && exponent.len() <= 4
        })
}

/// A parameter, by name.
pub(crate) type Param = (String, ParamValue);

/// Adds a parameter, whose name must be new.
pub(crate) fn add(params: &mut Vec<Param>, name: String, value: ParamValue) -> Result<()> {
    if params.iter().any(|(known, _)| *known == name) {
        return Err(Error::new(ErrorKind::Usage, format!("use the parameter {name}"))
            .because("it was set twice")
            .with_hint(Hint::GiveParameterOnce));
    }
    params.push((name, value));
    Ok(())
}

/// Whether the language can take it; said when it is given, not when it is sent.
pub(crate) fn check(language: ScriptType, name: &str, value: &ParamValue) -> Result<()> {
    let refused = |why: String, hint: Hint| {
        Error::new(ErrorKind::Usage, format!("use the parameter {name}")).because(why).with_hint(hint)
    };
    name::check(language, name)?;
    match (language, value) {
        (ScriptType::BeanShell, ParamValue::Json(_)) => {
            Err(refused("BeanShell has no literals for maps and lists".into(), Hint::GiveJsonAsText))
        }
        (ScriptType::JavaScript, ParamValue::Int(number) | ParamValue::Long(number))
            if number.unsigned_abs() > 1 << 53 =>
        {
            Err(refused(
                format!("{number} is too large for JavaScript, whose numbers are exact up to 2^53"),
                Hint::GiveNumberAsText,
            ))
        }
        (_, ParamValue::Date(moment)) if milliseconds(*moment).is_none() => {
            Err(refused("the date is too far away".into(), "take one within some thousand years".into()))
        }
        _ => Ok(()),
    }
}

/// The script with its parameters in front, on the line on which it begins: the lines keep their
/// numbers.
pub(crate) fn with_prologue(language: ScriptType, text: &str, params: &[Param]) -> String {
    let prologue: String = params
        .iter()
        .map(|(name, value)| match language {
            ScriptType::Groovy => groovy::declaration(name, value),
            ScriptType::JavaScript => javascript::declaration(name, value),
            ScriptType::BeanShell => beanshell::declaration(name, value),
        })
        .collect();
    place::put(language, text, &prologue)
}

/// Base64, in the standard alphabet.
fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
