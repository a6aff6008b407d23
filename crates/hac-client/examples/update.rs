//! A system update, with its log while it runs.
#![expect(clippy::print_stdout, reason = "it prints the log")]

use std::env::var;

use hac_client::platform::{LogLine, Schema, Update, Watch};
use hac_client::{BasicAuthHandler, HacClient};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let user = BasicAuthHandler::new(var("HAC_USERNAME")?, var("HAC_PASSWORD")?);
    let client = HacClient::builder(var("HAC_URL")?).auth_handler(user).build()?;

    let update = Update::new(Schema::Update).create_essential_data().localize_types();
    let plan = client.plan_update(&update).await?;
    let run = client.run_update(&plan, Watch::default(), &mut |line: &LogLine| println!("{}", line.text)).await?;
    println!("{:?} after {:.1?}", run.outcome, run.elapsed);
    if run.success() { Ok(()) } else { Err(run.errors.join("\n").into()) }
}
