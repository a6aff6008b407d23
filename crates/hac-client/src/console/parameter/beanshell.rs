//! Parameters of BeanShell scripts: typed variables.

use super::{ParamValue, base64, milliseconds};

pub(super) fn declaration(name: &str, value: &ParamValue) -> String {
    let (class, code) = match value {
        // JSON was refused when it was given.
        ParamValue::Json(json) => ("String", text(&json.to_string())),
        ParamValue::Text(value) => ("String", text(value)),
        ParamValue::Int(number) => match i32::try_from(*number) {
            Ok(number) => ("Integer", format!("Integer.valueOf(\"{number}\")")),
            Err(_) => ("Long", format!("Long.valueOf(\"{number}\")")),
        },
        ParamValue::Long(number) => ("Long", format!("Long.valueOf(\"{number}\")")),
        ParamValue::Decimal(number) => {
            ("java.math.BigDecimal", format!("new java.math.BigDecimal(\"{}\")", number.as_str()))
        }
        ParamValue::Bool(truth) => ("Boolean", format!("Boolean.valueOf(\"{truth}\")")),
        ParamValue::Date(moment) => (
            "java.util.Date",
            format!("new java.util.Date(Long.parseLong(\"{}\"))", milliseconds(*moment).unwrap_or(0)),
        ),
    };
    format!("{class} {name}={code};")
}

/// BeanShell interprets, and so knows no limit for constants.
fn text(text: &str) -> String {
    format!("new String(java.util.Base64.getDecoder().decode(\"{}\"),\"UTF-8\")", base64(text.as_bytes()))
}
