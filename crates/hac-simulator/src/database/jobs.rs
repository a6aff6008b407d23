//! Imports in the background: items of the type `ImpExImportCronJob`, and what they log. Blocks.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::connection::LEASE_LIMIT;
use super::schema::ItemType;
use super::{Database, ImpexReport, ImpexScript, SqlError, sample};

/// With milliseconds, as the times of what is imported.
const NOW: &str = "strftime('%Y-%m-%d %H:%M:%f', 'now')";

/// A job that runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImportJob {
    pk: i64,
}

/// How a job ended.
#[derive(Clone, Copy, Debug)]
struct End {
    status: &'static str,
    result: &'static str,
}

impl Database {
    /// Creates the item of an import that a user has begun.
    pub(crate) fn begin_import_job(&self, uid: &str) -> Result<ImportJob, SqlError> {
        self.lease(LEASE_LIMIT)?.with(|connection| {
            let user: Option<i64> =
                connection.query_row("SELECT PK FROM users WHERE p_uid = ?1", [uid], |row| row.get(0)).optional()?;
            let (pk, number) = next(connection, "CronJob")?;
            connection.execute(
                &format!("INSERT INTO cronjobs VALUES (?1, ?2, {NOW}, {NOW}, ?3, ?4, ?5, {NOW}, NULL, ?6)"),
                params![
                    pk,
                    type_pk("ImpExImportCronJob"),
                    format!("ImpEx-Import-{number:08}"),
                    sample::enumeration_value("CronJobStatus", "RUNNING"),
                    sample::enumeration_value("CronJobResult", "UNKNOWN"),
                    user
                ],
            )?;
            Ok(ImportJob { pk })
        })
    }

    /// Does the work of a job, and notes how it ended.
    pub(crate) fn run_import_job(&self, job: ImportJob, script: &ImpexScript<'_>) -> Result<(), SqlError> {
        let end = match self.import_distributed(script) {
            Ok(ImpexReport { failed: false, .. }) => {
                self.log(job, "INFO", "Import was successful")?;
                End { status: "FINISHED", result: "SUCCESS" }
            }
            Ok(ImpexReport { dump, .. }) => {
                self.log(job, "ERROR", &dump)?;
                End { status: "FINISHED", result: "ERROR" }
            }
            Err(error) => {
                self.log(job, "ERROR", &error.to_string())?;
                End { status: "ABORTED", result: "ERROR" }
            }
        };
        self.lease(LEASE_LIMIT)?.with(|connection| {
            connection.execute(
                &format!("UPDATE cronjobs SET p_status = ?2, p_result = ?3, p_endtime = {NOW}, modifiedTS = {NOW} WHERE PK = ?1"),
                params![
                    job.pk,
                    sample::enumeration_value("CronJobStatus", end.status),
                    sample::enumeration_value("CronJobResult", end.result)
                ],
            )
        })?;
        Ok(())
    }

    fn log(&self, job: ImportJob, level: &str, message: &str) -> Result<(), SqlError> {
        self.lease(LEASE_LIMIT)?.with(|connection| {
            let (pk, _) = next(connection, "JobLog")?;
            connection.execute(
                &format!("INSERT INTO joblogs VALUES (?1, ?2, {NOW}, {NOW}, ?3, ?4, ?5)"),
                params![pk, type_pk("JobLog"), job.pk, sample::enumeration_value("JobLogLevel", level), message],
            )
        })?;
        Ok(())
    }
}

/// Jobs of a process that is gone: nobody works on them any more.
pub(super) fn abort_all(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute(
        &format!("UPDATE cronjobs SET p_status = ?1, p_result = ?2, p_endtime = {NOW} WHERE p_status = ?3"),
        params![
            sample::enumeration_value("CronJobStatus", "ABORTED"),
            sample::enumeration_value("CronJobResult", "ERROR"),
            sample::enumeration_value("CronJobStatus", "RUNNING")
        ],
    )?;
    Ok(())
}

/// The PK of the next item of a type, and its number.
fn next(connection: &Connection, code: &str) -> rusqlite::Result<(i64, i64)> {
    let Some(of) = ItemType::find(code) else { return Err(rusqlite::Error::QueryReturnedNoRows) };
    let (last, count) = connection.query_row(&format!("SELECT max(PK), count(*) FROM {}", of.table), [], |row| {
        Ok((row.get(0)?, row.get::<_, i64>(1)?))
    })?;
    Ok((of.next_pk(last), count + 1))
}

fn type_pk(code: &str) -> i64 {
    ItemType::find(code).map_or(0, ItemType::own_pk)
}
