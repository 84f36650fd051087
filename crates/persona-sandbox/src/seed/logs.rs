//! What reviewers did in Persona's dashboard before the desk existed: they opened inquiries and decided them.

use super::{
    super::clock,
    org,
    people::Subject,
    plan::{Status, Times},
    rng::Rng,
};
use serde_json::{Value, json};

pub fn of(seed: u64, subject: &Subject, times: &Times, inquiry: &Value) -> Vec<Value> {
    let reviewer = &inquiry["relationships"]["reviewer"]["data"];
    let verb = match subject.slot.status {
        Status::Approved => "approve",
        Status::Declined => "decline",
        _ => return Vec::new(),
    };
    let mut rng = Rng::new(&[seed, 60, subject.index]);
    let session = rng.id("uses");
    let address = format!("203.0.113.{}", rng.between(1, 254));
    let path = format!("/dashboard/inquiries/{}", subject.inquiry);
    let mut log = |method: &str, path: String, post: Value, at: i64| {
        json!({
            "type": "user-audit-log", "id": rng.id("ual"),
            "attributes": {
                "path": path, "method": method, "get-params": {}, "post-params": post, "ip-address": address,
                "user-agent": "Mozilla/5.0 (X11; Linux x86_64)", "response-status": 200, "created-at": clock::iso(at),
                "impersonator-email-address": null, "context": { "inquiry-id": subject.inquiry },
            },
            "relationships": {
                "user": { "data": { "type": "user", "id": reviewer["id"].as_str().unwrap_or(&org::fixed("user", org::REVIEWERS[0].0)) } },
                "user-session": { "data": { "type": "user-session", "id": session } },
            },
        })
    };
    vec![
        log("GET", path.clone(), json!({}), times.decided - 90_000),
        log(
            "POST",
            format!("{path}/{verb}"),
            json!({ "comment": inquiry["attributes"]["reviewer-comment"] }),
            times.decided,
        ),
    ]
}
