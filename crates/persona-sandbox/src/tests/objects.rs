//! Searches, reports, consolidation, redaction, prints, and the page behind a one-time link.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::{bench, few};
use serde_json::{Value, json};

#[tokio::test]
async fn a_search_sorts_filters_and_pages_by_the_same_body() {
    let bench = bench(few(60)).await;
    let body = json!({
        "query": { "and": [
            { "attribute": "status", "operator": "eq", "value": "needs_review" },
            { "attribute": "created_at", "operator": "gt", "value": "2020-01-01" },
        ] },
        "sort": { "attribute": "updated_at", "direction": "asc" }, "page": { "size": 7 },
    });
    let (mut path, mut seen) = ("/api/v1/inquiries/search".to_owned(), Vec::new());
    loop {
        let (status, list) = bench.post(&path, Some(body.clone())).await;
        assert_eq!(status, 200, "{list}");
        seen.extend(list["data"].as_array().unwrap().iter().map(|inquiry| inquiry["attributes"].clone()));
        match list["links"]["next"].as_str() {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    let waiting = bench.get("/api/v1/inquiries?filter%5Bstatus%5D=needs_review&page%5Bsize%5D=100").await.1;
    assert_eq!(seen.len(), waiting["data"].as_array().unwrap().len());
    assert!(seen.len() > 14);
    let times: Vec<&str> = seen.iter().map(|attributes| attributes["updated-at"].as_str().unwrap()).collect();
    assert!(times.is_sorted());
    bench.choose("search-lag", "a-minute").await;
    let id = bench.post("/sandbox/arrive", None).await.1["id"].clone();
    let newest = json!({ "sort": { "attribute": "created_at", "direction": "desc" }, "page": { "size": 1 } });
    assert_ne!(bench.post("/api/v1/inquiries/search", Some(newest.clone())).await.1["data"][0]["id"], id);
    bench.choose("search-lag", "none").await;
    assert_eq!(bench.post("/api/v1/inquiries/search", Some(newest)).await.1["data"][0]["id"], id);
    bench.running.stop().await;
}

#[tokio::test]
async fn accounts_are_found_by_their_fields_and_cases_by_their_template() {
    let bench = bench(few(40)).await;
    let accounts = bench.get("/api/v1/accounts?page%5Bsize%5D=100").await.1;
    let named = |account: &&Value| account["attributes"]["fields"]["name"]["value"]["last"]["value"].is_string();
    let someone = accounts["data"].as_array().unwrap().iter().find(named).unwrap().clone();
    let last = &someone["attributes"]["fields"]["name"]["value"]["last"]["value"];
    // In Persona's JSON, the path of a nested field contains `value` at each level. A query leaves it out, at Persona
    // and here.
    let body = json!({ "query": { "attribute": "fields.name.last", "operator": "eq", "value": last } });
    let (status, found) = bench.post("/api/v1/accounts/search", Some(body)).await;
    assert_eq!(status, 200);
    assert!(found["data"].as_array().unwrap().iter().any(|account| account["id"] == someone["id"]));
    let case = bench.first("/api/v1/cases").await;
    let template = &case["relationships"]["case-template"]["data"]["id"];
    let body = json!({ "query": { "not": { "attribute": "template", "operator": "eq", "value": template } } });
    let (_, others) = bench.post("/api/v1/cases/search", Some(body)).await;
    assert!(
        others["data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|case| case["relationships"]["case-template"]["data"]["id"] != *template)
    );
    let wrong = json!({ "query": { "attribute": "shoe_size", "operator": "eq", "value": 43 } });
    assert_eq!(bench.post("/api/v1/cases/search", Some(wrong)).await.0, 400);
    bench.running.stop().await;
}

#[tokio::test]
async fn a_report_is_made_finds_whom_it_should_and_has_a_history() {
    let bench = bench(few(3)).await;
    let ask = |kind: &str, term: &str| json!({ "data": { "type": kind, "attributes": { "query": { "term": term } } } });
    let (status, made) = bench.post("/api/v1/reports", Some(ask("report/watchlist", "Kim Jong Un"))).await;
    assert_eq!((status, &made["data"]["attributes"]["has-match"]), (201, &json!(true)), "{made}");
    let id = made["data"]["id"].as_str().unwrap();
    assert_eq!(bench.events(id, 5).await, ["report/watchlist.matched", "report/watchlist.ready"]);
    let (_, none) = bench.post("/api/v1/reports", Some(ask("report/politically-exposed-person", "Kim Jong Un"))).await;
    assert_eq!(none["data"]["attributes"]["has-match"], false);
    let path = |what: &str| format!("/api/v1/reports/{id}/{what}");
    assert_eq!(bench.post(&path("run"), None).await.1["data"]["attributes"]["is-continuous"], true);
    assert_eq!(bench.post(&path("resume"), None).await.1["data"]["attributes"]["is-recurring"], true);
    bench.post(&path("pause"), None).await;
    bench.post(&path("dismiss"), Some(json!({ "data": { "attributes": { "reason": "another Kim" } } }))).await;
    let (_, history) = bench.get(&path("history")).await;
    let kinds: Vec<&Value> = history["data"].as_array().unwrap().iter().map(|row| &row["type"]).collect();
    assert_eq!(kinds, ["dismiss", "pause", "resume", "run", "run"]);
    let (_, page) = bench.get(&path("history?page%5Bsize%5D=2")).await;
    assert_eq!(page["data"].as_array().unwrap().len(), 2);
    let (_, rest) = bench.get(page["links"]["next"].as_str().unwrap()).await;
    assert_eq!(rest["data"][0]["type"], "resume");
    assert_eq!(bench.post("/api/v1/reports", Some(ask("report/synthetic", "x"))).await.0, 422);
    assert_eq!(bench.delete(&format!("/api/v1/reports/{id}")).await.0, 200);
    assert_eq!(bench.post(&path("run"), None).await.0, 409);
    bench.running.stop().await;
}

#[tokio::test]
async fn two_accounts_become_one_and_the_source_is_archived() {
    let bench = bench(few(12)).await;
    let inquiries = bench.get("/api/v1/inquiries?page%5Bsize%5D=2").await.1;
    let account =
        |at: usize| inquiries["data"][at]["relationships"]["account"]["data"]["id"].as_str().unwrap().to_owned();
    let (home, source) = (account(0), account(1));
    let body = json!({ "meta": { "source-account-ids": [source] } });
    let path = format!("/api/v1/accounts/{home}/consolidate");
    assert_eq!(bench.post(&path, Some(body.clone())).await.0, 202);
    let moved = bench.get(&format!("/api/v1/inquiries?filter%5Baccount-id%5D={home}")).await.1;
    assert_eq!(moved["data"].as_array().unwrap().len(), 2);
    assert_eq!(bench.events(&source, 2).await, ["account.archived", "account.consolidated"]);
    assert_eq!(bench.events(&home, 1).await, ["account.consolidated-with"]);
    assert_eq!(bench.post(&path, Some(body)).await.0, 409);
    assert_eq!(bench.patch(&format!("/api/v1/accounts/{source}"), json!({})).await.0, 409);
    bench.running.stop().await;
}

#[tokio::test]
async fn redaction_takes_the_person_and_leaves_the_object() {
    let bench = bench(few(12)).await;
    let id = bench.waiting().await;
    let inquiry = bench.get(&format!("/api/v1/inquiries/{id}")).await.1;
    let check = inquiry["data"]["relationships"]["verifications"]["data"][0]["id"].as_str().unwrap().to_owned();
    let account = inquiry["data"]["relationships"]["account"]["data"]["id"].as_str().unwrap().to_owned();
    assert_eq!(bench.post(&format!("/api/v1/verifications/{check}/investigation-lock"), None).await.0, 200);
    assert_eq!(bench.delete(&format!("/api/v1/verifications/{check}")).await.0, 409);
    assert_eq!(bench.delete(&format!("/api/v1/inquiries/{id}")).await.0, 409);
    assert_eq!(bench.post(&format!("/api/v1/verifications/{check}/investigation-unlock"), None).await.0, 200);
    assert_eq!(bench.delete(&format!("/api/v1/accounts/{account}")).await.0, 200);
    assert_eq!(bench.events(&account, 1).await, ["account.redacted"]);
    assert_eq!(bench.events(&id, 1).await, ["inquiry.redacted"]);
    let gone = bench.get(&format!("/api/v1/inquiries/{id}")).await.1;
    assert!(gone["data"]["attributes"]["fields"]["name-first"]["value"].is_null());
    assert!(gone["data"]["attributes"]["redacted-at"].is_string());
    let case = bench.first("/api/v1/cases").await["id"].as_str().unwrap().to_owned();
    assert_eq!(bench.delete(&format!("/api/v1/cases/{case}")).await.0, 200);
    assert_eq!(bench.delete(&format!("/api/v1/cases/{case}")).await.0, 409);
    bench.running.stop().await;
}

#[tokio::test]
async fn an_inquiry_is_printed_and_its_audit_log_kept() {
    let bench = bench(few(40)).await;
    let id = bench.waiting().await;
    let answer = bench
        .client
        .get(format!("{}/api/v1/inquiries/{id}/print", bench.base))
        .bearer_auth("persona_sandbox_x")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["content-type"], "application/pdf");
    assert!(answer.bytes().await.unwrap().starts_with(b"%PDF-"));
    let log = bench.first("/api/v1/user-audit-logs").await;
    assert!(log["attributes"]["path"].as_str().unwrap().starts_with("/dashboard/inquiries/inq_"));
    let (_, one) = bench.get(&format!("/api/v1/user-audit-logs/{}?include=user", log["id"].as_str().unwrap())).await;
    assert_eq!(one["included"][0]["type"], "user");
    bench.running.stop().await;
}

#[tokio::test]
async fn a_one_time_link_is_walked_once() {
    let bench = bench(few(40)).await;
    let list = bench.get("/api/v1/inquiries?filter%5Bstatus%5D=pending").await.1;
    let id = list["data"][0]["id"].as_str().unwrap();
    let (_, made) = bench.post(&format!("/api/v1/inquiries/{id}/generate-one-time-link"), None).await;
    let link = made["meta"]["one-time-link"].as_str().unwrap();
    let code = link.split("code=").nth(1).unwrap();
    let opened = bench.client.get(link).send().await.unwrap();
    assert_eq!(opened.status(), 200);
    assert!(opened.text().await.unwrap().contains("Pass all verifications"));
    // Five minutes of grace, and no more.
    bench.post("/sandbox/clock", Some(json!({ "offset-seconds": 240 }))).await;
    assert_eq!(bench.client.get(link).send().await.unwrap().status(), 200);
    bench.post("/sandbox/clock", Some(json!({ "offset-seconds": 360 }))).await;
    assert_eq!(bench.client.get(link).send().await.unwrap().status(), 410);
    bench.post("/sandbox/clock", Some(json!({ "offset-seconds": 60 }))).await;
    let pass = |code: &str| {
        let call = bench.client.post(format!("{}/verify", bench.base));
        call.header("content-type", "application/x-www-form-urlencoded")
            .body(format!("code={code}&outcome=pass"))
            .send()
    };
    assert_eq!(pass(code).await.unwrap().status(), 200);
    let (_, inquiry) = bench.get(&format!("/api/v1/inquiries/{id}?include=verifications,sessions")).await;
    assert_eq!(inquiry["data"]["attributes"]["status"], "completed");
    let included = inquiry["included"].as_array().unwrap();
    assert!(included.iter().any(|one| one["type"] == "verification/selfie" && one["attributes"]["status"] == "passed"));
    assert_eq!(pass(code).await.unwrap().status(), 410);
    assert_eq!(pass("nonsense").await.unwrap().status(), 404);
    // An unopened link expires; a created inquiry can be opened by its id.
    let created = bench.get("/api/v1/inquiries?filter%5Bstatus%5D=created").await.1["data"][0]["id"].clone();
    let created = created.as_str().unwrap();
    assert_eq!(
        bench.client.get(format!("{}/verify?inquiry-id={created}", bench.base)).send().await.unwrap().status(),
        200
    );
    bench.choose("link", "new").await;
    let short = json!({ "meta": { "expires-in-seconds": 30 } });
    let (_, made) = bench.post(&format!("/api/v1/inquiries/{created}/generate-one-time-link"), Some(short)).await;
    bench.post("/sandbox/clock", Some(json!({ "offset-seconds": 120 }))).await;
    let late = bench.client.get(made["meta"]["one-time-link"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(late.status(), 410);
    bench.running.stop().await;
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let bench = bench(few(12)).await;
    let id = bench.waiting().await;
    let path = format!("/api/v1/inquiries/{id}/approve");
    assert_eq!(bench.send("POST", &path, None, Some("k")).await.unwrap().0, 200);
    assert_eq!(bench.send("POST", &path, None, Some("k")).await.unwrap().0, 200);
    bench.post("/sandbox/clock", Some(json!({ "offset-seconds": 25 * 3600 }))).await;
    assert_eq!(bench.send("POST", &path, None, Some("k")).await.unwrap().0, 409);
    bench.running.stop().await;
}

#[tokio::test]
async fn nothing_of_a_person_is_left_after_redaction() {
    let bench = bench(few(12)).await;
    let template = bench.first("/api/v1/inquiry-templates").await;
    let attributes = json!({
        "inquiry-template-id": template["id"], "fields": { "name-first": "Zebulon" }, "tags": ["Zebulon"], "note": "Zebulon",
    });
    let body = json!({ "data": { "attributes": attributes } });
    let made = bench.send("POST", "/api/v1/inquiries", Some(body.clone()), Some("k")).await.unwrap().1;
    let id = made["data"]["id"].as_str().unwrap();
    let account = made["data"]["relationships"]["account"]["data"]["id"].as_str().unwrap();
    bench.post(&format!("/api/v1/inquiries/{id}/approve"), Some(json!({ "meta": { "comment": "Zebulon" } }))).await;
    let before = bench.get("/api/v1/events?page%5Bsize%5D=100").await.1.to_string();
    assert!(before.contains("Zebulon"));
    assert_eq!(bench.delete(&format!("/api/v1/accounts/{account}")).await.0, 200);
    let paths = [
        format!("/api/v1/inquiries/{id}"),
        format!("/api/v1/accounts/{account}"),
        "/api/v1/events?page%5Bsize%5D=100".to_owned(),
        format!("/sandbox/effects?object-id={id}"),
    ];
    for path in paths {
        assert!(!bench.get(&path).await.1.to_string().contains("Zebulon"), "{path}");
    }
    let replay = bench.send("POST", "/api/v1/inquiries", Some(body), Some("k")).await.unwrap();
    assert_eq!(replay.0, 201);
    assert!(!replay.1.to_string().contains("Zebulon"));
    assert!(replay.1["meta"]["session-token"].is_null() && replay.1["meta"].is_object(), "an answer of the same shape");
    bench.running.stop().await;
}

#[tokio::test]
async fn a_picture_goes_with_its_inquiry() {
    let bench = bench(few(12)).await;
    let id = bench.waiting().await;
    let (_, body) = bench.get(&format!("/api/v1/inquiries/{id}?include=documents,verifications")).await;
    let links: Vec<String> = body["included"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|one| [&one["attributes"]["front-photo"]["url"], &one["attributes"]["front-photo-url"]])
        .filter_map(|url| url.as_str().map(str::to_owned))
        .collect();
    assert!(links.len() >= 2);
    for link in &links {
        assert_eq!(bench.client.get(link).send().await.unwrap().status(), 200);
    }
    bench.delete(&format!("/api/v1/inquiries/{id}")).await;
    for link in &links {
        assert_eq!(bench.client.get(link).send().await.unwrap().status(), 404);
    }
    bench.running.stop().await;
}

#[tokio::test]
async fn a_body_that_is_too_deep_is_refused_and_stops_nobody() {
    let bench = bench(few(3)).await;
    let template = bench.first("/api/v1/inquiry-templates").await;
    let mut deep = json!(1);
    for _ in 0..70 {
        deep = json!([deep]);
    }
    let body =
        json!({ "data": { "attributes": { "inquiry-template-id": template["id"], "fields": { "deep": deep } } } });
    assert_eq!(bench.post("/api/v1/inquiries", Some(body)).await.0, 422);
    assert_eq!(bench.get("/api/v1/inquiries").await.0, 200);
    bench.running.stop().await;
}

#[tokio::test]
async fn what_is_missing_is_neither_more_nor_less() {
    let bench = bench(few(40)).await;
    let found = |query: Value| {
        let call = bench.post("/api/v1/cases/search?page%5Bsize%5D=100", Some(json!({ "query": query })));
        async move { call.await.1["data"].as_array().unwrap().clone() }
    };
    let resolved = found(json!({ "attribute": "resolved_at", "operator": "lt", "value": "2090-01-01" })).await;
    assert!(!resolved.is_empty() && resolved.iter().all(|case| case["attributes"]["resolved-at"].is_string()));
    assert_eq!(found(json!({ "attribute": "fields.nothing", "operator": "gt", "value": 50 })).await.len(), 0);
    let all = found(json!({ "not": { "attribute": "fields.nothing", "operator": "eq", "value": "x" } })).await;
    assert!(all.len() > resolved.len());
    let kind = bench.first("/api/v1/accounts").await["relationships"]["account-type"]["data"]["id"].clone();
    let kind = bench.get(&format!("/api/v1/account-types/{}", kind.as_str().unwrap())).await.1;
    let status = kind["data"]["relationships"]["default-account-status"]["data"]["id"].clone();
    let query = json!({ "query": { "attribute": "status", "operator": "eq", "value": status } });
    let accounts = bench.post("/api/v1/accounts/search", Some(query)).await.1;
    assert!(!accounts["data"].as_array().unwrap().is_empty());
    assert!(
        accounts["data"].as_array().unwrap().iter().all(|account| account["attributes"]["account-status"] == "Default")
    );
    bench.running.stop().await;
}
