//! Which of the flags for a connection a command has a use for. The others are refused: whoever types one expects something of it.

use super::{
    AuditCommand, Command, ConfigCommand, EndpointCommand, EnvCommand, GlobalArgs, ImpexArgs, ImpexCommand,
    SessionCommand,
};

/// Flags that belong together.
type Flags = &'static [&'static str];

/// What limits a list, and names a session.
const FILTERS: Flags = &["--url", "--username", "--environment", "--endpoint"];

/// Where the session of the name is looked for.
const CACHE: Flags = &["--cache-dir", "--no-cache"];

const PROXY: Flags = &["--proxy", "--no-proxy"];
const TIMEOUT: Flags = &["--timeout"];
const CONTEXT_PATH: Flags = &["--context-path"];
const ENVIRONMENT: Flags = &["--environment"];
const ENDPOINT: Flags = &["--endpoint"];

/// A protection may have to be confirmed.
const CONFIRMED: Flags = &["--yes-i-mean"];

/// What the session of a browser is called.
const OF_A_BROWSER: Flags = &[
    "--session-cookie",
    // Refused by the command, which says what standard input is for.
    "--password-stdin",
];

/// What is saved with an endpoint, beside its proxy, its time limit and its context path.
const TRUST: Flags = &[
    "--url",
    "--username",
    "--route",
    "--cacert",
    "--pin",
    "--ignore-ssl",
    "--client-cert",
    "--client-key",
    "--gate",
    "--header",
    "--session-cookie",
];

/// What names a session of this machine.
const OF_A_SESSION: &[Flags] = &[FILTERS, CACHE];
const OF_AN_IMPORT: &[Flags] = &[FILTERS, CACHE, OF_A_BROWSER];

/// The same where each server is asked. It is trusted as the configuration says.
const OF_A_CHECK: &[Flags] = &[FILTERS, CACHE, TIMEOUT, PROXY];

/// What is saved with an endpoint that is an argument.
const SAVED: &[Flags] = &[TRUST, CONTEXT_PATH, PROXY, TIMEOUT];

/// The same with a flag for the endpoint, and the cache: the session of the name may be what is saved.
const SAVED_IN_AN_ENVIRONMENT: &[Flags] = &[TRUST, CONTEXT_PATH, PROXY, TIMEOUT, ENDPOINT, CACHE];

/// The same as with an endpoint that is added and with one that is removed.
const CHANGED: &[Flags] = &[TRUST, CONTEXT_PATH, PROXY, TIMEOUT, CONFIRMED, CACHE];

/// A session that stays is named.
const REMOVED: &[Flags] = &[CONFIRMED, CACHE];

/// What a command has to do with servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It talks to one, or shows the settings with which it would: each flag counts.
    Server,
    /// It sends nothing, and has a use for these flags.
    Only(&'static [Flags]),
}

impl Reach {
    /// A flag that was typed and of which the command would make nothing.
    pub(crate) fn unused(self, args: &GlobalArgs) -> Option<&'static str> {
        args.of_a_server().into_iter().find_map(|(typed, flag)| (typed && !self.uses(flag)).then_some(flag))
    }

    /// Whether the command has a use for the flag.
    pub(crate) fn uses(self, flag: &str) -> bool {
        match self {
            Self::Server => true,
            Self::Only(used) => used.iter().any(|flags| flags.contains(&flag)),
        }
    }
}

/// The same by the words of a command, for completion: the most that it may have a use for, whatever its own flags are.
pub(crate) fn reach_of(words: &[&str]) -> Reach {
    match words {
        ["completions" | "demo" | "help" | "man" | "trust", ..]
        | ["env" | "endpoint", "list" | "show" | "set-default"]
        | ["env", "protect"]
        | ["config", "path" | "edit" | "validate"] => Reach::Only(&[]),
        ["simulator"] => Reach::Only(&[CONTEXT_PATH]),
        ["env" | "endpoint", "remove"] => Reach::Only(REMOVED),
        ["env", "add"] => Reach::Only(SAVED_IN_AN_ENVIRONMENT),
        ["endpoint", "add"] => Reach::Only(SAVED),
        ["endpoint", "update"] => Reach::Only(CHANGED),
        ["config"] => Reach::Only(&[ENVIRONMENT]),
        ["audit"] => Reach::Only(&[FILTERS]),
        ["session", "list"] => Reach::Only(OF_A_CHECK),
        ["session", "show" | "export" | "clear-all"] => Reach::Only(OF_A_SESSION),
        _ => Reach::Server,
    }
}

impl Command {
    /// What the command has to do with servers.
    pub(crate) fn reach(&self) -> Reach {
        match self {
            #[cfg(feature = "simulator")]
            // The simulator is mounted there.
            Self::Simulator(_) => Reach::Only(&[CONTEXT_PATH]),
            #[cfg(feature = "simulator")]
            Self::Demo(_) => Reach::Only(&[]),
            Self::Completions(_) | Self::Help(_) | Self::Man(_) | Self::Trust(_) => Reach::Only(&[]),
            Self::Audit(args) => match &args.command {
                Some(AuditCommand::Undo(_)) => Reach::Server,
                None => Reach::Only(&[FILTERS]),
            },
            Self::Env(command) => match command {
                EnvCommand::Add(_) => Reach::Only(SAVED_IN_AN_ENVIRONMENT),
                EnvCommand::Remove(_) => Reach::Only(REMOVED),
                EnvCommand::List(_) | EnvCommand::Show(_) | EnvCommand::SetDefault(_) | EnvCommand::Protect(_) => {
                    Reach::Only(&[])
                }
            },
            Self::Endpoint(command) => match command {
                EndpointCommand::Add(_) => Reach::Only(SAVED),
                EndpointCommand::Update(_) => Reach::Only(CHANGED),
                EndpointCommand::Remove(_) => Reach::Only(REMOVED),
                EndpointCommand::List(_) | EndpointCommand::Show(_) | EndpointCommand::SetDefault(_) => {
                    Reach::Only(&[])
                }
            },
            Self::Config(args) => match &args.command {
                Some(ConfigCommand::Show(_)) => Reach::Server,
                // As hac-client-cli has it, it shows the environment.
                None if !(args.list || args.path || args.validate || args.example) => Reach::Only(&[ENVIRONMENT]),
                _ => Reach::Only(&[]),
            },
            Self::Session(command) => match command {
                SessionCommand::List(args) if !args.check => Reach::Only(OF_A_SESSION),
                SessionCommand::List(_) => Reach::Only(OF_A_CHECK),
                // Of all sessions, what names some is refused by the command, which says what to do.
                SessionCommand::Show(_) | SessionCommand::Export(_) | SessionCommand::ClearAll(_) => {
                    Reach::Only(OF_A_SESSION)
                }
                SessionCommand::Clear(args) if !args.logout => Reach::Only(OF_A_SESSION),
                SessionCommand::Import(args) if !args.check => Reach::Only(OF_AN_IMPORT),
                _ => Reach::Server,
            },
            Self::Impex(ImpexArgs { command: Some(ImpexCommand::Lint(args)), .. }) if !args.online => Reach::Only(&[]),
            _ => Reach::Server,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::ffi::OsString;

    use clap::Args as _;

    use super::*;

    #[test]
    fn each_flag_of_every_command_is_one_for_a_server_or_for_the_output() {
        let output = ["--quiet", "--verbose", "--json", "--csv"];
        // Refused wherever it is typed.
        let refused = ["--password"];
        let known: BTreeSet<String> = GlobalArgs::default()
            .of_a_server()
            .into_iter()
            .map(|(_, flag)| flag)
            .chain(output)
            .chain(refused)
            .map(str::to_owned)
            .collect();
        let all = GlobalArgs::augment_args(clap::Command::new("hac"));
        let all: BTreeSet<String> =
            all.get_arguments().filter_map(|its| Some(format!("--{}", its.get_long()?))).collect();
        assert_eq!(all, known);
    }

    #[test]
    fn the_words_of_a_command_say_at_least_what_the_command_says() {
        let mut count = 0;
        let all = super::super::examples::ALL;
        for (words, lines) in all {
            let is_of = |words: &str, line: &str| line.starts_with(&format!("hac {words}"));
            let is_below = |line: &str| all.iter().any(|(other, _)| other.len() > words.len() && is_of(other, line));
            let lines = lines.iter().filter(|line| is_of(words, line) && !is_below(line));
            let words: Vec<&str> = words.split(' ').collect();
            for line in lines {
                let typed = line.split(['|', '>', '<']).next().unwrap_or(line);
                let arguments: Vec<OsString> =
                    crate::completion::split(typed).into_iter().map(OsString::from).collect();
                let Ok(cli) = super::super::parse(&arguments) else { continue };
                let offered = reach_of(&words);
                if offered == Reach::Server {
                    continue;
                }
                let Reach::Only(used) = cli.command.reach() else { panic!("{line}") };
                assert!(used.iter().copied().flatten().all(|flag| offered.uses(flag)), "{line}");
                count += 1;
            }
        }
        assert!(count > 15, "{count}");
    }

    #[test]
    fn every_flag_that_a_command_uses_is_one() {
        let all: Vec<&str> = GlobalArgs::default().of_a_server().into_iter().map(|(_, flag)| flag).collect();
        for used in
            [OF_A_SESSION, OF_AN_IMPORT, OF_A_CHECK, SAVED, SAVED_IN_AN_ENVIRONMENT, CHANGED, REMOVED, &[ENVIRONMENT]]
        {
            for flag in used.iter().copied().flatten() {
                assert!(all.contains(flag), "{flag}");
            }
        }
    }
}
