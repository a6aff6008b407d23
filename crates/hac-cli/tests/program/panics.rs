//! What becomes of a panic. The build feature `test-panic` makes one: SIGUSR1 in a thread, SIGUSR2 in the program itself.

#[cfg(not(feature = "test-panic"))]
#[test]
fn panics_are_tested_by_a_program_that_is_built_for_it() {
    println!("left out: cargo test -p hac-cli --features test-panic");
}

#[cfg(feature = "test-panic")]
mod made {
    use std::process::Child;

    use hac_simulator::{Fault, On};
    use rustix::process::Signal;

    use crate::bench::{Bench, HAC, Ran};
    use crate::manners::{command, let_go, send, wait_until_held};
    use crate::terminal::Terminal;

    const SCRIPT: [&str; 4] = ["script", "--type", "javascript", "6 * 7"];
    const SIGNALS: [Signal; 2] = [Signal::USR1, Signal::USR2];

    fn held(bench: &Bench, on: On, arguments: &[&str]) -> Child {
        bench.simulator.faults().once(on, Fault::Hold);
        let mut child = command(bench, &[HAC], arguments).spawn().expect("it starts");
        wait_until_held(bench, &mut child);
        child
    }

    fn ended(bench: &Bench, child: Child, signal: Signal) -> Ran {
        send(&child, signal);
        let ran =
            Ran::new(&child.wait_with_output().expect("it ends"), bench.home.path(), Some(&bench.simulator.url()));
        let_go(bench);
        assert_eq!(ran.code, Some(70), "{ran}");
        assert!(!ran.stderr.contains("panicked") && !ran.stderr.contains("RUST_BACKTRACE"), "{ran}");
        ran
    }

    #[test]
    fn a_panic_is_an_error_that_says_where_to_report_it_and_what_may_still_run() {
        let bench = Bench::new();
        bench.run(&["session", "start"]);
        for signal in SIGNALS {
            let ran = ended(&bench, held(&bench, On::post("/console/scripting/execute"), &SCRIPT), signal);
            assert!(ran.stderr.starts_with("error: cannot go on: a bug in hac "), "{ran}");
            assert!(ran.stderr.contains(" at crates/hac-cli/src/") && ran.stderr.contains("for a test"), "{ran}");
            assert!(ran.stderr.contains("; the script may still be running on http://SIMULATOR\nhint: "), "{ran}");
            assert!(ran.stderr.contains("report it"), "{ran}");
            assert_eq!(ran.stderr.lines().count(), 2, "{ran}");
            let login =
                ended(&bench, held(&bench, On::post("/console/flexsearch/execute"), &["flexsearch", "x"]), signal);
            assert!(!login.stderr.contains("may still be running"), "{login}");
        }
    }

    #[test]
    fn a_panic_is_json_where_json_is_wanted() {
        let bench = Bench::new();
        bench.run(&["session", "start"]);
        for signal in SIGNALS {
            let arguments = [&SCRIPT[..], &["--json"]].concat();
            let ran = ended(&bench, held(&bench, On::post("/console/scripting/execute"), &arguments), signal);
            assert_eq!(
                (&ran.json()["success"], &ran.json()["error"]["kind"]),
                (&false.into(), &"internal".into()),
                "{ran}"
            );
            if signal == Signal::USR2 {
                insta::with_settings!({
                    omit_expression => true,
                    prepend_module_to_snapshot => false,
                    filters => vec![(r"crates/hac-cli/src/[a-z_/]+\.rs:\d+", "PLACE"), (r"hac \d+\.\d+\.\d+", "hac VERSION")],
                }, {
                    insta::assert_snapshot!("internal_as_json", ran.stdout);
                });
            }
        }
    }

    #[test]
    fn a_panic_leaves_no_file() {
        let bench = Bench::new();
        bench.run(&["session", "start"]);
        let work = bench.home.path().join("work");
        for signal in SIGNALS {
            for (arguments, on) in [
                (&["support", "zip", "--all", "-o", "out.zip"][..], On::get("/platform/support/zip/download")),
                (
                    &["impex", "export", "INSERT_UPDATE Category;code[unique=true];name[lang=en]", "-o", "out.zip"],
                    On::post("/console/impex/export"),
                ),
            ] {
                let child = held(&bench, on, arguments);
                assert_eq!(std::fs::read_dir(&work).expect("a directory").count(), 1, "the file that grows");
                ended(&bench, child, signal);
                assert_eq!(std::fs::read_dir(&work).expect("a directory").count(), 0);
            }
        }
    }

    #[test]
    fn a_panic_at_the_password_prompt_leaves_the_terminal_as_it_was() {
        let bench = Bench::new();
        for signal in SIGNALS {
            let mut terminal = Terminal::start(&bench, 80, None, &SCRIPT);
            terminal.wait_for("Password of admin");
            terminal.wait_until_hidden();
            terminal.send(signal);
            assert!(terminal.until_the_end(), "what is typed stays hidden");
            let (seen, code) = terminal.finish();
            assert_eq!(code, Some(70), "{seen}");
            assert!(seen.contains("\nerror: cannot go on: a bug in hac"), "{seen:?}");
            assert!(seen.lines().all(|line| line.chars().count() <= 80), "{seen:?}");
        }
    }
}
