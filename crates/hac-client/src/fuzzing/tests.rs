//! Each target over its corpus, and over inputs that are made of its dictionary, of its corpus and of bytes.
//!
//! `FUZZ_CASES=100000` makes more of them, `FUZZ_SEED=2` makes others: a failure prints the input, which belongs in the corpus then.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use super::{TARGETS, Target};

/// Inputs for each target.
const CASES: u32 = 120;

fn room(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz").join(name)
}

fn files_in(room: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(room).unwrap_or_else(|error| panic!("{}: {error}", room.display()));
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (name, fs::read(&path).expect("a file"))
        })
        .collect();
    files.sort();
    files
}

/// The words of a dictionary of libFuzzer: `"…"`, with `\\`, `\"` and `\xAB`.
fn dictionary(target: &str) -> Vec<Vec<u8>> {
    let text = fs::read_to_string(room("dictionaries").join(format!("{target}.dict"))).expect("a dictionary");
    let quoted = text.lines().filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'));
    quoted.map(unescaped).collect()
}

fn unescaped(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = word.as_bytes();
    while let [first, behind @ ..] = rest {
        let (byte, left) = match behind {
            [b'x', high, low, left @ ..] if *first == b'\\' => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).expect("two digits");
                (u8::from_str_radix(digits, 16).expect("two digits"), left)
            }
            [escaped, left @ ..] if *first == b'\\' => (*escaped, left),
            left => (*first, left),
        };
        bytes.push(byte);
        rest = left;
    }
    bytes
}

/// Words of the dictionary with other bytes between them, or two pieces of the corpus with such words between.
fn inputs(target: &str) -> impl Strategy<Value = Vec<u8>> + use<> {
    let words = dictionary(target);
    let corpus: Vec<_> = files_in(&room("corpus").join(target)).into_iter().map(|(_, content)| content).collect();
    let piece = prop_oneof![
        8 => select(words),
        2 => "[a-zA-Z0-9 \r\n\t]{0,6}".prop_map(String::into_bytes),
        1 => "\\PC{0,4}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..6),
    ];
    let pieces = vec(piece, 0..40).prop_map(|pieces| pieces.concat());
    let part = (select(corpus), any::<Index>(), any::<Index>()).prop_map(|(whole, from, to)| {
        let (from, to) = (from.index(whole.len() + 1), to.index(whole.len() + 1));
        whole[from.min(to)..from.max(to)].to_vec()
    });
    let spliced = (part.clone(), pieces.clone(), part).prop_map(|(a, b, c)| [a, b, c].concat());
    prop_oneof![3 => pieces, 2 => spliced, 1 => vec(any::<u8>(), 0..200)]
}

fn number(variable: &str, default: u32) -> u32 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn holds_for_any_input((name, target): Target) {
    for (file, content) in files_in(&room("corpus").join(name)) {
        let outcome = std::panic::catch_unwind(|| target(&content));
        assert!(outcome.is_ok(), "fuzz/corpus/{name}/{file} breaks a promise");
    }
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&number("FUZZ_SEED", 1).to_le_bytes());
    let config = Config { cases: number("FUZZ_CASES", CASES), failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let outcome = runner.run(&inputs(name), |input| {
        target(&input);
        Ok(())
    });
    if let Err(TestError::Fail(why, input)) = outcome {
        panic!("{name}: {why}\nthe input, for fuzz/corpus/{name}: b\"{}\"", input.escape_ascii());
    }
}

fn target(name: &str) -> Target {
    *TARGETS.iter().find(|(known, _)| *known == name).expect("a target")
}

macro_rules! hold_for_any_input {
    ($($test:ident: $target:literal,)*) => {
        $(
            #[test]
            fn $test() {
                holds_for_any_input(target($target));
            }
        )*

        #[test]
        fn every_target_has_a_test_a_corpus_a_dictionary_and_a_program() {
            let tested: Vec<&str> = vec![$($target),*];
            let targets: BTreeSet<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(tested.into_iter().collect::<BTreeSet<_>>(), targets);
            let manifest = fs::read_to_string(room("Cargo.toml")).expect("a manifest");
            for name in &targets {
                assert!(files_in(&room("corpus").join(name)).len() >= 8, "{name} has hardly a corpus");
                assert!(dictionary(name).len() >= 8, "{name} has hardly a dictionary");
                let program = fs::read_to_string(room("fuzz_targets").join(format!("{name}.rs"))).expect("a program");
                assert!(program.contains(&format!("fuzzing::{name}(")), "{program}");
                assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name} is not built");
            }
            assert_eq!(fs::read_dir(room("fuzz_targets")).expect("a folder").count(), targets.len());
            assert_eq!(fs::read_dir(room("corpus")).expect("a folder").count(), targets.len());
        }
    };
}

hold_for_any_input! {
    any_audit_log_is_read_whole_and_from_its_end: "audit_log",
    any_copied_command_leads_to_the_host_that_it_names: "curl_command",
    any_file_is_split_into_chunks_with_its_rows_in_order: "impex_chunks",
    any_script_is_read_line_by_line: "impex_input",
    any_import_report_is_read_without_making_up_failures: "impex_report",
    any_page_is_read_without_showing_its_tokens: "page",
    any_query_that_is_taken_apart_can_be_put_together_again: "paged_query",
    any_query_answer_has_the_same_rows_whatever_its_pieces: "query_answer",
    any_script_answer_is_the_same_whatever_its_pieces: "script_answer",
    any_server_text_is_shown_without_secrets: "server_text",
    any_session_file_is_read_back_as_it_was_written: "session_file",
    any_cookie_that_is_taken_can_be_sent_and_kept: "set_cookie",
    any_setting_leads_to_the_host_that_it_names: "settings",
    any_side_file_is_read_back_as_it_was_written: "side_file",
    any_update_log_gives_each_line_once: "update_log",
}

#[test]
fn dictionaries_are_read_as_libfuzzer_reads_them() {
    assert_eq!(unescaped(r#"a\\\"\x0a\xffb"#), b"a\\\"\n\xffb");
}
