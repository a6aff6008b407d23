//! A time limit holds for what is collected as a whole, however slowly it drips.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::ops::ControlFlow;
use std::time::Duration;

use hac_client::request::HacRequest;
use hac_client::{BasicAuthHandler, ErrorKind, FlexibleSearch, HacClient, ImpexImport, SessionManager, Validation};
use tempfile::TempDir;

use super::support::{assert_kind, run, session_of};

/// A server that answers every request with this beginning, and then with a byte now and then, for ever.
struct Dripping {
    url: String,
    cache: TempDir,
}

impl Dripping {
    fn after(begin: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                std::thread::spawn(move || {
                    let mut buffer = [0; 4096];
                    let _ = stream.read(&mut buffer);
                    let mut alive = stream.write_all(begin.as_bytes()).is_ok();
                    while alive {
                        std::thread::sleep(Duration::from_millis(20));
                        alive = stream.write_all(b" ").is_ok();
                    }
                });
            }
        });
        let cache = TempDir::new().expect("a directory");
        SessionManager::with_cache_dir(cache.path()).save_session(&session_of(&url)).expect("saved");
        Self { url, cache }
    }

    fn client(&self) -> HacClient {
        self.client_with(Duration::from_millis(400))
    }

    fn client_with(&self, limit: Duration) -> HacClient {
        HacClient::builder(&self.url)
            .auth_handler(BasicAuthHandler::new("admin", "nimda"))
            .cache_dir(self.cache.path())
            .validation(Validation::OnUse)
            .timeout(Some(limit))
            .build()
            .expect("a client")
    }
}

const JSON: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"headers\":[\"a\"],\"resultList\":[";
const ERROR_PAGE: &str = "HTTP/1.1 500 Oops\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<title>Oops</title>";

#[tokio::test]
async fn an_answer_that_drips_ends_in_time() {
    let server = Dripping::after(JSON);
    let client = server.client();
    assert_kind(&run(&client, "1").await.expect_err("a script"), ErrorKind::OutcomeUnknown);
    let query = FlexibleSearch::new("SELECT {pk} FROM {Product}");
    assert_kind(&client.execute_flexiblesearch(query.clone()).await.expect_err("a query"), ErrorKind::Timeout);
    assert_kind(
        &client.execute_flexiblesearch(FlexibleSearch::sql("SELECT 1")).await.expect_err("SQL"),
        ErrorKind::OutcomeUnknown,
    );
    let import = client.import_impex(ImpexImport::from("INSERT Title;code\n;a\n")).await;
    assert_kind(&import.expect_err("an import"), ErrorKind::OutcomeUnknown);
    assert_kind(&client.send(&HacRequest::get("/x")).await.expect_err("a page"), ErrorKind::Timeout);
    assert_kind(&client.check().await.expect_err("a probe"), ErrorKind::Timeout);
}

#[tokio::test]
async fn rows_that_drip_end_in_time_too() {
    let server = Dripping::after(JSON);
    let query = FlexibleSearch::new("SELECT {pk} FROM {Product}");
    let error = server.client().stream_flexiblesearch(query, &mut Rows).await.expect_err("no progress");
    assert_kind(&error, ErrorKind::Timeout);
}

struct Rows;

impl hac_client::console::RowSink for Rows {
    fn row(&mut self, _: &[Option<std::borrow::Cow<'_, str>>]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

#[tokio::test]
async fn an_error_page_that_drips_is_judged_by_its_status() {
    let server = Dripping::after(ERROR_PAGE);
    // Long enough for the head to come in time on a machine that is busy.
    let client = server.client_with(Duration::from_secs(5));
    let error = run(&client, "1").await.expect_err("a 500");
    assert_kind(&error, ErrorKind::OutcomeUnknown);
    assert!(error.to_string().contains("500"), "{error}");
}
