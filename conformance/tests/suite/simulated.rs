//! A simulator that can be stopped, and started again at its port.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hac_simulator::{Fault, On, SimulatorBuilder, SimulatorHandle};

use crate::held_port::HeldPort;

pub(crate) struct Simulated {
    build: Box<dyn Fn() -> SimulatorBuilder + Send + Sync>,
    port: HeldPort,
    running: Arc<Mutex<Option<SimulatorHandle>>>,
}

impl Simulated {
    pub(crate) fn start(build: impl Fn() -> SimulatorBuilder + Send + Sync + 'static) -> Self {
        let port = HeldPort::any().expect("a port");
        let simulated = Self { build: Box::new(build), port, running: Arc::default() };
        simulated.start_again();
        simulated
    }

    /// What the running simulator says.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&SimulatorHandle) -> T) -> T {
        question(self.running().as_ref().expect("a simulator that runs"))
    }

    /// Holds the next executions until so many are there at once.
    pub(crate) fn meet(&self, calls: usize) {
        self.ask(|simulator| simulator.faults().times(calls, On::post("/execute"), Fault::Hold));
        let running = Arc::clone(&self.running);
        tokio::spawn(async move {
            loop {
                if let Some(simulator) = &*lock(&running)
                    && simulator.faults().held() == calls
                {
                    return simulator.faults().release();
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running().is_some()
    }

    pub(crate) fn stop(&self) {
        let running = self.running().take();
        running.expect("a simulator that runs").stop();
    }

    /// After a [`stop`](Self::stop), with empty books and without sessions.
    pub(crate) fn start_again(&self) {
        let again = (self.build)().port(self.port.number()).start().expect("the port that is held for it");
        *self.running() = Some(again);
    }

    fn running(&self) -> MutexGuard<'_, Option<SimulatorHandle>> {
        lock(&self.running)
    }
}

/// A behaviour that failed here must not take the next ones with it.
fn lock(running: &Mutex<Option<SimulatorHandle>>) -> MutexGuard<'_, Option<SimulatorHandle>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}
