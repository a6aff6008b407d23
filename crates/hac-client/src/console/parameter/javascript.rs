//! Parameters of JavaScript scripts: variables, in the JavaScript of 2009, which every engine of HAC knows.

use std::fmt::Write as _;

use super::{ParamValue, milliseconds};

/// A string constant of the JVM has at most 65,535 bytes, and a UTF-16 unit takes up to three.
const LONGEST_CONSTANT: usize = 20_000;

pub(super) fn declaration(name: &str, value: &ParamValue) -> String {
    let code = match value {
        ParamValue::Text(text) => literal(text),
        // In parentheses: a minus after `=` is one, whatever stands before it.
        ParamValue::Int(number) | ParamValue::Long(number) => format!("({number})"),
        ParamValue::Decimal(number) => format!("Number(\"{}\")", number.as_str()),
        ParamValue::Bool(truth) => truth.to_string(),
        ParamValue::Date(moment) => format!("new Date({})", milliseconds(*moment).unwrap_or(0)),
        ParamValue::Json(json) => format!("JSON.parse({})", literal(&json.to_string())),
    };
    format!("var {name}={code};")
}

/// An expression for the text: ASCII in double quotes, with no quote, backslash, `<` or control character in it.
fn literal(text: &str) -> String {
    let mut pieces = vec![String::new()];
    let mut units = 0;
    for char in text.chars() {
        if units >= LONGEST_CONSTANT {
            pieces.push(String::new());
            units = 0;
        }
        units += char.len_utf16();
        let Some(piece) = pieces.last_mut() else { break };
        if matches!(char, ' '..='~') && !matches!(char, '"' | '\\' | '<') {
            piece.push(char);
        } else {
            for unit in char.encode_utf16(&mut [0; 2]) {
                let _ = write!(piece, "\\u{unit:04x}");
            }
        }
    }
    match pieces.as_slice() {
        [piece] => format!("\"{piece}\""),
        pieces => format!("[\"{}\"].join(\"\")", pieces.join("\",\"")),
    }
}
