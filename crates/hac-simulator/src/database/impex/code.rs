//! Code in a script: conditions, and nothing else. There is no `BeanShell` here.

/// Which rows count, by the conditions around them.
#[derive(Debug, Default)]
pub(super) struct Conditions(Vec<bool>);

impl Conditions {
    /// Whether what stands here counts.
    pub(super) fn hold(&self) -> bool {
        self.0.iter().all(|condition| *condition)
    }

    /// Runs a line of code; the error names what is not known.
    pub(super) fn run(&mut self, code: &str) -> Result<(), String> {
        let code = code.trim().trim_end_matches(';').trim();
        if let Some(condition) = code.strip_prefix("if:") {
            self.0.push(truth(condition.trim())?);
            return Ok(());
        }
        if code == "endif:" {
            return self.0.pop().map(|_| ()).ok_or_else(|| "endif: without if:".to_owned());
        }
        Err(format!("{code} is not supported by the simulator: it knows if: and endif: with constants"))
    }
}

/// `true`, `!"a".equals("b")`.
fn truth(text: &str) -> Result<bool, String> {
    let unknown = || format!("the condition {text} is not supported by the simulator");
    if let Some(rest) = text.strip_prefix('!') {
        return truth(rest.trim()).map(|truth| !truth);
    }
    match text {
        "true" => return Ok(true),
        "false" => return Ok(false),
        _ => {}
    }
    for (method, folds) in [(".equalsIgnoreCase(", true), (".equals(", false)] {
        if let Some((one, two)) = text.strip_suffix(')').and_then(|text| text.split_once(method)) {
            let constant =
                |text: &str| text.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).map(str::to_owned);
            let (one, two) = (constant(one).ok_or_else(unknown)?, constant(two).ok_or_else(unknown)?);
            return Ok(if folds { one.eq_ignore_ascii_case(&two) } else { one == two });
        }
    }
    Err(unknown())
}
