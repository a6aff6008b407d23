//! Changes to the configuration file, without losing comments, order or keys that we do not know.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use hac_client::files::{ByteSink as _, NewFile};
use hac_client::protection::Protection;
use hac_client::{Error, ErrorKind, Overwrite, Result};
use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use super::{Config, decode, path, read};
use crate::env::{self, Environment};
use crate::os;

/// A configuration file that is being changed. Nobody else of ours changes it meanwhile.
pub(crate) struct Edit {
    path: PathBuf,
    home: Option<PathBuf>,
    before: String,
    document: DocumentMut,
    /// Held until the end.
    _lock: File,
}

/// A key of an endpoint and its new value; `None` removes it.
pub(crate) type Change = (&'static str, Option<Value>);

/// Waits until nobody else changes the file; until the lock is dropped.
fn lock(path: &Path) -> Result<File> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |cause: std::io::Error| unwritten(path, cause);
    os::make_private_directory(directory).map_err(failed)?;
    let mut lock = path.to_owned().into_os_string();
    lock.push(".lock");
    let lock = os::open_private(Path::new(&lock)).map_err(failed)?;
    lock.lock().map_err(failed)?;
    Ok(lock)
}

/// Puts this text in the place of `before`; `false` if the file says something else by now.
pub(crate) fn replace(path: &Path, before: Option<&str>, text: &str, home: Option<&Path>) -> Result<bool> {
    let _lock = lock(path)?;
    let unchanged = read::text(path)?.as_deref() == before;
    if unchanged {
        put(path, text, home)?;
    }
    Ok(unchanged)
}

impl Edit {
    /// Opens the user's file, or begins one.
    pub(crate) fn open(environment: &Environment) -> Result<Self> {
        let path = target(&path(environment)?);
        let lock = lock(&path)?;
        let before = read::text(&path)?.unwrap_or_default();
        let home = environment.home();
        // Not one that we would refuse to read: it would be refused after the change, too.
        decode::config(&before, &path, home.as_deref())?;
        let document = before.parse::<DocumentMut>().map_err(|error| {
            Error::new(ErrorKind::Config, format!("read {}", path.display())).because(error.message().to_owned())
        })?;
        Ok(Self { path, home, before, document, _lock: lock })
    }

    /// What the file says now.
    pub(crate) fn config(&self) -> Result<Config> {
        decode::config(&self.document.to_string(), &self.path, self.home.as_deref())
    }

    /// Puts the changed file in the place of the old one: whole or not at all, and private.
    pub(crate) fn save(self) -> Result<()> {
        let text = self.document.to_string();
        if text == self.before && self.path.exists() {
            return Ok(());
        }
        put(&self.path, &text, self.home.as_deref())
    }

    /// Adds an environment without endpoints.
    pub(crate) fn add_environment(&mut self, name: &str) -> Result<()> {
        check_name("environment", name)?;
        let environments = table_in(self.document.as_table_mut(), "environments", true)?;
        if environments.contains_key(name) {
            return Err(no_change(format!("add the environment '{name}'"), "it already exists")
                .with_hint(format!("`hac endpoint add {name} NAME --url URL` adds an endpoint to it")));
        }
        environments.insert(name, Item::Table(Table::new()));
        Ok(())
    }

    /// Adds an endpoint. It becomes the default of its environment if there is none, or if it is to be.
    pub(crate) fn add_endpoint(
        &mut self,
        environment: &str,
        name: &str,
        changes: Vec<Change>,
        default: bool,
    ) -> Result<()> {
        check_name("endpoint", name)?;
        let table = self.environment(environment)?;
        let endpoints = table_in(table, "endpoints", true)?;
        if endpoints.contains_key(name) {
            return Err(no_change(format!("add the endpoint '{environment}/{name}'"), "it already exists")
                .with_hint(format!("`hac endpoint update {environment} {name}` changes it")));
        }
        endpoints.insert(name, Item::Table(Table::new()));
        self.change_endpoint(environment, name, changes)?;
        let table = self.environment(environment)?;
        if default || !table.contains_key("default_endpoint") {
            set(table, "default_endpoint", name.into());
        }
        Ok(())
    }

    /// Changes keys of an endpoint.
    pub(crate) fn change_endpoint(&mut self, environment: &str, name: &str, changes: Vec<Change>) -> Result<()> {
        let table = self.endpoint(environment, name)?;
        for (key, value) in changes {
            match value {
                Some(value) => set(table, key, value),
                None => drop(table.remove(key)),
            }
        }
        Ok(())
    }

    /// Removes an endpoint. If it was the default of its environment, the first of the others is now.
    pub(crate) fn remove_endpoint(&mut self, environment: &str, name: &str) -> Result<()> {
        self.endpoint(environment, name)?;
        let table = self.environment(environment)?;
        let endpoints = table_in(table, "endpoints", true)?;
        endpoints.remove(name);
        let next = endpoints.iter().next().map(|(key, _)| key.to_owned());
        if table.get("default_endpoint").and_then(Item::as_str) == Some(name) {
            match next {
                Some(next) => set(table, "default_endpoint", next.into()),
                None => drop(table.remove("default_endpoint")),
            }
        }
        Ok(())
    }

    /// Removes an environment with all its endpoints; not the default one.
    pub(crate) fn remove_environment(&mut self, name: &str) -> Result<()> {
        self.environment(name)?;
        if self.document.get("default_environment").and_then(Item::as_str) == Some(name) {
            return Err(no_change(format!("remove the environment '{name}'"), "it is the default")
                .with_hint("choose another default first: hac env set-default NAME"));
        }
        table_in(self.document.as_table_mut(), "environments", true)?.remove(name);
        Ok(())
    }

    /// Makes an environment the default.
    pub(crate) fn set_default_environment(&mut self, name: &str) -> Result<()> {
        self.environment(name)?;
        set(self.document.as_table_mut(), "default_environment", name.into());
        Ok(())
    }

    /// Makes an endpoint the default of its environment.
    pub(crate) fn set_default_endpoint(&mut self, environment: &str, name: &str) -> Result<()> {
        self.endpoint(environment, name)?;
        set(self.environment(environment)?, "default_endpoint", name.into());
        Ok(())
    }

    /// Sets the protection of an environment.
    pub(crate) fn protect(&mut self, environment: &str, protection: Protection) -> Result<()> {
        set(self.environment(environment)?, "protection", protection.as_str().into());
        Ok(())
    }

    fn environment(&mut self, name: &str) -> Result<&mut dyn TableLike> {
        let missing = || {
            no_change(format!("find the environment '{name}'"), "it is not configured")
                .with_hint("`hac env list` lists them")
        };
        let environments =
            self.document.get_mut("environments").and_then(Item::as_table_like_mut).ok_or_else(missing)?;
        environments.get_mut(name).and_then(Item::as_table_like_mut).ok_or_else(missing)
    }

    fn endpoint(&mut self, environment: &str, name: &str) -> Result<&mut dyn TableLike> {
        let missing = || {
            no_change(format!("find the endpoint '{environment}/{name}'"), "it is not configured")
                .with_hint(format!("`hac endpoint list {environment}` lists them"))
        };
        let table = self.environment(environment)?;
        let endpoints = table.get_mut("endpoints").and_then(Item::as_table_like_mut).ok_or_else(missing)?;
        endpoints.get_mut(name).and_then(Item::as_table_like_mut).ok_or_else(missing)
    }
}

/// Writes a text in the place of the configuration, if it is one that can be read.
fn put(path: &Path, text: &str, home: Option<&Path>) -> Result<()> {
    decode::config(text, path, home)?;
    let failed = |cause: std::io::Error| unwritten(path, cause);
    let mut file = NewFile::create(path, Overwrite::Yes)?;
    // What it could not write is the error of `finish`.
    let _: ControlFlow<()> = file.piece(text.as_bytes());
    file.finish().map_err(failed)
}

/// A configuration that cannot be written.
fn unwritten(path: &Path, cause: std::io::Error) -> Error {
    Error::new(ErrorKind::Config, format!("write {}", path.display()))
        .because(cause.to_string())
        .with_source(cause)
        .with_hint(format!(
            "check the rights on its directory, or set {} to another file; nothing was changed",
            env::CONFIG_PATH
        ))
}

/// The file behind a link, which is kept.
pub(crate) fn target(path: &Path) -> PathBuf {
    if path.is_symlink() { path.canonicalize().unwrap_or_else(|_| path.to_owned()) } else { path.to_owned() }
}

fn no_change(doing: String, why: &str) -> Error {
    Error::new(ErrorKind::Config, doing).because(why)
}

/// A name that can be told from a label and typed in a shell.
fn check_name(what: &str, name: &str) -> Result<()> {
    let refused = |why: &str, hint: String| {
        Err(Error::new(ErrorKind::Usage, format!("add the {what} '{}'", crate::foreign::visible(name)))
            .because(why)
            .with_hint(hint))
    };
    if name.contains("://") {
        return refused("its name is a URL", format!("give it a name, and pass the URL with --url {name}"));
    }
    if name.is_empty()
        || name.starts_with('-')
        || name.contains(|char: char| char == '/' || char.is_whitespace() || char.is_control())
    {
        return refused(
            "a name has no spaces and no /, and does not begin with -",
            "choose a short name, such as staging".to_owned(),
        );
    }
    Ok(())
}

/// A table in a table, made where there is none.
fn table_in<'t>(table: &'t mut dyn TableLike, key: &str, is_implicit: bool) -> Result<&'t mut dyn TableLike> {
    if !table.contains_key(key) {
        let mut made = Table::new();
        made.set_implicit(is_implicit);
        table.insert(key, Item::Table(made));
    }
    let found = table.get_mut(key).and_then(Item::as_table_like_mut);
    found.ok_or_else(|| no_change("change the configuration".to_owned(), &format!("{key} is not a table")))
}

/// Sets a value; what stands around it stays.
fn set(table: &mut dyn TableLike, key: &str, mut value: Value) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        None => drop(table.insert(key, Item::Value(value))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(home: &Path) -> Edit {
        let path = home.join("c.toml").display().to_string();
        Edit::open(&Environment::of(&[("HAC_CLIENT_CONFIG_PATH", &path)])).expect("it can be changed")
    }

    fn text(home: &Path) -> String {
        std::fs::read_to_string(home.join("c.toml")).expect("a file")
    }

    const FILE: &str = "# My shops.\ndefault_environment = \"b\" # for now\n\n[environments.b]\n# the old one\n\
         default_endpoint = 'x'\ncolour = \"red\"\n\n[environments.b.endpoints.x]\nurl = \"http://x\"   # plain\n\n\
         [environments.a]\nendpoints = { y = { url = 'http://y' } }\n";

    #[test]
    fn comments_order_and_unknown_keys_stay() {
        let home = tempfile::tempdir().expect("a directory");
        std::fs::write(home.path().join("c.toml"), FILE).expect("written");
        let mut edit = edit(home.path());
        edit.set_default_environment("a").expect("known");
        edit.change_endpoint("b", "x", vec![("url", Some("http://z".into())), ("timeout", Some(5.into()))])
            .expect("known");
        edit.change_endpoint("a", "y", vec![("ignore_ssl", Some(true.into()))]).expect("known");
        edit.add_endpoint("a", "new", vec![("url", Some("http://n".into()))], false).expect("new");
        edit.save().expect("saved");
        let expected = FILE
            .replace("= \"b\" # for now", "= \"a\" # for now")
            .replace("\"http://x\"   # plain\n", "\"http://z\"   # plain\ntimeout = 5\n");
        let (before, after) = (expected.split("[environments.a]").next().expect("a part"), text(home.path()));
        assert!(after.starts_with(before), "{after}");
        let rest = &after[before.len()..];
        assert!(
            rest.contains("ignore_ssl = true")
                && rest.contains("http://n")
                && rest.contains("default_endpoint = \"new\""),
            "{rest}"
        );
    }

    #[test]
    fn a_new_file_is_private_and_as_people_write_it() {
        let home = tempfile::tempdir().expect("a directory");
        let mut edit = edit(home.path());
        edit.add_environment("shop").expect("new");
        edit.add_endpoint("shop", "hac", vec![("url", Some("http://x".into()))], false).expect("new");
        edit.set_default_environment("shop").expect("known");
        edit.save().expect("saved");
        assert_eq!(
            text(home.path()),
            "default_environment = \"shop\"\n\n[environments.shop]\ndefault_endpoint = \"hac\"\n\n\
             [environments.shop.endpoints.hac]\nurl = \"http://x\"\n"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            assert_eq!(std::fs::metadata(home.path().join("c.toml")).expect("a file").mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn what_is_removed_leaves_the_rest_and_a_default() {
        let home = tempfile::tempdir().expect("a directory");
        let mut edit = edit(home.path());
        for name in ["one", "two"] {
            edit.add_environment(name).expect("new");
        }
        edit.set_default_environment("one").expect("known");
        for name in ["x", "y"] {
            edit.add_endpoint("one", name, vec![("url", Some("http://x".into()))], false).expect("new");
        }
        assert_eq!(edit.remove_environment("one").expect_err("the default").why(), "it is the default");
        edit.remove_environment("two").expect("known");
        edit.remove_endpoint("one", "x").expect("known");
        let config = edit.config().expect("a configuration");
        assert_eq!(config.environments.len(), 1);
        assert_eq!(config.environments[0].default_endpoint.as_ref().map(|name| name.value.as_str()), Some("y"));
        edit.remove_endpoint("one", "y").expect("known");
        assert_eq!(edit.config().expect("a configuration").environments[0].default_endpoint, None);
    }

    #[test]
    fn names_that_are_urls_or_hold_a_slash_are_refused() {
        let home = tempfile::tempdir().expect("a directory");
        let mut edit = edit(home.path());
        for name in ["https://x", "a/b", "", "a b", "-x", "a\u{7}"] {
            assert_eq!(edit.add_environment(name).expect_err("refused").kind(), ErrorKind::Usage, "{name}");
        }
        edit.add_environment("a.b-c_ä").expect("any other name");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_not_changed() {
        let home = tempfile::tempdir().expect("a directory");
        std::fs::write(home.path().join("c.toml"), "protecton = 1\ndefault_environmen = 2").expect("written");
        let path = home.path().join("c.toml").display().to_string();
        assert!(Edit::open(&Environment::of(&[("HAC_CLIENT_CONFIG_PATH", &path)])).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_the_file_stays_a_link() {
        let home = tempfile::tempdir().expect("a directory");
        std::fs::write(home.path().join("real.toml"), FILE).expect("written");
        std::os::unix::fs::symlink(home.path().join("real.toml"), home.path().join("c.toml")).expect("a link");
        let mut edit = edit(home.path());
        edit.set_default_environment("a").expect("known");
        edit.save().expect("saved");
        assert!(home.path().join("c.toml").is_symlink());
        assert!(std::fs::read_to_string(home.path().join("real.toml")).expect("a file").contains("\"a\" # for now"));
    }
}
