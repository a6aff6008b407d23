//! Initialisation and update: what is offered, what runs, and its log. What a run says that it does, it does.

mod offer;
mod run;

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use serde_json::Value;

pub(crate) use offer::{EXTENSIONS, Extension, Parameter, PendingPatch};
pub(crate) use run::Run;

/// The runs of one simulator, of which at most one is going on.
#[derive(Debug)]
pub(crate) struct Updates {
    book: Mutex<Book>,
}

#[derive(Debug)]
struct Book {
    running: bool,
    log: String,
    pending: Vec<PendingPatch>,
    /// Who has seen the page of the update.
    visitors: HashSet<String>,
}

impl Default for Updates {
    fn default() -> Self {
        let book =
            Book { running: false, log: String::new(), pending: offer::PENDING.to_vec(), visitors: HashSet::new() };
        Self { book: Mutex::new(book) }
    }
}

/// What a request asks for, as HAC's own page sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of HAC's form")]
pub(crate) struct Order {
    pub(crate) drop_tables: bool,
    #[serde(rename = "clearHMC")]
    pub(crate) clear_hmc: bool,
    pub(crate) create_essential_data: bool,
    pub(crate) create_project_data: bool,
    pub(crate) localize_types: bool,
    pub(crate) all_parameters: BTreeMap<String, Value>,
    pub(crate) patches: BTreeMap<String, Vec<String>>,
    pub(crate) init_method: Option<String>,
}

impl Order {
    /// Whether the project data of an extension is created: its switch is on, or all are.
    fn creates_data_of(&self, extension: &Extension) -> bool {
        let switch = self.all_parameters.get(&format!("{}_sample", extension.name));
        match switch.and_then(Value::as_str) {
            Some(text) => text == "true",
            None => self.create_project_data,
        }
    }

    /// What a parameter of an extension is set to.
    fn values(&self, extension: &Extension, parameter: &Parameter) -> Vec<&str> {
        match self.all_parameters.get(&format!("{}_{}", extension.name, parameter.name)) {
            Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(value)) => vec![value],
            _ => Vec::new(),
        }
    }

    /// The type system is touched only where a method is named.
    fn touches_types(&self) -> bool {
        self.init_method.is_some()
    }

    fn rebuilds(&self) -> bool {
        self.init_method.as_deref() == Some("INIT") || (self.touches_types() && self.drop_tables)
    }
}

impl Updates {
    pub(crate) fn is_running(&self) -> bool {
        self.book().running
    }

    pub(crate) fn log(&self) -> String {
        self.book().log.clone()
    }

    pub(crate) fn pending(&self) -> Vec<PendingPatch> {
        self.book().pending.clone()
    }

    pub(crate) fn was_visited(&self, user: &str) {
        self.book().visitors.insert(user.to_owned());
    }

    pub(crate) fn is_visited_by(&self, user: &str) -> bool {
        self.book().visitors.contains(user)
    }

    /// The right to run, with a log that begins anew; `None` while another run is going on.
    pub(crate) fn begin(&self) -> Option<Run<'_>> {
        let mut book = self.book();
        if book.running {
            return None;
        }
        book.running = true;
        book.log.clear();
        Some(Run::new(self))
    }

    fn write(&self, html: &str) {
        self.book().log.push_str(html);
    }

    fn is_done(&self, hash: &str) {
        self.book().pending.retain(|patch| patch.hash != hash);
    }

    /// All patches are to be run again: the tables that knew of them are gone.
    fn forget_patches(&self) {
        self.book().pending = offer::PENDING.to_vec();
    }

    fn end(&self) {
        self.book().running = false;
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
