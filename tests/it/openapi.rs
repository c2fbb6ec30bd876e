//! The API's description: it is the contract, it is whole, and it says what is served.

use serde_json::Value;
use std::collections::BTreeSet;
use wenming::web::guard::Guard;
use wenming::web::{openapi, router};

/// DESIGN section 7: other programs are written against these.
const FIXED: [&str; 31] = [
    "GET /api/v1/changes",
    "GET /api/v1/villages/{village}/checkpoint",
    "GET /api/v1/villages/{village}/fund",
    "GET /api/v1/villages/{village}/households",
    "GET /api/v1/villages/{village}/households/{household}",
    "GET /api/v1/villages/{village}/households/{household}/statement",
    "GET /api/v1/villages/{village}/operations",
    "GET /api/v1/villages/{village}/operations/{operation}",
    "GET /api/v1/villages/{village}/operations/{operation}/proof",
    "GET /api/v1/villages/{village}/rules",
    "GET /api/v1/villages/{village}/stations/{station}/goods",
    "GET /healthz",
    "GET /readyz",
    "POST /api/v1/session",
    "POST /api/v1/staff",
    "POST /api/v1/townships",
    "POST /api/v1/villages",
    "POST /api/v1/villages/{village}/award-sheets",
    "POST /api/v1/villages/{village}/awards",
    "POST /api/v1/villages/{village}/awards/{award}/review",
    "POST /api/v1/villages/{village}/funds",
    "POST /api/v1/villages/{village}/households",
    "POST /api/v1/villages/{village}/households/{household}/cards",
    "POST /api/v1/villages/{village}/operations/{operation}/reverse",
    "POST /api/v1/villages/{village}/rules",
    "POST /api/v1/villages/{village}/stations",
    "POST /api/v1/villages/{village}/stations/{station}/goods",
    "POST /api/v1/villages/{village}/stations/{station}/receipts",
    "POST /api/v1/villages/{village}/stations/{station}/redemptions",
    "POST /api/v1/villages/{village}/stations/{station}/redemptions/{redemption}/refund",
    "PUT /api/v1/villages/{village}/households/{household}/pin",
];

fn document() -> Value {
    serde_json::to_value(openapi()).expect("a document")
}

/// Every operation as `METHOD path`, with its object.
fn operations(document: &Value) -> Vec<(String, Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let each = paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().expect("a path item");
        item.iter().map(move |(method, operation)| {
            (
                format!("{} {path}", method.to_uppercase()),
                operation.clone(),
            )
        })
    });
    each.collect()
}

#[test]
fn what_is_served_is_described_and_the_other_way_round() {
    let served: BTreeSet<String> = router::route_guards()
        .into_iter()
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    let described: BTreeSet<String> = operations(&document())
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(served, described);
    for fixed in FIXED {
        assert!(described.contains(fixed), "{fixed} is promised");
    }
}

#[test]
fn every_operation_says_what_it_needs_and_how_it_fails() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&document) {
        let (method, path) = name.split_once(' ').expect("two parts");
        let id = operation["operationId"].as_str().unwrap_or_default();
        assert!(ids.insert(id.to_string()) && !id.is_empty(), "{name}: {id}");
        assert!(operation["summary"].is_string(), "{name} has no summary");
        let guard = router::route_guards()
            .into_iter()
            .find(|route| route.method == method && route.path == path)
            .map(|route| route.guard);
        let parameters = operation["parameters"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let has = |wanted: &str| {
            parameters
                .iter()
                .any(|parameter| parameter["name"] == wanted)
        };
        for part in path
            .split('{')
            .skip(1)
            .filter_map(|part| part.split('}').next())
        {
            assert!(has(part), "{name}: {part}");
        }
        let own = ["/session", "/household-session", "/tokens"];
        let keyed = method != "GET"
            && !path.ends_with("/photos")
            && !own
                .iter()
                .any(|own| path.starts_with(&format!("/api/v1{own}")));
        assert_eq!(has("Idempotency-Key"), keyed, "{name}");
        let responses = operation["responses"].as_object().expect("responses");
        let open = guard == Some(Guard::Open);
        let secured = operation["security"]
            .as_array()
            .is_some_and(|list| !list.is_empty());
        assert_eq!(secured, !open, "{name}");
        if !open {
            assert!(
                responses.contains_key("401") && responses.contains_key("403"),
                "{name}"
            );
        }
        if path.contains("{village}") {
            assert_eq!(
                responses["404"]["$ref"], "#/components/responses/Problem",
                "{name}"
            );
        }
        let good = responses
            .keys()
            .filter(|status| status.starts_with('2'))
            .count();
        assert!(good >= 1, "{name} never succeeds");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(target)) = fields.get("$ref") {
                    found.push(target);
                }
                fields.values().for_each(|value| walk(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, found)),
            _ => {}
        }
    }
    let document = document();
    let mut references = Vec::new();
    walk(&document, &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("a local reference");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn inputs_refuse_unknown_fields() {
    let document = document();
    for (name, operation) in operations(&document) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let Some(reference) = schema["$ref"].as_str() else {
            continue;
        };
        let schema = document.pointer(&reference[1..]).expect("a schema");
        assert_eq!(schema["additionalProperties"], false, "{name}");
    }
}
