//! A simulator that can be stopped, and started again at its port.

use std::sync::Mutex;

use hac_simulator::{SimulatorBuilder, SimulatorHandle};

pub(crate) struct Simulated {
    build: Box<dyn Fn() -> SimulatorBuilder + Send + Sync>,
    port: u16,
    running: Mutex<Option<SimulatorHandle>>,
}

impl Simulated {
    pub(crate) fn start(build: impl Fn() -> SimulatorBuilder + Send + Sync + 'static) -> Self {
        let simulator = build().start().expect("a simulator");
        Self { build: Box::new(build), port: simulator.port(), running: Mutex::new(Some(simulator)) }
    }

    /// What the running simulator says.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&SimulatorHandle) -> T) -> T {
        question(self.running.lock().expect("no panic in between").as_ref().expect("a simulator that runs"))
    }

    pub(crate) fn stop(&self) {
        self.running.lock().expect("no panic in between").take().expect("a simulator that runs").stop();
    }

    /// After a [`stop`](Self::stop), with empty books and without sessions.
    pub(crate) fn start_again(&self) {
        let simulator = (self.build)().port(self.port).start().expect("the port that it had");
        *self.running.lock().expect("no panic in between") = Some(simulator);
    }
}
