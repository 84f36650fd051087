//! The checks of a verification. A check of another shape than Persona publishes is listed all the same, and is not
//! known to have passed.
use serde_json::{Map, Value};

use super::inflection::kebab;
use super::json_api::{Resource, get, scalar};
use super::value::leaves;
use crate::domain::inquiry::Field;
use crate::domain::text::clean;
use crate::domain::verification::{CUT, Check, CheckStatus, is_result};

/// Most values of one check. If there are more, the check says so.
const MOST: usize = 400;

const UNNAMED: &str = "unnamed check";
const ODD: &str = "of another shape";

pub fn checks(resource: &Resource) -> Vec<Check> {
    let mut checks = Vec::new();
    match get(&resource.attributes, "checks") {
        None => {}
        Some(Value::Array(all)) => all.iter().for_each(|one| each(one, &mut checks)),
        Some(Value::Object(one)) if one.contains_key("name") || one.contains_key("status") => {
            checks.push(odd(check(one)))
        }
        Some(Value::Object(all)) => {
            for (key, value) in all {
                let named =
                    |check: Check| if check.name == UNNAMED { Check { name: clean(key), ..check } } else { check };
                match value {
                    Value::Object(one) => checks.push(named(odd(check(one)))),
                    other => checks.push(named(shapeless(other))),
                }
            }
        }
        Some(other) => checks.push(shapeless(other)),
    }
    checks
}

fn each(value: &Value, into: &mut Vec<Check>) {
    match value {
        Value::Object(one) => into.push(check(one)),
        Value::Array(all) if !all.is_empty() => {
            let mut inner = Vec::new();
            all.iter().for_each(|one| each(one, &mut inner));
            into.extend(inner.into_iter().map(odd));
        }
        other => into.push(shapeless(other)),
    }
}

/// Marks a check in an unexpected place: that it failed is believed, and that it passed is not.
fn odd(check: Check) -> Check {
    let status = match check.status {
        CheckStatus::Failed | CheckStatus::Other(_) => check.status,
        CheckStatus::Passed | CheckStatus::NotApplicable => {
            CheckStatus::Other(format!("{}, {ODD}", String::from(check.status)))
        }
    };
    Check { status, ..check }
}

fn shapeless(value: &Value) -> Check {
    let said: String = scalar(value).unwrap_or_default().chars().take(100).collect();
    let status = if said.is_empty() { ODD.to_owned() } else { format!("{said}, {ODD}") };
    Check {
        name: UNNAMED.to_owned(),
        status: CheckStatus::Other(status),
        required: true,
        reasons: Vec::new(),
        metadata: Vec::new(),
    }
}

fn check(map: &Map<String, Value>) -> Check {
    let text = |key: &str| map.get(key).and_then(Value::as_str);
    let mut metadata = Vec::new();
    // The kind of failure, as newer versions report it, and what was compared.
    for (key, value) in
        map.iter().filter(|(key, _)| !["name", "status", "requirement", "reasons"].contains(&key.as_str()))
    {
        match value {
            Value::Object(inner) if key == "metadata" => {
                inner.iter().for_each(|(key, value)| values(&kebab(key), value, &mut metadata));
            }
            other => values(&kebab(key), other, &mut metadata),
        }
    }
    if metadata.len() > MOST {
        metadata.truncate(MOST);
        metadata.push(Field { key: CUT.0.to_owned(), value: CUT.1.to_owned() });
    }
    let reasons = match map.get("reasons") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(all)) => all.iter().map(reason).collect(),
        Some(one) => vec![reason(one)],
    };
    Check {
        // A check without a name or status is shown as unknown, and not left out.
        name: clean(text("name").unwrap_or(UNNAMED)),
        status: clean(text("status").unwrap_or_default()).into(),
        // Absent in some examples; the check must not decide anything by itself then.
        required: text("requirement").is_some_and(|requirement| requirement != "not_required"),
        reasons: reasons.into_iter().filter(|reason| !reason.is_empty()).collect(),
        metadata,
    }
}

fn reason(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        value => scalar(value).unwrap_or_else(|| format!("reason {ODD}")),
    }
}

/// Reads values like those of a report, except that a missing result is a value too: it is then not known how well
/// something matched.
fn values(key: &str, value: &Value, into: &mut Vec<Field>) {
    if into.len() > MOST {
        return;
    }
    match value {
        Value::Object(map) if is_result(key) && map.is_empty() => not_given(key, into),
        Value::Object(map) => {
            map.iter().for_each(|(inner, value)| values(&format!("{key}.{}", kebab(inner)), value, into))
        }
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            for (n, value) in items.iter().enumerate() {
                values(&format!("{key}.{}", n + 1), value, into);
            }
        }
        other => {
            let before = into.len();
            leaves(key, other, into);
            if into.len() == before && is_result(key) {
                not_given(key, into);
            }
        }
    }
}

fn not_given(key: &str, into: &mut Vec<Field>) {
    into.push(Field { key: clean(key), value: "not given".to_owned() });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::verification::Weight;

    fn read(of: &Value) -> Vec<Check> {
        let whole = json!({"type": "verification/government-id", "id": "ver_1", "attributes": {"checks": of}});
        serde_json::from_value::<Resource>(whole).map(|resource| checks(&resource)).unwrap_or_default()
    }

    fn weights(of: &Value) -> Vec<Weight> {
        read(of).iter().map(Check::weight).collect()
    }

    #[test]
    fn a_check_of_another_shape_is_there_and_not_known_to_have_passed() {
        let failed = json!({"name": "id_tamper_detection", "status": "failed", "requirement": "required"});
        let passed = json!({"name": "id_tamper_detection", "status": "passed", "requirement": "required"});
        for (of, wanted) in [
            (json!(null), &[][..]),
            (json!([]), &[]),
            (json!([passed]), &[Weight::Passed]),
            (json!({"0": failed}), &[Weight::Failed]),
            (json!({"0": passed, "1": "passed"}), &[Weight::Unknown, Weight::Unknown]),
            (passed.clone(), &[Weight::Unknown]),
            (json!(["id_tamper_detection: failed"]), &[Weight::Unknown]),
            (json!([null, [failed]]), &[Weight::Unknown, Weight::Failed]),
            (json!([[passed], []]), &[Weight::Unknown, Weight::Unknown]),
            (json!("failed"), &[Weight::Unknown]),
            (json!(true), &[Weight::Unknown]),
            (json!([{"name": "x", "status": true}, {"requirement": "required"}]), &[Weight::Unknown, Weight::Unknown]),
        ] {
            assert_eq!(weights(&of), wanted, "{of}");
        }
        assert_eq!(read(&json!({"id_x": "passed"}))[0].name, "id_x");
    }

    #[test]
    fn a_check_that_passed_is_judged_by_all_that_it_says() {
        let with = |metadata: Value| json!([{"name": "x", "status": "passed", "requirement": "required", "metadata": metadata}]);
        let mut many: Map<String, Value> = (0..401).map(|n| (format!("f{n:03}"), json!(n))).collect();
        many.insert("zz".into(), json!([{"name": "name_last", "match-result": "none"}]));
        for doubtful in [
            json!({"check-requirements": [{"name": "name_last", "match-result": null, "match-score": 0}]}),
            json!({"check-requirements": [{"name": "name_last", "match-result": "", "match-score": 0}]}),
            json!({"match_result": "none"}),
            json!({"matchResult": "none"}),
            json!({"result": "no_match"}),
            json!({"match-result": ["full", "none"]}),
            json!({"match-result": []}),
            json!({"match-result": {}}),
            Value::Object(many),
        ] {
            assert_eq!(weights(&with(doubtful.clone())), [Weight::Doubtful], "{doubtful}");
        }
        for good in [json!({}), json!({"match-result": "full", "match-score": 1}), json!({"check-requirements": []})] {
            assert_eq!(weights(&with(good.clone())), [Weight::Passed], "{good}");
        }
        for beside in [
            json!({"reasons": ["document_tampered"]}),
            json!({"reasons": "document_tampered"}),
            json!({"reasons": [{"code": 7}]}),
            json!({"category": "fraud"}),
        ] {
            let mut one = json!({"name": "x", "status": "passed"});
            one.as_object_mut().into_iter().for_each(|one| one.extend(beside.as_object().cloned().unwrap_or_default()));
            assert_eq!(weights(&json!([one])), [Weight::Doubtful], "{beside}");
        }
    }
}
