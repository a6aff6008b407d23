//! Parameters of Groovy scripts: fields of the script, which its closures and methods see.
//!
//! Fields and not variables of the binding: HAC's binding knows Spring's beans by name, and a field touches none of them.

use super::json::Node;
use super::{JsonValue, ParamValue, base64, milliseconds};

/// A string constant of the JVM has at most 65,535 bytes.
const LONGEST_CONSTANT: usize = 60_000;

pub(super) fn declaration(name: &str, value: &ParamValue) -> String {
    let (class, code) = match value {
        ParamValue::Text(text) => ("String", format!("new String({},'UTF-8')", bytes(text.as_bytes()))),
        ParamValue::Int(number) => match i32::try_from(*number) {
            Ok(number) => ("Integer", format!("Integer.valueOf('{number}')")),
            Err(_) => ("Long", format!("Long.valueOf('{number}')")),
        },
        ParamValue::Long(number) => ("Long", format!("Long.valueOf('{number}')")),
        ParamValue::Decimal(number) => ("BigDecimal", format!("new BigDecimal('{}')", number.as_str())),
        ParamValue::Bool(truth) => ("Boolean", truth.to_string()),
        ParamValue::Date(moment) => {
            ("java.util.Date", format!("new java.util.Date(Long.valueOf('{}'))", milliseconds(*moment).unwrap_or(0)))
        }
        ParamValue::Json(json) => ("Object", format!("{DECODER}.call({})", bytes(&encoded(json)))),
    };
    format!("@groovy.transform.Field {class} {name}={code};")
}

/// An expression for the bytes, of which none but Base64's characters stand in the script.
fn bytes(bytes: &[u8]) -> String {
    let text = base64(bytes);
    // Every piece is ASCII.
    let pieces: Vec<String> =
        text.as_bytes().chunks(LONGEST_CONSTANT).map(|piece| format!("'{}'", String::from_utf8_lossy(piece))).collect();
    let text = match pieces.as_slice() {
        [] => "''".to_owned(),
        [piece] => piece.clone(),
        pieces => format!("[{}].join('')", pieces.join(",")),
    };
    format!("java.util.Base64.getDecoder().decode({text})")
}

/// Reads what [`encoded`] wrote, with nothing but Java: a server need not have Groovy's own JSON.
const DECODER: &str = "{byte[] b->def d=new DataInputStream(new ByteArrayInputStream(b));\
    def s={byte[] t=new byte[d.readInt()];d.readFully(t);new String(t,'UTF-8')};\
    def r;r={switch(d.readUnsignedByte()){\
    case 0:return null;case 1:return true;case 2:return false;\
    case 3:return Integer.valueOf(s());case 4:return Long.valueOf(s());case 5:return new BigInteger(s());\
    case 6:return new BigDecimal(s());case 7:return s();\
    case 8:def l=[];for(int i=d.readInt();i>0;i--){l.add(r())};return l;\
    default:def m=[:];for(int i=d.readInt();i>0;i--){m.put(s(),r())};return m}};r()}";

/// A byte for the kind, then the length and the UTF-8 of a text, or the number and the nodes of a collection.
fn encoded(json: &JsonValue) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(json.node(), &mut bytes);
    bytes
}

fn encode(node: &Node, bytes: &mut Vec<u8>) {
    match node {
        Node::Null => bytes.push(0),
        Node::Bool(truth) => bytes.push(if *truth { 1 } else { 2 }),
        Node::Number(number) => {
            let whole = !number.contains(['.', 'e', 'E']);
            bytes.push(match () {
                () if whole && number.parse::<i32>().is_ok() => 3,
                () if whole && number.parse::<i64>().is_ok() => 4,
                () if whole => 5,
                () => 6,
            });
            encode_text(number, bytes);
        }
        Node::Text(text) => {
            bytes.push(7);
            encode_text(text, bytes);
        }
        Node::List(nodes) => {
            bytes.push(8);
            encode_count(nodes.len(), bytes);
            for node in nodes {
                encode(node, bytes);
            }
        }
        Node::Map(entries) => {
            bytes.push(9);
            encode_count(entries.len(), bytes);
            for (key, node) in entries {
                encode_text(key, bytes);
                encode(node, bytes);
            }
        }
    }
}

fn encode_text(text: &str, bytes: &mut Vec<u8>) {
    encode_count(text.len(), bytes);
    bytes.extend_from_slice(text.as_bytes());
}

/// As `DataInputStream.readInt` reads it. Nothing of 2 GiB fits into a form.
fn encode_count(count: usize, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
}
