//! Separate clients in one process: what they share lies in the cache.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use hac_client::blocking::HacClient;
use hac_client::session::SessionSource;
use hac_client::{AuthHandler, Credentials, HacClientBuilder, Result};

use super::site::{EXECUTE, HANG, PASSWORD, Site, numbers, script};
use super::worker::Event;

/// A client, and what it is noticed of.
fn noticed(builder: HacClientBuilder) -> (HacClient, Receiver<Event>) {
    let (sender, notices) = channel();
    let client = builder.on_notice(move |notice| {
        // Not every test listens.
        let _ = sender.send(notice.into());
    });
    (client.build_blocking().expect("a client"), notices)
}

/// The script's result, and the client for further questions.
fn call(client: HacClient, text: &'static str) -> thread::JoinHandle<(HacClient, String)> {
    thread::spawn(move || {
        let result = client.execute_script(script(text)).expect("a result");
        (client, result.execution_result.unwrap_or_default())
    })
}

fn source(client: &HacClient) -> Option<SessionSource> {
    client.session_info().map(|info| info.source)
}

pub(crate) fn two_clients_in_two_threads_share_one_login_through_the_cache() {
    let site = Site::start();
    site.hold_login();
    let (first, _) = noticed(site.builder());
    let first = call(first, "0");
    site.see_held();
    let (second, notices) = noticed(site.builder());
    let second = call(second, "1");
    assert_eq!(notices.recv_timeout(HANG), Ok(Event::Waiting));
    site.faults().release();
    let (first, one) = first.join().expect("no panic");
    let (second, two) = second.join().expect("no panic");
    assert_eq!([one, two], ["0", "1"]);
    assert_eq!(source(&first), Some(SessionSource::LoggedIn));
    assert_eq!(source(&second), Some(SessionSource::Adopted));
    assert_eq!(site.ledger().login_attempts(), 1);
    site.assert_executed(numbers(2));
    site.assert_one_session_kept();
}

pub(crate) fn clients_that_cannot_lock_share_a_session_all_the_same() {
    let site = Site::start();
    // As on a file system without locks: nothing can be locked here.
    std::fs::create_dir(site.lock_file()).expect("made");
    let (first, first_notices) = noticed(site.builder());
    let (first, one) = call(first, "0").join().expect("no panic");
    let (second, second_notices) = noticed(site.builder());
    let (second, two) = call(second, "1").join().expect("no panic");
    assert_eq!([one, two], ["0", "1"]);
    assert_eq!((source(&first), source(&second)), (Some(SessionSource::LoggedIn), Some(SessionSource::Stored)));
    assert_eq!(site.ledger().login_attempts(), 1);
    drop((first, second));
    assert_eq!(first_notices.iter().collect::<Vec<_>>(), [Event::NotLocked, Event::LoggedIn], "one warning");
    assert_eq!(second_notices.iter().collect::<Vec<_>>(), [Event::Reused]);
    site.assert_executed(numbers(2));
}

pub(crate) fn clients_without_persistence_log_in_each_for_itself_and_make_no_directory() {
    let site = Site::start();
    let nowhere = tempfile::tempdir().expect("a directory");
    let cache = nowhere.path().join("sessions");
    site.hold_login();
    let (first, _) = noticed(site.builder().cache_dir(&cache).session_persistence(false));
    let first = call(first, "0");
    site.see_held();
    // Nobody waits for another: the second is done while the first is held.
    let (second, _) = noticed(site.builder().cache_dir(&cache).session_persistence(false));
    let (second, result) = call(second, "1").join().expect("no panic");
    assert_eq!((result.as_str(), source(&second)), ("1", Some(SessionSource::LoggedIn)));
    site.faults().release();
    let (first, result) = first.join().expect("no panic");
    assert_eq!((result.as_str(), source(&first)), ("0", Some(SessionSource::LoggedIn)));
    assert_eq!((site.ledger().login_attempts(), site.ledger().logins()), (2, 2));
    site.assert_executed(numbers(2));
    assert!(!cache.exists());
    assert_eq!(site.manager().list_sessions().expect("sessions"), Vec::new());
}

/// Somebody who takes as long as the test likes to type the password.
struct Prompt {
    asked: Sender<()>,
    answer: Mutex<Receiver<()>>,
}

impl AuthHandler for Prompt {
    fn username(&self) -> &'static str {
        "admin"
    }

    fn credentials(&self) -> Result<Option<Credentials>> {
        let _ = self.asked.send(());
        let answered = self.answer.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(HANG);
        Ok(answered.ok().map(|()| Credentials::new("admin", PASSWORD)))
    }
}

pub(crate) fn whoever_prompts_keeps_nobody_from_logging_in_and_takes_that_session() {
    let site = Site::start();
    let (asked, asking) = channel();
    let (typed, answer) = channel();
    let (prompting, _) = noticed(site.builder().auth_handler(Prompt { asked, answer: Mutex::new(answer) }));
    let prompting = call(prompting, "0");
    asking.recv_timeout(HANG).expect("a prompt");
    let (other, notices) = noticed(site.builder());
    let (other, result) = call(other, "1").join().expect("no panic");
    assert_eq!((result.as_str(), source(&other)), ("1", Some(SessionSource::LoggedIn)));
    drop(other);
    assert_eq!(notices.iter().collect::<Vec<_>>(), [Event::LoggedIn], "it waited for nobody");
    typed.send(()).expect("someone who reads it");
    let (prompting, result) = prompting.join().expect("no panic");
    assert_eq!((result.as_str(), source(&prompting)), ("0", Some(SessionSource::Adopted)));
    assert_eq!(site.ledger().login_attempts(), 1, "the password that was typed is not posted");
    site.assert_executed(numbers(2));
    site.assert_one_session_kept();
}

pub(crate) fn whoever_prompts_does_not_take_a_session_that_ended_before_the_answer() {
    let site = Site::start();
    let (asked, asking) = channel();
    let (typed, answer) = channel();
    let answer = Mutex::new(answer);
    let (prompting, notices) = noticed(site.builder().auth_handler(Prompt { asked, answer }));
    let prompting = call(prompting, "0");
    asking.recv_timeout(HANG).expect("a prompt");
    let (other, _) = noticed(site.builder());
    other.login().expect("a login");
    site.faults().expire_sessions();
    typed.send(()).expect("someone who reads it");
    // A second prompt would get no answer.
    drop(typed);
    let (prompting, result) = prompting.join().expect("no panic");
    assert_eq!((result.as_str(), source(&prompting)), ("0", Some(SessionSource::LoggedIn)));
    drop(prompting);
    assert_eq!(notices.iter().collect::<Vec<_>>(), [Event::LoggedIn], "what was dead is not used first");
    assert_eq!(site.ledger().logins(), 2);
    assert_eq!(site.ledger().count(EXECUTE), 1);
    site.assert_one_session_kept();
}
