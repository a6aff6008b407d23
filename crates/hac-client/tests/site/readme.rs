//! The README's client, which has an address of its own and the cache of this user: that it compiles is tested.

#![expect(dead_code, unused_variables, reason = "they are not run")]

use super::Shown;

async fn as_a_library() -> Shown {
    use hac_client::{BasicAuthHandler, HacClient, SessionManager};

    let client = HacClient::builder("https://localhost:9002")
        .auth_handler(BasicAuthHandler::new("admin", "nimda"))
        .environment("local") // tag sessions by environment
        .session_persistence(true) // the default
        .build()?;
    let found = client.execute_flexiblesearch("SELECT {code}, {name[en]} FROM {Product}").await?;

    let manager = SessionManager::new()?; // or SessionManager::with_cache_dir(dir)
    for session in manager.list_sessions()? {
        println!(
            "{:12} {:40} created={} idle={:.0}s",
            session.environment,
            session.base_url,
            session.created_at_formatted(),
            session.idle_seconds()
        );
    }
    let cleared = manager.clear_all_sessions()?;
    Ok(())
}
