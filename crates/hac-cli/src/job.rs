//! What a command works with: where it runs, what is set, and where its output goes.

use hac_client::{Result, Validation};

use crate::connection::{self, Connection, Key};
use crate::context::RunContext;
use crate::credentials::{KeyringUse, StdinUse};
use crate::output::{self, Style};
use crate::printer::Printer;
use crate::settings::Settings;

/// One run of one command.
pub(crate) struct Job<'a> {
    pub context: &'a RunContext,
    pub settings: &'a Settings,
    pub printer: &'a mut Printer,
}

impl Job<'_> {
    /// A client for the server that the settings name. Its first call uses the stored session without asking after it.
    pub(crate) fn connect(&self) -> Result<Connection> {
        let talk = &self.printer.talk;
        connection::connect(
            self.settings,
            self.context,
            talk,
            &self.settings.label(),
            Validation::OnUse,
            StdinUse::Other,
            KeyringUse::Source,
        )
    }

    /// The same for the other environment of a command that has to do with two.
    pub(crate) fn connect_to(&self, settings: &Settings) -> Result<Connection> {
        let (talk, label) = (&self.printer.talk, settings.label());
        connection::connect(
            settings,
            self.context,
            talk,
            &label,
            Validation::OnUse,
            StdinUse::Other,
            KeyringUse::Source,
        )
    }

    /// The same to start a session: whether one is alive is asked first, and a password may be piped in.
    pub(crate) fn connect_to_start(&self, label: &str, keyring: KeyringUse) -> Result<Connection> {
        let (talk, piped) = (&self.printer.talk, StdinUse::PasswordIfPiped);
        connection::connect(self.settings, self.context, talk, label, Validation::Probe, piped, keyring)
    }

    /// The same for a session that is there already; it never logs in.
    pub(crate) fn connect_without_password(&self, key: &Key) -> Result<Connection> {
        connection::connect_without_password(self.settings, self.context, &self.printer.talk, key)
    }

    /// How the result is printed: as the flags or the configuration say, else as a table for people and as lines for programs.
    pub(crate) fn style(&self) -> Style {
        output::style(self.settings, self.printer.data.is_terminal())
    }
}
