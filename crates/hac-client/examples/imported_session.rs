//! An imported session: JSON on standard input, from `hac session export` on another machine or from a browser.
#![expect(clippy::print_stdout, reason = "it prints what it reads")]

use std::io::read_to_string;

use hac_client::session::PortableSession;
use hac_client::{HacClient, NoCredentials, SessionManager};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // At least session_id, csrf_token, base_url and username.
    let session = PortableSession::from_json(&read_to_string(std::io::stdin())?)?;
    SessionManager::new()?.import_session(&session)?;

    let client = HacClient::builder(&session.metadata().base_url)
        .auth_handler(NoCredentials::new(&session.metadata().username))
        .environment(&session.metadata().environment)
        .build()?;
    println!("{:?}", client.rows::<String>("SELECT {isocode} FROM {Language} ORDER BY {isocode}").await?);
    Ok(())
}
