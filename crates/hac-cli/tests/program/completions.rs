use crate::bench::{Bench, Ran, bare, home, ran};

/// What the program offers for the last word, without the line that says of which kind it is.
fn offered(bench: &Bench, words: &[&str]) -> Vec<String> {
    let ran = asked(bench, words);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran}");
    let mut lines = ran.stdout.lines();
    assert_eq!(lines.next(), Some("words"), "{ran}");
    lines.map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect()
}

fn asked(bench: &Bench, words: &[&str]) -> Ran {
    bench.run(&[&["__complete", "fish", "hac"], words].concat())
}

/// The script of PowerShell, without comments, and with each text in quotes as `''`. It panics where a quote or a bracket is left open.
fn structure(script: &str) -> String {
    let (mut text, mut open) = (String::new(), Vec::new());
    let mut chars = script.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '#' => while chars.next_if(|next| *next != '\n').is_some() {},
            '\'' | '"' => {
                loop {
                    match chars.next().expect("the quote is closed") {
                        '`' if char == '"' => drop(chars.next()),
                        // A quote that is doubled is one of the text.
                        next if next == char && chars.next_if_eq(&char).is_none() => break,
                        _ => {}
                    }
                }
                text.push_str("''");
            }
            '(' | '[' | '{' => {
                open.push(char);
                text.push(char);
            }
            ')' | ']' | '}' => {
                let begin = match char {
                    ')' => '(',
                    ']' => '[',
                    _ => '{',
                };
                assert_eq!(open.pop(), Some(begin), "{text}");
                text.push(char);
            }
            _ => text.push(char),
        }
    }
    assert!(open.is_empty(), "{open:?} is open at the end");
    text
}

/// The names of variables behind a sign.
fn variables(text: &str, sign: char) -> Vec<&str> {
    let name = |rest: &'_ str| rest.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(rest.len());
    text.split(sign).skip(1).map(|rest| &rest[..name(rest)]).filter(|name| !name.is_empty()).collect()
}

#[test]
fn the_ids_of_changes_that_can_be_undone_are_completed_without_the_server() {
    let bench = Bench::new();
    assert!(offered(&bench, &["audit", "undo", ""]).is_empty());
    for value in ["1", "2", "3"] {
        bench.run(&["property", "set", "a.b", value]);
    }
    bench.run(&["logger", "set", "root", "WARN"]);
    let log = bench.run(&["audit", "--csv", "--columns", "id,before", "--no-headers"]).stdout;
    // The first one had no value before.
    let ids = log.lines().filter_map(|line| line.split_once(',')).filter(|(_, before)| !before.is_empty());
    let mut ids: Vec<String> = ids.map(|(id, _)| id.to_owned()).collect();
    ids.reverse();
    assert_eq!(ids.len(), 3, "{log}");
    bench.simulator.ledger().clear();
    assert_eq!(offered(&bench, &["audit", "undo", ""]), ids);
    let told = asked(&bench, &["audit", "undo", ""]).stdout;
    assert!(told.contains("\ta.b in local, 20") && told.contains("\troot WARN in local, 20"), "{told}");
    assert!(bench.simulator.ledger().is_empty());
}

fn with_configuration(bench: &Bench) {
    let directory = bench.home.path().join(".config/hac-client");
    std::fs::create_dir_all(&directory).expect("made");
    let url = bench.simulator.url();
    let text = format!(
        "default_environment = 'shop'\n[environments.shop.endpoints.hac]\nurl = '{url}'\nusername = 'admin'\n\
         [environments.shop.endpoints.node2]\nurl = 'http://localhost:1'\n[environments.prod.endpoints.live]\nurl = 'http://localhost:2'\n"
    );
    std::fs::write(directory.join("config.toml"), text).expect("written");
}

#[test]
fn every_shell_gets_a_script_that_asks_the_program() {
    let home = home();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = ran(bare(home.path()).args(["completions", shell]), home.path(), None);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran}");
        assert!(ran.stdout.contains(&format!("__complete {shell}")), "{ran}");
    }
    let script = |shell: &str| ran(bare(home.path()).args(["completions", shell]), home.path(), None).stdout;
    assert_eq!(script("pwsh"), script("powershell"));
    let unknown = ran(bare(home.path()).args(["completions", "tcsh"]), home.path(), None);
    assert_eq!(unknown.code, Some(2), "{unknown}");
}

/// There is no PowerShell on the machines that run the tests.
#[test]
fn the_script_of_powershell_is_well_formed_as_far_as_that_can_be_told_without_it() {
    let home = home();
    let script = ran(bare(home.path()).args(["completions", "powershell"]), home.path(), None).stdout;
    // Windows PowerShell takes a file for one of the old code page.
    assert!(script.is_ascii(), "{script}");
    let text = structure(&script);
    let mut known = vec!["null", "_"];
    let parameters = text.split_once("param(").and_then(|(_, rest)| rest.split_once(')')).expect("parameters").0;
    known.extend(variables(parameters, '$'));
    for line in text.lines() {
        let loops = line.trim().strip_prefix("foreach (").and_then(|rest| rest.split_once(" in "));
        let assigned = loops.or_else(|| line.split_once(" = ").or_else(|| line.split_once(" += ")));
        if let Some((names, _)) = assigned {
            known.extend(variables(names, '$'));
        }
        // `@words` passes the words one by one.
        for name in variables(line, '$').into_iter().chain(variables(&line.replace("@(", "("), '@')) {
            assert!(known.contains(&name), "{name} has no value: {line}");
        }
    }
    assert_eq!(script.matches("Register-ArgumentCompleter -Native -CommandName 'hac' -ScriptBlock {").count(), 1);
}

#[test]
fn what_the_script_of_powershell_calls_yields_the_candidates() {
    let bench = Bench::new();
    with_configuration(&bench);
    let script = bench.run(&["completions", "powershell"]).stdout;
    let (_, call) = script.split_once("@(& 'hac' ").expect("the call");
    let (call, _) = call.split_once(" 2>$null)").expect("its end");
    for (words, current) in [
        (&["hac"][..], "flex"),
        (&["hac", "flexsearch"], "--format=jsonl"),
        (&["hac", "flexsearch", "-e"], ""),
        (&["hac", "script", "-t"], "j"),
        (&["hac", "impex", "import"], "a"),
        (&["hac", "type", "show"], ""),
    ] {
        let mut arguments: Vec<String> = Vec::new();
        for part in call.replace("('=' + $current)", "CURRENT").split(' ') {
            match part {
                "@words" => arguments.extend(words.iter().map(|word| (*word).to_owned())),
                "CURRENT" => arguments.push(format!("={current}")),
                word => arguments.push(word.to_owned()),
            }
        }
        let called = bench.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let expected = asked(&bench, &[&words[1..], &[current]].concat());
        assert_eq!((called.code, called.stderr.as_str()), (Some(0), ""), "{called}");
        assert_eq!(called.stdout, expected.stdout, "{arguments:?}");
        // What the script takes from it: the kind, then words with their meanings.
        let mut lines = called.stdout.lines();
        assert!(["words", "files"].contains(&lines.next().expect("the kind")), "{called}");
        assert!(lines.all(|line| !line.starts_with('\t') && line.matches('\t').count() <= 1), "{called}");
    }
}

#[test]
fn completions_as_json_hold_the_script() {
    let home = home();
    let json = ran(bare(home.path()).args(["completions", "fish", "--json"]), home.path(), None).json();
    assert_eq!((json["success"].as_bool(), json["shell"].as_str()), (Some(true), Some("fish")));
    assert!(json["script"].as_str().is_some_and(|script| script.contains("complete -c hac")), "{json}");
}

#[test]
fn commands_flags_and_values_are_completed() {
    let bench = Bench::new();
    assert_eq!(offered(&bench, &["flex"]), ["flexsearch"]);
    assert_eq!(offered(&bench, &["-e", "x", "session", "clear"]), ["clear", "clear-all"]);
    assert_eq!(offered(&bench, &["groovy", "--par"]), ["--param"]);
    assert_eq!(offered(&bench, &["groovy", "--prox"]), ["--proxy"]);
    assert_eq!(offered(&bench, &["env", "add", "x", "--prox"]), ["--proxy"]);
    assert_eq!(offered(&bench, &["env", "show", "x", "--prox"]), [""; 0], "it would be refused");
    assert_eq!(offered(&bench, &["script", "-t", "j"]), ["javascript"]);
    assert_eq!(offered(&bench, &["flexsearch", "--format=jsonl"]), ["--format=jsonl"]);
    assert_eq!(offered(&bench, &["logger", "set", "root", "W"]), ["WARN"]);
    assert_eq!(offered(&bench, &["help", "exit"]), ["exit-codes"]);
    assert_eq!(offered(&bench, &["help", "logger", "s"]), ["set"]);
    assert_eq!(offered(&bench, &["completions", "--p"]), Vec::<String>::new());
    assert_eq!(asked(&bench, &["impex", "import", "a"]).stdout, "files\n");
    assert_eq!(asked(&bench, &["groovy", "-f", ""]).stdout, "files\n");
    assert!(bench.simulator.ledger().is_empty(), "nothing was sent");
}

#[test]
fn environments_and_endpoints_come_from_the_configuration() {
    let bench = Bench::new();
    with_configuration(&bench);
    assert_eq!(offered(&bench, &["flexsearch", "-e", ""]), ["prod", "shop"]);
    assert_eq!(offered(&bench, &["env", "show", "s"]), ["shop"]);
    assert_eq!(offered(&bench, &["flexsearch", "--environment=p"]), ["--environment=prod"]);
    assert_eq!(offered(&bench, &["diff", "types", "-e", "shop,"]), ["shop,prod"]);
    assert_eq!(offered(&bench, &["diff", "types", "--environment=prod,s"]), ["--environment=prod,shop"]);
    assert_eq!(offered(&bench, &["-e", "nowhere,"]), ["nowhere,prod", "nowhere,shop"]);
    assert_eq!(offered(&bench, &["flexsearch", "-e", "shop,"]), [""; 0], "it asks one");
    assert_eq!(offered(&bench, &["flexsearch", "-n", ""]), ["hac", "node2"]);
    assert_eq!(offered(&bench, &["flexsearch", "-e", "prod", "-n", ""]), ["live"]);
    assert_eq!(offered(&bench, &["endpoint", "show", "shop", ""]), ["hac", "node2"]);
    assert_eq!(offered(&bench, &["env", "add", ""]), Vec::<String>::new());
    assert!(bench.simulator.ledger().is_empty(), "nothing was sent");
}

#[test]
fn names_of_the_server_cost_one_request_with_a_session_and_none_without() {
    let bench = Bench::new();
    let names = [
        (["type", "show", "Produ"], "Product"),
        (["logger", "set", "roo"], "root"),
        (["property", "get", "db.u"], "db.url"),
    ];
    for (words, _) in &names {
        assert_eq!(offered(&bench, words), Vec::<String>::new());
    }
    assert!(bench.simulator.ledger().is_empty(), "nothing was sent");
    bench.run(&["session", "start"]);
    for (words, expected) in &names {
        bench.simulator.ledger().clear();
        let offered = offered(&bench, words);
        assert!(offered.iter().any(|name| name == expected), "{words:?}: {offered:?}");
        assert_eq!(bench.simulator.ledger().entries().len(), 1, "{words:?}");
    }
}

#[test]
fn a_session_that_has_ended_is_not_renewed_by_a_completion() {
    let bench = Bench::new();
    let (own, copy) = (bench.home.path().join("own"), bench.home.path().join("copy"));
    bench.run(&["session", "start", "--cache-dir", "own"]);
    std::fs::create_dir(&copy).expect("made");
    for entry in std::fs::read_dir(&own).expect("a directory").map(|entry| entry.expect("an entry")) {
        std::fs::copy(entry.path(), copy.join(entry.file_name())).expect("copied");
    }
    assert!(offered(&bench, &["type", "show", "--cache-dir", "copy", "Pro"]).contains(&"Product".to_owned()));
    let ended = bench.run(&["session", "end", "--cache-dir", "own"]);
    assert_eq!(ended.code, Some(0), "{ended}");
    bench.simulator.ledger().clear();
    assert_eq!(offered(&bench, &["type", "show", "--cache-dir", "copy", "Pro"]), Vec::<String>::new());
    let sent = bench.simulator.ledger().entries();
    assert!(!sent.is_empty(), "the session was tried");
    assert!(sent.iter().all(|entry| entry.path != "/hac/j_spring_security_check"), "{sent:?}");
}

#[test]
fn nothing_is_printed_when_the_configuration_cannot_be_read() {
    let bench = Bench::new();
    let directory = bench.home.path().join(".config/hac-client");
    std::fs::create_dir_all(&directory).expect("made");
    std::fs::write(directory.join("config.toml"), "not = [toml").expect("written");
    assert_eq!(offered(&bench, &["flexsearch", "-e", ""]), Vec::<String>::new());
    let ran = bench.run(&["__complete"]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "", ""), "{ran}");
}
