//! What a command works with: where it runs, what is set, and where its output goes.

use hac_client::{Result, Validation};

use crate::args::RowFormat;
use crate::connection::{self, Connection, Key};
use crate::context::RunContext;
use crate::credentials::{KeyringUse, StdinUse};
use crate::output;
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

    /// The same to start a session: whether one is alive is asked first, and a password may be piped in.
    pub(crate) fn connect_to_start(&self, label: &str, keyring: KeyringUse) -> Result<Connection> {
        let (talk, piped) = (&self.printer.talk, StdinUse::PasswordIfPiped);
        connection::connect(self.settings, self.context, talk, label, Validation::Probe, piped, keyring)
    }

    /// The same for a session that is there already; it never logs in.
    pub(crate) fn connect_without_password(&self, key: &Key) -> Result<Connection> {
        connection::connect_without_password(self.settings, self.context, &self.printer.talk, key)
    }

    /// The requested format of rows, or the default for the kind of output.
    pub(crate) fn row_format(&self, wanted: Option<RowFormat>) -> Result<RowFormat> {
        output::row_format(wanted, self.settings, self.printer.data.is_terminal())
    }
}
