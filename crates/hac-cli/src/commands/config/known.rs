//! What `-e` takes here: the environments of the user's file, and those of the project's if it is trusted.

use std::path::PathBuf;

use hac_client::Result;

use super::guards::Guards;
use crate::config::Config;
use crate::job::Job;
use crate::printer::Talk;

/// The user's configuration, with the environments that only the project names.
pub(super) struct Known {
    pub(super) config: Config,
    pub(super) guards: Guards,
    /// The project's file, and the environments that come from it.
    of_project: Option<(PathBuf, Vec<String>)>,
}

impl Known {
    pub(super) fn load(job: &Job<'_>) -> Result<Self> {
        let mut files = Config::all(&job.context.environment, job.context.directory.as_deref())?;
        let guards = Guards::of(&files);
        let mut config = files.pop().unwrap_or_default();
        let of_project = files.pop().map(|project| {
            let more: Vec<_> =
                project.environments.into_iter().filter(|its| config.environment(&its.name).is_none()).collect();
            let names = more.iter().map(|its| its.name.clone()).collect();
            config.environments.extend(more);
            (project.path, names)
        });
        Ok(Self { config, guards, of_project })
    }

    /// Says which environments come from the project.
    pub(super) fn tell(&self, talk: &Talk) {
        if let Some((path, names)) = self.of_project.as_ref().filter(|(_, names)| !names.is_empty()) {
            talk.note(&format!("{} from {}", names.join(", "), path.display()));
        }
    }

    /// The project's file, if the environment comes from it.
    pub(super) fn file_of(&self, name: &str) -> Option<&PathBuf> {
        self.of_project.as_ref().filter(|(_, names)| names.iter().any(|its| its == name)).map(|(path, _)| path)
    }
}
