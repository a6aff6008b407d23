//! A big ImpEx import with its progress. Pass the file as an argument. Each import reports its own progress.
#![expect(clippy::print_stdout, reason = "it prints how far it is")]

use std::env::{args, var};

use hac_client::{BasicAuthHandler, Error, HacClient, ImpexImport};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let user = BasicAuthHandler::new(var("HAC_USERNAME")?, var("HAC_PASSWORD")?);
    let client = HacClient::builder(var("HAC_URL")?).auth_handler(user).build()?;
    let file = args().nth(1).ok_or("name a file")?;

    let import = ImpexImport::from_file(&file)?
        .on_progress(|progress| println!("{} of {} bytes", progress.sent, progress.total));
    // `?` alone would end here if a line failed; into_outcome asks for the result all the same.
    let result = client.import_impex(import).await.or_else(Error::into_outcome)?;
    for failure in &result.failures {
        println!("{file}:{}: {}", failure.line.unwrap_or_default(), failure.reason);
    }
    println!("{}", result.summary);
    Ok(())
}
