//! All cells, many at a time.

use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::LocalSet;

use crate::cell::{Cell, Finding, Through};
use crate::operations::{Nature, OPERATIONS};
use crate::server::locked;
use crate::server::tls::Trusts;
use crate::{alone, faults, program, report, talk};

/// Threads, and cells at a time on each: most of them wait.
const THREADS: usize = 2;
const AT_A_TIME: usize = 16;
/// Programs at a time, each of which wants a core.
const PROGRAMS: usize = 3;
/// One cell in so many goes through the program as well.
const PROGRAM_SHARE: u64 = 9;
/// A cell that blocks its thread for so long has failed, and all others with it.
const STUCK: Duration = Duration::from_secs(300);

/// Runs the matrix, or the part of it that the arguments name.
pub fn run(arguments: Vec<String>) -> ExitCode {
    talk::listen();
    let cells = cells();
    if arguments.first().is_some_and(|argument| argument == alone::ARGUMENT) {
        return run_alone(&cells, arguments.get(1).map(String::as_str).unwrap_or_default());
    }
    let (options, words): (Vec<String>, Vec<String>) =
        arguments.into_iter().partition(|argument| argument.starts_with("--"));
    let has = |option: &str| options.iter().any(|one| one == option);
    let is_whole = words.is_empty() && !has("--library");
    let wanted: Vec<Cell> = cells
        .iter()
        .filter(|cell| words.iter().all(|word| cell.name().contains(word.as_str())))
        .filter(|cell| !has("--library") || cell.through == Through::Library)
        .cloned()
        .collect();
    report::say(&format!("running {} of {} cells", wanted.len(), cells.len()));
    let began = Instant::now();
    let failures = run_all(&wanted, has("--slowest"));
    report::counts(&wanted, began.elapsed());
    let mut failed = failures.len();
    if is_whole && failed == 0 {
        failed += usize::from(!report::compare(&cells, has("--write")));
    } else {
        report::say("docs/reliability.md: not compared, this was no whole run that passed");
    }
    report::say(&format!("{} passed, {failed} failed", wanted.len() - failures.len()));
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Every fault with every operation that can meet it.
fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut number = 0;
    for fault in faults::all() {
        let fault = Arc::new(fault);
        for operation in OPERATIONS.iter().filter(|operation| fault.meets(operation)) {
            number += 1;
            let cell = Cell { number, fault: Arc::clone(&fault), operation: *operation, through: Through::Library };
            // The program looks at a session, and ends it, without reading the password: it cannot know it in what comes back.
            let is_unknown = fault.repeats_secrets && matches!(operation.nature, Nature::Check | Nature::Logout);
            let is_for_program = !fault.alone && fault.start != faults::Start::Warm && !is_unknown;
            if is_for_program && number % PROGRAM_SHARE == 0 {
                let through = Through::Program { json: number % (2 * PROGRAM_SHARE) == 0 };
                cells.push(Cell { number: number + 1_000_000, through, ..cell.clone() });
            }
            cells.push(cell);
        }
    }
    cells
}

fn run_alone(cells: &[Cell], name: &str) -> ExitCode {
    let Some(cell) = cells.iter().find(|cell| cell.name() == name) else { return ExitCode::FAILURE };
    let finding = with_runtime(async {
        let trusts = trusts();
        LocalSet::new().run_until(cell.run(&trusts.1)).await
    });
    finding.problems.iter().for_each(|problem| report::say(problem));
    report::say(&format!("peak {}", alone::peak_memory("self").unwrap_or(0)));
    ExitCode::SUCCESS
}

fn with_runtime<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
}

fn trusts() -> (tempfile::TempDir, Arc<Trusts>) {
    let directory = tempfile::tempdir().expect("a directory");
    let trusts = Trusts::make(directory.path()).expect("certificates");
    (directory, Arc::new(trusts))
}

/// The cells that are still to be run, those under way, and what was found.
struct Work {
    waiting: Mutex<VecDeque<Cell>>,
    under_way: Mutex<Vec<(String, Instant)>>,
    found: Mutex<Vec<(Cell, Finding)>>,
}

impl Work {
    fn next(&self) -> Option<Cell> {
        let cell = locked(&self.waiting).pop_front()?;
        locked(&self.under_way).push((cell.name(), Instant::now()));
        Some(cell)
    }

    fn done(&self, cell: Cell, finding: Finding) {
        if !finding.is_short_of_time() {
            report::failure(&cell, &finding.problems);
        }
        let name = cell.name();
        let mut under_way = locked(&self.under_way);
        if let Some(at) = under_way.iter().position(|(one, _)| *one == name) {
            under_way.swap_remove(at);
        }
        locked(&self.found).push((cell, finding));
    }
}

/// The cells that failed, with what is not allowed.
fn run_all(cells: &[Cell], tells_slowest: bool) -> Vec<(Cell, Vec<String>)> {
    let (_directory, trusts) = trusts();
    if cells.iter().any(|cell| cell.through != Through::Library) {
        program::built();
    }
    let (heavy, light): (Vec<Cell>, Vec<Cell>) = cells.iter().cloned().partition(|cell| cell.fault.alone);
    let work = |cells: Vec<Cell>| {
        Arc::new(Work { waiting: Mutex::new(cells.into()), under_way: Mutex::default(), found: Mutex::default() })
    };
    let (heavy, light) = (work(heavy), work(light));
    let mut threads = Vec::new();
    let alone = Arc::clone(&heavy);
    threads.push(thread::spawn(move || {
        while let Some(cell) = alone.next() {
            let finding = alone::run(&cell.name());
            alone.done(cell, finding);
        }
    }));
    for _ in 0..THREADS {
        let (light, trusts) = (Arc::clone(&light), Arc::clone(&trusts));
        threads.push(thread::spawn(move || with_runtime(LocalSet::new().run_until(lanes(light, trusts)))));
    }
    while threads.iter().any(|thread| !thread.is_finished()) {
        thread::sleep(Duration::from_millis(50));
        let stuck: Vec<_> = [&heavy, &light]
            .iter()
            .flat_map(|work| locked(&work.under_way).clone())
            .filter(|(_, began)| began.elapsed() > STUCK)
            .collect();
        if !stuck.is_empty() {
            report::say(&format!("stuck: {stuck:?}"));
            break;
        }
    }
    let mut found = Vec::new();
    let mut stuck = Vec::new();
    for work in [&heavy, &light] {
        found.append(&mut locked(&work.found));
        stuck.extend(locked(&work.under_way).iter().map(|(name, _)| name.clone()));
    }
    if tells_slowest {
        found.sort_by_key(|(_, finding)| std::cmp::Reverse(finding.took));
        for (cell, finding) in found.iter().take(25) {
            report::say(&format!("{:6.1} s  {}", finding.took.as_secs_f64(), cell.name()));
        }
    }
    let mut failures: Vec<_> = found
        .into_iter()
        .map(|(cell, finding)| again(cell, finding, &trusts))
        .filter(|(_, finding)| !finding.problems.is_empty())
        .map(|(cell, finding)| (cell, finding.problems))
        .collect();
    for cell in cells.iter().filter(|cell| stuck.contains(&cell.name())) {
        let problems = vec!["has not ended".to_owned()];
        report::failure(cell, &problems);
        failures.push((cell.clone(), problems));
    }
    failures
}

/// A cell that was short of time is run once more, now that nothing runs beside it.
fn again(cell: Cell, finding: Finding, trusts: &Arc<Trusts>) -> (Cell, Finding) {
    if !finding.is_short_of_time() {
        return (cell, finding);
    }
    report::say(&format!("once more: {}", cell.name()));
    let finding = if cell.fault.alone {
        alone::run(&cell.name())
    } else {
        with_runtime(LocalSet::new().run_until(cell.run(trusts)))
    };
    report::failure(&cell, &finding.problems);
    (cell, finding)
}

async fn lanes(work: Arc<Work>, trusts: Arc<Trusts>) {
    let programs = Arc::new(Semaphore::new(PROGRAMS));
    let lanes: Vec<_> = (0..AT_A_TIME)
        .map(|_| {
            let (work, trusts, programs) = (Arc::clone(&work), Arc::clone(&trusts), Arc::clone(&programs));
            tokio::task::spawn_local(async move {
                while let Some(cell) = work.next() {
                    let _place = match cell.through {
                        Through::Library => None,
                        Through::Program { .. } => programs.acquire().await.ok(),
                    };
                    let finding = cell.run(&trusts).await;
                    work.done(cell, finding);
                }
            })
        })
        .collect();
    for lane in lanes {
        let _ = lane.await;
    }
}
