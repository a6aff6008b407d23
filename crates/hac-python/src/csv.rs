//! Rows as CSV, in a file.

use std::io::{self, Write};
use std::path::PathBuf;

use hac_client::files::{ByteSink, NewFile, Overwrite};
use hac_client::{Error, ErrorKind};
use pyo3::prelude::*;

use crate::call::Call;
use crate::client::{Client, value};
use crate::console::Query;
use crate::errors::raised;

/// A new file as a writer. It keeps the reason why it cannot be written.
struct Written(NewFile);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.piece(bytes).is_break() {
            return Err(io::Error::other("the file cannot be written"));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn unwritten(cause: io::Error) -> Error {
    Error::new(ErrorKind::Io, "write the CSV file").because("the file could not be written").with_source(cause)
}

#[pymethods]
impl Client {
    /// Gives the number of rows.
    fn write_csv(&self, py: Python<'_>, query: Query, target: PathBuf, overwrite: bool) -> PyResult<Call> {
        let (effect, doing) = (query.effect(), query.doing());
        let query = query.build().map_err(|error| raised(py, &error))?;
        let overwrite = if overwrite { Overwrite::Yes } else { Overwrite::No };
        let call = self.call(py, effect, move |client| async move {
            let mut file = Written(NewFile::create(target, overwrite)?);
            match client.write_csv(query, &mut file).await {
                Ok(summary) => {
                    file.0.finish().map_err(unwritten)?;
                    Ok(value(summary.row_count))
                }
                Err(error) if error.kind() == ErrorKind::Io => Err(file.0.finish().err().map_or(error, unwritten)),
                Err(error) => Err(error),
            }
        });
        Ok(call.doing(doing).holding_a_file())
    }
}
