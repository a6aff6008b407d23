//! Answers that grow in memory: each is met by a process of its own, whose peak is measured.
//!
//! The server of this test sends bombs in gzip, a few kilobytes that unpack to hundreds of megabytes of short values.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, ExitCode};
use std::thread;

use flate2::Compression;
use flate2::write::GzEncoder;
use hac_client::console::ImpexExport;
use hac_client::platform::LogLevel;
use hac_client::request::HacRequest;
use hac_client::session::SessionMetadata;
use hac_client::{BasicAuthHandler, FlexibleSearch, HacClient, Overwrite, RowStream, SessionManager, Validation};

/// What a client may take beside the program itself: the text of an answer and what it becomes, 64 MiB each, and room for lists
/// that grow by doubling.
const LIMIT_MIB: u64 = 400;

/// The same for what is given away as it comes: the program itself, and what one piece of the answer holds.
const STREAM_LIMIT_MIB: u64 = 40;

/// What keeps a defect from taking the whole machine.
const CEILING_BYTES: u64 = 6 << 30;

const CHILD: &str = "HAC_CLIENT_TEST_MEMORY";
const PEAK: &str = "VmHWM:";

/// What is asked, what comes, and the words that must stand in what it came to.
struct Case {
    name: &'static str,
    ask: Ask,
    begin: &'static str,
    repeated: &'static str,
    /// How much of `repeated`.
    mebibytes: usize,
    end: &'static str,
    outcome: &'static str,
    limit_mib: u64,
}

#[derive(Clone, Copy)]
enum Ask {
    Script,
    Rows,
    Stream,
    Values,
    ValueStream,
    Csv,
    Json,
    JsonList,
    CronJobs,
    About,
    ClearCache,
    SupportFiles,
    Types,
    SetLevel,
    Loggers,
    Properties,
    Import,
    Export,
    UpdateLog,
    UpdateData,
    Patches,
    Element,
}

const TOO_LARGE: &str = "too_large";

const fn bomb(name: &'static str, ask: Ask, begin: &'static str, repeated: &'static str, end: &'static str) -> Case {
    Case { name, ask, begin, repeated, mebibytes: 60, end, outcome: TOO_LARGE, limit_mib: LIMIT_MIB }
}

/// One member of a query's answer, or one row: less text than its limit of 16 MiB, and more in memory.
const fn member(name: &'static str, begin: &'static str, repeated: &'static str, end: &'static str) -> Case {
    Case { name, ask: Ask::Stream, begin, repeated, mebibytes: 15, end, outcome: TOO_LARGE, limit_mib: LIMIT_MIB }
}

const HAC_PAGE: &str = "<title>hybris administration console | ImpEx</title>";
const DUMP: &str = "<p id=impexResult data-level=error></p><div class=impexResult><pre>,,,,a;";
const LINKS: &str =
    "<p id=impexResult data-level=notice></p><div id=downloadExportResultData><a href=//elsewhere/x>a</a>";

const fn page(
    name: &'static str,
    ask: Ask,
    begin: &'static str,
    repeated: &'static str,
    end: &'static str,
    outcome: &'static str,
) -> Case {
    // A page is read as a tree, which takes its time without optimization.
    Case {
        name,
        ask,
        begin,
        repeated,
        mebibytes: if matches!(ask, Ask::Element) { 7 } else { 16 },
        end,
        outcome,
        limit_mib: LIMIT_MIB,
    }
}

/// Rows that are given away as they come: what is in memory has nothing to do with how many there are.
const fn rows_without_end(name: &'static str, ask: Ask) -> Case {
    let (begin, repeated, end) = ("{\"headers\":[\"a\"],\"resultList\":[[\"a\"]", ",[\"a\"]", "]}");
    Case { name, ask, begin, repeated, mebibytes: 100, end, outcome: "an answer", limit_mib: STREAM_LIMIT_MIB }
}

const CASES: &[Case] = &[
    bomb("rows as values", Ask::Values, "{\"headers\":[\"a\"],\"resultList\":[[null]", ",[null]", "]}"),
    rows_without_end("a stream of values", Ask::ValueStream),
    rows_without_end("rows into a writer", Ask::Csv),
    bomb("null cells", Ask::Rows, "{\"headers\":[\"a\"],\"resultList\":[[null]", ",[null]", "]}"),
    bomb("empty rows", Ask::Rows, "{\"headers\":[\"a\"],\"resultList\":[[]", ",[]", "]}"),
    bomb("null cells before their headers", Ask::Rows, "{\"resultList\":[[null]", ",[null]", "]}"),
    member("a row of null cells", "{\"headers\":[\"a\"],\"resultList\":[[null", ",null", "]]}"),
    member("column labels", "{\"headers\":[\"\"", ",\"\"", "],\"resultList\":[]}"),
    member("an exception of objects", "{\"exception\":[{\"a\":1}", ",{\"a\":1}", "]}"),
    bomb("a script's answer of numbers", Ask::Script, "{\"x\":[1", ",1", "]}"),
    bomb("a script's answer of objects", Ask::Script, "{\"x\":[{\"a\":1}", ",{\"a\":1}", "]}"),
    bomb("any JSON of lists", Ask::Json, "{\"x\":[[]", ",[]", "]}"),
    bomb("any JSON of keys", Ask::JsonList, "[{\"a\":1}", ",{\"a\":1}", "]"),
    bomb("cron jobs", Ask::CronJobs, "[{\"a\":1}", ",{\"a\":1}", "]"),
    bomb("what the server says about itself", Ask::About, "{\"a\":[{\"a\":1}", ",{\"a\":1}", "]}"),
    bomb("an acknowledgement", Ask::ClearCache, "[[1]", ",[1]", "]"),
    bomb("support files", Ask::SupportFiles, "[\"\"", ",\"\"", "]"),
    bomb("types", Ask::Types, "{\"types\":[\"\"", ",\"\"", "]}"),
    bomb("loggers after a change", Ask::SetLevel, "{\"loggers\":[{\"name\":\"\"}", ",{\"name\":\"\"}", "]}"),
    bomb("extensions", Ask::UpdateData, "{\"projectDatas\":[{\"name\":\"\"}", ",{\"name\":\"\"}", "]}"),
    bomb("lines of a log", Ask::UpdateLog, "{\"log\":\"a", "<br>a", "\"}"),
    page("loggers on a page", Ask::Loggers, "<table id=loggers>", "<tr><td title=a></tr>", "", TOO_LARGE),
    page("properties on a page", Ask::Properties, "", "<tr id=a><input name=a></tr>", "", TOO_LARGE),
    page("attributes", Ask::Element, "<p ", "a ", "id=x>", "not_hac"),
    page("attributes of a report", Ask::Import, "<p id=impexResult data-level=notice ", "a ", ">", "not_hac"),
    page("cells of a dump", Ask::Import, DUMP, ";", "x</pre>", "import_failed"),
    page("rows of a dump", Ask::Import, DUMP, ",,,,a;x\n", "</pre>", "import_failed"),
    page("refusals of a form", Ask::Import, HAC_PAGE, "<p class=error>a</p>", "", "rejected"),
    page("links of an export", Ask::Export, LINKS, "<a href=x>a</a>", "", "not_hac"),
    bomb("patches", Ask::Patches, "{\"a\":[{\"hash\":\"\"}", ",{\"hash\":\"\"}", "]}"),
];

pub(crate) fn main() -> ExitCode {
    let asked: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    if let Ok(name) = std::env::var(CHILD) {
        return child(&name);
    }
    let mut failed = 0;
    for case in CASES.iter().filter(|case| asked.iter().all(|word| case.name.contains(word.as_str()))) {
        let told = Server::start(case).meet();
        let verdict = match told {
            Ok((outcome, peak)) if outcome.contains(case.outcome) && peak <= case.limit_mib => {
                format!("ok, {peak} MiB")
            }
            Ok((outcome, peak)) => {
                failed += 1;
                format!("FAILED: {outcome} with {peak} MiB, not {} within {} MiB", case.outcome, case.limit_mib)
            }
            Err(why) => {
                failed += 1;
                format!("FAILED: {why}")
            }
        };
        println!("{}: {verdict}", case.name);
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Answers every request with the bomb of a case.
struct Server {
    url: String,
    case: &'static str,
}

impl Server {
    fn start(case: &'static Case) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let body = packed(case);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let body = body.clone();
                thread::spawn(move || answer(stream, &body));
            }
        });
        Self { url, case: case.name }
    }

    /// What it came to in a process of its own, and the peak of that process in MiB.
    fn meet(&self) -> Result<(String, u64), String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let output = Command::new(program)
            .env(CHILD, self.case)
            .env("HAC_CLIENT_TEST_URL", &self.url)
            .output()
            .map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let peak = text.lines().find_map(|line| line.strip_prefix(PEAK)).and_then(|rest| rest.trim().parse().ok());
        match peak {
            Some(peak) => Ok((text.lines().next().unwrap_or_default().to_owned(), peak)),
            None => Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr))),
        }
    }
}

fn packed(case: &Case) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    let piece = case.repeated.repeat((1 << 20) / case.repeated.len());
    packed.write_all(case.begin.as_bytes()).expect("in memory");
    for _ in 0..case.mebibytes {
        packed.write_all(piece.as_bytes()).expect("in memory");
    }
    packed.write_all(case.end.as_bytes()).expect("in memory");
    packed.finish().expect("in memory")
}

fn answer(mut stream: TcpStream, body: &[u8]) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(read) => request.extend_from_slice(&buffer[..read]),
        }
    }
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    // A client that has had enough closes the connection.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}

fn child(name: &str) -> ExitCode {
    let ceiling = rustix::process::Rlimit { current: Some(CEILING_BYTES), maximum: Some(CEILING_BYTES) };
    rustix::process::setrlimit(rustix::process::Resource::As, ceiling).expect("a limit");
    let case = CASES.iter().find(|case| case.name == name).expect("a case");
    let url = std::env::var("HAC_CLIENT_TEST_URL").expect("a URL");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    println!("{}", runtime.block_on(meet(case.ask, &url)));
    let status = std::fs::read_to_string("/proc/self/status").expect("the kernel's account");
    let peak = status.lines().find_map(|line| line.strip_prefix(PEAK)).expect("the peak");
    let kibibytes: u64 = peak.trim().trim_end_matches(" kB").trim().parse().expect("a number");
    println!("{PEAK} {}", kibibytes >> 10);
    ExitCode::SUCCESS
}

/// Throws the rows away.
struct Nobody;

impl hac_client::console::RowSink for Nobody {
    fn row(&mut self, _: &[Option<std::borrow::Cow<'_, str>>]) -> std::ops::ControlFlow<()> {
        std::ops::ControlFlow::Continue(())
    }
}

async fn count(mut rows: RowStream<String>) -> hac_client::Result<usize> {
    let mut count = 0;
    while let Some(row) = rows.next().await {
        row?;
        count += 1;
    }
    Ok(count)
}

async fn meet(ask: Ask, url: &str) -> String {
    let cache = tempfile::tempdir().expect("a directory");
    let session = SessionMetadata {
        session_id: "STORED-SESSION".into(),
        csrf_token: "STORED-TOKEN".into(),
        route_cookie: None,
        environment: "local".into(),
        base_url: url.to_owned(),
        username: "admin".into(),
        created_at: 1_700_000_000.0,
        last_used_at: 1_700_000_000.0,
        is_authenticated: true,
    };
    SessionManager::with_cache_dir(cache.path()).save_session(&session).expect("saved");
    let client = HacClient::builder(url)
        .auth_handler(BasicAuthHandler::new("admin", "nimda"))
        .cache_dir(cache.path())
        .validation(Validation::OnUse)
        .build()
        .expect("a client");
    let query = FlexibleSearch::new("SELECT 1").max_count(0);
    let post = |keys: &[&str]| HacRequest::post("/x", hac_client::request::Effect::Write).expect_json(keys.to_vec());
    let came = match ask {
        Ask::Script => client.execute_groovy("1", hac_client::Commit::No).await.map(drop),
        Ask::Rows => client.execute_flexiblesearch(query).await.map(drop),
        Ask::Stream => client.stream_flexiblesearch(query, &mut Nobody).await.map(drop),
        Ask::Values => client.rows::<Option<String>>(query).await.map(drop),
        Ask::ValueStream => count(client.stream_rows(query)).await.map(drop),
        Ask::Csv => client.write_csv(query, std::io::sink()).await.map(drop),
        Ask::Json => client.send(&post(&["x"])).await.map(drop),
        Ask::JsonList => client.send(&HacRequest::get("/x").expect_json_list()).await.map(drop),
        Ask::Element => client.send(&HacRequest::get("/x").expect_element(["x"])).await.map(drop),
        Ask::CronJobs => client.cron_jobs().await.map(drop),
        Ask::About => client.about().await.map(drop),
        Ask::ClearCache => client.clear_region_cache().await.map(drop),
        Ask::SupportFiles => client.support_files().await.map(drop),
        Ask::Types => client.types().await.map(drop),
        Ask::SetLevel => client.change_log_level("a", LogLevel::Info).await.map(drop),
        Ask::Loggers => client.loggers().await.map(drop),
        Ask::Properties => client.properties().await.map(drop),
        Ask::Import => client.import_impex("INSERT Title;code\n;a").await.map(drop),
        Ask::Export => client
            .export_impex(ImpexExport::new("INSERT Title;code"), cache.path().join("x.zip"), Overwrite::No)
            .await
            .map(drop),
        Ask::UpdateLog => client.update_log().await.map(drop),
        Ask::UpdateData => client.update_data().await.map(drop),
        Ask::Patches => client.pending_patches().await.map(drop),
    };
    match came {
        Ok(()) => "an answer".to_owned(),
        Err(error) => format!("{}: {error}", error.kind()),
    }
}
