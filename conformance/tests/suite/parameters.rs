//! Values for scripts: they arrive as they are, in their types, and are never code.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hac_client::console::{ParamType, ParamValue};
use hac_client::{Commit, Error, Script, ScriptType};

use crate::behaviours;
use crate::server::Server;

pub(crate) const BEHAVIOURS: &[crate::Behaviour] = behaviours![Usual:
    texts_arrive_byte_for_byte_as_parameters,
    long_texts_arrive_complete_as_parameters,
    parameters_have_their_types,
    json_parameters_are_trees_of_values,
    parameters_do_not_change_line_numbers,
    parameters_work_whatever_a_script_begins_with,
    parameters_are_visible_like_variables,
    parameters_do_not_leak_into_other_calls,
];

/// What has been code in other clients.
const TEXTS: [&str; 24] = [
    "",
    " ",
    "plain",
    "it's",
    "\"double\"",
    "'''",
    "\"\"\"",
    "$",
    "${1+1}",
    "$name ${name} \\${name}",
    "\\",
    "\\\\'",
    "\\u0027 + evil + \\u0027",
    "*/ evil() /*",
    "// comment",
    "line\nfeed",
    "windows\r\nline\r",
    "tab\tnul\0bell\u{7}esc\u{1b}del\u{7f}c1\u{85}",
    "separators \u{2028}\u{2029}",
    "bom \u{feff} bidi \u{202e} zero\u{200b}",
    "ä ß 東京 😀 👩‍👩‍👧 e\u{301}",
    "'); throw new Error('evil'); ('",
    "/slashy/ $/dollar slashy/$ `back`",
    "</script><!-- &amp; %27 + \u{ff07} \u{2bc}",
];

/// A script that prints the parameter's bytes in hexadecimal: nothing on the way back can hide a change.
fn hexadecimal(language: ScriptType) -> &'static str {
    match language {
        ScriptType::Groovy => "return value.getBytes('UTF-8').encodeHex().toString()",
        _ => {
            "encodeURIComponent(value).replace(/%([0-9A-F]{2})|[^]/g, function (all, hex) {\n\
             return (hex || all.charCodeAt(0).toString(16)).toLowerCase() })"
        }
    }
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

async fn returned(server: &Server, script: Script) -> String {
    let result = server.admin().execute_script(script.commit(Commit::No)).await.expect("a result");
    assert!(result.success(), "{}", result.stacktrace_text);
    result.execution_result.expect("a value")
}

fn script(server: &Server, text: &str) -> Script {
    Script::new(server.expected.script_type, text)
}

fn is_groovy(server: &Server) -> bool {
    server.expected.script_type == ScriptType::Groovy
}

async fn texts_arrive_byte_for_byte_as_parameters(server: Arc<Server>) {
    for text in TEXTS {
        let script = script(&server, hexadecimal(server.expected.script_type)).param("value", text).expect("a name");
        assert_eq!(returned(&server, script).await, hex(text), "{text:?}");
    }
}

async fn long_texts_arrive_complete_as_parameters(server: Arc<Server>) {
    // Around the longest constant of a JVM, and a megabyte.
    for length in [44_999, 45_000, 45_001, 65_535, 65_536, 200_000, 1_000_000] {
        // JavaScript's escapes take space, and the form has a limit: what needs them is a part only.
        let text: String =
            "aä東😀\n'".chars().cycle().take(length.min(90_000) / 2).chain(std::iter::repeat_n('x', length)).collect();
        let end = (0..=length).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        let text = &text[..end];
        // The engine of the simulator has not the memory to take a megabyte apart.
        let (told, expected) =
            if is_groovy(&server) { (hexadecimal(ScriptType::Groovy), hex(text)) } else { ("value", text.to_owned()) };
        let script = script(&server, told).param("value", text).expect("a name");
        assert!(returned(&server, script).await == expected, "{length} bytes");
    }
}

async fn parameters_have_their_types(server: Arc<Server>) {
    let parsed = |of, text| ParamValue::parse(of, text).expect("a value");
    let moment = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_410_000_123);
    let before = SystemTime::UNIX_EPOCH - Duration::from_millis(1);
    let groovy: &[(ParamValue, &str)] = &[
        ("x".into(), "java.lang.String x"),
        (7.into(), "java.lang.Integer 7"),
        (parsed(ParamType::Int, "-2147483648"), "java.lang.Integer -2147483648"),
        (parsed(ParamType::Int, "2147483648"), "java.lang.Long 2147483648"),
        (7_i64.into(), "java.lang.Long 7"),
        (i64::MIN.into(), "java.lang.Long -9223372036854775808"),
        (parsed(ParamType::Decimal, "-19.90"), "java.math.BigDecimal -19.90"),
        (true.into(), "java.lang.Boolean true"),
        (false.into(), "java.lang.Boolean false"),
        (moment.into(), "java.util.Date 1795410000123"),
        (before.into(), "java.util.Date -1"),
    ];
    let javascript: &[(ParamValue, &str)] = &[
        ("x".into(), "string x"),
        (7.into(), "number 7"),
        (parsed(ParamType::Int, "-2147483648"), "number -2147483648"),
        ((1_i64 << 53).into(), "number 9007199254740992"),
        (parsed(ParamType::Decimal, "-19.90"), "number -19.9"),
        (true.into(), "boolean true"),
        (false.into(), "boolean false"),
        (moment.into(), "object 1795410000123"),
        (before.into(), "object -1"),
    ];
    let (told, cases) = if is_groovy(&server) {
        ("return value.class.name + ' ' + (value instanceof Date ? value.time : value)", groovy)
    } else {
        ("typeof value + ' ' + (value instanceof Date ? value.getTime() : value)", javascript)
    };
    for (value, expected) in cases {
        let script = script(&server, told).param("value", value.clone()).expect("a name");
        assert_eq!(returned(&server, script).await, *expected);
    }
}

async fn json_parameters_are_trees_of_values(server: Arc<Server>) {
    let json = "{\"text\": \"${1+1} 'q' \\\"d\\\" \\\\ \\u2028 \\u0000 \\ud83d\\ude00\", \"list\": [1, [], {}, null, true, false], \
                \"big\": 12345678901234567890, \"long\": 3000000000, \"decimal\": 1.50, \"twice\": 1, \"twice\": 2, \"\": \"ä\"}";
    let deep = format!("{}7{}", "[".repeat(100), "]".repeat(100));
    let value = ParamValue::parse(ParamType::Json, json).expect("JSON");
    let (told, expected) = if is_groovy(&server) {
        (
            "def w\nw = { v -> v == null ? 'null' : v instanceof Map ? v.collect { k, x -> k + ':' + w(x) }.toString() \
             : v instanceof List ? v.collect { w(it) }.toString() : v.class.simpleName + ' ' + v }\nreturn w(value) + value.getClass().name",
            "[text:String ${1+1} 'q' \"d\" \\ \u{2028} \0 😀, list:[Integer 1, [], [], null, Boolean true, Boolean false], \
             big:BigInteger 12345678901234567890, long:Long 3000000000, decimal:BigDecimal 1.50, twice:Integer 2, :String ä]\
             java.util.LinkedHashMap",
        )
    } else {
        (
            "delete value.big; JSON.stringify(value)",
            "{\"text\":\"${1+1} 'q' \\\"d\\\" \\\\ \u{2028} \\u0000 😀\",\"list\":[1,[],{},null,true,false],\
             \"long\":3000000000,\"decimal\":1.5,\"twice\":2,\"\":\"ä\"}",
        )
    };
    let tree = script(&server, told).param("value", value).expect("a name");
    assert_eq!(returned(&server, tree).await, expected);
    let (told, expected) =
        if is_groovy(&server) { ("return value.flatten().toString()", "[7]") } else { ("String(value)", "7") };
    let value = ParamValue::parse(ParamType::Json, &deep).expect("JSON");
    assert_eq!(returned(&server, script(&server, told).param("value", value).expect("a name")).await, expected);
    // More than one string constant of a JVM.
    let many: Vec<String> = (0..20_000).map(|number| format!("\"code {number} ä\"")).collect();
    let value = ParamValue::parse(ParamType::Json, &format!("[{}]", many.join(","))).expect("JSON");
    let told = if is_groovy(&server) { "return value.size() + value[19999]" } else { "value.length + value[19999]" };
    let script = script(&server, told).param("value", value).expect("a name");
    assert_eq!(returned(&server, script).await, "20000code 19999 ä");
}

async fn parameters_do_not_change_line_numbers(server: Arc<Server>) {
    let (throwing, sign) = if is_groovy(&server) {
        ("throw new IllegalStateException(text)", ".groovy:")
    } else {
        ("throw new Error(text)", "script.js:")
    };
    for (before, line) in [("", 1), ("// one\n/* two\nthree */\n", 4), ("\n\r\n\n", 4), ("#!/usr/bin/env x\n", 2)] {
        let script = script(&server, &format!("{before}{throwing}\n"))
            .param("text", "a\nb\nc")
            .and_then(|script| script.param("many", "x\n".repeat(100_000)))
            .and_then(|script| script.param("tree", ParamValue::parse(ParamType::Json, "[1,\n2]").expect("JSON")))
            .expect("names");
        let result = server.admin().execute_script(script).await.or_else(Error::into_outcome).expect("a result");
        let trace = result.stacktrace_text;
        assert!(trace.contains("a\nb\nc"), "{trace}");
        let told: Vec<&str> = trace
            .match_indices(sign)
            .map(|(at, _)| {
                trace[at + sign.len()..].split(|char: char| !char.is_ascii_digit()).next().unwrap_or_default()
            })
            .collect();
        assert_eq!(told.first().copied(), Some(line.to_string().as_str()), "{before:?}: {trace}");
    }
}

async fn parameters_work_whatever_a_script_begins_with(server: Arc<Server>) {
    let groovy: &[&str] = &[
        "package a.b.c\nreturn value",
        "package a.b.c;return value",
        "/* licence */ // of it\npackage a.b.c // here\nimport java.util.concurrent.*\nreturn value",
        "#!/usr/bin/env groovy\npackage a.b.c\nreturn value",
        "import java.util.concurrent.TimeUnit\nimport static java.lang.Math.max\nTimeUnit.SECONDS; max(1, 2); return value",
        "import groovy.transform.Field\n@Field String other = 'o'\ndef f() { value }\nreturn f()",
        "@groovy.transform.Field other = value\nreturn other",
        "@SuppressWarnings('x') class A { String v }\nreturn new A(v: value).v",
        "@groovy.transform.CompileStatic String f() { value.trim() }\nreturn f()",
        "def f() { value }\nf()",
        "[1].each { it }\nreturn value",
        "{ -> 1 }\nreturn value",
        "(1 + 1)\nreturn value",
        "-1\nvalue",
        "'text'\nvalue",
        "value",
        "packaged = 1\nreturn value",
        "/* unfinished? */return value",
        "println 'x'; return value",
    ];
    let javascript: &[&str] = &[
        "'use strict'; value",
        "/* licence */ // of it\n\"use strict\";\n(function () { return this === undefined })() ? value : 'sloppy'",
        "function f() { return value } f()",
        "[1].length; value",
        "(1 + 1); value",
        "{ 1 } value",
        "-1\nvalue",
        "'text'\nvalue",
        "value",
        "#!/usr/bin/env node\nvalue",
        "var value2 = value; value2",
    ];
    for begins in if is_groovy(&server) { groovy } else { javascript } {
        let script = script(&server, begins).param("value", "v").expect("a name");
        let result = server.admin().execute_script(script).await.expect("a result");
        assert_eq!(result.execution_result.as_deref(), Some("v"), "{begins}: {}", result.stacktrace_text);
    }
}

async fn parameters_are_visible_like_variables(server: Arc<Server>) {
    let (text, expected) = if is_groovy(&server) {
        (
            "def closure = { -> value }\ndef method() { value }\nString typed = value\nvalue += 1\n\
             return [closure(), method(), typed, value, \"$value\", out != null, db != null, \
             metaClass.hasProperty(this, 'value') != null, metaClass.hasProperty(this, 'absent') != null]",
            "[v1, v1, v, v1, v1, true, true, true, false]",
        )
    } else {
        (
            "var typed = value; value += 1; function f() { return value } [f(), typed, typeof println, typeof db].join()",
            "v1,v,function,object",
        )
    };
    let script = script(&server, text).param("value", "v").and_then(|script| script.param("text2_", 1)).expect("names");
    assert_eq!(returned(&server, script).await, expected);
}

async fn parameters_do_not_leak_into_other_calls(server: Arc<Server>) {
    let with = script(&server, server.expected.scripts.answer).param("leftover", "v").expect("a name");
    assert_eq!(returned(&server, with).await, "42");
    let result = server
        .admin()
        .execute_script(script(&server, "leftover"))
        .await
        .or_else(Error::into_outcome)
        .expect("a result");
    assert!(!result.success(), "{result:?}");
}
