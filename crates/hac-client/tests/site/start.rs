//! Blocks with an address of their own, which no test may use: that they compile is tested, and the same calls run elsewhere.

#![expect(dead_code, reason = "they are not run")]

use hac_client::{BasicAuthHandler, FlexibleSearch, HacClient};

use super::Shown;

async fn getting_started() -> Shown {
    let auth = BasicAuthHandler::new("admin", "nimda");
    let client = HacClient::builder("https://localhost:9002").auth_handler(auth).build()?;

    let query = FlexibleSearch::new("SELECT {code}, {name[en]} FROM {Product} ORDER BY {code}").max_count(2);
    let result = client.execute_flexiblesearch(query).await?;
    println!("{:?}", result.headers());
    for row in &result.rows {
        println!("{row:?}");
    }
    Ok(())
}

async fn authentication() -> Shown {
    let auth = BasicAuthHandler::new("admin", "nimda");
    let client = HacClient::builder("https://localhost:9002").auth_handler(auth).build()?;
    client.login().await?;
    Ok(())
}
