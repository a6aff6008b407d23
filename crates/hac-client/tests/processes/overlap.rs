//! A hundred processes at once: one login, whoever needs it.

use std::time::Duration;

use hac_client::Validation;
use hac_simulator::{Fault, On};

use super::crew::{Crew, Finished};
use super::site::{LOGIN_PAGE, PASSWORD, Site, numbers};
use super::system;
use super::worker::Event;

const CREW: usize = system::MANY;

/// Lets a hundred loose, and the one login go on when all the others have been seen waiting for it.
fn overlapping(site: &Site, validation: Validation, password: &str) -> Finished {
    site.faults().always(On::get(LOGIN_PAGE), Fault::Delay(Duration::from_millis(500)));
    site.hold_login();
    let mut crew = Crew::muster(&site.jobs(CREW, validation, password));
    assert!(site.ledger().is_empty(), "someone did not wait at the barrier");
    crew.go();
    site.see_held();
    crew.see_waiting(CREW - 1);
    assert_eq!(site.ledger().executed(), 0, "nobody is let past before the login is done");
    site.faults().release();
    crew.finish()
}

/// The login was made by one and adopted by the others, and each ran its own script once.
#[track_caller]
fn assert_logged_in_once(site: &Site, crew: &Finished, requests_before: usize) {
    assert_eq!(crew.results(), numbers(CREW));
    assert_eq!((site.ledger().login_attempts(), site.ledger().logins()), (1, 1));
    assert_eq!((crew.count(Event::LoggedIn), crew.count(Event::Adopted)), (1, CREW - 1));
    assert_eq!(crew.count(Event::NotKept), 0);
    site.assert_executed(numbers(CREW));
    // Nobody probed what another had just made: four requests for the login, one for each script.
    assert_eq!(site.ledger().len(), requests_before + 4 + CREW);
    site.assert_one_session_kept();
}

pub(crate) fn a_hundred_cold_processes_log_in_once() {
    let site = Site::start();
    let crew = overlapping(&site, Validation::OnUse, PASSWORD);
    assert_logged_in_once(&site, &crew, 0);
}

pub(crate) fn a_hundred_processes_with_a_dead_session_log_in_once_when_its_use_shows_it() {
    let site = Site::with_dead_session();
    let crew = overlapping(&site, Validation::OnUse, PASSWORD);
    assert_eq!((crew.count(Event::Reused), crew.count(Event::Renewing)), (CREW, CREW));
    // Each was refused once, and asked whether the session is dead.
    assert_logged_in_once(&site, &crew, 2 * CREW);
}

pub(crate) fn a_hundred_processes_with_a_dead_session_log_in_once_when_a_probe_shows_it() {
    let site = Site::with_dead_session();
    let crew = overlapping(&site, Validation::Probe, PASSWORD);
    assert_eq!((crew.count(Event::Reused), crew.count(Event::Renewing)), (0, 0));
    assert_logged_in_once(&site, &crew, CREW);
}

pub(crate) fn a_hundred_processes_with_a_wrong_password_post_it_once() {
    let site = Site::start();
    let crew = overlapping(&site, Validation::OnUse, "wrong");
    assert_eq!(crew.failures(), vec!["bad_credentials"; CREW]);
    assert_eq!((site.ledger().login_attempts(), site.ledger().logins()), (1, 0));
    site.assert_executed(Vec::new());
    assert!(!site.session_file().exists() && site.lock_file().exists());
}
