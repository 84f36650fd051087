//! The sandbox as its callers see it: over HTTP.
#![expect(clippy::unwrap_used, reason = "tests")]

mod choices;
mod faults;
mod limits;
mod objects;
mod webhooks;

use super::{Options, Running, start, webhooks::client};
use serde_json::{Value, json};
use tokio::net::TcpListener;

struct Bench {
    running: Running,
    client: reqwest::Client,
    base: String,
}

async fn bench(options: Options) -> Bench {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let running = start(listener, Options { requests_per_minute: 10_000, ..options }).await.unwrap();
    Bench { base: format!("http://{}", running.addr), running, client: client().unwrap() }
}

fn few(inquiries: u32) -> Options {
    Options { inquiries, ..Options::default() }
}

impl Bench {
    async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        key: Option<&str>,
    ) -> reqwest::Result<(u16, Value, String)> {
        let mut request = self
            .client
            .request(method.parse().unwrap(), format!("{}{path}", self.base))
            .bearer_auth("persona_sandbox_test");
        if let Some(body) = body {
            request = request.json(&body);
        }
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let response = request.send().await?;
        let id = response.headers().get("request-id").map(|id| id.to_str().unwrap().to_owned()).unwrap_or_default();
        Ok((response.status().as_u16(), response.json().await.unwrap_or_default(), id))
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let (status, body, _) = self.send("GET", path, None, None).await.unwrap();
        (status, body)
    }

    async fn post(&self, path: &str, body: Option<Value>) -> (u16, Value) {
        let (status, body, _) = self.send("POST", path, body, None).await.unwrap();
        (status, body)
    }

    async fn patch(&self, path: &str, body: Value) -> (u16, Value) {
        let (status, body, _) = self.send("PATCH", path, Some(body), None).await.unwrap();
        (status, body)
    }

    async fn delete(&self, path: &str) -> (u16, Value) {
        let (status, body, _) = self.send("DELETE", path, None, None).await.unwrap();
        (status, body)
    }

    /// The first object of a list.
    async fn first(&self, path: &str) -> Value {
        self.get(path).await.1["data"][0].clone()
    }

    async fn order(&self, fault: Value) {
        assert_eq!(self.post("/sandbox/faults", Some(fault)).await.0, 201);
    }

    async fn choose(&self, name: &str, option: &str) {
        assert_eq!(self.post("/sandbox/choices", Some(json!({ name: option }))).await.0, 200);
    }

    /// Names of an object's most recent events, newest first.
    async fn events(&self, id: &str, count: usize) -> Vec<String> {
        let list = self.get(&format!("/api/v1/events?filter%5Bobject-id%5D={id}&page%5Bsize%5D={count}")).await.1;
        let names = list["data"].as_array().unwrap().iter().map(|event| &event["attributes"]["name"]);
        names.map(|name| name.as_str().unwrap().to_owned()).collect()
    }

    async fn waiting(&self) -> String {
        let (_, list) = self.get("/api/v1/inquiries?filter%5Bstatus%5D=needs_review&page%5Bsize%5D=1").await;
        list["data"][0]["id"].as_str().unwrap().to_owned()
    }

    async fn effects(&self, id: &str) -> usize {
        self.get(&format!("/sandbox/effects?object-id={id}")).await.1.as_array().unwrap().len()
    }
}

#[tokio::test]
async fn a_key_is_needed_and_wrong_keys_are_told_so() {
    let bench = bench(few(2)).await;
    let answer = bench.client.get(format!("{}/api/v1/inquiries", bench.base)).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert!(answer.headers().get("request-id").is_none());
    assert_eq!(
        answer.json::<Value>().await.unwrap(),
        json!({ "errors": [{ "title": "Must be authenticated to access this endpoint" }] })
    );
    let answer = bench
        .client
        .get(format!("{}/api/v1/inquiries", bench.base))
        .bearer_auth("persona_production_x")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    bench.running.stop().await;
}

#[tokio::test]
async fn following_the_links_meets_every_inquiry_once_and_leads_back() {
    let bench = bench(few(25)).await;
    let mut path = "/api/v1/inquiries?page%5Bsize%5D=10".to_owned();
    let (mut seen, mut pages) = (Vec::new(), Vec::new());
    loop {
        let (_, list) = bench.get(&path).await;
        seen.extend(list["data"].as_array().unwrap().iter().map(|inquiry| inquiry["id"].clone()));
        pages.push(list.clone());
        match list["links"]["next"].as_str() {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen.len(), 25);
    let unique: std::collections::HashSet<String> = seen.iter().map(Value::to_string).collect();
    assert_eq!(unique.len(), 25);
    assert!(pages[0]["links"]["prev"].is_null());
    let (_, back) = bench.get(pages[1]["links"]["prev"].as_str().unwrap()).await;
    assert_eq!(back["data"], pages[0]["data"]);
    assert_eq!(bench.get("/api/v1/inquiries?page%5Bsize%5D=101").await.0, 400);
    bench.running.stop().await;
}

#[tokio::test]
async fn a_repeated_key_repeats_the_answer_and_not_the_change() {
    let bench = bench(few(12)).await;
    let id = bench.waiting().await;
    let path = format!("/api/v1/inquiries/{id}/approve");
    let body = json!({ "meta": { "comment": "fine" } });
    let first = bench.send("POST", &path, Some(body.clone()), Some("k")).await.unwrap();
    let again = bench.send("POST", &path, Some(body), Some("k")).await.unwrap();
    assert_eq!(first.0, 200);
    assert_eq!(first, again);
    assert_eq!(bench.effects(&id).await, 1);
    let other = bench.send("POST", &path, Some(json!({ "meta": { "comment": "no" } })), Some("k")).await.unwrap();
    assert_eq!(other.0, 409);
    // Errors are stored as well: the same key gets no second chance.
    let refused = bench.send("POST", &path, None, Some("k2")).await.unwrap();
    assert_eq!(refused.0, 409);
    bench.post(&format!("/api/v1/inquiries/{id}/decline"), None).await;
    assert_eq!(bench.send("POST", &path, None, Some("k2")).await.unwrap(), refused);
    bench.running.stop().await;
}

#[tokio::test]
async fn decisions_follow_the_state_machine() {
    let bench = bench(few(40)).await;
    let id = bench.waiting().await;
    let call = |what: &str| format!("/api/v1/inquiries/{id}/{what}");
    let (status, body) = bench.post(&call("approve"), Some(json!({ "meta": { "comment": "ok" } }))).await;
    assert_eq!((status, &body["data"]["attributes"]["reviewer-comment"]), (200, &json!("ok")));
    assert_eq!(bench.post(&call("approve"), None).await.0, 409);
    assert_eq!(bench.post(&call("mark-for-review"), None).await.0, 409);
    assert_eq!(bench.post(&call("mark-for-review"), Some(json!({}))).await.0, 422);
    assert_eq!(bench.post(&call("decline"), None).await.0, 200);
    assert_eq!(bench.post(&call("generate-one-time-link"), Some(json!({ "meta": { "expires-in": 60 } }))).await.0, 422);
    assert_eq!(bench.send("DELETE", &format!("/api/v1/inquiries/{id}"), None, None).await.unwrap().0, 200);
    assert_eq!(bench.post(&call("approve"), None).await.0, 409);
    assert_eq!(bench.effects(&id).await, 2);
    let (_, events) = bench.get(&format!("/api/v1/events?filter%5Bobject-id%5D={id}&page%5Bsize%5D=3")).await;
    let names: Vec<&Value> =
        events["data"].as_array().unwrap().iter().map(|event| &event["attributes"]["name"]).collect();
    assert_eq!(names, ["inquiry.redacted", "inquiry.declined", "inquiry.approved"]);
    bench.running.stop().await;
}

#[tokio::test]
async fn an_unused_link_is_given_again_until_the_inquiry_expires() {
    let bench = bench(few(40)).await;
    let (_, list) = bench.get("/api/v1/inquiries?filter%5Bstatus%5D=pending").await;
    let id = list["data"][0]["id"].as_str().unwrap();
    let path = format!("/api/v1/inquiries/{id}/generate-one-time-link");
    let (_, first) = bench.post(&path, None).await;
    let (_, again) = bench.post(&path, Some(json!({ "meta": { "expires-in-seconds": 60 } }))).await;
    assert_eq!(first["meta"], again["meta"]);
    assert_eq!(bench.effects(id).await, 1);
    assert_eq!(bench.post(&format!("/api/v1/inquiries/{id}/expire"), None).await.0, 200);
    assert_eq!(bench.post(&path, None).await.0, 409);
    assert_eq!(bench.post(&format!("/api/v1/inquiries/{id}/resume"), None).await.0, 200);
    let (_, new) = bench.post(&path, None).await;
    assert_ne!(first["meta"], new["meta"]);
    bench.running.stop().await;
}

#[tokio::test]
async fn relations_need_a_key_and_come_back_as_accounts() {
    let bench = bench(few(40)).await;
    let (_, accounts) = bench.get("/api/v1/accounts?filter%5Breference-id%5D=biz-2000").await;
    let path = format!("/api/v1/accounts/{}/relations", accounts["data"][0]["id"].as_str().unwrap());
    assert_eq!(bench.get(&path).await.0, 400);
    assert_eq!(bench.get(&format!("{path}?filter%5Bkey%5D=friends")).await.0, 404);
    let (status, owners) = bench.get(&format!("{path}?filter%5Bkey%5D=beneficial_owners")).await;
    assert_eq!(status, 200);
    assert_eq!(owners["data"].as_array().unwrap().len(), 3);
    assert!(owners["data"].as_array().unwrap().iter().all(|owner| owner["type"] == "account"));
    bench.running.stop().await;
}

#[tokio::test]
async fn a_restart_keeps_decisions_effects_and_keys() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { file: Some(folder.path().join("sandbox.db")), ..few(12) };
    let first = bench(options.clone()).await;
    let id = first.waiting().await;
    let path = format!("/api/v1/inquiries/{id}/approve");
    let answer = first.send("POST", &path, None, Some("k")).await.unwrap();
    first.running.stop().await;
    let second = bench(Options { inquiries: 999, ..options }).await;
    assert_eq!(second.get(&format!("/api/v1/inquiries/{id}")).await.1["data"]["attributes"]["status"], "approved");
    assert_eq!(second.send("POST", &path, None, Some("k")).await.unwrap(), answer);
    assert_eq!(second.effects(&id).await, 1);
    second.running.stop().await;
}

#[tokio::test]
async fn pictures_need_their_token_and_nothing_else() {
    let bench = bench(few(12)).await;
    let id = bench.waiting().await;
    let (_, body) = bench.get(&format!("/api/v1/inquiries/{id}?include=verifications")).await;
    let url = body["included"][0]["attributes"]["front-photo-url"].as_str().unwrap();
    let picture = bench.client.get(url).send().await.unwrap();
    assert_eq!((picture.status().as_u16(), picture.headers()["content-type"].to_str().unwrap()), (200, "image/png"));
    let (bare, _) = url.split_once('?').unwrap();
    assert_eq!(bench.client.get(bare).send().await.unwrap().status(), 403);
    assert_eq!(bench.client.get(format!("{bare}?access_token=ffffffff.x")).send().await.unwrap().status(), 403);
    bench.running.stop().await;
}

#[tokio::test]
async fn an_arrival_lives_through_its_states() {
    let bench = bench(few(3)).await;
    let (_, made) = bench.post("/sandbox/arrive", None).await;
    let id = made["id"].as_str().unwrap();
    let (_, body) = bench.get(&format!("/api/v1/inquiries/{id}?include=verifications,reports,sessions")).await;
    assert_eq!(body["data"]["attributes"]["status"], "needs_review");
    assert!(body["included"].as_array().unwrap().len() >= 3);
    let (_, events) = bench.get(&format!("/api/v1/events?filter%5Bobject-id%5D={id}")).await;
    let names: Vec<&Value> =
        events["data"].as_array().unwrap().iter().map(|event| &event["attributes"]["name"]).collect();
    assert_eq!(names, ["inquiry.marked-for-review", "inquiry.completed", "inquiry.started", "inquiry.created"]);
    bench.running.stop().await;
}
