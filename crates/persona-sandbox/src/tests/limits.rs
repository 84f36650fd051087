//! Rate limit, quotas, restricted keys, versions.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::{Bench, Options, bench, client, few, start};
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[tokio::test]
async fn the_window_closes_at_its_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let running = start(listener, Options { requests_per_minute: 2, ..few(1) }).await.unwrap();
    let bench = Bench { base: format!("http://{}", running.addr), running, client: client().unwrap() };
    assert_eq!(bench.get("/api/v1/rate-limits").await.1["data"][0]["attributes"]["remaining"], 1);
    assert_eq!(bench.get("/api/v1/cases").await.0, 200);
    let (status, body, request) = bench.send("GET", "/api/v1/cases", None, None).await.unwrap();
    assert_eq!((status, &body["errors"][0]["title"]), (429, &json!("Rate limit exceeded")));
    assert!(request.starts_with("req_"));
    bench.running.stop().await;
}

#[tokio::test]
async fn making_things_has_a_quota_of_its_own() {
    let bench = bench(Options { quota_per_minute: 1, ..few(12) }).await;
    let template = bench.first("/api/v1/inquiry-templates").await;
    let body = json!({ "data": { "attributes": { "inquiry-template-id": template["id"] } } });
    let call =
        || bench.client.post(format!("{}/api/v1/inquiries", bench.base)).bearer_auth("persona_sandbox_x").json(&body);
    let first = call().send().await.unwrap();
    assert_eq!((first.status().as_u16(), &first.headers()["quota-remaining"]), (201, &"0".parse().unwrap()));
    let second = call().send().await.unwrap();
    assert_eq!((second.status().as_u16(), second.headers()["quota-limit"].to_str().unwrap()), (429, "1"));
    assert_eq!(second.json::<Value>().await.unwrap()["errors"][0]["title"], "Quota exceeded");
    // A decision creates nothing, so no quota applies.
    let id = bench.waiting().await;
    assert_eq!(bench.post(&format!("/api/v1/inquiries/{id}/approve"), None).await.0, 200);
    bench.running.stop().await;
}

#[tokio::test]
async fn a_key_may_be_less_than_others() {
    let bench = bench(few(3)).await;
    let restrict = |key: Value| bench.post("/sandbox/keys", Some(key));
    assert_eq!(restrict(json!({ "key": "persona_sandbox_test", "permissions": ["inquiry.read"] })).await.0, 201);
    assert_eq!(bench.get("/api/v1/inquiries").await.0, 200);
    let (status, body) = bench.get("/api/v1/cases").await;
    assert_eq!((status, &body["errors"][0]["title"]), (403, &json!("Forbidden")));
    restrict(json!({ "key": "persona_sandbox_test", "wrong-address": true })).await;
    let (status, body) = bench.get("/api/v1/inquiries").await;
    assert_eq!(
        (status, &body["errors"][0]["details"]),
        (403, &json!("IP address is not permitted access to current environment"))
    );
    restrict(json!({ "key": "persona_sandbox_test", "inactive": true })).await;
    assert_eq!(bench.post("/api/v1/inquiries", Some(json!({}))).await.0, 403);
    restrict(json!({ "key": "persona_sandbox_test", "expired": true })).await;
    assert_eq!(bench.get("/api/v1/inquiries").await.0, 401);
    assert_eq!(restrict(json!({ "key": "something else" })).await.0, 400);
    bench.running.stop().await;
}

#[tokio::test]
async fn an_older_version_sees_older_shapes() {
    let bench = bench(few(40)).await;
    let id = bench.waiting().await;
    let case = bench.first("/api/v1/cases").await["id"].as_str().unwrap().to_owned();
    let old = |method: &'static str, path: String, body: Option<Value>| {
        let request = bench
            .client
            .request(method.parse().unwrap(), format!("{}{path}", bench.base))
            .bearer_auth("persona_sandbox_x")
            .header("Persona-Version", "2023-01-05");
        let request = if let Some(body) = body { request.json(&body) } else { request };
        async move {
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
        }
    };
    let (_, new) = bench.get(&format!("/api/v1/inquiries/{id}")).await;
    assert_eq!((&new["included"], new["data"]["attributes"].get("name-first")), (&json!([]), None));
    let (_, body) = old("GET", format!("/api/v1/inquiries/{id}"), None).await;
    assert!(!body["included"].as_array().unwrap().is_empty());
    assert_eq!(body["data"]["attributes"]["name-first"], new["data"]["attributes"]["fields"]["name-first"]["value"]);
    let set = json!({ "data": { "attributes": { "status": "Pending" } } });
    let path = format!("/api/v1/cases/{case}/set-status");
    assert_eq!(bench.post(&path, Some(set.clone())).await.0, 422);
    assert_eq!(old("POST", path, Some(set)).await.1["data"]["attributes"]["status"], "Pending");
    assert_eq!(
        old("GET", "/api/v1/reports".to_owned(), None).await.1["data"][0]["attributes"]["run-history"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    bench.running.stop().await;
}
