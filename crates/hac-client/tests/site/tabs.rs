//! The tabs with Rust, run against the simulator.

use std::io::Write as _;
use std::num::NonZeroUsize;
use std::time::Duration;

use hac_client::console::{BulkImport, ImpexCopy, ImpexSwitch, lint_impex};
use hac_client::mask::{MaskKey, Masking, Masks};
use hac_client::platform::{LogLevel, LogLine, Schema, Update, UpdateOutcome, Watch};
use hac_client::session::SessionState;
use hac_client::tls::Trust;
use hac_client::{
    BasicAuthHandler, Commit, Error, ErrorKind, FlexibleSearch, HacClient, ImpexImport, Overwrite, Script, ScriptType,
};

use super::{Hac, Shown};

#[tokio::test]
async fn a_certificate_is_pinned() -> Shown {
    let simulator = hac_simulator::Simulator::builder().https().start()?;
    let (url, auth) = (simulator.url(), BasicAuthHandler::new("admin", "nimda"));
    let fingerprint = simulator.certificate_sha256().expect("a certificate");
    let client = HacClient::builder(url).auth_handler(auth).trust(Trust::Pin(fingerprint.parse()?)).build()?;
    assert_eq!(client.check().await?, SessionState::Absent);
    Ok(())
}

#[tokio::test]
async fn an_error_says_whether_the_call_may_be_resent() -> Shown {
    let auth = BasicAuthHandler::new("admin", "nimda");
    let client = HacClient::builder("https://localhost:1").auth_handler(auth).build()?;
    let error = client.execute_groovy("return 1", Commit::Yes).await.expect_err("nobody listens");
    assert_eq!((error.kind(), error.kind().may_be_resent()), (ErrorKind::Connect, true));
    Ok(())
}

#[tokio::test]
async fn rows_are_read() -> Shown {
    let hac = Hac::start();
    let client = hac.client();
    let query = "SELECT {isocode}, {name[en]} FROM {Language} ORDER BY {isocode}";
    for (isocode, name) in client.rows::<(String, String)>(query).await? {
        println!("{isocode}: {name}");
    }

    let query = "SELECT {isocode}, {name[en]} FROM {Language} ORDER BY {isocode}";
    let result = client.execute_flexiblesearch(query).await?;
    println!("{:?} {}", result.headers(), result.rows.len());
    assert_eq!(result.rows.len(), 2);

    let all = FlexibleSearch::new("SELECT {code} FROM {Product} ORDER BY {code}").max_count(0);
    let codes: Vec<String> = client.rows(all).await?;
    assert_eq!(codes.len(), 100);

    let counted: Vec<u64> = client.rows(FlexibleSearch::sql("SELECT COUNT(*) FROM products")).await?;
    assert_eq!(counted, [100]);
    Ok(())
}

#[tokio::test]
async fn rows_are_streamed() -> Shown {
    let hac = Hac::start();
    let client = hac.client();
    let mut file = Vec::new();
    let all = FlexibleSearch::new("SELECT {pk}, {code} FROM {Product} ORDER BY {pk}").max_count(0);
    let mut rows = client.stream_rows::<(u64, String)>(all.clone());
    while let Some(row) = rows.next().await {
        let (pk, code) = row?;
        writeln!(file, "{code} is {pk}")?;
    }
    assert_eq!(file.split(|byte| *byte == b'\n').count(), 101);
    Ok(())
}

#[tokio::test]
async fn all_rows_are_read_in_pages() -> Shown {
    let hac = Hac::start();
    let client = hac.client();
    let mut rows = client.stream_all_rows::<(u64, String)>("SELECT {pk}, {code} FROM {Product}");
    while let Some(row) = rows.next().await {
        let (pk, code) = row?;
        println!("{pk} {code}");
    }
    assert_eq!(rows.summary().map(|summary| summary.row_count), Some(100));
    Ok(())
}

#[tokio::test]
async fn rows_become_structs() -> Shown {
    let hac = Hac::start();
    structs(&hac.client()).await
}

async fn structs(client: &HacClient) -> Shown {
    #[derive(serde::Deserialize)]
    struct Product {
        code: String,
        ean: Option<String>,
    }

    let products: Vec<Product> = client.rows("SELECT {code}, {ean} FROM {Product}").await?;
    assert!(products.iter().all(|product| !product.code.is_empty()));
    assert!(products.iter().any(|product| product.ean.is_none()));
    Ok(())
}

#[tokio::test]
async fn a_query_has_parameters_and_may_fail() -> Shown {
    let hac = Hac::start();
    let client = hac.client();
    let query = FlexibleSearch::new("SELECT {pk} FROM {Product} WHERE {code} = ?code").param("code", "it's")?;
    let pks: Vec<u64> = client.rows(query).await?;
    assert!(pks.is_empty());

    let error = client.rows::<String>("SELECT {nme} FROM {Product}").await.expect_err("there is no such attribute");
    assert_eq!(error.kind(), ErrorKind::QueryFailed);
    Ok(())
}

#[tokio::test]
async fn groovy_runs() -> Shown {
    let hac = Hac::start();
    if !hac.has_groovy().await {
        return Ok(());
    }
    let client = hac.client();
    let result = client.execute_groovy("println 'looking'; return 6 * 7", Commit::No).await?;
    println!("{}", result.execution_result.unwrap_or_default());

    let result = client.execute_groovy("println 'counting'; return (1..10).sum()", Commit::No).await?;
    println!("returned: {}", result.execution_result.unwrap_or_default());
    println!("printed:  {}", result.output_text);

    client.execute_groovy("return 'rolled back'", Commit::No).await?;
    client.execute_groovy("return 'committed'", Commit::Yes).await?;

    let script =
        Script::new(ScriptType::Groovy, "code + ' / ' + (stock + 1)").param("code", "it's")?.param("stock", 5)?;
    let result = client.execute_script(script).await?;
    println!("{}", result.execution_result.unwrap_or_default());
    Ok(())
}

#[tokio::test]
async fn a_script_that_throws_has_a_result() -> Shown {
    let hac = Hac::start();
    let client = hac.client();
    // Without a Groovy the script fails, too.
    let result = client.execute_groovy("null.round()", Commit::No).await.or_else(Error::into_outcome)?;
    if !result.success() {
        println!("{}", result.stacktrace_text);
    }
    assert!(!result.success());

    let script = Script::new(ScriptType::JavaScript, "[1, 2, 3].join()");
    println!("{}", client.execute_script(script).await?.execution_result.unwrap_or_default());
    Ok(())
}

#[tokio::test]
async fn impex_is_imported_and_exported() -> Shown {
    let hac = Hac::start();
    let client = hac.client();
    let file = hac.directory.path().join("languages.impex");
    std::fs::write(&file, "INSERT_UPDATE Language;isocode[unique=true];active\n;pt;maybe\n")?;
    let import = ImpexImport::from_file(&file)?
        .on_progress(|progress| println!("{} of {} bytes", progress.sent, progress.total));
    let result = client.import_impex(import).await.or_else(Error::into_outcome)?;
    for failure in &result.failures {
        println!("line {:?}: {}", failure.line, failure.reason);
    }
    assert_eq!(result.failures[0].line, Some(2));

    let result = client.validate_impex("INSERT_UPDATE Language;isocode[unique=true]\n;fr\n").await?;
    assert!(result.success());

    let script = "INSERT_UPDATE Language;isocode[unique=true]\n;it\n";
    let import =
        ImpexImport::new(script).switch_on(ImpexSwitch::DistributedMode).wait_limit(Duration::from_secs(2 * 3600));
    let result = client.import_impex(import).await?;
    assert!(result.success());
    Ok(())
}

/// Their files are those of the directory that a reader is in.
#[expect(dead_code, unused_variables, reason = "they are not run: the directory of a test is that of all its threads")]
async fn files_of_this_directory(client: &HacClient) -> Shown {
    let import = ImpexImport::from_file("languages.impex")?;
    let result = client.import_impex(import).await?;
    println!("{}", result.summary);

    for found in lint_impex(&std::fs::read_to_string("mistakes.impex")?) {
        println!("{}:{}: {}", found.line, found.column, found.message);
    }

    let import = BulkImport::new("customers.impex")
        .chunk_rows(NonZeroUsize::new(1_000).expect("a number"))
        .report("outcome")
        .on_progress(|progress| println!("{} of {} rows", progress.done, progress.total));
    let result = client.import_impex_bulk(import).await?;
    println!("{} rows in {} chunks", result.imported, result.chunks);

    let script = "INSERT_UPDATE Language;isocode[unique=true]\n\"#% impex.exportItems(\"\"Language\"\", false);\"\n";
    let result = client.export_impex(script, "languages.zip", Overwrite::No).await?;
    Ok(())
}

#[tokio::test]
async fn rows_are_copied() -> Shown {
    let (one, other) = (Hac::start(), Hac::start());
    let (client, shop) = (one.client(), other.client());
    let (path, checkpoints) = (one.directory.path().join("products.impex"), other.directory.path());
    let mut plan = client.plan_copy(ImpexCopy::of_type("Product").exclude("ean")).await?;
    plan.keep_languages(&shop.languages().await?)?;
    plan.mask("manufacturerName", |name| format!("maker {}", name.len()))?;
    println!("{}", plan.header());
    for left_out in plan.left_out() {
        println!("not copied: {} ({})", left_out.attribute, left_out.reason);
    }

    let written = client.write_copy(&plan, &path, Overwrite::No).await?;
    let import = BulkImport::new(&path).state_directory(checkpoints);
    let imported = shop.import_impex_bulk(import).await?;
    println!("{} of {} rows", imported.imported, written.rows);
    assert_eq!((imported.imported, written.rows), (100, 100));
    Ok(())
}

#[tokio::test]
async fn copied_rows_are_masked() -> Shown {
    let hac = Hac::start();
    let (client, key) = (hac.client(), "a key that nobody guesses".to_owned());
    let masks = Masks::new(MaskKey::of(&key)?).column("uid", Masking::Hash).column("name", Masking::Fake);
    let mut plan = client.plan_copy(ImpexCopy::of_query("SELECT {uid}, {name} FROM {Customer}")).await?;
    plan.mask_with(&masks)?;

    let mut text = String::new();
    let written = client.stream_copy(&plan, &mut text).await?;
    assert!(written.rows > 0 && !text.contains("Lovelace"), "{text}");
    Ok(())
}

#[tokio::test]
async fn environments_are_compared() -> Shown {
    let (one, other) = (Hac::start(), Hac::start());
    let (staging, production) = (one.client(), other.client());
    production.set_property("mail.smtp.server", "mail.shop.example.com").await?;
    let is_about_mail = |key: &str| key.starts_with("mail.");
    let ours = staging.snapshot_properties().await?.only(is_about_mail);
    let theirs = production.snapshot_properties().await?.only(is_about_mail);
    let found = ours.compare(&theirs)?;
    for difference in &found.differences {
        println!("{}: {:?}", difference.name, difference.sides);
    }
    println!("{} compared, {} masked by a server", found.compared, found.left_out.len());

    let query = "SELECT {isocode} AS code, {active} AS active FROM {Language}";
    let ours = staging.snapshot_rows(query, &["code"]).await?;
    let rows = ours.compare(&production.snapshot_rows(query, &["code"]).await?)?;
    assert_eq!((found.differences.len(), rows.is_same(), rows.compared), (1, true, 2));
    Ok(())
}

#[tokio::test]
async fn the_platform_is_changed() -> Shown {
    let hac = Hac::start();
    let client = hac.client();
    let change = client.change_log_level("com.example.shop", LogLevel::Warn).await?;
    assert!(change.success());

    let change = client.set_property("mail.smtp.server", "mail.example.com").await?;
    assert!(change.success());

    let attributes = client.type_attributes("Language").await?;
    let pk = client.analyze_pk("8796093054977").await?;
    println!("{attributes:?} {:?}", pk.composed_type());

    client.clear_region_cache().await?;
    println!("{:?}", client.cron_jobs().await?);
    Ok(())
}

#[tokio::test]
async fn the_system_is_updated() -> Shown {
    let hac = Hac::start();
    let client = hac.client();
    let update = Update::new(Schema::Update).create_essential_data().localize_types();
    let plan = client.plan_update(&update).await?;
    let run = client.run_update(&plan, Watch::default(), &mut |line: &LogLine| println!("{}", line.text)).await?;
    println!("{:?} after {:.1?}", run.outcome, run.elapsed);
    assert_eq!(run.outcome, UpdateOutcome::Finished);
    Ok(())
}

#[tokio::test]
async fn a_session_is_checked_and_ended() -> Shown {
    let hac = Hac::start();
    let client = hac.client();
    client.login().await?;
    let state = client.check().await?; // whether the server still knows the session
    client.logout().await?; // ends the session on the server, and removes its file
    assert_eq!(state, SessionState::Alive);
    Ok(())
}
