//! A run on one server: one behaviour after the other, and each finds the server as it was at the start.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use hac_client::Script;

use crate::peer::{Peer, Who};
use crate::server::{Place, Places, Server};
use crate::{Behaviour, CHAPTERS, questions, session};

/// What [`Run::ruin`] is called where behaviours are named.
const RUIN: &str = "a_behaviour_that_fails_makes_no_other_fail";

/// How long a behaviour may take. It is far more than any of them needs: what is over it hangs.
const LIMIT: Duration = Duration::from_secs(300);

/// Which behaviours are wanted: those with one of these words in their names, or all if there are none.
pub(crate) struct Wanted {
    pub(crate) words: Vec<String>,
    /// How often each is run.
    pub(crate) rounds: usize,
}

impl Wanted {
    pub(crate) fn has(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word.as_str()))
    }
}

/// What was found on one server.
#[derive(Default)]
pub(crate) struct Run {
    pub(crate) passed: usize,
    /// The titles of the chapters that have passed.
    pub(crate) titles: Vec<&'static str>,
    /// For each question what ours did, and what hac-client-core did.
    pub(crate) answers: Vec<(&'static str, String, String)>,
    pub(crate) failures: Vec<String>,
    pub(crate) times: Vec<(Duration, String)>,
}

/// Runs everything on a server. Both its places are at work at once: at the one there is mostly waiting.
pub(crate) fn everything(name: &'static str, places: &Places, wanted: &Wanted, peer: &mut Option<Peer>) -> Run {
    let began = Instant::now();
    let mut run = thread::scope(|scope| {
        let elsewhere = thread::Builder::new().name(format!("{name} elsewhere")).spawn_scoped(scope, || {
            let mut run = Run::default();
            run.behaviours(name, places, wanted, |place| place == Place::Elsewhere);
            run
        });
        let mut run = Run::default();
        if wanted.has(RUIN) {
            run.ruin(name, places);
        }
        run.behaviours(name, places, wanted, |place| place != Place::Elsewhere);
        match elsewhere.expect("a thread").join() {
            Ok(elsewhere) => run.and(elsewhere),
            Err(panic) => resume_unwind(panic),
        }
    });
    tell(&format!("{name}: {} passed in {:.1} s", run.passed, began.elapsed().as_secs_f64()));
    if peer.is_some() {
        run.questions(name, places, peer);
    }
    run
}

#[expect(clippy::print_stdout, reason = "a test's report")]
fn tell(text: &str) {
    println!("{text}");
}

impl Run {
    fn and(mut self, other: Self) -> Self {
        self.passed += other.passed;
        self.titles.extend(other.titles);
        self.answers.extend(other.answers);
        self.failures.extend(other.failures);
        self.times.extend(other.times);
        self
    }

    fn behaviours(&mut self, name: &str, places: &Places, wanted: &Wanted, here: impl Fn(Place) -> bool) {
        for (title, behaviours) in CHAPTERS {
            for behaviour in behaviours.iter().filter(|one| here(one.place) && wanted.has(one.name)) {
                let Some(server) = places.at(behaviour.place) else { continue };
                let passed = (0..wanted.rounds).filter(|_| self.behaviour(name, server, behaviour)).count();
                if passed == wanted.rounds {
                    self.titles.push(title);
                }
            }
        }
    }

    fn behaviour(&mut self, name: &str, server: &Arc<Server>, behaviour: &Behaviour) -> bool {
        let what = format!("{name}: {}", behaviour.name);
        let passed = self.on(server, &what, (behaviour.check)(Arc::clone(server))).is_some();
        self.passed += usize::from(passed);
        passed
    }

    fn questions(&mut self, name: &str, places: &Places, peer: &mut Option<Peer>) {
        let began = Instant::now();
        for question in questions::QUESTIONS {
            let Some(server) = places.at(question.place) else { continue };
            let Some(theirs) = peer.clone() else { return };
            let what = format!("{name}: the question \"{}\"", question.text);
            let mut ask = |who| self.on(server, &what, (question.ask)(Arc::clone(server), who));
            match (ask(Who::Ours), ask(Who::Theirs(theirs))) {
                (Some(ours), Some(theirs)) => self.answers.push((question.text, ours, theirs)),
                // It may still be at work on what failed.
                (_, None) => match Peer::start() {
                    Ok(another) => *peer = Some(another),
                    Err(failed) => self.failures.push(format!("{what}: {}", failed.why)),
                },
                (None, Some(_)) => {}
            }
        }
        tell(&format!("{name}: both clients asked in {:.1} s", began.elapsed().as_secs_f64()));
    }

    /// A behaviour that breaks everything, leaves calls that go on, and fails. What is run after it must not notice.
    fn ruin(&mut self, name: &str, places: &Places) {
        let Some(server) = places.at(Place::Usual) else { return };
        let what = format!("{name}: {RUIN}");
        let ruined = Arc::clone(server);
        let ended = alone(async move {
            let left_behind = ruined.admin();
            left_behind.login().await.expect("a login");
            let script = Script::new(ruined.expected.script_type, ruined.expected.scripts.answer);
            tokio::spawn(async move {
                loop {
                    let _ = left_behind.execute_script(&script).await;
                    tokio::task::yield_now().await;
                }
            });
            tokio::task::yield_now().await;
            ruined.ruin();
            // Not a panic of the usual kind, which would be told.
            resume_unwind(Box::new("on purpose"))
        });
        if matches!(ended, Ended::Well(())) || server.flaws().is_empty() {
            self.failures.push(format!("{what}: it did not break anything"));
        }
        self.restore(server, &what, &ended);
        let warm = session::BEHAVIOURS.iter().find(|behaviour| behaviour.place == Place::Usual);
        self.behaviour(name, server, warm.expect("one that counts requests"));
    }

    /// Runs something on a server that is as it was at the start, and puts the server right again, however that ends.
    fn on<T: Send + 'static>(
        &mut self,
        server: &Server,
        what: &str,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let flaws = server.flaws();
        if !flaws.is_empty() {
            self.failures.push(format!("{what}: not run, since before it {}", flaws.join(", ")));
            self.restore(server, what, &Ended::<T>::Badly);
            return None;
        }
        let began = Instant::now();
        let ended = alone(task);
        self.restore(server, what, &ended);
        self.times.push((began.elapsed(), what.to_owned()));
        match ended {
            Ended::Well(found) => return Some(found),
            Ended::Badly => self.failures.push(what.to_owned()),
            Ended::Never => self.failures.push(format!("{what}: it did not end in {} s", LIMIT.as_secs())),
        }
        None
    }

    fn restore<T>(&mut self, server: &Server, what: &str, ended: &Ended<T>) {
        let restored = match ended {
            Ended::Well(_) => catch_unwind(AssertUnwindSafe(|| server.restore())),
            // What it has begun may go on in the server, and be counted there.
            Ended::Badly | Ended::Never => catch_unwind(AssertUnwindSafe(|| server.restart())),
        };
        if restored.is_err() {
            self.failures.push(format!("{what}: the server could not be restored after it"));
        }
    }
}

enum Ended<T> {
    Well(T),
    /// By a panic.
    Badly,
    /// Not within the [`LIMIT`].
    Never,
}

/// Runs something in a runtime of its own: what it leaves behind in there ends with it.
fn alone<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> Ended<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let ended = runtime.block_on(async { tokio::time::timeout(LIMIT, tokio::spawn(task)).await });
    // Not a drop, which would wait for what blocks.
    runtime.shutdown_background();
    match ended {
        Ok(Ok(found)) => Ended::Well(found),
        Ok(Err(_)) => Ended::Badly,
        Err(_) => Ended::Never,
    }
}
