//! The operations, as data: how each is called, and what it does to the server.

use std::borrow::Cow;
use std::future::Future;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use hac_client::console::{BulkImport, ImpexSwitch, PageSink, RowSink};
use hac_client::platform::{LogLevel, Schema, Update, UpdateData};
use hac_client::session::SessionState;
use hac_client::{Commit, Error, ErrorKind, FlexibleSearch, HacClient, ImpexImport, Overwrite};

use crate::server::Place;

/// What an operation does, as far as faults are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Nature {
    Login,
    Check,
    Logout,
    Read,
    /// A read whose answer is given away while it arrives.
    Stream,
    Write,
}

/// What its answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    /// No answer of its own: pages of the session.
    Session,
    /// A JSON object with keys of its own.
    Keys,
    /// JSON of any kind.
    AnyJson,
    List,
    Rows,
    /// A page with the verdict of an import.
    Verdict,
    Page,
    File,
}

/// How an operation ended that came to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Well,
    /// The answer says that it failed.
    Badly,
}

type Run = for<'a> fn(&'a HacClient, &'a Path) -> Pin<Box<dyn Future<Output = Result<(Ended, String), Error>> + 'a>>;

/// An operation of the client.
#[derive(Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) nature: Nature,
    pub(crate) form: Form,
    /// Method and path of its request.
    pub(crate) request: (&'static str, &'static str),
    pub(crate) run: Run,
    /// The program's arguments; `OUT` is a file that is not there.
    pub(crate) arguments: &'static [&'static str],
}

impl Operation {
    /// Where its own request arrives.
    pub(crate) fn place(&self) -> Place {
        match self.nature {
            Nature::Login => Place::LoginPost,
            Nature::Check => Place::Probe,
            Nature::Logout => Place::Logout,
            _ => Place::Call,
        }
    }

    pub(crate) fn changes(&self) -> bool {
        self.nature == Nature::Write
    }

    /// What the query of its own request contains: other queries are made before it.
    pub(crate) fn mark(&self) -> &'static str {
        if self.name == PAGES { ") q" } else { "" }
    }
}

fn well(success: bool) -> (Ended, String) {
    (if success { Ended::Well } else { Ended::Badly }, String::new())
}

/// Takes rows, but not without end.
#[derive(Default)]
struct Counted(usize);

impl RowSink for Counted {
    fn row(&mut self, _: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
        self.0 += 1;
        if self.0 > 20_000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl PageSink for Counted {}

macro_rules! run {
    (|$client:ident, $directory:ident| $body:expr) => {
        |$client, $directory| {
            Box::pin(async move {
                let _ = $directory;
                $body
            })
        }
    };
}

/// The operations that take several requests.
pub(crate) const PAGES: &str = "query, page by page";
pub(crate) const CHUNKS: &str = "ImpEx import in chunks";
pub(crate) const DISTRIBUTED: &str = "distributed ImpEx import";

const QUERY: &str = "SELECT {pk}, {code} FROM {Product}";
const IMPEX: &str = "INSERT_UPDATE Title;code[unique=true]\n;mr\n";

/// Every operation.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "login",
        nature: Nature::Login,
        form: Form::Session,
        request: ("POST", "/j_spring_security_check"),
        run: run!(|client, directory| client.login().await.map(|info| (Ended::Well, format!("{info:?}")))),
        arguments: &["session", "start"],
    },
    Operation {
        name: "check the session",
        nature: Nature::Check,
        form: Form::Session,
        request: ("GET", "/"),
        run: run!(|client, directory| client.check().await.map(|state| well(state == SessionState::Alive))),
        arguments: &["session", "check"],
    },
    Operation {
        name: "log out",
        nature: Nature::Logout,
        form: Form::Session,
        request: ("POST", "/j_spring_security_logout"),
        run: run!(|client, directory| client.logout().await.map(well)),
        arguments: &["session", "end"],
    },
    Operation {
        name: "script",
        nature: Nature::Write,
        form: Form::Keys,
        request: ("POST", "/console/scripting/execute"),
        run: run!(|client, directory| client
            .execute_groovy("return 2 + 2", Commit::No)
            .await
            .or_else(Error::into_outcome)
            .map(|result| well(result.success()))),
        arguments: &["groovy", "return 2 + 2"],
    },
    Operation {
        name: "query",
        nature: Nature::Stream,
        form: Form::Rows,
        request: ("POST", "/console/flexsearch/execute"),
        run: run!(|client, directory| client
            .execute_flexiblesearch(QUERY)
            .await
            .or_else(Error::into_outcome)
            .map(|result| well(result.success()))),
        arguments: &["flexsearch", "--format", "table", QUERY],
    },
    Operation {
        name: "query, row by row",
        nature: Nature::Stream,
        form: Form::Rows,
        request: ("POST", "/console/flexsearch/execute"),
        run: run!(|client, directory| {
            let query = FlexibleSearch::new(QUERY);
            client
                .stream_flexiblesearch(query, &mut Counted::default())
                .await
                .or_else(Error::into_outcome)
                .map(|summary| well(summary.success()))
        }),
        arguments: &["flexsearch", "--csv", QUERY],
    },
    Operation {
        name: PAGES,
        nature: Nature::Read,
        form: Form::Rows,
        request: ("POST", "/console/flexsearch/execute"),
        run: run!(|client, directory| {
            match client.stream_pages(QUERY, &mut Counted::default()).await {
                Err(error) if error.kind() == ErrorKind::QueryFailed => Ok(well(false)),
                read => read.map(|_| well(true)),
            }
        }),
        arguments: &["flexsearch", "--all", "--csv", QUERY],
    },
    Operation {
        name: "SQL",
        nature: Nature::Write,
        form: Form::Rows,
        request: ("POST", "/console/flexsearch/execute"),
        run: run!(|client, directory| {
            let query = FlexibleSearch::sql("SELECT PK, p_code FROM products");
            client.execute_flexiblesearch(query).await.or_else(Error::into_outcome).map(|result| well(result.success()))
        }),
        arguments: &["flexsearch", "--sql", "SELECT PK, p_code FROM products"],
    },
    Operation {
        name: "ImpEx import",
        nature: Nature::Write,
        form: Form::Verdict,
        request: ("POST", "/console/impex/import"),
        run: run!(|client, directory| client
            .import_impex(IMPEX)
            .await
            .or_else(Error::into_outcome)
            .map(|result| well(result.success()))),
        arguments: &["impex", "import", "IMPEX"],
    },
    Operation {
        name: CHUNKS,
        nature: Nature::Write,
        form: Form::Verdict,
        request: ("POST", "/console/impex/import"),
        run: run!(|client, directory| {
            let file = directory.join("chunks.impex");
            std::fs::write(&file, IMPEX).expect("written");
            let import = BulkImport::new(&file).state_directory(directory.join("state")).chunk_rows(NonZeroUsize::MAX);
            client.import_impex_bulk(import).await.or_else(Error::into_outcome).map(|result| well(result.success()))
        }),
        arguments: &["impex", "import", "--chunk-lines", "1000", "IMPEX"],
    },
    Operation {
        name: DISTRIBUTED,
        nature: Nature::Write,
        form: Form::Verdict,
        request: ("POST", "/console/impex/import"),
        run: run!(|client, directory| {
            let import =
                ImpexImport::new(IMPEX).switch_on(ImpexSwitch::DistributedMode).poll_interval(Duration::from_millis(1));
            client.import_impex(import).await.or_else(Error::into_outcome).map(|result| well(result.success()))
        }),
        arguments: &["impex", "import", "--distributed", "IMPEX"],
    },
    Operation {
        name: "ImpEx upload",
        nature: Nature::Write,
        form: Form::Verdict,
        request: ("POST", "/console/impex/import/upload"),
        run: run!(|client, directory| {
            let archive = ImpexImport::from_bytes("a.zip", crate::server::pages::zip());
            client.import_impex(archive).await.or_else(Error::into_outcome).map(|result| well(result.success()))
        }),
        arguments: &["impex", "import", "ZIP"],
    },
    Operation {
        name: "ImpEx validation",
        nature: Nature::Read,
        form: Form::Verdict,
        request: ("POST", "/console/impex/import/validate"),
        run: run!(|client, directory| client
            .validate_impex(IMPEX)
            .await
            .or_else(Error::into_outcome)
            .map(|result| well(result.success()))),
        arguments: &["impex", "validate", "IMPEX"],
    },
    Operation {
        name: "ImpEx export",
        nature: Nature::Write,
        form: Form::Verdict,
        request: ("POST", "/console/impex/export"),
        run: run!(|client, directory| client
            .export_impex("#% impex.exportItems(\"Title\", false);", directory.join("out.zip"), Overwrite::Yes)
            .await
            .or_else(Error::into_outcome)
            .map(|result| well(result.success()))),
        arguments: &["impex", "export", "--force", "--output", "OUT", "#% impex.exportItems(\"Title\", false);"],
    },
    Operation {
        name: "download of an export",
        nature: Nature::Stream,
        form: Form::File,
        request: ("GET", "/console/impex/export/download/out.zip"),
        run: run!(|client, directory| client
            .export_impex("#% impex.exportItems(\"Title\", false);", directory.join("out.zip"), Overwrite::Yes)
            .await
            .or_else(Error::into_outcome)
            .map(|result| well(result.success()))),
        arguments: &["impex", "export", "--force", "--output", "OUT", "#% impex.exportItems(\"Title\", false);"],
    },
    Operation {
        name: "loggers",
        nature: Nature::Read,
        form: Form::Page,
        request: ("GET", "/platform/log4j"),
        run: run!(|client, directory| client.loggers().await.map(|found| well(!found.is_empty()))),
        arguments: &["logger", "list"],
    },
    Operation {
        name: "log level",
        nature: Nature::Write,
        form: Form::Keys,
        request: ("POST", "/platform/log4j/changeLevel"),
        run: run!(|client, directory| client
            .change_log_level("root", LogLevel::Debug)
            .await
            .map(|change| well(change.success()))),
        arguments: &["logger", "set", "root", "DEBUG"],
    },
    Operation {
        name: "properties",
        nature: Nature::Read,
        form: Form::Page,
        request: ("GET", "/platform/config"),
        run: run!(|client, directory| client.properties().await.map(|found| well(!found.is_empty()))),
        arguments: &["property", "list"],
    },
    Operation {
        name: "set a property",
        nature: Nature::Write,
        form: Form::Keys,
        request: ("POST", "/platform/config/configstore"),
        run: run!(|client, directory| client.set_property("a.key", "1").await.map(|_| well(true))),
        arguments: &["property", "set", "a.key", "1"],
    },
    Operation {
        name: "clear the cache",
        nature: Nature::Write,
        form: Form::AnyJson,
        request: ("POST", "/monitoring/cache/regionCache/clear"),
        run: run!(|client, directory| client.clear_region_cache().await.map(|answer| well(answer.success()))),
        arguments: &["cache", "clear"],
    },
    Operation {
        name: "update",
        nature: Nature::Write,
        form: Form::Keys,
        request: ("POST", "/platform/init/execute"),
        run: run!(|client, directory| {
            let plan = Update::new(Schema::LeaveAlone).create_essential_data().plan(&UpdateData::default(), &[])?;
            client.execute_update(&plan).await.map(|result| well(result.success()))
        }),
        arguments: &["update", "run", "--no-follow", "--create-essential-data"],
    },
    Operation {
        name: "state of an update",
        nature: Nature::Read,
        form: Form::Page,
        request: ("GET", "/platform/update"),
        run: run!(|client, directory| client.update_status().await.map(|_| well(true))),
        arguments: &["update", "status"],
    },
    Operation {
        name: "log of an update",
        nature: Nature::Read,
        form: Form::Keys,
        request: ("GET", "/initlog/log"),
        run: run!(|client, directory| client.update_log().await.map(|_| well(true))),
        arguments: &["update", "log"],
    },
    Operation {
        name: "pack the support files",
        nature: Nature::Write,
        form: Form::AnyJson,
        request: ("POST", "/platform/support/zip"),
        run: run!(|client, directory| client.prepare_support_zip(&["/log"]).await.map(|_| well(true))),
        arguments: &["support", "zip", "--force", "--output", "OUT", "/log"],
    },
    Operation {
        name: "download of the support files",
        nature: Nature::Stream,
        form: Form::File,
        request: ("GET", "/platform/support/zip/download"),
        run: run!(|client, directory| client.download_support_zip(&mut Vec::new()).await.map(|_| well(true))),
        arguments: &["support", "zip", "--force", "--output", "OUT", "/log"],
    },
    Operation {
        name: "PK",
        nature: Nature::Read,
        form: Form::Keys,
        request: ("POST", "/platform/pkanalyzer/analyze"),
        run: run!(|client, directory| client.analyze_pk("8796093054977").await.map(|pk| well(pk.success()))),
        arguments: &["pk", "8796093054977"],
    },
    Operation {
        name: "cron jobs",
        nature: Nature::Read,
        form: Form::List,
        request: ("GET", "/monitoring/cronjobs/data"),
        run: run!(|client, directory| client.cron_jobs().await.map(|_| well(true))),
        arguments: &["cronjob", "list"],
    },
    Operation {
        name: "JDBC log",
        nature: Nature::Stream,
        form: Form::File,
        request: ("GET", "/monitoring/database/logs/download"),
        run: run!(|client, directory| client.download_jdbc_log(&mut Vec::new()).await.map(|_| well(true))),
        arguments: &["jdbclog", "download"],
    },
];
