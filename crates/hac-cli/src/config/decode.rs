//! From the text of a configuration file to what it says.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::ValueEnum as _;
use hac_client::protection::Protection;
use hac_client::{Error, ErrorKind, Result, nearest_names};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::args::RowFormat;
use crate::password_ways::ways;

use super::keys::{ENDPOINT_KEYS, ENVIRONMENT_KEYS, OUTPUT_KEYS, TOP_KEYS, is_secret, is_secret_header};
use super::location::expanded;
use super::{Auditing, Color, Config, EndpointConfig, EnvironmentConfig, Located, PasswordCommand};

/// Nothing can be read in fewer columns.
const NARROWEST: u16 = 20;

/// Reads a whole configuration. `home` is what `~` means in its paths.
pub(super) fn config(text: &str, path: &Path, home: Option<&Path>) -> Result<Config> {
    let mut reader = Reader { path, text, home, warnings: Vec::new() };
    let table = DeTable::parse(text).map_err(|error| {
        let wrong = reader.wrong(&error.span().unwrap_or(0..0), error.message());
        wrong.with_hint("the file is not valid TOML; `hac config edit` opens it")
    })?;
    let mut config = Config { path: path.to_owned(), exists: true, ..Config::default() };
    for (key, value) in table.get_ref() {
        match key.get_ref().as_ref() {
            "default_environment" => config.default_environment = Some(reader.string(&[key], value)?),
            "environments" => {
                for (name, value) in reader.table(&[key], value)? {
                    config.environments.extend(reader.environment(key, name, value)?);
                }
            }
            "output" => {
                for (name, value) in reader.table(&[key], value)? {
                    let at = [key, name];
                    match name.get_ref().as_ref() {
                        "format" => {
                            let formats: Vec<RowFormat> = RowFormat::value_variants()
                                .iter()
                                .copied()
                                .filter(|format| !format.is_for_files())
                                .collect();
                            config.output.format = Some(reader.choice(&at, value, &formats, RowFormat::name)?);
                        }
                        "pager" => config.output.pager = Some(reader.boolean(&at, value)?),
                        "width" => config.output.width = Some(reader.width(&at, value)?),
                        "color" => {
                            config.output.color = Some(reader.choice(&at, value, Color::ALL, Color::as_str)?);
                        }
                        _ => reader.unknown(&at, value, OUTPUT_KEYS)?,
                    }
                }
            }
            _ => reader.unknown(&[key], value, TOP_KEYS)?,
        }
    }
    config.warnings = reader.warnings;
    Ok(config)
}

type Key<'a> = Spanned<DeString<'a>>;
type Value<'a> = Spanned<DeValue<'a>>;

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    home: Option<&'a Path>,
    warnings: Vec<String>,
}

impl Reader<'_> {
    fn environment(&mut self, above: &Key<'_>, name: &Key<'_>, value: &Value<'_>) -> Result<Option<EnvironmentConfig>> {
        // hac-client-cli passes over what is no table, too.
        let DeValue::Table(table) = value.get_ref() else {
            self.unknown(&[above, name], value, &[])?;
            return Ok(None);
        };
        let mut environment = EnvironmentConfig {
            name: name.get_ref().clone().into_owned(),
            line: self.position(name.span().start).0,
            ..Default::default()
        };
        for (key, value) in table {
            let at = [above, name, key];
            match key.get_ref().as_ref() {
                "default_endpoint" => environment.default_endpoint = Some(self.string(&at, value)?),
                "protection" => {
                    environment.protection = Some(self.choice(&at, value, Protection::ALL, Protection::as_str)?);
                }
                "allow_scripts" => environment.allow_scripts = Some(self.boolean(&at, value)?),
                "audit" => environment.audit = Some(self.choice(&at, value, Auditing::ALL, Auditing::as_str)?),
                "data_source" => environment.data_source = Some(self.string(&at, value)?),
                "endpoints" => {
                    for (name, value) in self.table(&at, value)? {
                        let at = [above, at[1], key, name];
                        environment.endpoints.push(self.endpoint(&at, value)?);
                    }
                }
                _ => self.unknown(&at, value, ENVIRONMENT_KEYS)?,
            }
        }
        Ok(Some(environment))
    }

    fn endpoint(&mut self, at: &[&Key<'_>; 4], value: &Value<'_>) -> Result<EndpointConfig> {
        let name = at[3];
        let mut endpoint = EndpointConfig { name: name.get_ref().clone().into_owned(), ..Default::default() };
        for (key, value) in self.table(at, value)? {
            let at = [at[0], at[1], at[2], at[3], key];
            match key.get_ref().as_ref() {
                "url" => endpoint.url = Some(self.without_password(&at, value)?),
                "ignore_ssl" => endpoint.ignore_ssl = Some(self.boolean(&at, value)?),
                "timeout" => endpoint.timeout = Some(self.number(&at, value)?),
                "username" => endpoint.username = Some(self.string(&at, value)?),
                "password_command" => endpoint.password_command = Some(self.command(&at, value)?),
                "pin" => endpoint.pin = Some(self.string(&at, value)?),
                "cacert" => endpoint.cacert = Some(self.file(&at, value)?),
                "client_cert" => endpoint.client_cert = Some(self.file(&at, value)?),
                "client_key" => endpoint.client_key = Some(self.file(&at, value)?),
                "proxy" => endpoint.proxy = Some(self.without_password(&at, value)?),
                "gate" => endpoint.gate = Some(self.string(&at, value)?),
                "headers" => endpoint.headers = Some(self.headers(&at, value)?),
                "context_path" => endpoint.context_path = Some(self.string(&at, value)?),
                "route" => endpoint.route = Some(self.string(&at, value)?),
                "session_cookie" => endpoint.session_cookie = Some(self.string(&at, value)?),
                _ => self.unknown(&at, value, ENDPOINT_KEYS)?,
            }
        }
        if endpoint.url.is_none() {
            return Err(self.wrong(&name.span(), format!("{} has no url", Name(at))).with_hint(format!(
                "add url = \"https://HOST:9002\", or remove the endpoint: hac endpoint remove {} {}",
                at[1].get_ref(),
                name.get_ref()
            )));
        }
        Ok(endpoint)
    }

    /// A key that means nothing here: refused where it is a password or nearly one of the known, else passed over with a warning.
    fn unknown(&mut self, at: &[&Key<'_>], value: &Value<'_>, known: &'static [&'static str]) -> Result<()> {
        let [.., key] = at else { return Ok(()) };
        let near = nearest_names(key.get_ref(), known.iter().copied());
        // A name that only contains a known one may be a key of a later version.
        let near = near.first().filter(|near| near.len().abs_diff(key.get_ref().len()) <= 2);
        if is_secret(key.get_ref()) {
            let why = format!("{} looks like a secret, and a configuration must not contain any", Name(at));
            let meant = near.map(|near| format!("did you mean {near}? Otherwise ")).unwrap_or_default();
            let ways = ways(
                "the variable HAC_PASSWORD_ENVIRONMENT_ENDPOINT, HAC_PASSWORD_ENVIRONMENT or HAC_PASSWORD",
                "omit it to be prompted on a terminal",
            );
            return Err(self.wrong(&key.span(), why).with_hint(format!("{meant}remove it, and {ways}")));
        }
        if let Some(near) = near {
            let why = format!("{} is not a known key", Name(at));
            return Err(self.wrong(&key.span(), why).with_hint(format!("did you mean {near}?")));
        }
        let (line, column) = self.position(key.span().start);
        let belongs = match value.get_ref() {
            DeValue::Table(_) => "",
            _ if ENDPOINT_KEYS.contains(&key.get_ref().as_ref()) => ": it belongs below an endpoint",
            _ if ENVIRONMENT_KEYS.contains(&key.get_ref().as_ref()) => ": it belongs below an environment",
            _ => "",
        };
        let path = self.path.display();
        self.warnings.push(format!("{path}: line {line}, column {column}: {} is not used{belongs}", Name(at)));
        Ok(())
    }

    fn table<'v, 'i>(&self, at: &[&Key<'_>], value: &'v Value<'i>) -> Result<&'v DeTable<'i>> {
        match value.get_ref() {
            DeValue::Table(table) => Ok(table),
            other => Err(self.wrong_type(at, value, "a table", other)),
        }
    }

    fn string(&self, at: &[&Key<'_>], value: &Value<'_>) -> Result<Located<String>> {
        match value.get_ref() {
            DeValue::String(text) if text.trim().is_empty() => {
                Err(self.wrong(&value.span(), format!("{} is empty", Name(at))).with_hint("remove it"))
            }
            DeValue::String(text) => Ok(self.located(value, text.clone().into_owned())),
            other => Err(self.wrong_type(at, value, "a text", other)),
        }
    }

    /// A URL without a username and a password in it, which no error repeats.
    fn without_password(&self, at: &[&Key<'_>], value: &Value<'_>) -> Result<Located<String>> {
        let found = self.string(at, value)?;
        let host = found.value.split_once("://").map_or(found.value.as_str(), |(_, rest)| rest);
        if host.split('/').next().is_some_and(|host| host.contains('@')) {
            let why = format!("{} contains a username or password", Name(at));
            return Err(self.wrong(&value.span(), why).with_hint("a configuration holds no secrets: remove it"));
        }
        Ok(found)
    }

    fn boolean(&self, at: &[&Key<'_>], value: &Value<'_>) -> Result<Located<bool>> {
        match value.get_ref() {
            DeValue::Boolean(on) => Ok(self.located(value, *on)),
            other => Err(self.wrong_type(at, value, "true or false", other)),
        }
    }

    /// A number of columns.
    fn width(&self, at: &[&Key<'_>], value: &Value<'_>) -> Result<Located<u16>> {
        let DeValue::Integer(integer) = value.get_ref() else {
            return Err(self.wrong_type(at, value, "a number of columns", value.get_ref()));
        };
        let width = u16::from_str_radix(integer.as_str(), integer.radix()).ok().filter(|width| *width >= NARROWEST);
        width.map(|width| self.located(value, width)).ok_or_else(|| {
            self.wrong(&value.span(), format!("{} is not a number of columns", Name(at)))
                .with_hint(format!("write {NARROWEST} or more; without it, results are as wide as the terminal"))
        })
    }

    fn number(&self, at: &[&Key<'_>], value: &Value<'_>) -> Result<Located<f64>> {
        let number = match value.get_ref() {
            DeValue::Float(float) => float.as_str().parse().ok(),
            #[expect(clippy::cast_precision_loss, reason = "seconds: what is lost is less than any clock shows")]
            DeValue::Integer(integer) => {
                i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(|number| number as f64)
            }
            other => return Err(self.wrong_type(at, value, "a number of seconds", other)),
        };
        match number {
            Some(number) if number >= 0.0 => Ok(self.located(value, number)),
            _ => Err(self
                .wrong(&value.span(), format!("{} is not a number of seconds", Name(at)))
                .with_hint("write seconds, or 0 for no limit")),
        }
    }

    fn file(&self, at: &[&Key<'_>], value: &Value<'_>) -> Result<Located<PathBuf>> {
        // Relative to the file that names it, not to wherever the program was started.
        let beside = |path: PathBuf| self.path.parent().map_or(path.clone(), |directory| directory.join(path));
        Ok(self.string(at, value)?.map(|path| beside(expanded(Path::new(&path), self.home))))
    }

    fn choice<T: Copy>(
        &self,
        at: &[&Key<'_>],
        value: &Value<'_>,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Result<Located<T>> {
        let found = self.string(at, value)?;
        if let Some(choice) = all.iter().find(|choice| name(**choice) == found.value) {
            return Ok(Located { value: *choice, line: found.line });
        }
        let names: Vec<&str> = all.iter().map(|choice| name(*choice)).collect();
        let near = nearest_names(&found.value, names.iter().copied());
        let why = format!("{} cannot be \"{}\"", Name(at), found.value);
        let hint = match near.first() {
            Some(near) => format!("did you mean \"{near}\"? It can be {}", names.join(", ")),
            None => format!("it can be {}", names.join(", ")),
        };
        Err(self.wrong(&value.span(), why).with_hint(hint))
    }

    fn command(&self, at: &[&Key<'_>], value: &Value<'_>) -> Result<Located<PasswordCommand>> {
        let DeValue::Array(array) = value.get_ref() else {
            return Ok(self.string(at, value)?.map(PasswordCommand::Line));
        };
        let words = array.iter().map(|word| Ok(self.string(at, word)?.value)).collect::<Result<Vec<_>>>()?;
        if words.is_empty() {
            return Err(self.wrong(&value.span(), format!("{} is empty", Name(at))).with_hint("remove it"));
        }
        Ok(self.located(value, PasswordCommand::Program(words)))
    }

    fn headers(&self, at: &[&Key<'_>; 5], value: &Value<'_>) -> Result<Located<Vec<(String, String)>>> {
        let mut headers = Vec::new();
        for (name, value) in self.table(at, value)? {
            let at = [at[0], at[1], at[2], at[3], at[4], name];
            if is_secret_header(name.get_ref()) || is_secret(name.get_ref()) {
                return Err(self
                    .wrong(&name.span(), format!("{} is a secret, and a configuration must not contain any", Name(&at)))
                    .with_hint("pass it with --header when it is needed"));
            }
            headers.push((name.get_ref().clone().into_owned(), self.string(&at, value)?.value));
        }
        Ok(self.located(value, headers))
    }

    fn located<T>(&self, at: &Value<'_>, value: T) -> Located<T> {
        Located { value, line: self.position(at.span().start).0 }
    }

    fn wrong_type(&self, at: &[&Key<'_>], value: &Value<'_>, wanted: &str, found: &DeValue<'_>) -> Error {
        let found = match found {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.wrong(&value.span(), format!("{} must be {wanted}, not {found}", Name(at)))
            .with_hint("`hac config --example` shows how it is written")
    }

    fn wrong(&self, span: &Range<usize>, why: impl fmt::Display) -> Error {
        let (line, column) = self.position(span.start);
        Error::new(ErrorKind::Config, format!("read {}", self.path.display()))
            .because(format!("line {line}, column {column}: {why}"))
    }

    /// The line and the column of a byte, both from one.
    fn position(&self, at: usize) -> (usize, usize) {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        (line, String::from_utf8_lossy(&before[start..]).chars().count() + 1)
    }
}

/// Keys as they are written in a row: `environments.shop.protection`.
struct Name<'a, 'k>(&'a [&'a Key<'k>]);

impl fmt::Display for Name<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, key) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            f.write_str(&crate::foreign::visible(key.get_ref()))?;
        }
        Ok(())
    }
}
