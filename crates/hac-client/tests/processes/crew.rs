//! Many workers that start at the same time, and their messages.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use super::site::HANG;
use super::system;
use super::worker::{Event, Job, MARK, Message};

/// Processes that are started, held at a barrier, and killed when this is dropped.
pub(crate) struct Crew {
    members: Vec<Member>,
    messages: Receiver<(usize, Option<Message>)>,
}

pub(crate) struct Member {
    process: Child,
    stdin: Option<ChildStdin>,
    ready: bool,
    killed: bool,
    ended: bool,
    pub(crate) notices: Vec<Event>,
    /// What became of the call; `None` for one that was killed.
    pub(crate) outcome: Option<Message>,
}

impl Member {
    pub(crate) fn noticed(&self, word: Event) -> bool {
        self.notices.contains(&word)
    }
}

impl Crew {
    /// Starts a worker for each job, and waits until all of them stand at the barrier.
    pub(crate) fn muster(jobs: &[Job]) -> Self {
        let (sender, messages) = channel();
        let members = jobs.iter().enumerate().map(|(number, job)| Member::start(number, job, &sender)).collect();
        let mut crew = Self { members, messages };
        crew.listen_until("all are ready", |crew| crew.members.iter().all(|member| member.ready));
        crew
    }

    /// Opens the barrier.
    pub(crate) fn go(&mut self) {
        for member in &mut self.members {
            let mut stdin = member.stdin.take().expect("sent off once");
            stdin.write_all(b"go\n").expect("a worker that listens");
        }
    }

    /// How many have reported that they wait for another process.
    pub(crate) fn waiting(&self) -> usize {
        self.count(Event::Waiting)
    }

    /// How many were given this notice.
    pub(crate) fn count(&self, word: Event) -> usize {
        self.members.iter().filter(|member| member.noticed(word)).count()
    }

    /// Listens until `count` have been seen waiting.
    pub(crate) fn see_waiting(&mut self, count: usize) {
        self.listen_until("enough are waiting", |crew| crew.waiting() >= count);
    }

    /// Kills one with SIGKILL, and waits until it is gone.
    pub(crate) fn kill(&mut self, pid: u32) {
        let member = self.members.iter_mut().find(|member| member.process.id() == pid).expect("a worker of ours");
        member.killed = true;
        member.process.kill().expect("killed");
        assert!(system::was_killed(member.process.wait().expect("waited for")), "it ended by itself");
    }

    /// Receives messages until every worker has exited. Each of them has reported the result of its call.
    pub(crate) fn finish(mut self) -> Finished {
        self.listen_until("all have ended", |crew| crew.members.iter().all(|member| member.ended));
        for (number, member) in self.members.iter_mut().enumerate().filter(|(_, member)| !member.killed) {
            let status = member.process.wait().expect("waited for");
            assert!(status.success(), "worker {number}: {status}");
            assert!(member.outcome.is_some(), "worker {number} has reported nothing");
        }
        Finished(std::mem::take(&mut self.members))
    }

    fn listen_until(&mut self, what: &str, reached: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + HANG;
        while !reached(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok((number, message)) = self.messages.recv_timeout(left) else {
                panic!("not until {what}: {} are waiting, the outcomes are {:?}", self.waiting(), self.outcomes());
            };
            let member = &mut self.members[number];
            match message {
                Some(Message::Ready) => member.ready = true,
                Some(Message::Notice(word)) => member.notices.push(word),
                Some(outcome) => {
                    assert_eq!(member.outcome.replace(outcome), None, "worker {number} has reported it twice");
                }
                None => {
                    member.ended = true;
                    assert!(member.outcome.is_some() || member.killed, "worker {number} died");
                }
            }
        }
    }

    fn outcomes(&self) -> Vec<&Message> {
        self.members.iter().filter_map(|member| member.outcome.as_ref()).collect()
    }
}

impl Member {
    fn start(number: usize, job: &Job, sender: &Sender<(usize, Option<Message>)>) -> Self {
        let mut process = Command::new(std::env::current_exe().expect("our own path"))
            .env(MARK, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("a worker");
        let mut stdin = process.stdin.take().expect("its stdin");
        let line = serde_json::to_string(job).expect("a line") + "\n";
        stdin.write_all(line.as_bytes()).expect("a worker that listens");
        let stdout = BufReader::new(process.stdout.take().expect("its stdout"));
        let sender = sender.clone();
        std::thread::spawn(move || {
            for line in stdout.lines() {
                let line = line.expect("a line");
                let line = serde_json::from_str(&line).unwrap_or_else(|_| panic!("worker {number} says {line:?}"));
                let _ = sender.send((number, Some(line)));
            }
            let _ = sender.send((number, None));
        });
        Self {
            process,
            stdin: Some(stdin),
            ready: false,
            killed: false,
            ended: false,
            notices: Vec::new(),
            outcome: None,
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        // Whatever was waited for is gone already, which is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A crew whose work is over.
pub(crate) struct Finished(Vec<Member>);

impl Finished {
    /// The results of those who were not killed, in order. Nobody may have failed.
    #[track_caller]
    pub(crate) fn results(&self) -> Vec<String> {
        let results = self.survivors().map(|member| match &member.outcome {
            Some(Message::Done(result)) => result.clone(),
            other => panic!("{other:?}, after {:?}", member.notices),
        });
        results.collect()
    }

    /// The codes of the errors of those who were not killed. Everybody must have failed.
    #[track_caller]
    pub(crate) fn failures(&self) -> Vec<String> {
        let codes = self.survivors().map(|member| match &member.outcome {
            Some(Message::Failed { code, .. }) => code.clone(),
            other => panic!("{other:?}, after {:?}", member.notices),
        });
        codes.collect()
    }

    pub(crate) fn count(&self, word: Event) -> usize {
        self.0.iter().filter(|member| member.noticed(word)).count()
    }

    fn survivors(&self) -> impl Iterator<Item = &Member> {
        self.0.iter().filter(|member| !member.killed)
    }
}
