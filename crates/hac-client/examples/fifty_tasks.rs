//! One client shared by fifty tasks: one login, and at most four calls at once, to spare the server.
#![expect(clippy::print_stdout, reason = "it prints what it counts")]

use std::env::var;

use hac_client::{BasicAuthHandler, FlexibleSearch, HacClient};
use tokio::task::JoinSet;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let user = BasicAuthHandler::new(var("HAC_USERNAME")?, var("HAC_PASSWORD")?);
    let client = HacClient::builder(var("HAC_URL")?).auth_handler(user).max_in_flight(4).build()?;

    let mut tasks = JoinSet::new();
    for task in 0..50 {
        let client = client.clone();
        let query = FlexibleSearch::new("SELECT COUNT({pk}) FROM {Product} WHERE {pk} > ?task").param("task", task)?;
        tasks.spawn(async move { client.rows::<u64>(query).await });
    }
    let counts = tasks.join_all().await.into_iter().collect::<Result<Vec<_>, _>>()?;
    println!("{} tasks counted {} products", counts.len(), counts.concat().iter().sum::<u64>());
    Ok(())
}
