//! Cron jobs that are running: they get on with the time, and end.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[derive(Debug)]
struct Job {
    code: String,
    began: Instant,
    lasts: Duration,
}

/// A job as it is listed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Running {
    pub(crate) code: String,
    /// Since when.
    pub(crate) for_millis: u64,
    /// From 0 to 99.
    pub(crate) percent: u8,
}

#[derive(Debug)]
pub(crate) struct CronJobs(Mutex<Vec<Job>>);

impl CronJobs {
    /// Two that go on for a while.
    pub(crate) fn new() -> Self {
        let jobs = Self(Mutex::default());
        jobs.run("full-electronicsIndex-cronJob", Duration::from_secs(900));
        jobs.run("sync electronicsProductCatalog:Staged->Online", Duration::from_secs(2_400));
        jobs
    }

    /// Begins a job.
    pub(crate) fn run(&self, code: &str, lasts: Duration) {
        self.lock().push(Job { code: code.to_owned(), began: Instant::now(), lasts });
    }

    /// Those that have not ended, the first begun first.
    pub(crate) fn running(&self) -> Vec<Running> {
        let mut jobs = self.lock();
        jobs.retain(|job| job.began.elapsed() < job.lasts);
        let running = |job: &Job| {
            let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            let (gone, all) = (millis(job.began.elapsed()), millis(job.lasts).max(1));
            let percent = u8::try_from(gone.saturating_mul(100) / all).unwrap_or(99).min(99);
            Running { code: job.code.clone(), for_millis: gone, percent }
        };
        jobs.iter().map(running).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Job>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_gets_on_and_ends() {
        let jobs = CronJobs(Mutex::default());
        jobs.run("long", Duration::from_secs(3_600));
        jobs.run("over", Duration::ZERO);
        let codes: Vec<_> = jobs.running().into_iter().map(|job| (job.code, job.percent)).collect();
        assert_eq!(codes, [("long".to_owned(), 0)]);
        jobs.lock()[0].began -= Duration::from_secs(1_800);
        assert_eq!(jobs.running()[0].percent, 50);
    }
}
