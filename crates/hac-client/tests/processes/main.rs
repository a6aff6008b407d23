//! Single flight with real overlap: many processes, many tasks and many clients need one session
//! at the same moment, and the simulated HAC counts what that costs it.
//!
//! The program starts itself again for each of its workers, so it has a `main` of its own: a
//! worker that ran no code at all could not pass for one that did.

mod crew;
mod disturbances;
mod one_client;
mod overlap;
mod several_clients;
mod site;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;
mod worker;

use std::panic::catch_unwind;
use std::process::ExitCode;
use std::time::Instant;

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

/// Names every test; one that is left out is dead code, and the compiler says so.
macro_rules! tests {
    ($($module:ident::$test:ident),* $(,)?) => {
        &[$((concat!(stringify!($module), "::", stringify!($test)), $module::$test)),*]
    };
}

const TESTS: &[(&str, fn())] = tests![
    overlap::a_hundred_cold_processes_log_in_once,
    overlap::a_hundred_processes_with_a_dead_session_log_in_once_when_its_use_shows_it,
    overlap::a_hundred_processes_with_a_dead_session_log_in_once_when_a_probe_shows_it,
    overlap::a_hundred_processes_with_a_wrong_password_post_it_once,
    disturbances::a_process_killed_between_its_post_and_its_save_costs_the_others_one_login,
    disturbances::clearing_and_removing_while_someone_logs_in_disturbs_nobody,
    disturbances::clearing_all_the_while_disturbs_nobody,
    disturbances::someone_who_writes_the_file_in_place_all_the_while_disturbs_nobody,
    one_client::fifty_calls_that_are_refused_together_recover_once,
    one_client::a_first_call_that_is_given_up_hands_its_login_over,
    one_client::a_recovery_that_is_given_up_is_handed_over,
    one_client::first_calls_that_wait_for_a_login_share_its_failure,
    one_client::refused_calls_that_wait_for_a_recovery_share_its_failure,
    one_client::a_wrong_password_is_posted_again_only_when_asked_or_changed,
    several_clients::two_clients_in_two_threads_share_one_login_through_the_cache,
    several_clients::clients_that_cannot_lock_share_a_session_all_the_same,
    several_clients::clients_without_persistence_log_in_each_for_itself_and_make_no_directory,
    several_clients::whoever_prompts_keeps_nobody_from_logging_in_and_takes_that_session,
    several_clients::whoever_prompts_does_not_take_a_session_that_ended_before_the_answer,
];

#[expect(clippy::print_stdout, reason = "a harness tells what it runs")]
fn main() -> ExitCode {
    if std::env::var_os(worker::MARK).is_some() {
        worker::work();
        return ExitCode::SUCCESS;
    }
    // The harness of other tests understands these.
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let flag = |name: &str| arguments.iter().any(|argument| argument == name);
    if flag("--list") {
        for (name, _) in TESTS {
            println!("{name}: test");
        }
        return ExitCode::SUCCESS;
    }
    let filters: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |name: &str| {
        filters.is_empty()
            || filters
                .iter()
                .any(|filter| if flag("--exact") { name == filter.as_str() } else { name.contains(filter.as_str()) })
    };
    let mut failed = 0;
    for (name, test) in TESTS.iter().filter(|(name, _)| wanted(name)) {
        let began = Instant::now();
        let outcome = catch_unwind(test);
        failed += u32::from(outcome.is_err());
        let word = if outcome.is_ok() { "ok" } else { "FAILED" };
        println!("test {name} ... {word} ({:.1?})", began.elapsed());
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
