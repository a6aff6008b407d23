//! System update and initialisation.

use super::HacClient;
use crate::error::Result;
use crate::platform::init::UpdateResult;
use crate::platform::init::data::{PendingPatch, UpdateData};
use crate::platform::init::log::UpdateLog;
use crate::platform::init::plan::{Initialization, InitializationPlan, Update, UpdatePlan};
use crate::platform::init::run::{FollowedRun, LogSink, UpdateRun, Watch};
use crate::platform::init::status::UpdateStatus;

impl HacClient {
    /// See [`HacClient::update_data`](crate::HacClient::update_data).
    pub fn update_data(&self) -> Result<UpdateData> {
        self.wait(self.client.update_data())
    }

    /// See [`HacClient::pending_patches`](crate::HacClient::pending_patches).
    pub fn pending_patches(&self) -> Result<Vec<PendingPatch>> {
        self.wait(self.client.pending_patches())
    }

    /// See [`HacClient::plan_update`](crate::HacClient::plan_update).
    pub fn plan_update(&self, update: &Update) -> Result<UpdatePlan> {
        self.wait(self.client.plan_update(update))
    }

    /// See [`HacClient::plan_initialization`](crate::HacClient::plan_initialization).
    pub fn plan_initialization(&self, initialization: &Initialization) -> Result<InitializationPlan> {
        self.wait(self.client.plan_initialization(initialization))
    }

    /// See [`HacClient::execute_update`](crate::HacClient::execute_update).
    pub fn execute_update(&self, plan: &UpdatePlan) -> Result<UpdateResult> {
        self.wait(self.client.execute_update(plan))
    }

    /// See [`HacClient::execute_initialization`](crate::HacClient::execute_initialization).
    pub fn execute_initialization(&self, plan: &InitializationPlan) -> Result<UpdateResult> {
        self.wait(self.client.execute_initialization(plan))
    }

    /// See [`HacClient::run_update`](crate::HacClient::run_update).
    pub fn run_update(&self, plan: &UpdatePlan, watch: Watch, sink: &mut dyn LogSink) -> Result<UpdateRun> {
        self.wait(self.client.run_update(plan, watch, sink))
    }

    /// See [`HacClient::run_initialization`](crate::HacClient::run_initialization).
    pub fn run_initialization(
        &self,
        plan: &InitializationPlan,
        watch: Watch,
        sink: &mut dyn LogSink,
    ) -> Result<UpdateRun> {
        self.wait(self.client.run_initialization(plan, watch, sink))
    }

    /// See [`HacClient::follow_update_log`](crate::HacClient::follow_update_log).
    pub fn follow_update_log(&self, watch: Watch, sink: &mut dyn LogSink) -> Result<FollowedRun> {
        self.wait(self.client.follow_update_log(watch, sink))
    }

    /// See [`HacClient::update_log`](crate::HacClient::update_log).
    pub fn update_log(&self) -> Result<UpdateLog> {
        self.wait(self.client.update_log())
    }

    /// See [`HacClient::update_status`](crate::HacClient::update_status).
    pub fn update_status(&self) -> Result<UpdateStatus> {
        self.wait(self.client.update_status())
    }

    /// See [`HacClient::dump_configuration`](crate::HacClient::dump_configuration).
    pub fn dump_configuration(&self, plan: &UpdatePlan) -> Result<String> {
        self.wait(self.client.dump_configuration(plan))
    }
}
