//! The PK analyzer.

use http::StatusCode;
use serde::Serialize;

use crate::answer::Answer;
use crate::database::pk_parts;
use crate::pages::{Visit, layout};

/// The answer with the keys that clients have seen. Which of them are numbers and which are texts is this project's choice.
///
/// The PKs of the sample are counted, so they hold no node and no time.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Analysis {
    pk_string: String,
    counter_based: bool,
    pk_as_hex: Option<String>,
    pk_as_binary: Option<String>,
    pk_type_code: Option<u16>,
    pk_composed_type_code: Option<&'static str>,
    pk_cluster_id: Option<u16>,
    pk_creation_time: Option<u64>,
    pk_creation_date: Option<String>,
    pk_milli_cnt: Option<u64>,
    /// Texts: a public client in a typed language reads them so.
    bits: Vec<&'static str>,
    possible_exception: Option<Exception>,
}

#[derive(Serialize)]
struct Exception {
    message: String,
}

pub(super) fn page(visit: &Visit<'_>) -> Answer {
    let knobs = &visit.state.knobs;
    let body = format!(
        "<h2>PK Analyzer</h2>\n<form action=\"{}/platform/pkanalyzer/analyze\" method=\"POST\">\n\
         <input type=\"text\" name=\"pkString\" />\n</form>",
        knobs.context_path
    );
    Answer::html(StatusCode::OK, layout(knobs, "PK Analyzer", &visit.token, &body))
}

pub(super) fn analyze(visit: &Visit<'_>) -> Answer {
    let Some(text) = visit.request.parameter("pkString") else {
        return Answer::error(StatusCode::BAD_REQUEST, "A required parameter is not present: pkString");
    };
    Answer::json(&analysis(text))
}

fn analysis(text: String) -> Analysis {
    let pk = match text.trim().parse::<i64>() {
        Ok(number) => u64::try_from(number).map_err(|_| "it is negative".to_owned()),
        // In the words of the JDK.
        Err(_) => Err(format!("For input string: \"{}\"", text.trim())),
    };
    match pk {
        Ok(pk) => {
            let parts = pk_parts(pk);
            Analysis {
                counter_based: parts.counter > 0,
                pk_as_hex: Some(format!("{pk:x}")),
                pk_as_binary: Some(format!("{pk:b}")),
                pk_type_code: Some(parts.typecode),
                pk_composed_type_code: parts.deployed,
                bits: (0..64).rev().map(|bit| if pk >> bit & 1 == 1 { "1" } else { "0" }).collect(),
                pk_string: text,
                ..Analysis::default()
            }
        }
        Err(message) => {
            Analysis { pk_string: text, possible_exception: Some(Exception { message }), ..Analysis::default() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pks_of_the_sample_say_what_they_belong_to() {
        for (pk, code, deployed) in
            [("8796093054977", 1, Some("Product")), ("8796093054980", 4, Some("User")), ("7", 7, None)]
        {
            let read = analysis(pk.to_owned());
            assert_eq!((read.pk_type_code, read.pk_composed_type_code), (Some(code), deployed), "{pk}");
            assert!(read.possible_exception.is_none());
            assert_eq!(u64::from_str_radix(&read.bits.concat(), 2), Ok(pk.parse().unwrap()));
            assert_eq!(read.bits.len(), 64);
        }
    }

    #[test]
    fn what_is_no_pk_is_answered_with_an_exception() {
        for text in ["x", "-1", "9223372036854775808", "1.5", ""] {
            assert!(analysis(text.to_owned()).possible_exception.is_some(), "{text}");
        }
    }
}
