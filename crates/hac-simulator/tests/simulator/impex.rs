//! The ImpEx consoles: forms, uploads, archives, rights.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use hac_simulator::{Release, Simulator};

use crate::browser::{Browser, Reply};

const IMPORT: &str = "/console/impex/import";
const UPLOAD: &str = "/console/impex/import/upload";
const EXPORT: &str = "/console/impex/export";
const LANGUAGE: &str = "INSERT Language;isocode[unique=true];name[lang=en]\n;xx;<b>&</b>\n";

/// The rows of a query, as JSON.
fn rows(browser: &mut Browser, query: &str) -> String {
    let reply = browser.query(&[("flexibleSearchQuery", query)]);
    reply.json()["resultList"].to_string()
}

fn isocodes(browser: &mut Browser) -> String {
    rows(browser, "SELECT {isocode} FROM {Language} WHERE {isocode} LIKE 'x%'")
}

/// Posts a form with a file.
fn upload(browser: &mut Browser, path: &str, fields: &[(&str, &str)], file: &[u8]) -> Reply {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!("--BOUNDARY\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
        );
    }
    body.extend(b"--BOUNDARY\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.impex\"\r\n\r\n");
    body.extend(file);
    body.extend(b"\r\n--BOUNDARY--\r\n");
    browser.headers.push(("Content-Type".to_owned(), "multipart/form-data; boundary=BOUNDARY".to_owned()));
    let path = browser.below(path);
    let reply = browser.send_bytes("POST", &path, &body).unwrap();
    browser.headers.retain(|(name, _)| name != "Content-Type");
    reply
}

#[test]
fn an_import_runs_and_its_result_is_in_the_page() {
    for release in Release::ALL {
        let simulator = Simulator::builder().release(release).start().unwrap();
        let mut browser = Browser::admin(&simulator);
        browser.read_token(IMPORT);
        let reply = browser.post(IMPORT, &[("scriptContent", LANGUAGE), ("validationEnum", "import_strict")]);
        assert_eq!(reply.status, 200);
        let page = reply.text();
        assert!(page.contains("id=\"impexResult\" data-level=\"notice\""), "{page}");
        assert!(page.contains("data-result=\"Import finished successfully\""), "{page}");
        assert!(!page.contains("<pre>"), "{page}");
        assert_eq!(isocodes(&mut browser), r#"[["xx"]]"#);
        let entries = simulator.ledger().entries();
        assert!(entries.iter().find(|entry| entry.method == "POST" && entry.path.ends_with(IMPORT)).unwrap().executed);
        assert_eq!(browser.post(IMPORT, &[("scriptContent", "INSERT Foo;<a>\n")]).status, 200);
    }
}

#[test]
fn what_failed_is_dumped_escaped() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let script = "INSERT_UPDATE User;uid[unique=true];name\nFoo;a;\"<b>\n& \"\"c\"\"\"\n";
    let page = browser.post(IMPORT, &[("scriptContent", script)]).text();
    assert!(page.contains("data-level=\"error\"") && page.contains("data-result=\"Import has encountered problems.\""));
    let dump = "<div class=\"box impexResult quiet\"><pre>\nINSERT_UPDATE User;uid[unique=true];name\n\
        Foo,,,,&#39;Foo&#39; is no type below User;a;&quot;&lt;b&gt;\n&amp; &quot;&quot;c&quot;&quot;&quot;\n</pre></div>";
    assert!(page.contains(dump), "{page}");
}

#[test]
fn markers_switch_nothing_on_and_boxes_do() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let script = "#% if: true\nINSERT Language;isocode\n;xx\n#% endif:\n";
    for (field, value, runs) in [
        ("_enableCodeExecution", "on", false),
        ("enableCodeExecution", "false", false),
        ("legacyMode", "true", false),
        ("enableCodeExecution", "on", true),
    ] {
        let page = browser.post(IMPORT, &[("scriptContent", script), (field, value)]).text();
        assert_eq!(page.contains("data-level=\"notice\""), runs, "{field}={value}: {page}");
    }
}

#[test]
fn a_form_that_cannot_be_bound_is_shown_again_and_nothing_runs() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    for path in [IMPORT, "/console/impex/import/validate", EXPORT] {
        for (field, value) in [
            ("validationEnum", "STRICT"),
            ("encoding", "klingon"),
            ("maxThreads", "0"),
            ("maxThreads", "many"),
            ("scriptContent", " "),
        ] {
            let mut fields = vec![("scriptContent", LANGUAGE)];
            fields.retain(|(name, _)| *name != field);
            fields.push((field, value));
            let reply = browser.post(path, &fields);
            assert_eq!(reply.status, 200);
            let page = reply.text();
            assert!(page.contains("<span class=\"error\">"), "{path} {field}={value}: {page}");
            assert!(!page.contains("impexResult") && !page.contains("validationResultMsg"), "{page}");
        }
    }
    assert_eq!(simulator.ledger().executed(), 0);
}

#[test]
fn a_validation_imports_nothing() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    for (script, level, text) in [
        (LANGUAGE, "notice", "Import script is valid"),
        ("INSERT Foo;a", "error", "Import script is invalid: line 1 at main script: unknown type &#39;Foo&#39;"),
    ] {
        let page = browser.post("/console/impex/import/validate", &[("scriptContent", script)]).text();
        assert!(page.contains(&format!("id=\"validationResultMsg\" data-level=\"{level}\"")), "{page}");
        assert!(page.contains(&format!("data-result=\"{text}\"")), "{page}");
    }
    assert_eq!((isocodes(&mut browser), simulator.ledger().executed()), ("[]".to_owned(), 1));
}

#[test]
fn a_file_is_uploaded_with_the_token_in_the_address_or_a_header_but_not_in_a_part() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let token = browser.token.clone();
    let in_part = upload(&mut browser, UPLOAD, &[("_csrf", &token)], LANGUAGE.as_bytes());
    assert_eq!(in_part.status, 405);
    let latin = b"INSERT Language;isocode[unique=true];name[lang=en]\n;xl;\xe4\n";
    let fields =
        [("encoding", "ISO-8859-1"), ("validationEnum", "IMPORT_STRICT"), ("maxThreads", "1"), ("legacyMode", "on")];
    let reply = upload(&mut browser, &format!("{UPLOAD}?_csrf={token}"), &fields, latin);
    assert!(reply.text().contains("Import finished successfully"), "{}", reply.text());
    browser.headers.push(("X-CSRF-TOKEN".to_owned(), token));
    // Larger than any form may be.
    let long = format!("{LANGUAGE};xy;{}\n", "y".repeat(3 << 20));
    let reply = upload(&mut browser, UPLOAD, &[], long.as_bytes());
    assert!(reply.text().contains("Import finished successfully"), "{}", reply.text());
    let found = rows(
        &mut browser,
        "SELECT {isocode}, substr({name[en]}, 1, 9) FROM {Language} WHERE {isocode} LIKE 'x%' ORDER BY {isocode}",
    );
    assert_eq!(found, r#"[["xl","ä"],["xx","&lt;b&gt;&amp;&lt;/b&gt;"],["xy","yyyyyyyyy"]]"#);
    let entries = simulator.ledger().entries();
    let entry = entries.iter().filter(|entry| entry.path.ends_with(UPLOAD)).nth(1).unwrap();
    assert_eq!((entry.field("file"), entry.field("legacyMode")), (Some("a.impex"), Some("on")));
    assert_eq!(simulator.ledger().executed(), 3);
}

/// An archive of one file.
fn archive(name: &str, content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    let packed = encoder.finish().unwrap();
    let long = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    let common = [
        &[20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0][..],
        &long(packed.len()),
        &long(content.len()),
        &u16::try_from(name.len()).unwrap().to_le_bytes(),
        &[0, 0],
    ]
    .concat();
    let file = [b"PK\x03\x04", &common[..], name.as_bytes(), &packed].concat();
    let directory = [b"PK\x01\x02\x14\0", &common[..], &[0; 10], &long(0), name.as_bytes()].concat();
    [&file[..], &directory, b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &long(directory.len()), &long(file.len()), &[0, 0]]
        .concat()
}

#[test]
fn an_archive_is_imported_by_the_script_in_it() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    browser.headers.push(("X-CSRF-TOKEN".to_owned(), browser.token.clone()));
    let reply = upload(&mut browser, UPLOAD, &[], &archive("importscript.impex", LANGUAGE.as_bytes()));
    assert!(reply.text().contains("Import finished successfully"), "{}", reply.text());
    assert_eq!(isocodes(&mut browser), r#"[["xx"]]"#);
    for file in [archive("other.impex", LANGUAGE.as_bytes()), b"PK\x03\x04broken".to_vec(), Vec::new()] {
        let reply = upload(&mut browser, UPLOAD, &[], &file);
        assert!(reply.text().contains("<span class=\"error\">"), "{}", reply.text());
    }
}

#[test]
fn an_export_is_offered_once_and_to_its_owner() {
    let simulator = Simulator::builder().user("other", "x", &["ROLE_ADMINGROUP"]).start().unwrap();
    let mut browser = Browser::admin(&simulator);
    browser.read_token(EXPORT);
    let mut other = Browser::logged_in(&simulator, "other", "x");
    let page =
        browser.post(EXPORT, &[("scriptContent", "INSERT Category;code"), ("validationEnum", "EXPORT_ONLY")]).text();
    let (_, rest) = page.split_once("<div id=\"downloadExportResultData\">Download: <a href=\"").unwrap();
    let (href, _) = rest.split_once('"').unwrap();
    let path = format!("/console/impex/{href}");
    assert_eq!(other.get(&path).status, 404);
    let archive = browser.get(&path);
    assert_eq!((archive.status, archive.header("content-type")), (200, Some("application/zip")));
    assert!(archive.body.starts_with(b"PK\x03\x04"));
    assert_eq!(browser.get(&path).status, 404, "once");
    let page = browser.post(EXPORT, &[("scriptContent", "INSERT Foo;code")]).text();
    assert!(page.contains("data-level=\"error\"") && !page.contains("downloadExportResultData"), "{page}");
}

/// Exports by a script, and downloads the archive.
fn exported(browser: &mut Browser, script: &str) -> Vec<u8> {
    let form = [("scriptContent", script), ("validationEnum", "EXPORT_REIMPORT_STRICT")];
    let page = browser.post(EXPORT, &form).text();
    let (_, rest) = page.split_once("<a href=\"").unwrap_or_else(|| panic!("no link in {page}"));
    let path = format!("/console/impex/{}", rest.split('"').next().unwrap());
    let archive = browser.get(&path);
    assert_eq!(archive.status, 200);
    archive.body
}

#[test]
fn an_export_is_imported_again() {
    let script = "INSERT_UPDATE Category;code[unique=true];catalogVersion(catalog(id),version)[unique=true];name[lang=en]\n\
        INSERT_UPDATE Product;code[unique=true];catalogVersion(catalog(id),version)[unique=true];name[lang=en];\
        description[lang=de];ean;supercategories(code,catalogVersion(catalog(id),version))\n";
    let state = |browser: &mut Browser| {
        [
            "SELECT {code}, {name[en]} FROM {Category} ORDER BY {code}, {pk}",
            "SELECT {code}, {ean}, {name[en]}, {description[de]} FROM {Product} ORDER BY {code}",
        ]
        .map(|query| rows(browser, query))
    };
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let before = state(&mut browser);
    let first = rows(&mut browser, "SELECT {code} FROM {Product} ORDER BY {code}");
    let first = first.split('"').nth(1).unwrap().to_owned();
    let archive = exported(&mut browser, script);

    let version = "catalogVersion(catalog(id),version)[unique=true]";
    let damage = format!(
        "REMOVE Product[batchmode=true];code[unique=true]\n;{first}\n\
         UPDATE Category;code[unique=true];{version};name[lang=en]\n;cables;electronicsProductCatalog:Online;broken\n\
         INSERT Category;code[unique=true];{version};name[lang=en]\n;extra;electronicsProductCatalog:Online;Extra\n"
    );
    let page = browser.post(IMPORT, &[("scriptContent", &damage)]).text();
    assert!(page.contains("Import finished successfully"), "{page}");
    assert_ne!(state(&mut browser), before);

    browser.headers.push(("X-CSRF-TOKEN".to_owned(), browser.token.clone()));
    let page = upload(&mut browser, UPLOAD, &[], &archive).text();
    assert!(page.contains("code execution is not enabled"), "{page}");
    assert_ne!(state(&mut browser), before, "nothing was imported");
    let page = upload(&mut browser, UPLOAD, &[("enableCodeExecution", "true")], &archive).text();
    assert!(page.contains("Import finished successfully"), "{page}");
    browser.post(
        IMPORT,
        &[(
            "scriptContent",
            &format!("REMOVE Category;code[unique=true];{version}\n;extra;electronicsProductCatalog:Online\n"),
        )],
    );
    assert_eq!(state(&mut browser), before);
    assert_eq!(exported(&mut browser, script).len() / 1000, archive.len() / 1000, "about the same once more");
}

#[test]
fn external_data_that_is_not_there_is_an_error() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let script = "INSERT Language;isocode[unique=true]\n#% impex.includeExternalData(\"no.csv\", \"UTF-8\", 1, -1);\n";
    let page = browser.post(IMPORT, &[("scriptContent", script), ("enableCodeExecution", "true")]).text();
    assert!(
        page.contains("data-level=\"error\"") && page.contains("there is no external data &#39;no.csv&#39;"),
        "{page}"
    );
}

#[test]
fn each_console_has_its_own_right() {
    let simulator = Simulator::builder()
        .user("importer", "x", &["ROLE_HAC_CONSOLE_IMPEXIMPORT"])
        .user("exporter", "x", &["ROLE_HAC_CONSOLE_IMPEXEXPORT"])
        .start()
        .unwrap();
    let mut importer = Browser::logged_in(&simulator, "importer", "x");
    let mut exporter = Browser::logged_in(&simulator, "exporter", "x");
    assert_eq!((importer.get(IMPORT).status, importer.get(EXPORT).status), (200, 403));
    assert_eq!((exporter.get(IMPORT).status, exporter.get(EXPORT).status), (403, 200));
    let script = [("scriptContent", LANGUAGE)];
    assert_eq!(
        (
            importer.post(IMPORT, &script).status,
            exporter.post(EXPORT, &[("scriptContent", "INSERT Category;code")]).status
        ),
        (200, 200)
    );
    assert_ne!(exporter.post(IMPORT, &script).status, 200);
    assert_eq!(simulator.ledger().executed(), 2);
}

/// Status, result and messages of the import jobs, the first one first.
fn import_jobs(browser: &mut Browser) -> Vec<[String; 3]> {
    let text = "SELECT {s.code}, {r.code}, {l.message} FROM {ImpExImportCronJob AS j JOIN CronJobStatus AS s ON {j.status} = {s.pk} \
                JOIN CronJobResult AS r ON {j.result} = {r.pk} JOIN User AS u ON {j.sessionUser} = {u.pk} \
                LEFT JOIN JobLog AS l ON {l.cronJob} = {j.pk}} WHERE {u.uid} = 'admin' ORDER BY {j.pk}";
    let json = browser.query(&[("flexibleSearchQuery", text)]).json();
    let rows = json["resultList"].as_array().unwrap();
    let cell = |row: &serde_json::Value, at: usize| row[at].as_str().unwrap_or("-").to_owned();
    rows.iter().map(|row| [cell(row, 0), cell(row, 1), cell(row, 2)]).collect()
}

fn ended_jobs(browser: &mut Browser) -> Vec<[String; 3]> {
    loop {
        let jobs = import_jobs(browser);
        if jobs.iter().all(|job| job[0] != "RUNNING") {
            return jobs;
        }
    }
}

#[test]
fn a_distributed_import_is_answered_before_it_is_done_and_ends_as_a_cron_job() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    simulator.hold_import_jobs(true);
    let lines = (0..350).fold(String::new(), |lines, number| lines + &format!(";L{number}\n"));
    let script = format!("INSERT Language;isocode[unique=true]\n{lines}");
    let reply = browser.post("/console/impex/import", &[("scriptContent", &script), ("distributedMode", "true")]);
    assert!(reply.text().contains("Distributed import was started"), "{}", reply.text());
    assert_eq!(import_jobs(&mut browser), [["RUNNING", "UNKNOWN", "-"]]);
    let count = |browser: &mut Browser| {
        let json = browser.query(&[("flexibleSearchQuery", "SELECT count(*) FROM {Language}")]).json();
        json["resultList"][0][0].as_str().unwrap().to_owned()
    };
    assert_eq!(count(&mut browser), "2");
    simulator.hold_import_jobs(false);
    assert_eq!(ended_jobs(&mut browser), [["FINISHED", "SUCCESS", "Import was successful"]]);
    assert_eq!(count(&mut browser), "352");
}

#[test]
fn what_failed_in_a_distributed_import_is_in_the_log_of_its_job() {
    let simulator = Simulator::builder().knobs(|knobs| knobs.escape_cells = false).start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let script =
        "INSERT Language;isocode[unique=true];nothing\n;fr;1\nINSERT Language;isocode[unique=true]\n;en\n;it\n";
    browser.post("/console/impex/import", &[("scriptContent", script), ("distributedMode", "true")]);
    let [job] = &ended_jobs(&mut browser)[..] else { panic!("one job") };
    assert_eq!(job[..2], ["FINISHED", "ERROR"]);
    assert!(job[2].contains("unknown attributes") && job[2].contains("ambiguous unique keys"), "{}", job[2]);
    assert!(!job[2].contains(";it"), "{}", job[2]);

    let condition = "#% if: true\nINSERT Language;isocode[unique=true]\n;es\n#% endif:\n";
    let fields = [("scriptContent", condition), ("distributedMode", "true"), ("enableCodeExecution", "true")];
    browser.post("/console/impex/import", &fields);
    let jobs = ended_jobs(&mut browser);
    assert!(jobs[1][2].contains("not supported in distributed mode"), "{}", jobs[1][2]);
}
