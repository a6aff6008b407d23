//! Any number of rows into files, in constant memory: row by row as a stream, and as CSV with one call.

use std::env::var;
use std::fs::File;
use std::io::{BufWriter, Write as _};

use hac_client::{BasicAuthHandler, FlexibleSearch, HacClient};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let user = BasicAuthHandler::new(var("HAC_USERNAME")?, var("HAC_PASSWORD")?);
    let client = HacClient::builder(var("HAC_URL")?).auth_handler(user).build()?;
    let all = FlexibleSearch::new("SELECT {pk}, {code} FROM {Product} ORDER BY {pk}").max_count(0);

    let mut file = BufWriter::new(File::create("products.txt")?);
    let mut rows = client.stream_rows::<(u64, String)>(all.clone());
    while let Some(row) = rows.next().await {
        let (pk, code) = row?;
        writeln!(file, "{code} is {pk}")?;
    }
    file.flush()?;

    client.write_csv(all, File::create("products.csv")?).await?;
    Ok(())
}
