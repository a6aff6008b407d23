//! The class of a request whose caller says what it does: that, or what is known of its path if it is worse.

use http::Method;

use crate::platform::update_class;
use crate::protection::Class;
use crate::transport::Body;
use crate::transport::resend::Effect;

/// Paths that change something if they are posted to, in lower case; with a slash at the end also those below them.
const WRITES: &[&str] = &[
    "/console/scripting/execute",
    "/console/scripting/save",
    "/console/scripting/delete",
    "/console/scripting/upload",
    "/console/impex/import",
    "/console/impex/import/upload",
    "/console/impex/export",
    "/maintain/",
    "/monitoring/cache/regioncache/clear",
    "/monitoring/database/",
    "/platform/config/",
    "/platform/log4j/",
    "/platform/support/zip",
    "/platform/tenants/",
];
const QUERY: &str = "/console/flexsearch/execute";
const RUN: &str = "/platform/init/execute";

/// What a request does. A caller who declares a write of HAC's a read does not get it past the protection.
pub(super) fn class_of(method: &Method, path: &str, body: &Body, declared: Effect) -> Class {
    let declared = Class::of_effect(declared);
    if *method == Method::GET {
        return declared;
    }
    let path = path.to_ascii_lowercase();
    // A server may read other spellings as one of the paths above.
    if path.contains(['%', ';']) || path.contains("//") || path.contains("/.") {
        return Class::Destroy;
    }
    let path = path.trim_end_matches('/');
    let known = match path {
        RUN => match body {
            Body::Raw(_, json) => serde_json::from_slice(json).map_or(Class::Destroy, |request| update_class(&request)),
            _ => Class::Destroy,
        },
        QUERY if !is_read(body) => Class::Write,
        _ if WRITES.iter().any(|write| path == *write || (write.ends_with('/') && path.starts_with(write))) => {
            Class::Write
        }
        _ => Class::Read,
    };
    declared.max(known)
}

/// Whether the form of a query is one in `FlexibleSearch` that is rolled back.
fn is_read(body: &Body) -> bool {
    let Body::Form(form) = body else { return false };
    url::form_urlencoded::parse(form).all(|(name, value)| match &*name {
        "sqlQuery" => value.is_empty(),
        "commit" => value == "false",
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, body: &Body) -> Class {
        class_of(&Method::POST, path, body, Effect::Read)
    }

    #[test]
    fn a_write_of_hac_that_is_declared_a_read_is_a_write() {
        for path in [
            "/console/scripting/execute",
            "/Console/Scripting/EXECUTE/",
            "/console/impex/import",
            "/console/impex/import/upload",
            "/monitoring/cache/regionCache/clear",
            "/platform/config/configstore",
            "/platform/log4j/changeLevel",
            "/console/flexsearch/execute",
        ] {
            assert_eq!(read(path, &Body::Empty), Class::Write, "{path}");
        }
        for path in ["/console/impex/import/validate", "/platform/dumpConfiguration", "/platform/pkanalyzer/analyze"] {
            assert_eq!(read(path, &Body::Empty), Class::Read, "{path}");
        }
        assert_eq!(class_of(&Method::GET, "/console/impex/import", &Body::Empty, Effect::Read), Class::Read);
    }

    #[test]
    fn a_query_is_a_read_only_without_sql_and_without_commit() {
        let class = |fields: &[(&str, &str)]| read(QUERY, &Body::form(fields.iter().copied()));
        assert_eq!(class(&[("flexibleSearchQuery", "SELECT"), ("sqlQuery", ""), ("commit", "false")]), Class::Read);
        assert_eq!(class(&[("flexibleSearchQuery", "SELECT"), ("commit", "true")]), Class::Write);
        assert_eq!(class(&[("sqlQuery", "DROP TABLE x"), ("commit", "false")]), Class::Write);
        assert_eq!(class(&[("commit", "false"), ("commit", "true")]), Class::Write);
        assert_eq!(read(QUERY, &Body::Raw("text/plain".into(), "commit=false".into())), Class::Write);
    }

    #[test]
    fn a_run_that_drops_tables_or_cannot_be_read_destroys() {
        let class = |json: &'static str| {
            class_of(&Method::POST, RUN, &Body::Raw("application/json".into(), json.into()), Effect::Write)
        };
        assert_eq!(class(r#"{"dropTables":false,"initMethod":"UPDATE"}"#), Class::Write);
        assert_eq!(class(r#"{"dropTables":false,"initMethod":null}"#), Class::Write);
        for json in [r#"{"dropTables":true}"#, r#"{"dropTables":"true"}"#, r#"{"initMethod":"INIT"}"#, "[", "[]"] {
            assert_eq!(class(json), Class::Destroy, "{json}");
        }
    }

    #[test]
    fn a_path_in_another_spelling_counts_as_the_worst() {
        for path in
            ["/platform//init/execute", "/platform/./init/execute", "/x/../platform/init", "/%70latform", "/a;b"]
        {
            assert_eq!(read(path, &Body::Empty), Class::Destroy, "{path}");
        }
    }
}
