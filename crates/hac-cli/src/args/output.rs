//! The output flags of each command.

use super::{
    AuditCommand, CacheCommand, Command, ConfigCommand, CronjobCommand, DiffCommand, EndpointCommand, EnvCommand,
    ExtensionCommand, ImpexCommand, InitCommand, JdbclogCommand, ListArgs, ListFormat, LoggerCommand, PropertyCommand,
    QueryRowsArgs, ResultArgs, RowFormat, RowsArgs, SessionCommand, ShapeArgs, SupportCommand, TextArgs, TextFormat,
    TypeCommand, UpdateCommand,
};

/// Why commands that are sent once are not repeated.
const CHANGES: &str = "it may change something on the server";
const CHANGES_SESSIONS: &str = "it changes the sessions of this machine";
const CHANGES_FILES: &str = "it changes the configuration";
const WATCHES: &str = "it looks again and again by itself";

/// What the flags of a command say about its output.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "none of them says anything about another")]
pub(crate) struct Output {
    pub format: Option<RowFormat>,
    /// Only the names of a list.
    pub names: bool,
    /// Text was asked for, whatever the configuration prefers.
    pub text: bool,
    pub shape: ShapeArgs,
    /// Whether the command only reads, and prints what it read.
    pub reads: bool,
    /// Why it is not repeated, if it is not: what it does.
    pub once: Option<&'static str>,
    /// Whether it prints the rows of a query, which can be ImpEx.
    pub queries: bool,
    /// Whether there is anything to print in a format.
    pub prints: bool,
    /// Whether hac-client-cli has the list: what it takes together stays taken.
    pub is_compatible: bool,
}

impl Output {
    fn rows(args: &RowsArgs) -> Self {
        Self { format: args.format, ..Self::read(&args.shape) }
    }

    fn query(args: &QueryRowsArgs) -> Self {
        Self { format: args.format, queries: true, ..Self::read(&args.shape) }
    }

    fn text(args: &TextArgs) -> Self {
        Self {
            format: args.format.and_then(TextFormat::of_rows),
            text: args.format == Some(TextFormat::Text),
            ..Self::read(&args.shape)
        }
    }

    /// What only reads and prints.
    fn read(shape: &ShapeArgs) -> Self {
        Self { shape: shape.clone(), reads: true, prints: true, ..Self::default() }
    }

    fn list(args: &ListArgs) -> Self {
        Self {
            format: args.format.and_then(ListFormat::of_rows),
            names: args.format == Some(ListFormat::Quiet),
            is_compatible: true,
            ..Self::read(&args.shape)
        }
    }

    fn result(args: &ResultArgs) -> Self {
        let shape = ShapeArgs { watch: args.watch, ..ShapeArgs::default() };
        let (format, text) = (args.format.and_then(TextFormat::of_rows), args.format == Some(TextFormat::Text));
        Self { format, text, shape, once: Some(CHANGES), prints: true, ..Self::default() }
    }
}

impl Command {
    /// The output flags; none for commands without any.
    pub(crate) fn output(&self) -> Output {
        match self {
            Self::Flexsearch(args) => Output {
                // Of a file it says nothing about standard output.
                format: args.rows.format.filter(|_| args.output.is_none()),
                reads: !args.sql,
                once: args.sql.then_some(CHANGES),
                queries: !args.show_sql,
                ..Output::query(&args.rows)
            },
            Self::Groovy(args) => Output::result(&args.output),
            Self::Script(args) => Output::result(&args.output),
            Self::Impex(args) => match &args.command {
                Some(ImpexCommand::Import(args)) => Output::result(&args.given.options.output),
                Some(ImpexCommand::Validate(args)) => Output { once: None, ..Output::result(&args.options.output) },
                Some(ImpexCommand::Lint(args)) => Output::text(&args.output),
                Some(ImpexCommand::Watch(args)) => Output { once: Some(WATCHES), ..Output::result(&args.output) },
                Some(ImpexCommand::Export(args)) => Output::result(&args.result),
                None => Output::result(&args.options.output),
            },
            Self::Update(command) => command.output(),
            Self::Wait(args) => Output { once: Some(WATCHES), ..Output::result(&args.output) },
            Self::Init(InitCommand::Run(args)) => Output::result(&args.output),
            Self::Logger(LoggerCommand::List(args))
            | Self::Property(PropertyCommand::List(args))
            | Self::Type(TypeCommand::List(args))
            | Self::Extension(ExtensionCommand::List(args))
            | Self::Support(SupportCommand::List(args)) => Output::rows(&args.rows),
            Self::Logger(LoggerCommand::Set(args)) => Output::result(&args.output),
            Self::Property(PropertyCommand::Get(args)) => Output::text(&args.rows),
            Self::Property(PropertyCommand::Set(args)) => Output::result(&args.output),
            Self::Type(TypeCommand::Show(args)) => Output::rows(&args.rows),
            Self::Copy(args) => Output::result(&args.output),
            Self::Diff(DiffCommand::Types(args)) => Output::rows(&args.rows),
            Self::Diff(DiffCommand::Query(args)) => Output::rows(&args.rows),
            Self::Diff(DiffCommand::Properties(args) | DiffCommand::Loggers(args) | DiffCommand::Extensions(args)) => {
                Output::rows(&args.rows)
            }
            Self::Support(SupportCommand::Zip(args)) => Output::result(&args.result),
            Self::Pk(args) => Output::rows(&args.rows),
            Self::About(args) => Output::rows(&args.rows),
            Self::Audit(args) => match &args.command {
                Some(AuditCommand::Undo(args)) => Output::result(&args.output),
                None => Output::rows(&args.rows),
            },
            Self::Doctor(args) => {
                Output { once: Some("it may ask which certificate to trust"), ..Output::result(&args.output) }
            }
            Self::Cronjob(CronjobCommand::List(rows)) => Output::rows(rows),
            Self::Cache(CacheCommand::Clear(args)) => Output::result(args),
            Self::Jdbclog(command) => match command {
                JdbclogCommand::On(args) | JdbclogCommand::Off(args) => Output::result(&args.output),
                JdbclogCommand::Clear(args) => Output::result(args),
                JdbclogCommand::Download(args) => {
                    Output { once: args.output.is_some().then_some("it writes a file"), ..Output::result(&args.result) }
                }
            },
            Self::Session(command) => command.output(),
            Self::Login(args) => Output { once: Some(CHANGES_SESSIONS), ..Output::result(&args.output) },
            Self::Logout(args) => Output { once: Some(CHANGES_SESSIONS), ..Output::result(&args.output) },
            Self::Env(command) => command.output(),
            Self::Endpoint(command) => command.output(),
            Self::Config(args) => match &args.command {
                Some(ConfigCommand::Show(args)) => Output::rows(&args.rows),
                Some(ConfigCommand::Path(args) | ConfigCommand::Validate(args)) => {
                    Output { once: None, ..Output::result(args) }
                }
                Some(ConfigCommand::Edit) => Output::default(),
                None => Output { once: None, ..Output::result(&args.output) },
            },
            Self::Trust(args) => Output { once: Some(CHANGES_FILES), ..Output::result(&args.output) },
            _ => Output::default(),
        }
    }
}

impl EnvCommand {
    fn output(&self) -> Output {
        match self {
            Self::List(args) => Output::list(args),
            Self::Show(args) => Output::text(&args.rows),
            Self::Add(args) => Output { once: Some(CHANGES_FILES), ..Output::result(&args.output) },
            Self::Remove(args) => Output { once: Some(CHANGES_FILES), ..Output::result(&args.output) },
            Self::SetDefault(args) => Output { once: Some(CHANGES_FILES), ..Output::result(&args.output) },
            Self::Protect(args) => Output { once: Some(CHANGES_FILES), ..Output::result(&args.output) },
        }
    }
}

impl EndpointCommand {
    fn output(&self) -> Output {
        match self {
            Self::List(args) => Output::list(&args.list),
            Self::Show(args) => Output::text(&args.rows),
            Self::Add(args) => Output { once: Some(CHANGES_FILES), ..Output::result(&args.output) },
            Self::Update(args) => Output { once: Some(CHANGES_FILES), ..Output::result(&args.output) },
            Self::Remove(args) | Self::SetDefault(args) => {
                Output { once: Some(CHANGES_FILES), ..Output::result(&args.output) }
            }
        }
    }
}

impl UpdateCommand {
    fn output(&self) -> Output {
        match self {
            Self::Data(args) => Output::rows(&args.rows),
            Self::Patches(args) => Output::rows(&args.rows),
            Self::Config(args) => Output::text(&args.rows),
            Self::Run(args) => Output::result(&args.output),
            Self::Status(rows) => Output::text(rows),
            Self::Log(args) => {
                Output { reads: !args.follow, once: args.follow.then_some(WATCHES), ..Output::text(&args.rows) }
            }
        }
    }
}

impl SessionCommand {
    fn output(&self) -> Output {
        match self {
            Self::Start(args) => Output { once: Some(CHANGES_SESSIONS), ..Output::result(&args.output) },
            Self::List(args) => Output::list(&args.list),
            Self::Show(args) => Output::text(&args.rows),
            Self::Check(args) => Output::text(&args.rows),
            Self::End(args) => Output { once: Some(CHANGES_SESSIONS), ..Output::result(&args.output) },
            Self::Clear(args) => Output { once: Some(CHANGES_SESSIONS), ..Output::result(&args.output) },
            Self::ClearAll(args) => Output { once: Some(CHANGES_SESSIONS), ..Output::result(&args.output) },
            Self::Export(args) => {
                Output { once: Some("it is for one copy of the session"), ..Output::result(&args.result) }
            }
            Self::Import(args) => Output { once: Some(CHANGES_SESSIONS), ..Output::result(&args.output) },
        }
    }
}
