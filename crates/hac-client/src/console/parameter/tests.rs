use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::sql::{self, Language};
use super::*;
use crate::{FlexibleSearch, Script};

fn parsed(of: ParamType, text: &str) -> ParamValue {
    ParamValue::parse(of, text).unwrap_or_else(|error| panic!("{error}"))
}

fn refused<T>(result: Result<T>) -> (String, String) {
    let Err(error) = result else { panic!("it was taken") };
    assert_eq!(error.kind(), ErrorKind::Usage);
    (error.to_string(), error.hint().expect("a next step").to_string())
}

#[test]
fn values_are_read_from_text_by_their_type() {
    assert_eq!(parsed(ParamType::Text, " a "), ParamValue::Text(" a ".into()));
    assert_eq!(parsed(ParamType::Int, " -7\n"), ParamValue::Int(-7));
    assert_eq!(parsed(ParamType::Long, "9223372036854775807"), ParamValue::Long(i64::MAX));
    assert_eq!(parsed(ParamType::Bool, "true"), ParamValue::Bool(true));
    let seconds = |seconds| ParamValue::Date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    assert_eq!(parsed(ParamType::Date, "1970-01-02"), seconds(86_400));
    assert_eq!(parsed(ParamType::Date, "1970-01-01T02:00:00+01:00"), seconds(3_600));
    assert_eq!(
        parsed(ParamType::Date, "1970-01-01T00:00:01.5Z"),
        ParamValue::Date(SystemTime::UNIX_EPOCH + Duration::from_millis(1_500))
    );
    assert_eq!(
        parsed(ParamType::Date, "1969-12-31"),
        ParamValue::Date(SystemTime::UNIX_EPOCH - Duration::from_secs(86_400))
    );
}

#[test]
fn a_value_that_does_not_match_its_type_is_refused_with_the_right_form() {
    for (of, text) in [
        (ParamType::Int, "three"),
        (ParamType::Int, ""),
        (ParamType::Int, "1.0"),
        (ParamType::Int, "9223372036854775808"),
        (ParamType::Long, "1L"),
        (ParamType::Decimal, "1,5"),
        (ParamType::Decimal, ".5"),
        (ParamType::Decimal, "1e"),
        (ParamType::Decimal, "1e99999"),
        (ParamType::Decimal, "NaN"),
        (ParamType::Bool, "yes"),
        (ParamType::Bool, "True"),
        (ParamType::Date, "today"),
        (ParamType::Date, "2026-02-30"),
        (ParamType::Date, "2026-11-23T06:30:00"),
        (ParamType::Json, "{'a': 1}"),
        (ParamType::Json, ""),
        (ParamType::Json, "\"\\ud800\""),
        (ParamType::Json, "1e99999"),
    ] {
        refused(ParamValue::parse(of, text));
    }
    let (told, _) = refused(ParamValue::parse(ParamType::Int, &"9".repeat(10_000)));
    assert!(told.len() < 200, "{told}");
    assert!(refused("integer".parse::<ParamType>()).1.contains("string, int, long, decimal, bool, date, json"));
}

#[test]
fn a_name_is_an_identifier_that_means_nothing_in_the_language() {
    for language in ScriptType::ALL {
        let script = || Script::new(*language, "1");
        for name in ["", "1a", "a-b", "a b", "a.b", "ä", "a$", "a=1;evil", "a\n", "if", "class", "_", "int"] {
            if name == "_" && *language == ScriptType::JavaScript {
                continue;
            }
            refused(script().param(name, "x"));
        }
        for name in ["a", "_a1", "orderCode", "A"] {
            script().param(name, "x").expect("a name");
        }
    }
    refused(Script::new(ScriptType::Groovy, "1").param("out", "x"));
    refused(Script::new(ScriptType::JavaScript, "1").param("JSON", "x"));
    for name in ["", "1a", "a.b", "session.user"] {
        refused(FlexibleSearch::new("?a").param(name, "x"));
    }
}

#[test]
fn a_name_is_given_once() {
    refused(Script::new(ScriptType::Groovy, "1").param("a", 1).expect("a name").param("a", 2));
    refused(FlexibleSearch::new("?a").param("a", 1).expect("a name").param("a", 2));
}

#[test]
fn a_language_takes_only_what_it_can_hold() {
    refused(Script::new(ScriptType::BeanShell, "1").param("a", parsed(ParamType::Json, "{}")));
    refused(Script::new(ScriptType::JavaScript, "1").param("a", (1_i64 << 53) + 1));
    Script::new(ScriptType::JavaScript, "1").param("a", 1_i64 << 53).expect("exact");
}

#[test]
fn the_declarations_stand_where_the_script_begins() {
    let put = |language, text| place::put(language, text, "P;");
    assert_eq!(put(ScriptType::Groovy, "a\nb"), "P;a\nb");
    assert_eq!(put(ScriptType::Groovy, "#!x\r\na"), "#!x\r\nP;a");
    assert_eq!(put(ScriptType::Groovy, "#!x"), "#!x\nP;");
    assert_eq!(put(ScriptType::Groovy, "/* a\n*/ // b\npackage a.b // c\nd"), "/* a\n*/ // b\npackage a.b ;P;// c\nd");
    assert_eq!(put(ScriptType::Groovy, "package a;import b"), "package a;;P;import b");
    assert_eq!(put(ScriptType::Groovy, "packaged = 1"), "P;packaged = 1");
    assert_eq!(put(ScriptType::JavaScript, "// a\n'use strict';b"), "\"use strict\";P;// a\n'use strict';b");
    assert_eq!(put(ScriptType::JavaScript, "b;'use strict'"), "P;b;'use strict'");
    assert_eq!(put(ScriptType::BeanShell, "package a;"), "P;package a;");
    for unfinished in ["/* a", "// a", "#!", ""] {
        assert!(put(ScriptType::JavaScript, unfinished).contains("P;"));
    }
}

#[test]
fn beanshell_has_typed_variables() {
    let params = [
        ("a".to_owned(), ParamValue::from("it's")),
        ("b".to_owned(), 7.into()),
        ("c".to_owned(), true.into()),
        ("d".to_owned(), parsed(ParamType::Date, "1970-01-02")),
    ];
    assert_eq!(
        with_prologue(ScriptType::BeanShell, "a\nb", &params),
        "String a=new String(java.util.Base64.getDecoder().decode(\"aXQncw==\"),\"UTF-8\");\
         Integer b=Integer.valueOf(\"7\");Boolean c=Boolean.valueOf(\"true\");\
         java.util.Date d=new java.util.Date(Long.parseLong(\"86400000\"));a\nb"
    );
}

#[test]
fn constants_are_short_enough_for_a_jvm() {
    let wild: String = "\0\u{ffff}x".chars().cycle().take(200_000).collect();
    for language in [ScriptType::Groovy, ScriptType::JavaScript] {
        let text = with_prologue(language, "", &[("a".into(), wild.clone().into())]);
        let quote = if language == ScriptType::Groovy { '\'' } else { '"' };
        let longest = text.split(quote).map(|piece| piece.len() - 5 * piece.matches("\\u").count()).max();
        assert!(longest < Some(65_535), "{language}: {longest:?}");
    }
    // In JavaScript each escape is one unit of UTF-16, of three bytes at most.
    let text = with_prologue(ScriptType::JavaScript, "", &[("a".into(), "\u{ffff}".repeat(100_000).into())]);
    assert!(text.split('"').all(|piece| piece.matches("\\u").count() * 3 < 65_535));
}

#[test]
fn json_keeps_its_digits_and_its_order() {
    let text = "{\"z\":1.50,\"a\":[12345678901234567890123,-0,1E5,null],\"z\":\"\\u0000\"}";
    let json: JsonValue = text.parse().expect("JSON");
    assert_eq!(json.to_string(), "{\"z\":\"\\u0000\",\"a\":[12345678901234567890123,-0,1E5,null]}");
}

const FLEXIBLE: Language = Language::FlexibleSearch;

fn bound(language: Language, text: &str, params: &[(&str, ParamValue)]) -> Result<String> {
    for (name, value) in params {
        sql::check(language, name, value)?;
    }
    let params: Vec<Param> = params.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    sql::bind(language, text, &params).map(std::borrow::Cow::into_owned)
}

#[test]
fn values_become_literals_in_the_place_of_their_names() {
    let codes = parsed(ParamType::Json, "[\"a\", \"it's\", -3, true]");
    for (text, value, expected) in [
        ("x = ?v", ParamValue::from("it's"), "x = 'it''s'"),
        ("x = ?v", "".into(), "x = ''"),
        ("x=?v AND y=?v", 5.into(), "x=5 AND y=5"),
        ("x-?v", (-5).into(), "x- (-5)"),
        ("x = ?v", true.into(), "x = 1"),
        ("x > ?v", parsed(ParamType::Decimal, "19.90"), "x > 19.90"),
        ("x IN (?v)", codes, "x IN ('a','it''s',(-3),1)"),
        ("x'?v' \"?v\" `v` /* ?v */ ?v -- ?v", "a".into(), "x'?v' \"?v\" `v` /* ?v */ 'a' -- ?v"),
        ("a$b$ = ?v", "a".into(), "a$b$ = 'a'"),
        ("q?v x?v'b'", "a".into(), "q 'a' x 'a' 'b'"),
        ("{p:name[en]} = ?v AND {u} = ?session.user", "a".into(), "{p:name[en]} = 'a' AND {u} = ?session.user"),
        ("? ?1 ??v", "a".into(), "? ?1 ? 'a'"),
    ] {
        assert_eq!(bound(FLEXIBLE, text, &[("v", value)]).expect(text), expected);
    }
}

#[test]
fn a_text_without_parameters_goes_as_it_is() {
    let text = "SELECT '?a\\' # ?b";
    assert_eq!(bound(FLEXIBLE, text, &[]).expect("as it is"), text);
}

#[test]
fn every_placeholder_has_a_value_and_every_value_a_placeholder() {
    let (told, hint) = refused(bound(FLEXIBLE, "?a ?b", &[("a", 1.into())]));
    assert!(told.contains("?b has no value") && hint.contains(".param(\"b\""), "{told} {hint}");
    let (told, _) = refused(bound(FLEXIBLE, "?a '?b'", &[("a", 1.into()), ("b", 2.into())]));
    assert!(told.contains("no placeholder ?b"), "{told}");
    refused(bound(FLEXIBLE, "?abc", &[("a", 1.into()), ("ab", 1.into())]));
    refused(bound(Language::Sql, "?a ?session.user", &[("a", 1.into())]));
}

#[test]
fn values_that_not_every_database_leaves_alone_are_refused() {
    for value in ["\\", "a\\'b", "a\0b"] {
        refused(bound(Language::Sql, "?v", &[("v", value.into())]));
    }
    for value in ["{pk}", "}", "?name", "who?me", "?\u{e4}"] {
        refused(bound(FLEXIBLE, "?v", &[("v", value.into())]));
        bound(Language::Sql, "?v", &[("v", value.into())]).expect("SQL leaves it alone");
    }
    bound(FLEXIBLE, "?v", &[("v", "really? yes".into())]).expect("a question");
    for json in ["[]", "[null]", "null", "[[1]]", "{}", "[\"\\\\\"]"] {
        refused(bound(FLEXIBLE, "x IN (?v)", &[("v", parsed(ParamType::Json, json))]));
    }
    refused(bound(FLEXIBLE, "?v", &[("v", parsed(ParamType::Date, "2026-11-23"))]));
}

#[test]
fn a_query_that_databases_read_differently_is_refused() {
    for text in [
        "'\\' ?v '",
        "x # it's\n ?v ' '",
        "a--1 it's\n ?v '",
        "/* /* */ ?v */ ?v",
        "[it's] ?v [it's]",
        "$$ it's $$ ?v $$ ' $$",
        "$a$ ?v $a$ ?v",
        "q'[it's]' ?v '",
        "nq'{'}' ?v '}'",
        "-- a\r ?v\n ?v",
        "-- a\n ?v -- b\r\n",
        "`?v` ?v",
        "` ' ` ?v ` ' `",
        "[a]] ?v ]",
        "/*! ' */ ?v /*! ' */",
        "\"\\\" ?v \"",
    ] {
        let (told, _) = refused(bound(Language::Sql, text, &[("v", "a".into())]));
        assert!(told.contains("databases differ"), "{text}: {told}");
    }
    for text in ["a - -?v", "{p:name[en]} ?v", "'#' ?v", "'it''s' ?v", "x -- it's", "v$session ?v", "/* 'a' */ ?v\r\n"]
    {
        if text.contains("?v") {
            bound(Language::Sql, text, &[("v", "a".into())]).expect(text);
        }
    }
}

/// A token of SQL as a database reads it: a literal with what it holds, or a character.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Literal(String),
    Comment,
    Character(char),
}

/// Reads SQL, with or without the backslash as an escape in quotes.
fn tokens(text: &str, escapes: bool) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\'' => {
                let mut held = String::new();
                loop {
                    match chars.next() {
                        None => panic!("the quote is open: {text}"),
                        Some('\\') if escapes => held.extend(chars.next()),
                        Some('\'') if chars.peek() == Some(&'\'') => held.extend(chars.next()),
                        Some('\'') => break,
                        Some(other) => held.push(other),
                    }
                }
                tokens.push(Token::Literal(held));
            }
            '-' if chars.peek() == Some(&'-') => {
                while chars.next_if(|char| *char != '\n').is_some() {}
                tokens.push(Token::Comment);
            }
            '/' if chars.peek() == Some(&'*') => {
                let mut last = ' ';
                for char in chars.by_ref() {
                    if last == '*' && char == '/' {
                        break;
                    }
                    last = char;
                }
                tokens.push(Token::Comment);
            }
            white if white.is_whitespace() => {}
            other => tokens.push(Token::Character(other)),
        }
    }
    tokens
}

/// Text with a lot of what could end a literal or begin something else.
fn wild() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ '\"`\\\\;#/*$?{}\\[\\]()=,\\-\r\n\t\0a-cNqQxE\u{2019}\u{ff07}\u{2bc}\u{2028}😀]{0,12}",
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn nothing_of_a_value_leaves_its_literal(
        text in wild(),
        number in any::<i64>(),
        joint in "[ a-zN=(,-]{0,3}",
        flexible in any::<bool>(),
    ) {
        let language = if flexible { FLEXIBLE } else { Language::Sql };
        let query = format!("SELECT a FROM b WHERE c{joint}?text AND 'k?text' = d -?number -- ?text\n OR ?text");
        let params = [("text", ParamValue::from(text.clone())), ("number", number.into())];
        let Ok(bound) = bound(language, &query, &params) else { return Ok(()) };
        let mark = "SELECT a FROM b WHERE c{} \u{1} AND 'k?text' = d - \u{2} -- \n OR \u{1}".replace("{}", &joint);
        let expected = |escapes| {
            let numeral: Vec<Token> = if number < 0 { format!("({number})") } else { number.to_string() }
                .chars().map(Token::Character).collect();
            tokens(&mark, escapes).into_iter().flat_map(|token| match token {
                Token::Character('\u{1}') => vec![Token::Literal(text.clone())],
                Token::Character('\u{2}') => numeral.clone(),
                other => vec![other],
            }).collect::<Vec<_>>()
        };
        for escapes in [false, true] {
            prop_assert_eq!(tokens(&bound, escapes), expected(escapes), "{}", bound);
        }
    }

    #[test]
    fn a_query_is_filled_or_refused_and_never_cut(query in wild(), text in "[a-z']{0,4}") {
        let filled = format!("{query} ?v");
        if let Ok(bound) = bound(Language::Sql, &filled, &[("v", text.into())]) {
            prop_assert!(bound.len() + 2 >= query.len());
        }
    }

    #[test]
    fn a_text_stands_in_a_script_without_a_character_of_its_own(text in any::<String>()) {
        let mut expected = None;
        for value in [text.clone(), String::from("x")] {
            let script = with_prologue(ScriptType::Groovy, "\n", &[("a".into(), value.clone().into())]);
            prop_assert!(script.is_ascii() && script.matches('\n').count() == 1);
            let (before, after) = script.split_once(&format!("'{}'", base64(value.as_bytes()))).expect("its Base64");
            let around = (before.to_owned(), after.to_owned());
            prop_assert_eq!(expected.get_or_insert(around.clone()), &around);
        }
        let script = with_prologue(ScriptType::JavaScript, "\n", &[("a".into(), text.clone().into())]);
        let literal = script.strip_prefix("var a=").and_then(|rest| rest.strip_suffix(";\n")).expect("a variable");
        prop_assert!(literal.is_ascii() && !literal.contains('\n') && !literal.contains('<'));
        // It is JSON too, so that something else can read it.
        prop_assert_eq!(serde_json::from_str::<String>(literal).expect("a string"), text);
    }

    #[test]
    fn json_comes_back_as_it_was(text in any::<String>(), number in any::<i64>()) {
        let json = serde_json::json!({ text.clone(): [text, number, null, true, { "a": [] }] });
        let read: JsonValue = json.to_string().parse().expect("JSON");
        prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&read.to_string()).expect("JSON"), json);
    }
}
