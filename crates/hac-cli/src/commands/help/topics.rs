//! The topics. What the program has a table of is taken from there.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args as _, CommandFactory as _, ValueEnum};
use hac_client::ErrorKind;

use super::layout::Page;
use crate::args::{Cli, GlobalArgs, ProtectionArg, RowFormat, Topic};
use crate::diagnostics::{EXIT_CODES, exit_code};
use crate::env;
use crate::kind;

pub(super) fn write(topic: Topic, page: &mut Page) {
    match topic {
        Topic::Environment => environment(page),
        Topic::Sessions => sessions(page),
        Topic::ExitCodes => exit_codes(page),
        Topic::Protection => protection(page),
        Topic::Output => output(page),
        Topic::Flags => flags(page),
    }
}

fn environment(page: &mut Page) {
    page.paragraph("A setting comes from the first of these layers that has it:");
    page.table([
        ("1", "a flag"),
        ("2", "a variable: HAC_USERNAME_SHOP_NODE1 for the endpoint node1 of the environment shop, HAC_USERNAME_SHOP for all its endpoints, then HAC_USERNAME. Characters that no variable can have are written as _. HAC_PASSWORD and HAC_GATE_PASSWORD have the same levels"),
        ("3", "the project's .hac.toml, in this directory or above it; before `hac trust` it sets only the output"),
        ("4", "your configuration file; `hac config path` prints where it is"),
        ("5", "the default"),
    ]);
    page.heading("Which layer a value comes from:");
    page.commands(&["hac config show --origin"]);
    page.heading("Variables of hac:");
    page.table(env::OURS.iter().copied());
    page.heading("Variables of others that hac uses:");
    page.table(env::OTHERS.iter().copied());
}

fn sessions(page: &mut Page) {
    page.paragraph("The first command logs in and caches the session; later commands use it without a password. A session that has ended on the server is renewed when that is noticed, if a password is at hand, and the command is then sent again only if the server did not execute it.");
    page.paragraph("A session belongs to a URL, a user and a label: ENVIRONMENT/ENDPOINT for an environment of the configuration, otherwise the value of --environment, or `local`. Sessions are files that only you can read; no password is ever stored in them.");
    page.heading("Start, check and end a session:");
    page.commands(&["hac session start shop", "hac session check shop", "hac session end shop"]);
    page.heading("Use a session elsewhere, or one of a browser after a single sign-on:");
    page.commands(&["hac session export shop > session.json", "hac session import shop < session.json"]);
    page.paragraph("Sessions are in hac-client below $XDG_CACHE_HOME or ~/.cache; --cache-dir and HAC_CACHE_DIR choose another directory, --no-cache uses none.");
}

fn exit_codes(page: &mut Page) {
    page.table(EXIT_CODES.iter().map(|(code, meaning)| (code.to_string(), *meaning)));
    page.paragraph("The kinds of errors, as --json names them, and their codes:");
    let mut kinds = BTreeMap::<u8, Vec<&str>>::new();
    // For output that cannot be written, the code says what was done by then.
    for kind in ErrorKind::ALL.iter().filter(|kind| **kind != ErrorKind::Io) {
        kinds.entry(exit_code(*kind)).or_default().push(kind::printed(*kind));
    }
    let of_results = kinds.entry(1).or_default();
    of_results.extend(kind::OF_RESULTS);
    let mut seen = BTreeSet::new();
    of_results.retain(|kind| seen.insert(*kind));
    page.table(kinds.iter().map(|(code, kinds)| (code.to_string(), kinds.join(", "))));
    page.paragraph("Output that cannot be written (io) is 2 if nothing was sent, 1 after a read, and 5 after a write.");
    page.paragraph("After 5, look at the server before you repeat the command: it may have been executed.");
}

fn protection(page: &mut Page) {
    page.paragraph("An environment of the configuration can be protected. The protection holds for every call to one of its URLs, whatever flags and variables say; only HAC_CLIENT_CONFIG_PATH and XDG_CONFIG_HOME choose another configuration, whose protection holds then. A server is known by scheme, host name and port; localhost and its addresses are one host, any other name or address of a server needs an endpoint of its own in that environment:");
    page.table(described::<ProtectionArg>());
    page.heading("Protect an environment:");
    page.commands(&["hac env protect prod read-only"]);
    page.paragraph("Queries, lists and validation are reads. Scripts, SQL, imports, exports, log levels, properties, caches and updates are writes, and so are scripts without --commit: what they do outside of the database is not rolled back. With `allow_scripts = true`, scripts without --commit also run in a read-only environment.");
    page.paragraph("With `confirm`, hac asks for the name of the environment; where nobody can be asked, pass --yes-i-mean NAME. Updates that drop tables and initialisations always ask for HOST:PORT. A protection is loosened only in the configuration file (`hac config edit`).");
    page.paragraph("Every write is recorded on this machine; `hac audit` shows what was changed.");
}

fn output(page: &mut Page) {
    page.paragraph("Results go to standard output, everything else to standard error. Rows are printed as a table on a terminal and tab-separated elsewhere; the lists of hac-client-cli (env list, endpoint list, session list) are aligned columns below names in capitals there. The formats of rows, for --format:");
    page.table(described::<RowFormat>());
    page.paragraph("With --json a list is one object with `headers` and `rows`, and a single result one object with its fields, both with `success`; a failure has an `error` with a `kind`, a `message` and a `hint`. Only env list, endpoint list and session list print an array, as hac-client-cli does. --format jsonl prints one object per row. With --csv rows are CSV.");
    page.paragraph("A null is NULL in table, markdown and vertical, an empty cell in tsv, csv, impex and xlsx, a null in json, jsonl and parquet, and - in aligned columns. An empty list has names of columns in tsv and csv only.");
    page.paragraph("--quiet prints only results, warnings and errors; -v says more, -vv and -vvv log. No secret is ever printed. NO_COLOR, CLICOLOR=0 and TERM=dumb turn colours off.");
}

fn flags(page: &mut Page) {
    page.paragraph("Every command takes these flags, before or after its name:");
    let list = clap::Command::new("flags").disable_help_flag(true).help_template("{all-args}").term_width(page.width);
    let text = GlobalArgs::augment_args(list).render_help().to_string();
    page.paragraph("");
    page.text.truncate(page.text.trim_end().len());
    page.text.push_str("\n\n");
    page.text.push_str(text.trim());
    page.text.push('\n');
    page.heading("Short flags that mean something else with some commands:");
    page.table(differing());
}

/// The short flags that stand for several long ones, and the commands where they do.
fn differing() -> Vec<(String, String)> {
    let mut root = Cli::command();
    root.build();
    let mut meanings = BTreeMap::<char, BTreeMap<String, Vec<String>>>::new();
    let mut left: Vec<(Vec<&str>, &clap::Command)> = vec![(Vec::new(), &root)];
    while let Some((path, command)) = left.pop() {
        for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
            left.push(([&path[..], &[below.get_name()]].concat(), below));
        }
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set() && !path.is_empty()) {
            let (Some(short), Some(long)) = (argument.get_short(), argument.get_long()) else { continue };
            let commands = meanings.entry(short).or_default().entry(long.to_owned()).or_default();
            if !argument.is_global_set() {
                commands.push(path.join(" "));
            }
        }
    }
    let described = |(long, mut commands): (String, Vec<String>)| {
        commands.sort();
        let commands = if commands.is_empty() { "all others".to_owned() } else { commands.join(", ") };
        format!("--{long}: {commands}")
    };
    let several = meanings.into_iter().filter(|(_, longs)| longs.len() > 1);
    several
        .map(|(short, longs)| (format!("-{short}"), longs.into_iter().map(described).collect::<Vec<_>>().join("; ")))
        .collect()
}

/// The values of a flag, and what they mean.
fn described<V: ValueEnum + 'static>() -> impl Iterator<Item = (String, String)> {
    V::value_variants()
        .iter()
        .filter_map(ValueEnum::to_possible_value)
        .filter(|value| !value.is_hide_set())
        .map(|value| (value.get_name().to_owned(), value.get_help().map(ToString::to_string).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(topic: Topic, width: usize) -> String {
        let mut page = Page::of_width(width);
        write(topic, &mut page);
        page.text
    }

    #[test]
    fn every_variable_of_ours_is_in_the_topic_of_the_environment() {
        let text = page(Topic::Environment, 100);
        for (name, _) in env::OURS {
            assert!(text.lines().any(|line| line.trim_start().starts_with(name)), "{name}");
        }
    }

    #[test]
    fn every_code_and_kind_is_in_the_topic_of_the_exit_codes() {
        let text = page(Topic::ExitCodes, 100);
        let words: Vec<&str> = text.split([',', ' ', '\n', '(', ')']).collect();
        for kind in kind::OF_RESULTS {
            assert_eq!(words.iter().filter(|word| **word == kind).count(), 1, "{kind}: {text}");
        }
        assert!(!words.contains(&ErrorKind::ImportFailed.code()), "it is never printed: {text}");
        for kind in ErrorKind::ALL {
            assert!(words.contains(&kind::printed(*kind)), "{kind}");
            assert!(EXIT_CODES.iter().any(|(code, _)| *code == exit_code(*kind)), "{kind}");
        }
    }

    #[test]
    fn every_flag_of_every_command_is_in_the_topic_of_the_flags() {
        let text = page(Topic::Flags, 80);
        let all = GlobalArgs::augment_args(clap::Command::new("hac"));
        for flag in all.get_arguments().filter(|flag| !flag.is_hide_set()).filter_map(clap::Arg::get_long) {
            assert!(text.contains(&format!("--{flag}")), "{flag}");
        }
        assert!(!text.contains("--password "), "it exists to be refused");
    }

    #[test]
    fn short_flags_with_several_meanings_are_in_the_topic_of_the_flags() {
        let all: BTreeMap<String, String> = differing().into_iter().collect();
        for (short, meanings) in [
            (
                "-f",
                &["--file: ", "--force: session clear-all", "--follow: init run, update log, update run", "--format: "]
                    [..],
            ),
            ("-u", &["--url: endpoint add, endpoint update", "--username: all others"]),
            ("-p", &["--path: config", "--patches: update data"]),
            ("-v", &["--validate: config", "--verbose: all others"]),
        ] {
            for meaning in meanings {
                assert!(all.get(short).is_some_and(|text| text.contains(meaning)), "{short} {meaning}: {all:?}");
            }
        }
        assert!(!all.contains_key("-e") && !all.contains_key("-h"), "{all:?}");
    }

    #[test]
    fn the_lines_of_a_topic_fit_a_narrow_terminal() {
        for topic in Topic::value_variants() {
            let text = page(*topic, 60);
            assert!(text.len() > 300, "{text}");
            for line in text.lines() {
                assert!(line.chars().count() <= 62, "{line}");
            }
        }
    }
}
