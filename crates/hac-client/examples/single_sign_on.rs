//! A session from a single sign-on. When a login is needed, the handler asks a service (`SSO_SERVICE`, HOST:PORT) for the cookies that
//! a browser would have.
#![expect(clippy::print_stdout, reason = "it prints whom the session belongs to")]

use std::env::var;

use hac_client::{AuthHandler, BoxFuture, Cookies, Error, ErrorKind, HacClient};
use tokio::{io::AsyncReadExt as _, net::TcpStream};

struct SingleSignOn(String);
impl AuthHandler for SingleSignOn {
    fn username(&self) -> &'static str {
        "admin"
    }

    fn cookies(&self) -> BoxFuture<'_, hac_client::Result<Option<Cookies>>> {
        Box::pin(async {
            let lost = |cause| Error::new(ErrorKind::Connect, "ask the single sign-on").with_source(cause);
            let mut cookies = String::new();
            TcpStream::connect(&self.0).await.map_err(lost)?.read_to_string(&mut cookies).await.map_err(lost)?;
            Ok(Some(cookies.parse()?))
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = HacClient::builder(var("HAC_URL")?).auth_handler(SingleSignOn(var("SSO_SERVICE")?)).build()?;
    println!("{:?}", client.rows::<String>("SELECT {isocode} FROM {Language} ORDER BY {isocode}").await?);
    Ok(())
}
