//! `JUnit` XML, as Jenkins, GitLab, GitHub's actions and Azure read it: a test case for each file.

use std::fmt::Write as _;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{Check, Problem, State};

/// The whole document. Characters that XML cannot hold are replaced.
pub(super) fn document(name: &str, checks: &[Check]) -> Vec<u8> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing to memory cannot fail.
    let _ = suites(&mut writer, name, checks);
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    bytes
}

fn suites(writer: &mut Writer<Vec<u8>>, name: &str, checks: &[Check]) -> io::Result<()> {
    let count = |is: fn(&State) -> bool| checks.iter().filter(|check| is(&check.state)).count().to_string();
    let seconds = format!("{:.3}", checks.iter().map(|check| check.elapsed.as_secs_f64()).sum::<f64>());
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer.create_element("testsuites").write_inner_content(|writer| {
        writer
            .create_element("testsuite")
            .with_attributes([
                ("name", name),
                ("tests", &checks.len().to_string()),
                ("failures", &count(|state| matches!(state, State::Failed(_)))),
                ("errors", &count(|state| matches!(state, State::Broken(_)))),
                ("skipped", &count(|state| matches!(state, State::Skipped))),
                ("time", &seconds),
            ])
            .write_inner_content(|writer| checks.iter().try_for_each(|check| case(writer, name, check)))?;
        Ok(())
    })?;
    Ok(())
}

fn case(writer: &mut Writer<Vec<u8>>, name: &str, check: &Check) -> io::Result<()> {
    let file = allowed(&check.file);
    let seconds = format!("{:.3}", check.elapsed.as_secs_f64());
    let element = writer.create_element("testcase").with_attributes([
        ("classname", name),
        ("name", &file),
        ("file", &file),
        ("time", &seconds),
    ]);
    match &check.state {
        State::Passed => element.write_empty()?,
        State::Skipped => element.write_inner_content(|writer| {
            writer.create_element("skipped").with_attribute(("message", "it was not sent")).write_empty()?;
            Ok(())
        })?,
        State::Failed(problems) => element.write_inner_content(|writer| told(writer, "failure", &file, problems))?,
        State::Broken(problem) => {
            element.write_inner_content(|writer| told(writer, "error", &file, std::slice::from_ref(problem)))?
        }
    };
    Ok(())
}

/// One element for all that failed in a file: some readers keep only the first of several.
fn told(writer: &mut Writer<Vec<u8>>, element: &str, file: &str, problems: &[Problem]) -> io::Result<()> {
    let first = problems.first();
    let message = match problems {
        [one] => allowed(&one.message),
        several => format!("{} lines failed", several.len()),
    };
    let mut text = String::new();
    for problem in problems {
        let line = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{file}{line}: {}", problem.message);
        for line in problem.detail.lines() {
            let _ = writeln!(text, "    {line}");
        }
    }
    writer
        .create_element(element)
        .with_attributes([("message", &*message), ("type", first.map_or("", |problem| &problem.kind))])
        .write_text_content(BytesText::new(&allowed(&text)))?;
    Ok(())
}

/// The text without what no XML document may hold, not even escaped.
fn allowed(text: &str) -> String {
    let is_allowed =
        |char: char| matches!(char, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|char| if is_allowed(char) { char } else { '\u{fffd}' }).collect()
}
