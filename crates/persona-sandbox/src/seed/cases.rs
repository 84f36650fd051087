//! Cases for about one inquiry in three, some assigned, some with comments, most with a deadline.

use super::{
    super::{cases, clock},
    org,
    people::Subject,
    plan::{Status, Template, Times, Twist},
    rng::Rng,
};
use serde_json::{Value, json};

const REMARKS: &[&str] = &[
    "Asked the customer for a second proof of address.",
    "Register extract shows another director; waiting for an answer.",
    "Same phone as an earlier application, see the other account.",
    "Match looks like a namesake: other birthplace, other middle name.",
    "Called back on the number on file, no answer yet.",
];

pub fn wanted(subject: &Subject) -> bool {
    let slot = subject.slot;
    slot.status.finished() && (subject.index % 4 == 1 || subject.index.is_multiple_of(8) || slot.twist == Twist::Pep)
}

/// The case and its comments.
pub fn case(
    seed: u64,
    subject: &Subject,
    times: &Times,
    number: u64,
    children: &[(Value, Value)],
) -> Vec<(Value, Value)> {
    let mut rng = Rng::new(&[seed, 50, subject.index]);
    let business = subject.slot.template == Template::Business;
    let template = org::case_template(business);
    let name = format!("{}-{number}", org::case_prefix(&template));
    let created = times.marked + 1000;
    let mut case = cases::blank(&rng.id("case"), created, &template, &name);
    let reviewers: Vec<&str> = org::REVIEWERS.iter().map(|row| row.0).collect();
    let assignee = rng.text(&reviewers).to_owned();
    let status = match subject.slot.status {
        Status::Approved => "Approved",
        Status::Declined => "Declined",
        _ => rng.text(&["Open", "Open", "Pending", "Escalated"]),
    };
    let attributes = &mut case["attributes"];
    attributes["status"] = status.into();
    attributes["creator-type"] = "workflow-run".into();
    attributes["creator-id"] = rng.id("wfr").into();
    attributes["fields"] = json!({
        "risk_band": { "type": "choices", "value": rng.text(&["low", "medium", "medium", "high"]) },
        "summary": { "type": "string", "value": format!("Review of {}", subject.shown()) },
    });
    let mut last = created;
    if rng.chance(60) || status != "Open" {
        last += 240_000;
        attributes["assignee-id"] = assignee.as_str().into();
        attributes["assigned-at"] = clock::iso(last).into();
    }
    if rng.chance(80) {
        attributes["sla-expires-at"] = clock::iso(times.marked + rng.between(320, 420) * 60_000).into();
    }
    if matches!(status, "Approved" | "Declined") {
        last = times.decided.max(last);
        attributes["resolution"] = status.into();
        attributes["resolved-at"] = clock::iso(last).into();
        attributes["resolver-id"] = assignee.as_str().into();
        attributes["resolver-type"] = "user".into();
    }
    let mut docs = Vec::new();
    for step in 0..if rng.chance(55) { rng.between(1, 2) } else { 0 } {
        let at = clock::iso(created + (step + 1) * 420_000);
        docs.push((json!({
            "type": "case-comment", "id": rng.id("cscm"),
            "attributes": {
                "message": rng.text(REMARKS), "created-at": at, "updated-at": at, "commenter-id": rng.text(&reviewers),
                "commenter-type": "user",
            },
        }), Value::Null));
    }
    attributes["updated-at"] = clock::iso(last).into();
    let pick = |kinds: &[&str]| -> Vec<Value> {
        let of = children
            .iter()
            .map(|(child, _)| child)
            .filter(|child| kinds.contains(&child["type"].as_str().unwrap_or_default()));
        of.map(|child| json!({ "type": child["type"], "id": child["id"] })).collect()
    };
    let relationships = &mut case["relationships"];
    relationships["accounts"] = json!({ "data": [{ "type": "account", "id": subject.account }] });
    relationships["inquiries"] = json!({ "data": [{ "type": "inquiry", "id": subject.inquiry }] });
    relationships["case-queue"] = json!({ "data": { "type": "case-queue", "id": org::queue() } });
    relationships["reports"] =
        json!({ "data": pick(&["report/watchlist", "report/politically-exposed-person", "report/adverse-media"]) });
    // Kinds that Persona's OpenAPI document allows in the `included` of a case.
    relationships["verifications"] = json!({ "data": pick(&[
        "verification/government-id", "verification/selfie", "verification/database", "verification/document",
    ]) });
    relationships["case-comments"] = docs
        .iter()
        .map(|(comment, _)| json!({ "type": "case-comment", "id": comment["id"] }))
        .collect::<Vec<_>>()
        .into();
    relationships["case-comments"] = json!({ "data": relationships["case-comments"].take() });
    docs.push((case, Value::Null));
    docs
}
