//! Rows into a struct, by the names of their columns.
#![expect(clippy::print_stdout, reason = "it prints what it reads")]

use std::env::var;

use hac_client::{BasicAuthHandler, HacClient};

#[derive(serde::Deserialize)]
struct Product {
    code: String,
    /// A null is `None`; a column that is missing is an error, unless the field has `#[serde(default)]`.
    ean: Option<String>,
    catalog_version: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let user = BasicAuthHandler::new(var("HAC_USERNAME")?, var("HAC_PASSWORD")?);
    let client = HacClient::builder(var("HAC_URL")?).auth_handler(user).build()?;
    let query = "SELECT {code}, {ean}, {catalogVersion} FROM {Product} ORDER BY {pk}";
    for Product { code, ean, catalog_version } in client.rows(query).await? {
        println!("{code}: {} in {catalog_version}", ean.as_deref().unwrap_or("no EAN"));
    }
    Ok(())
}
