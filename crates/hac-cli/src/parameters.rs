//! What `--param` says: `name=value`, `name:type=value`, `name=@file`.

use std::collections::HashSet;

use hac_client::Result;
use hac_client::console::{ParamType, ParamValue};

use crate::args::ParamArgs;
use crate::diagnostics::usage;
use crate::source;

const HINT: &str = "write --param name=value, --param name:int=3, or --param name=@file";

/// Reads the parameters, files included. What the values are good for is said by whom they are
/// given to.
pub(crate) fn read(args: &ParamArgs) -> Result<Vec<(String, ParamValue)>> {
    args.params.iter().map(|param| one(param)).collect()
}

/// The names of those that are no word of a script: in a query such a parameter is refused, in a script it would do nothing.
pub(crate) fn unused<'a>(args: &'a ParamArgs, text: &str) -> Vec<&'a str> {
    let is_of_word = |char: char| char.is_alphanumeric() || char == '_';
    let words: HashSet<&str> = text.split(|char: char| !is_of_word(char)).collect();
    // All of them, by a name that is put together or in a loop.
    if ["binding", "getBinding", "evaluate", "eval"].iter().any(|word| words.contains(word)) {
        return Vec::new();
    }
    let names = args.params.iter().filter_map(|param| param.split('=').next()?.split(':').next());
    // A $ is part of a name, too, and no word is split there that a name could not be.
    names.filter(|name| !name.contains('$') && !words.contains(name)).collect()
}

fn one(param: &str) -> Result<(String, ParamValue)> {
    let Some((name, value)) = param.split_once('=') else {
        return Err(usage("read --param", format!("\"{param}\" has no ="), HINT));
    };
    let (name, of) = match name.split_once(':') {
        Some((name, of)) => (name, of.parse::<ParamType>().map_err(|error| of_parameter(&error, name))?),
        None => (name, ParamType::default()),
    };
    if name.is_empty() {
        return Err(usage("read --param", format!("\"{param}\" has no name"), HINT));
    }
    let file;
    let value = match value.strip_prefix('@') {
        Some("") => return Err(usage(&doing(name), "there is no file name after the @", "write @@ for a literal @")),
        Some(literal) if literal.starts_with('@') => literal,
        Some(path) => {
            file = source::from_file(path.as_ref(), &format!("parameter {name}"))?;
            &file
        }
        None => value,
    };
    let value = ParamValue::parse(of, value).map_err(|error| of_parameter(&error, name))?;
    Ok((name.to_owned(), value))
}

fn doing(name: &str) -> String {
    format!("read the parameter {name}")
}

/// The same error, with the name of the parameter.
fn of_parameter(error: &hac_client::Error, name: &str) -> hac_client::Error {
    error.clone().while_doing(doing(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_that_is_no_word_of_the_script_is_unused() {
        let unused = |params: &[&str], text| {
            let args = ParamArgs { params: params.iter().map(|param| (*param).to_owned()).collect() };
            unused(&args, text).join(",")
        };
        assert_eq!(unused(&["sku=1", "skuu:int=2", "stock=3"], "return \"$sku ${stock}\""), "skuu");
        assert_eq!(unused(&["sku=1"], "println skuu"), "sku");
        assert_eq!(unused(&["sku=1"], "binding.variables.each { println it }"), "");
        assert_eq!(unused(&["a$b=1", "nothing"], "x"), "nothing");
    }

    #[test]
    fn the_first_equals_sign_ends_the_name_and_the_first_colon_begins_the_type() {
        let text = |text: &str| ParamValue::Text(text.to_owned());
        for (param, name, value) in [
            ("a=b", "a", text("b")),
            ("a=b=c:d", "a", text("b=c:d")),
            ("a=", "a", text("")),
            ("a:string= b ", "a", text(" b ")),
            ("a=@@b", "a", text("@b")),
            ("a=@@@b", "a", text("@@b")),
            ("a:int=-3", "a", ParamValue::Int(-3)),
        ] {
            assert_eq!(one(param).expect(param), (name.to_owned(), value), "{param}");
        }
    }
}
