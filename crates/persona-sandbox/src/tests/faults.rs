//! Each fault of a call, as its caller sees it.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::{bench, few};
use serde_json::json;
use tokio::time::Instant;

#[tokio::test]
async fn faults_do_what_they_say() {
    let bench = bench(few(12)).await;
    let id = bench.waiting().await;
    let path = format!("/api/v1/inquiries/{id}/approve");
    bench.order(json!({ "match": "approve", "kind": "status", "status": 503 })).await;
    assert_eq!(bench.post(&path, None).await.0, 503);
    bench.order(json!({ "match": "approve", "kind": "cut-before" })).await;
    assert!(bench.send("POST", &path, None, Some("a")).await.is_err());
    assert_eq!(bench.effects(&id).await, 0);
    bench.order(json!({ "match": "approve", "kind": "stored-500" })).await;
    assert_eq!(bench.send("POST", &path, None, Some("b")).await.unwrap().0, 500);
    assert_eq!(bench.send("POST", &path, None, Some("b")).await.unwrap().0, 500);
    assert_eq!(bench.effects(&id).await, 0);
    bench.order(json!({ "match": "approve", "kind": "cut-after" })).await;
    assert!(bench.send("POST", &path, None, Some("c")).await.is_err());
    assert_eq!(bench.effects(&id).await, 1);
    assert_eq!(bench.send("POST", &path, None, Some("c")).await.unwrap().0, 200);
    assert_eq!(bench.effects(&id).await, 1);
    bench.running.stop().await;
}

#[tokio::test]
async fn a_500_may_be_kept_with_its_effect() {
    let bench = bench(few(12)).await;
    let id = bench.waiting().await;
    let path = format!("/api/v1/inquiries/{id}/approve");
    bench.order(json!({ "match": "approve", "kind": "stored-500", "applied": true })).await;
    assert_eq!(bench.send("POST", &path, None, Some("a")).await.unwrap().0, 500);
    assert_eq!(bench.effects(&id).await, 1);
    // The 500 is stored under the key permanently; the inquiry shows what really happened.
    assert_eq!(bench.send("POST", &path, None, Some("a")).await.unwrap().0, 500);
    assert_eq!(bench.get(&format!("/api/v1/inquiries/{id}")).await.1["data"]["attributes"]["status"], "approved");
    // A 500 that is not stored: the same key succeeds afterwards.
    let other = bench.waiting().await;
    let path = format!("/api/v1/inquiries/{other}/approve");
    bench.order(json!({ "match": "approve", "kind": "status", "status": 500 })).await;
    assert_eq!(bench.send("POST", &path, None, Some("b")).await.unwrap().0, 500);
    assert_eq!(bench.send("POST", &path, None, Some("b")).await.unwrap().0, 200);
    bench.running.stop().await;
}

#[tokio::test]
async fn latency_a_429_and_a_hanging_call() {
    let bench = bench(few(3)).await;
    let begin = Instant::now();
    bench.order(json!({ "kind": "latency", "ms": 120 })).await;
    assert_eq!(bench.get("/api/v1/cases").await.0, 200);
    assert!(begin.elapsed().as_millis() >= 120);
    bench.order(json!({ "kind": "status", "status": 429 })).await;
    let (status, body) = bench.get("/api/v1/cases").await;
    assert_eq!((status, &body["errors"][0]["title"]), (429, &json!("Rate limit exceeded")));
    let begin = Instant::now();
    bench.order(json!({ "kind": "timeout", "ms": 150 })).await;
    assert!(bench.send("GET", "/api/v1/cases", None, None).await.is_err());
    assert!(begin.elapsed().as_millis() >= 150);
    bench.running.stop().await;
}

#[tokio::test]
async fn a_fault_can_be_taken_back_and_a_wrong_one_is_refused() {
    let bench = bench(few(1)).await;
    bench.order(json!({ "kind": "status", "status": 503, "times": 0 })).await;
    assert_eq!(bench.get("/api/v1/cases").await.0, 503);
    assert_eq!(bench.get("/api/v1/cases").await.0, 503);
    assert_eq!(bench.delete("/sandbox/faults/0").await.0, 200);
    assert_eq!(bench.get("/api/v1/cases").await.0, 200);
    assert_eq!(bench.delete("/sandbox/faults/0").await.0, 404);
    for wrong in
        [json!({ "kind": "rain" }), json!({ "kind": "status", "status": 900 }), json!({ "kind": "status", "wat": 1 })]
    {
        assert_eq!(bench.post("/sandbox/faults", Some(wrong)).await.0, 400);
    }
    // The page sends a form, and the answer leads back to the page.
    let form = [("kind", "latency"), ("ms", "20"), ("times", "0"), ("match", "cases")];
    let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let posted = bench
        .client
        .post(format!("{}/sandbox/faults", bench.base))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(text)
        .send()
        .await
        .unwrap();
    assert_eq!((posted.status().as_u16(), posted.headers()["location"].to_str().unwrap()), (303, "/"));
    assert_eq!(bench.get("/sandbox/faults").await.1[0]["ms"], 20);
    bench.running.stop().await;
}

#[tokio::test]
async fn the_clock_can_be_wrong() {
    let bench = bench(few(12)).await;
    let id = bench.waiting().await;
    let (_, body) = bench.get(&format!("/api/v1/inquiries/{id}?include=verifications")).await;
    let url = body["included"][0]["attributes"]["front-photo-url"].as_str().unwrap().to_owned();
    assert_eq!(bench.client.get(&url).send().await.unwrap().status(), 200);
    let (_, said) = bench.post("/sandbox/clock", Some(json!({ "offset-seconds": 7 * 3600 }))).await;
    assert_eq!(said["offset-seconds"], 7 * 3600);
    // Links are valid for six hours of the sandbox's time.
    assert_eq!(bench.client.get(&url).send().await.unwrap().status(), 403);
    let (_, after) = bench.post(&format!("/api/v1/inquiries/{id}/approve"), None).await;
    assert!(
        after["data"]["attributes"]["decisioned-at"].as_str().unwrap()
            > super::super::clock::iso(super::super::clock::real() + 6 * 3_600_000).as_str()
    );
    assert_eq!(bench.post("/sandbox/clock", Some(json!({ "offset-seconds": "late" }))).await.0, 400);
    bench.running.stop().await;
}
