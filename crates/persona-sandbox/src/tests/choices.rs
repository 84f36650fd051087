//! Behaviour that Persona does not document, under both options.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::{bench, few};
use serde_json::json;

#[tokio::test]
async fn forbidden_transitions_and_repeated_decisions() {
    let bench = bench(few(40)).await;
    let id = bench.waiting().await;
    let approve = format!("/api/v1/inquiries/{id}/approve");
    let review = format!("/api/v1/inquiries/{id}/mark-for-review");
    assert_eq!(bench.post(&approve, None).await.0, 200);
    assert_eq!((bench.post(&approve, None).await.0, bench.post(&review, None).await.0), (409, 409));
    bench.choose("forbidden-transition", "422").await;
    bench.choose("repeated-decision", "200").await;
    assert_eq!((bench.post(&approve, None).await.0, bench.post(&review, None).await.0), (200, 422));
    // The call was answered, but not performed a second time.
    assert_eq!(bench.effects(&id).await, 1);
    assert_eq!(bench.post("/sandbox/choices", Some(json!({ "link": "sometimes" }))).await.0, 400);
    bench.running.stop().await;
}

#[tokio::test]
async fn case_statuses_and_relation_keys_that_nobody_knows() {
    let bench = bench(few(40)).await;
    let case = bench.first("/api/v1/cases").await["id"].as_str().unwrap().to_owned();
    let status = |bench: &super::Bench, status: &str| {
        let body = json!({ "meta": { "status": status } });
        let (client, url) = (bench.client.clone(), format!("{}/api/v1/cases/{case}/set-status", bench.base));
        async move { client.post(url).bearer_auth("persona_sandbox_x").json(&body).send().await.unwrap().status().as_u16() }
    };
    let account = bench.first("/api/v1/accounts").await["id"].as_str().unwrap().to_owned();
    let relations = format!("/api/v1/accounts/{account}/relations?filter%5Bkey%5D=friends");
    assert_eq!((status(&bench, "Parked").await, bench.get(&relations).await.0), (422, 404));
    bench.choose("unknown-case-status", "taken").await;
    bench.choose("unknown-relation-key", "422").await;
    assert_eq!((status(&bench, "Parked").await, bench.get(&relations).await.0), (200, 422));
    bench.choose("unknown-relation-key", "empty").await;
    let (code, body) = bench.get(&relations).await;
    assert_eq!((code, &body["data"]), (200, &json!([])));
    bench.running.stop().await;
}

#[tokio::test]
async fn links_reviewers_and_keys() {
    let bench = bench(few(40)).await;
    let list = bench.get("/api/v1/inquiries?filter%5Bstatus%5D=pending").await.1;
    let id = list["data"][0]["id"].as_str().unwrap();
    let link = format!("/api/v1/inquiries/{id}/generate-one-time-link");
    let first = bench.post(&link, None).await.1["meta"].clone();
    assert_eq!(bench.post(&link, None).await.1["meta"], first);
    bench.choose("link", "new").await;
    assert_ne!(bench.post(&link, None).await.1["meta"], first);
    bench.post(&format!("/api/v1/inquiries/{id}/expire"), None).await;
    assert_eq!(bench.post(&link, None).await.0, 409);
    bench.choose("link-on-expired", "422").await;
    assert_eq!(bench.post(&link, None).await.0, 422);

    let approve = |id: &str| format!("/api/v1/inquiries/{id}/approve");
    let one = bench.waiting().await;
    let body = bench.send("POST", &approve(&one), None, Some("k")).await.unwrap().1;
    assert!(body["data"]["relationships"]["reviewer"]["data"].is_null());
    let other = json!({ "meta": { "comment": "another" } });
    assert_eq!(bench.send("POST", &approve(&one), Some(other.clone()), Some("k")).await.unwrap().0, 409);
    for option in ["422", "400"] {
        bench.choose("idempotency-mismatch", option).await;
        let status = bench.send("POST", &approve(&one), Some(other.clone()), Some("k")).await.unwrap().0;
        assert_eq!(status.to_string(), option);
    }
    bench.choose("api-reviewer", "user").await;
    let two = bench.waiting().await;
    let body = bench.post(&approve(&two), None).await.1;
    assert_eq!(body["data"]["relationships"]["reviewer"]["data"]["type"], "user");
    bench.running.stop().await;
}

#[tokio::test]
async fn the_far_side_of_a_relation_and_what_sandbox_keys_may_not_read() {
    let bench = bench(few(40)).await;
    let accounts = bench.get("/api/v1/accounts?page%5Bsize%5D=100").await.1;
    let mut people = accounts["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|account| account["attributes"]["account-type-name"] == "User");
    let mut next = || people.next().unwrap()["id"].as_str().unwrap().to_owned();
    let (one, two, three) = (next(), next(), next());
    let add = |target: &str| json!({ "meta": { "relation-schema-key": "spouse", "target-object-id": target } });
    bench.post(&format!("/api/v1/accounts/{one}/add-relation"), Some(add(&two))).await;
    assert_eq!(bench.events(&two, 5).await, Vec::<String>::new());
    bench.choose("relation-events", "both-sides").await;
    bench.post(&format!("/api/v1/accounts/{one}/add-relation"), Some(add(&three))).await;
    assert_eq!(bench.events(&three, 5).await, ["account.added-relation"]);
    for path in ["/api/v1/user-audit-logs", "/api/v1/inquiry-templates"] {
        assert_eq!(bench.get(path).await.0, 200);
    }
    bench.choose("sandbox-limits", "as-persona").await;
    for path in ["/api/v1/user-audit-logs", "/api/v1/inquiry-templates"] {
        assert_eq!(bench.get(path).await.0, 403);
    }
    bench.running.stop().await;
}
