//! Reads JSON and queries, and says what is wrong with them in our words: serde's own text names
//! Rust types.

use super::problem::{FieldFault, Problem};
use axum::http::StatusCode;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};
use std::fmt::Write as _;

/// Words that our own types use as their error, and that `field.*` explains.
const OWN: [&str; 10] = [
    "not_a_number",
    "too_precise",
    "too_large",
    "not_a_date",
    "not_a_uuid",
    "too_long",
    "empty",
    "control_character",
    "out_of_range",
    "not_a_month",
];

/// A value from a JSON body.
///
/// # Errors
/// 400 for what is no JSON, 422 with the field's pointer for what does not fit.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // Serde would take a list for a struct, field by field.
    if !body.trim_ascii_start().starts_with(b"{") {
        serde_json::from_slice::<IgnoredAny>(body).map_err(|fault| malformed(&fault))?;
        return Err(Problem::field("", "not_an_object"));
    }
    let mut source = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut source).map_err(|fault| {
        let pointer = pointer(fault.path());
        let fault = fault.into_inner();
        match fault.classify() {
            Category::Data => Problem::invalid(vec![explain(&pointer, &fault.to_string())]),
            _ => malformed(&fault),
        }
    })?;
    source.end().map_err(|fault| malformed(&fault))?;
    refuse_nul(body)?;
    Ok(value)
}

fn malformed(fault: &serde_json::Error) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "malformed_json")
        .figure("line", fault.line())
        .figure("column", fault.column())
}

/// A value from a query string: every parameter a text, each at most once.
///
/// # Errors
/// 422 with `?name` as pointer.
pub fn read_query<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let bad = |name: &str, why: &'static str| Problem::field(format!("?{name}"), why);
    let mut fields = serde_json::Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = unescape(name)
            .zip(unescape(value))
            .ok_or_else(|| bad("", "control_character"))?;
        if value.chars().any(char::is_control) {
            return Err(bad(&name, "control_character"));
        }
        if value.len() > 1000 {
            return Err(bad(&name, "too_long"));
        }
        if fields.insert(name.clone(), Value::String(value)).is_some() {
            return Err(bad(&name, "duplicate_field"));
        }
    }
    serde_path_to_error::deserialize(Value::Object(fields)).map_err(|fault| {
        let pointer = format!("?{}", pointer(fault.path()).trim_start_matches('/'));
        let mut fault = explain(&pointer, &fault.into_inner().to_string());
        fault.pointer = fault.pointer.replace("?/", "?");
        Problem::invalid(vec![fault])
    })
}

/// Undoes `%XX` and `+`; `None` when the result is not UTF-8.
fn unescape(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let pair = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

/// No database text can hold U+0000, and no name has it.
fn refuse_nul(body: &[u8]) -> Result<(), Problem> {
    let escaped = br"\u0000";
    if !body.windows(escaped.len()).any(|window| window == escaped) {
        return Ok(());
    }
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    match find_nul(&value, &mut String::new()) {
        Some(pointer) => Err(Problem::field(pointer, "control_character")),
        None => Ok(()),
    }
}

fn find_nul(value: &Value, at: &mut String) -> Option<String> {
    let mut inside = |name: &str, value: &Value| {
        let length = at.len();
        at.push('/');
        at.push_str(name);
        let found = find_nul(value, at);
        at.truncate(length);
        found
    };
    match value {
        Value::Object(fields) => fields.iter().find_map(|(name, value)| inside(name, value)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(n, value)| inside(&n.to_string(), value)),
        Value::String(text) => text.contains('\0').then(|| at.clone()),
        _ => None,
    }
}

fn pointer(path: &Path) -> String {
    let mut out = String::new();
    for segment in path {
        // Writing into a text cannot fail.
        let _ = match segment {
            Segment::Seq { index } => write!(out, "/{index}"),
            Segment::Map { key } => write!(out, "/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => write!(out, "/{variant}"),
            Segment::Unknown => Ok(()),
        };
    }
    out
}

/// Names between backticks, in order.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn explain(pointer: &str, text: &str) -> FieldFault {
    // serde_json adds the place after this.
    let text = text.rsplit_once(" at line ").map_or(text, |(text, _)| text);
    if let Some(code) = OWN.iter().find(|code| **code == text) {
        return FieldFault::new(pointer, *code);
    }
    let names = quoted(text);
    let first = names.first().copied().unwrap_or("");
    // The path of an unknown field may or may not end with its name.
    let inner = match pointer.rsplit('/').next() == Some(first) {
        true => pointer.to_string(),
        false => format!("{pointer}/{first}"),
    };
    let choices = |from: usize| names.get(from..).unwrap_or_default().join(", ");
    let with = |pointer: String, code: &'static str, choices: String| {
        let mut fault = FieldFault::new(pointer, code);
        fault.figures.insert("choices".into(), choices.into());
        fault
    };
    if text.starts_with("unknown field") {
        with(inner, "unknown_field", choices(1))
    } else if text.starts_with("missing field") {
        FieldFault::new(format!("{pointer}/{first}"), "missing_field")
    } else if text.starts_with("duplicate field") {
        FieldFault::new(inner, "duplicate_field")
    } else if text.starts_with("unknown variant") {
        with(pointer.to_string(), "unknown_choice", choices(1))
    } else {
        FieldFault::new(pointer, wanted(text))
    }
}

/// What should have stood there, from what serde expected.
fn wanted(text: &str) -> &'static str {
    let expected = text
        .rsplit_once("expected ")
        .map_or("", |(_, expected)| expected);
    match expected {
        e if e.contains("UUID") || text.starts_with("UUID") => "not_a_uuid",
        e if e.contains("string") || e.contains("identifier") => "not_a_text",
        e if e.contains("sequence") || e.contains("tuple") => "not_a_list",
        e if e.contains("struct") || e.contains("map") => "not_an_object",
        e if e.contains("boolean") => "not_a_boolean",
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => {
            "not_a_whole_number"
        }
        _ => "invalid",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Body {
        rule: String,
        count: i64,
        rows: Option<Vec<Row>>,
        id: Option<uuid::Uuid>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Row {
        kind: crate::core::rows::RuleKind,
        points: crate::core::Points,
        at: Option<crate::core::Day>,
    }

    fn fault(body: &str) -> (u16, String, String) {
        let problem = read::<Body>(body.as_bytes()).expect_err(body);
        let status = problem.status().as_u16();
        let response = problem.render(crate::web::lang::Lang::En, "");
        let bytes =
            futures_util::FutureExt::now_or_never(axum::body::to_bytes(response.into_body(), 9999));
        let bytes = bytes.expect("ready").expect("a body");
        let value: Value = serde_json::from_slice(&bytes).expect("JSON");
        let text = value.to_string();
        for leak in ["struct", "enum", "i64", "invalid type", "crate::"] {
            assert!(!text.contains(leak), "{text}");
        }
        let get = |name: &str| value["errors"][0][name].as_str().unwrap_or("").to_string();
        (status, get("pointer"), get("code"))
    }

    #[test]
    fn faults_name_the_field_and_the_cure() {
        let row = |inner: &str| format!(r#"{{"rule":"A","count":1,"rows":[{inner}]}}"#);
        for (body, pointer, code) in [
            (
                r#"{"rule":"A","count":1,"x":1}"#.into(),
                "/x",
                "unknown_field",
            ),
            (r#"{"rule":"A"}"#.into(), "/count", "missing_field"),
            (r#"{"rule":7,"count":1}"#.into(), "/rule", "not_a_text"),
            (
                r#"{"rule":"A","count":"1"}"#.into(),
                "/count",
                "not_a_whole_number",
            ),
            (
                r#"{"rule":"A","count":1.5}"#.into(),
                "/count",
                "not_a_whole_number",
            ),
            (
                r#"{"rule":"A","count":99999999999999999999}"#.into(),
                "/count",
                "not_a_whole_number",
            ),
            (
                r#"{"rule":"A","rule":"A","count":1}"#.into(),
                "/rule",
                "duplicate_field",
            ),
            (
                r#"{"rule":"A","count":1,"rows":{}}"#.into(),
                "/rows",
                "not_a_list",
            ),
            (
                r#"{"rule":"A","count":1,"id":"x"}"#.into(),
                "/id",
                "not_a_uuid",
            ),
            (
                r#"{"rule":"a\u0000","count":1}"#.into(),
                "/rule",
                "control_character",
            ),
            (
                row(r#"{"kind":"gift","points":"1"}"#),
                "/rows/0/kind",
                "unknown_choice",
            ),
            (
                row(r#"{"kind":"award"}"#),
                "/rows/0/points",
                "missing_field",
            ),
            (
                row(r#"{"kind":"award","points":"1.234"}"#),
                "/rows/0/points",
                "too_precise",
            ),
            (
                row(r#"{"kind":"award","points":"9999999999999999999"}"#),
                "/rows/0/points",
                "too_large",
            ),
            (
                row(r#"{"kind":"award","points":1}"#),
                "/rows/0/points",
                "not_a_text",
            ),
            (
                row(r#"{"kind":"award","points":"1","at":"2026-2-3"}"#),
                "/rows/0/at",
                "not_a_date",
            ),
            (r#" ["A", 1]"#.into(), "", "not_an_object"),
        ] {
            let (status, at, is) = fault(&body);
            assert_eq!(
                (status, at.as_str(), is.as_str()),
                (422, pointer, code),
                "{body}"
            );
        }
    }

    #[test]
    fn what_is_no_json_is_400_and_depth_is_harmless() {
        let deep = "[".repeat(100_000);
        let nested = format!(r#"{{"rule":{}"#, r#"{"a":"#.repeat(100_000));
        for body in [
            "",
            "{",
            "nul",
            r#"{"rule":"\ud800","count":1}"#,
            r#"{"rule":"A","count":1}x"#,
            &deep,
            &nested,
        ] {
            let problem = read::<Body>(body.as_bytes()).expect_err("no JSON");
            assert!(
                [400, 422].contains(&problem.status().as_u16()),
                "{:.40}",
                body
            );
        }
        assert!(read::<Body>(br#"{"rule":"\\u0000","count":1}"#).is_ok());
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Search {
        q: Option<String>,
        limit: Option<String>,
    }

    #[test]
    fn queries_are_texts_without_surprises() {
        let search: Search = read_query("q=%E7%8E%8B+a&limit=5").expect("a query");
        assert_eq!(
            (search.q.as_deref(), search.limit.as_deref()),
            (Some("王 a"), Some("5"))
        );
        for bad in ["x=1", "q=1&q=2", "q=%00", "q=%FF", "q=%4"] {
            let problem = read_query::<Search>(bad).expect_err(bad);
            assert_eq!(problem.status(), 422, "{bad}");
        }
    }
}
