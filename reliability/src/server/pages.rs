//! The pages and answers of a healthy HAC, as the facts about the wire have them.

use base64::prelude::{BASE64_URL_SAFE, Engine as _};

use super::answer::Answer;

/// A page with HAC's title and a token.
pub(crate) fn hac(title: &str, token: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html><head><title>hybris administration console | {title}</title>\
         <meta name=\"_csrf_parameter\" content=\"_csrf\" /><meta name=\"_csrf_header\" content=\"X-CSRF-TOKEN\" />\
         <meta name=\"_csrf\" content=\"{token}\" /></head><body>{body}\
         <form action=\"/hac/j_spring_security_logout\" method=\"POST\">\
         <input type=\"hidden\" name=\"_csrf\" value=\"{token}\" /></form></body></html>"
    )
}

/// A login form that posts to this address.
pub(crate) fn login_form(action: &str, token: &str) -> String {
    format!(
        "<form action=\"{action}\" method=\"POST\"><input type=\"text\" name=\"j_username\"/>\
         <input type=\"password\" name=\"j_password\"/><input type=\"hidden\" name=\"_csrf\" value=\"{token}\" /></form>"
    )
}

/// HAC's login page.
pub(crate) fn login(action: &str, token: &str) -> String {
    format!(
        "<!DOCTYPE html><html><head><title>hybris administration console | Login</title>\
         <meta name=\"_csrf\" content=\"{token}\" /><!-- redirect_detection --></head><body>{}</body></html>",
        login_form(action, token)
    )
}

/// The login page of a shop, whose form looks like HAC's.
pub(crate) fn shop(action: &str) -> String {
    format!(
        "<!DOCTYPE html><html><head><title>Apparel Site UK | Sign in</title></head><body><h1>Returning Customer</h1>{}\
         </body></html>",
        login_form(action, "shop-token")
    )
}

/// A page of something else.
pub(crate) fn foreign(title: &str, body: &str) -> String {
    format!("<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1><p>{body}</p></body></html>")
}

/// What Spring Security answers to a dead session or a wrong token.
pub(crate) fn refusal() -> String {
    "<!doctype html><html><head><title>HTTP Status 405 – Method Not Allowed</title></head>\
     <body><h1>HTTP Status 405 – Method Not Allowed</h1></body></html>"
        .to_owned()
}

/// A page with the verdict of an import.
pub(crate) fn verdict(token: &str, id: &str, level: &str, text: &str) -> String {
    let body = format!("<span id=\"{id}\" data-level=\"{level}\" data-result=\"{text}\"></span>");
    hac("ImpEx Import", token, &body)
}

/// A ZIP archive that holds one small script.
pub(crate) fn zip() -> Vec<u8> {
    const NAME: &[u8] = b"importscript.impex";
    const CONTENT: &[u8] = b"INSERT_UPDATE Title;code[unique=true]\n;mr\n";
    let mut sum = flate2::Crc::new();
    sum.update(CONTENT);
    let number = |value: usize, bytes: usize| value.to_le_bytes()[..bytes].to_vec();
    // Version, flags, method (stored), time, date, checksum, both sizes, length of the name, no extra field.
    let described = [
        number(20, 2),
        number(0, 2),
        number(0, 2),
        number(0, 4),
        sum.sum().to_le_bytes().to_vec(),
        number(CONTENT.len(), 4),
        number(CONTENT.len(), 4),
        number(NAME.len(), 2),
        number(0, 2),
    ]
    .concat();
    let file = [b"PK\x03\x04", &described[..], NAME, CONTENT].concat();
    let entry = [b"PK\x01\x02", &number(20, 2)[..], &described, &[0; 14], NAME].concat();
    let end = [number(0, 4), number(1, 2), number(1, 2), number(entry.len(), 4), number(file.len(), 4), number(0, 2)];
    [&file[..], &entry, b"PK\x05\x06", &end.concat()].concat()
}

pub(crate) const ROWS: &str = r#"{"query":"SELECT item_t0.PK FROM products item_t0","executionTime":3,"resultCount":3,"exception":null,"headers":["PK","p_code"],"resultList":[["1","A &amp; B"],["2",null],["3","c"]],"rawExecution":false,"dataSourceId":"master","exceptionStackTrace":""}"#;

/// The answer to a query, after so many imports.
pub(crate) fn rows(query: &str, imports: usize) -> String {
    let answer = |count: usize, rows: &str| {
        format!(
            r#"{{"resultCount":{count},"exception":null,"headers":["PK","p_code","p_code","p_code","p_uid"],"resultList":[{rows}],"exceptionStackTrace":""}}"#
        )
    };
    if query.contains("ImpExImportCronJob") {
        let job = |number: usize| format!(r#"["{number}","ImpEx-Import-{number}","FINISHED","SUCCESS","admin"]"#);
        let jobs: Vec<String> = (1..=imports).rev().map(job).collect();
        return answer(imports, &jobs.join(","));
    }
    if query.contains("JobLog") {
        return answer(0, "");
    }
    if query.contains(") q WHERE") {
        // A page that begins at the last row.
        return ROWS
            .replace(r#"["1","A &amp; B"],["2",null],"#, "")
            .replace(r#""resultCount":3"#, r#""resultCount":1"#);
    }
    ROWS.to_owned()
}

pub(crate) const SCRIPT: &str = r#"{"executionResult":"4","outputText":"","stacktraceText":""}"#;
const LEVEL: &str = r#"{"loggerName":"root","levelName":"DEBUG","levels":[{"standardLevel":"DEBUG"}],"loggers":[{"name":"root","parentName":null,"effectiveLevel":{"standardLevel":"DEBUG"}}]}"#;

/// The answer to an operation with a living session and the right token.
pub(crate) fn operation(method: &str, path: &str, token: &str) -> Option<Answer> {
    let page = |title: &str, body: &str| Some(Answer::html(200, hac(title, token, body)));
    let json = |text: &str| Some(Answer::json(text));
    match (method, path) {
        ("POST", "/console/scripting/execute") => json(SCRIPT),
        ("POST", "/console/flexsearch/execute") => json(ROWS),
        ("POST", "/console/impex/import" | "/console/impex/import/upload") => {
            Some(Answer::html(200, verdict(token, "impexResult", "notice", "Import finished successfully")))
        }
        ("POST", "/console/impex/import/validate") => {
            Some(Answer::html(200, verdict(token, "validationResultMsg", "notice", "Import script is valid")))
        }
        ("POST", "/console/impex/export") => page(
            "ImpEx Export",
            "<span id=\"impexResult\" data-level=\"notice\" data-result=\"Export finished successfully\"></span>\
             <div id=\"downloadExportResultData\"><a href=\"export/download/out.zip\">out.zip</a></div>",
        ),
        ("GET", "/console/impex/export/download/out.zip" | "/platform/support/zip/download") => {
            Some(Answer::new(200).header("Content-Type", "application/zip").body(zip()))
        }
        ("POST", "/console/impex/allTypes") => json(r#"{"exists":true,"types":["Product","User"]}"#),
        ("GET", "/platform/log4j") => page(
            "Logging",
            "<table id=\"loggers\"><tr><td title=\"root\">root</td><td title=\"\"></td><td><select>\
             <option value=\"INFO\" selected>INFO</option></select></td></tr></table>",
        ),
        ("POST", "/platform/log4j/changeLevel") => json(LEVEL),
        ("GET", "/platform/config") => {
            page("Configuration", "<table><tr id=\"a.key\"><td><input name=\"a.key\" value=\"1\"/></td></tr></table>")
        }
        ("POST", "/platform/config/configstore") => json(r#"{"action":"update","hasEdited":false}"#),
        ("GET", "/platform/update") => page("Update", "What is to be done?"),
        ("GET", "/platform/init/data") => json(r#"{"isInitializing":false,"projectDatas":[]}"#),
        ("GET", "/platform/init/pendingPatches") => json("{}"),
        ("POST", "/platform/init/execute") => {
            json(r#"{"success":true,"log":"<h3>Update</h3>essential data<br/>FINISHED"}"#)
        }
        ("GET", "/initlog/log") => json(r#"{"log":"<h3>Update</h3>essential data<br/>FINISHED"}"#),
        ("GET", "/platform/support/data") => json(r#"["/opt/hybris/log/console.log"]"#),
        ("POST", "/platform/support/zip" | "/monitoring/cache/regionCache/clear") => json(r#"{"success":true}"#),
        ("POST", "/platform/pkanalyzer/analyze") => json(
            r#"{"pkString":"8796093054977","counterBased":true,"pkAsHex":"80000007001","pkTypeCode":1,"possibleException":null}"#,
        ),
        ("GET", "/monitoring/cronjobs/data") => json(r#"[{"code":"a"}]"#),
        ("GET", "/monitoring/database/logs/download") => Some(
            Answer::new(200)
                .header("Content-Type", "text/plain")
                .body("1|master|260101-10:00:00:000|0 ms|statement|SELECT 1|\n".repeat(3)),
        ),
        _ => None,
    }
}

/// The token in Spring Security's mask: a random half, and the token's bytes combined with it by exclusive or.
pub(crate) fn masked(token: &str, mask: u64) -> String {
    let mask: Vec<u8> = mask.to_be_bytes().into_iter().cycle().take(token.len()).collect();
    let hidden = token.bytes().zip(&mask).map(|(byte, other)| byte ^ other);
    BASE64_URL_SAFE.encode(mask.iter().copied().chain(hidden).collect::<Vec<_>>())
}

/// The token in such a mask.
pub(crate) fn unmasked(text: &str) -> Option<String> {
    let bytes = BASE64_URL_SAFE.decode(text).ok()?;
    let (mask, hidden) = bytes.split_at(bytes.len() / 2);
    String::from_utf8(mask.iter().zip(hidden).map(|(byte, other)| byte ^ other).collect()).ok()
}
