//! Webhooks: signed, sent again after a refusal, and with each fault of a delivery.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::{
    super::{WebhookTarget, webhooks},
    Bench, Options, bench, few,
};
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

/// One received delivery: signature, attempt, body.
#[derive(Clone, Debug)]
struct Came {
    signature: String,
    attempt: String,
    body: String,
}

impl Came {
    fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn name(&self) -> String {
        self.event()["data"]["attributes"]["name"].as_str().unwrap().to_owned()
    }

    /// Time of the signature, in seconds since 1970.
    fn time(&self) -> i64 {
        self.signature.split(',').next().unwrap().strip_prefix("t=").unwrap().parse().unwrap()
    }

    fn signed_by(&self, secrets: &[String]) -> bool {
        self.signature == webhooks::signature(secrets, self.time(), self.body.as_bytes())
    }
}

/// A receiver that refuses the first few deliveries.
#[derive(Clone, Default)]
struct Receiver(Arc<Mutex<Vec<Came>>>);

impl Receiver {
    async fn open(refusing: usize) -> (Self, String) {
        let receiver = Self::default();
        let kept = receiver.clone();
        let take = move |headers: HeaderMap, body: String| async move {
            let text = |name: &str| headers.get(name).unwrap().to_str().unwrap().to_owned();
            let mut seen = kept.0.lock().unwrap();
            let came =
                Came { signature: text("persona-signature"), attempt: text("persona-webhook-attempts-made"), body };
            seen.push(came);
            if seen.len() <= refusing { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::ACCEPTED }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = axum::Router::new().route("/hook", axum::routing::post(take));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, url)
    }

    async fn after(&self, count: usize) -> Vec<Came> {
        for _ in 0..300 {
            if self.0.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.0.lock().unwrap().clone()
    }
}

fn secrets() -> Vec<String> {
    vec!["wbhsec_new".to_owned(), "wbhsec_old".to_owned()]
}

async fn doubted_by(refusing: usize) -> (Bench, Receiver) {
    let (receiver, url) = Receiver::open(refusing).await;
    let target = WebhookTarget { url, secrets: secrets() };
    (bench(Options { webhooks: vec![target], retry_scale: 0.01, ..few(12) }).await, receiver)
}

#[tokio::test]
async fn webhooks_arrive_signed_and_again_after_a_refusal() {
    let (bench, receiver) = doubted_by(1).await;
    let id = bench.waiting().await;
    bench.post(&format!("/api/v1/inquiries/{id}/approve"), None).await;
    let seen = receiver.after(2).await;
    assert_eq!(seen.iter().map(|came| came.attempt.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(seen[0].body, seen[1].body);
    assert!(seen.iter().all(|came| came.signed_by(&secrets())));
    assert_eq!(seen[0].name(), "inquiry.approved");
    assert_eq!(seen[0].event()["data"]["attributes"]["payload"]["data"]["id"], id);
    bench.running.stop().await;
}

#[tokio::test]
async fn a_webhook_may_come_twice_late_or_never() {
    let (bench, receiver) = doubted_by(0).await;
    let id = bench.waiting().await;
    bench.order(json!({ "match": "inquiry.approved", "kind": "duplicate", "copies": 2 })).await;
    bench.post(&format!("/api/v1/inquiries/{id}/approve"), None).await;
    let seen = receiver.after(3).await;
    let ids: Vec<Value> = seen.iter().map(|came| came.event()["data"]["id"].clone()).collect();
    assert_eq!(ids, vec![ids[0].clone(); 3]);

    bench.order(json!({ "match": "inquiry.declined", "kind": "loss" })).await;
    bench.order(json!({ "match": "inquiry.updated-tags", "kind": "delay", "ms": 1500 })).await;
    bench.post(&format!("/api/v1/inquiries/{id}/add-tag"), Some(json!({ "meta": { "tag-name": "late" } }))).await;
    bench.post(&format!("/api/v1/inquiries/{id}/decline"), None).await;
    for _ in 0..100 {
        if bench.get("/sandbox/deliveries?state=failed").await.1[0].is_object() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let other = bench.waiting().await;
    bench.post(&format!("/api/v1/inquiries/{other}/decline"), None).await;
    let seen = receiver.after(5).await;
    // The second decline overtakes the tag, and the first decline never arrives.
    assert_eq!(seen[3..].iter().map(Came::name).collect::<Vec<_>>(), ["inquiry.declined", "inquiry.updated-tags"]);
    assert_eq!(seen[3].event()["data"]["attributes"]["payload"]["data"]["id"], other);
    let (_, failed) = bench.get("/sandbox/deliveries?state=failed").await;
    assert_eq!(failed.as_array().unwrap().len(), 1);
    assert_eq!((&failed[0]["fault"], &failed[0]["error"]), (&Value::Null, &json!("lost because of a fault")));
    bench.running.stop().await;
}

#[tokio::test]
async fn webhooks_may_come_out_of_order() {
    let (bench, receiver) = doubted_by(0).await;
    let id = bench.waiting().await;
    bench.order(json!({ "match": "inquiry.updated-tags", "kind": "reorder", "ms": 600, "times": 0 })).await;
    for number in 0..12 {
        let tag = json!({ "meta": { "tag-name": format!("tag {number}") } });
        bench.post(&format!("/api/v1/inquiries/{id}/add-tag"), Some(tag)).await;
    }
    let seen = receiver.after(12).await;
    let counts: Vec<usize> = seen
        .iter()
        .map(|came| {
            came.event()["data"]["attributes"]["payload"]["data"]["attributes"]["tags"].as_array().unwrap().len()
        })
        .collect();
    let mut sorted = counts.clone();
    sorted.sort_unstable();
    assert_eq!(counts.len(), 12);
    assert_ne!(counts, sorted);
    bench.running.stop().await;
}

#[tokio::test]
async fn a_wrong_signature_is_sent_once_and_the_right_one_afterwards() {
    let (bench, receiver) = doubted_by(1).await;
    let id = bench.waiting().await;
    bench.order(json!({ "match": "inquiry.approved", "kind": "wrong-signature" })).await;
    bench.post(&format!("/api/v1/inquiries/{id}/approve"), None).await;
    let seen = receiver.after(2).await;
    assert!(!seen[0].signed_by(&secrets()));
    assert!(seen[1].signed_by(&secrets()));
    bench.running.stop().await;
}

#[tokio::test]
async fn while_a_secret_rotates_either_set_may_come_first() {
    let (bench, receiver) = doubted_by(0).await;
    let turned: Vec<String> = secrets().into_iter().rev().collect();
    for (count, option, (right, wrong)) in
        [(1, "new-first", (secrets(), turned.clone())), (2, "old-first", (turned, secrets()))]
    {
        bench.choose("signature-order", option).await;
        let id = bench.waiting().await;
        bench.post(&format!("/api/v1/inquiries/{id}/approve"), None).await;
        let seen = receiver.after(count).await;
        assert!(seen[count - 1].signed_by(&right) && !seen[count - 1].signed_by(&wrong), "{option}");
    }
    bench.running.stop().await;
}

#[tokio::test]
async fn a_later_attempt_is_signed_with_its_own_time_or_with_that_of_the_first() {
    for (option, later) in [("each-attempt", true), ("first-attempt", false)] {
        // The wait before the second attempt is 3 s times the scale, which is long enough for the second of the clock
        // to change.
        let (receiver, url) = Receiver::open(1).await;
        let target = WebhookTarget { url, secrets: secrets() };
        let bench = bench(Options { webhooks: vec![target], retry_scale: 0.4, ..few(12) }).await;
        bench.choose("signature-time", option).await;
        let id = bench.waiting().await;
        bench.post(&format!("/api/v1/inquiries/{id}/approve"), None).await;
        let seen = receiver.after(2).await;
        assert!(seen.iter().all(|came| came.signed_by(&secrets())));
        assert_eq!(seen[1].time() > seen[0].time(), later, "{option}");
        bench.running.stop().await;
    }
}

#[tokio::test]
async fn what_a_webhook_does_not_want_it_does_not_get() {
    let (receiver, url) = Receiver::open(0).await;
    let bench = bench(few(12)).await;
    let attributes = json!({
        "name": "filtered", "url": url, "enabled-events": ["inquiry.approved", "inquiry.declined"],
        "payload-filter": { "data": { "attributes": { "status": "approved" } } },
        "api-attributes-blocklist": ["/data/attributes/fields/name-*?type=inquiry"], "api-key-inflection": "camel",
    });
    let (status, made) = bench.post("/api/v1/webhooks", Some(json!({ "data": { "attributes": attributes } }))).await;
    assert_eq!((status, &made["data"]["attributes"]["status"]), (201, &json!("disabled")), "{made}");
    let hook = made["data"]["id"].as_str().unwrap();
    let (_, copy) = bench.post(&format!("/api/v1/webhooks/{hook}/clone"), None).await;
    assert_ne!(copy["data"]["attributes"]["secret"], made["data"]["attributes"]["secret"]);
    assert_eq!(bench.post(&format!("/api/v1/webhooks/{hook}/enable"), None).await.0, 200);
    let id = bench.waiting().await;
    bench.post(&format!("/api/v1/inquiries/{id}/decline"), None).await;
    bench.post(&format!("/api/v1/inquiries/{id}/approve"), None).await;
    let seen = receiver.after(1).await;
    let attributes = &seen[0].event()["data"]["attributes"];
    assert_eq!(attributes["name"], "inquiry.approved");
    assert!(attributes["payload"]["data"]["attributes"]["reviewerComment"].is_null());
    let fields = attributes["payload"]["data"]["attributes"]["fields"].as_object().unwrap();
    assert!(fields.contains_key("birthdate") && !fields.contains_key("name-first"));
    assert_eq!(bench.get("/sandbox/deliveries?state=skipped").await.1.as_array().unwrap().len(), 1);
    bench.running.stop().await;
}

#[tokio::test]
async fn after_eight_attempts_a_webhook_is_given_up() {
    let (receiver, url) = Receiver::open(100).await;
    let target = WebhookTarget { url, secrets: secrets() };
    let bench = bench(Options { webhooks: vec![target], retry_scale: 0.0, ..few(12) }).await;
    let id = bench.waiting().await;
    bench.post(&format!("/api/v1/inquiries/{id}/approve"), None).await;
    receiver.after(8).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let seen = receiver.after(8).await;
    assert_eq!(
        seen.iter().map(|came| came.attempt.as_str()).collect::<Vec<_>>(),
        ["1", "2", "3", "4", "5", "6", "7", "8"]
    );
    let (_, failed) = bench.get("/sandbox/deliveries?state=failed").await;
    assert_eq!((&failed[0]["attempts"], &failed[0]["status"]), (&json!(8), &json!(503)));
    bench.running.stop().await;
}
