//! Masked values stay masked: in the graph, in counts, in links, in pictures, and after Persona has redacted them.
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::desk::{Desk, On, Visitor};
use crate::filled::Filled;
use crate::flow;
use crate::standin::case;

/// The fields that an applicant submitted, by name, as Persona has them.
async fn submitted(desk: &Desk, id: &str) -> Value {
    desk.persona("GET", &format!("/inquiries/{id}"), Value::Null).await["data"]["attributes"]["fields"].clone()
}

/// An inquiry that waits, with name, e-mail address, phone number and account.
async fn one(desk: &Desk, by: &Visitor) -> (String, Value) {
    for id in desk.queue(by, "needs_review").await {
        let fields = submitted(desk, &id).await;
        if ["name-last", "email-address", "phone-number", "birthdate", "address-street-1"]
            .iter()
            .all(|name| fields[name]["value"].is_string())
        {
            return (id, fields);
        }
    }
    panic!("no inquiry with these fields waits");
}

fn value(fields: &Value, name: &str) -> String {
    fields[name]["value"].as_str().unwrap_or_default().to_owned()
}

async fn reveal(by: &Visitor, id: &str, topics: &str) {
    let form = [("kind", "inquiry"), ("subject", id), ("topics", topics), ("purpose", "review")];
    assert_eq!(by.submit("reveal", &form).await.status, StatusCode::OK);
}

/// Pictures of an inquiry: object, part.
async fn pictures(desk: &Desk, by: &Visitor, id: &str) -> Vec<(String, String)> {
    let page = desk.inquiry(by, id).await;
    let verifications = page["evidence"]["verifications"].as_array().unwrap().clone();
    let pictures = verifications.iter().flat_map(|one| one["pictures"].as_array().unwrap().clone());
    let text = |picture: &Value, key: &str| picture[key].as_str().unwrap().to_owned();
    pictures.map(|picture| (text(&picture, "object_id"), text(&picture, "part"))).collect()
}

async fn event(desk: &Desk, name: &str, at: &str, object: Value) {
    let body = json!({"data": {"type": "event", "id": format!("evt_{}", name.replace('.', "_")), "attributes": {
        "name": name, "created-at": at, "payload": {"data": object}}}});
    assert_eq!(desk.signed_webhook(body.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
    desk.settle().await;
}

flow! {
    async fn the_graph_tells_neither_an_address_nor_a_digest_that_can_be_tried(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let (mut guesses, mut streets, mut accounts) = (Vec::new(), Vec::new(), Vec::new());
        for id in desk.queue(&analyst, "all").await {
            let fields = submitted(&desk, &id).await;
            let phone: String = value(&fields, "phone-number").chars().filter(char::is_ascii_digit).collect();
            let email = value(&fields, "email-address").trim().to_lowercase();
            for (kind, value) in [("phone", phone), ("email", email)] {
                if value.len() >= 5 {
                    guesses.push(hex::encode(Sha256::digest(format!("{kind}\0{value}"))));
                }
            }
            streets.extend(Some(value(&fields, "address-street-1")).filter(|street| !street.is_empty()));
            accounts.extend(desk.inquiry(&analyst, &id).await["inquiry"]["account_id"].as_str().map(str::to_owned));
        }
        accounts.sort();
        accounts.dedup();
        assert!(guesses.len() > 40 && streets.len() > 20 && accounts.len() > 20);
        let (mut shared, mut addresses) = (0, 0);
        for account in accounts.iter().step_by(3) {
            let page = analyst.call("relations", json!({"account": account, "hops": 2})).await.text();
            let html = analyst.get(&format!("/accounts/{account}/relations?hops=2")).await.text();
            shared += page.matches("\"Attribute\"").count();
            addresses += page.matches("address ••••").count();
            for text in [&page, &html] {
                for guess in &guesses {
                    assert!(!text.contains(&guess[..12]), "a digest of a telephone number or e-mail address can be tried");
                }
                for street in &streets {
                    assert!(!text.contains(street.as_str()), "{street} is told");
                }
            }
        }
        assert!(shared > 0 && addresses > 0, "{shared} attributes, {addresses} addresses: the graphs show nothing to be hidden");
        // The database does not contain them either.
        let mut conn = desk.app.read().await.unwrap();
        let kept = countersign::server::db::relation::attributes_among(&mut conn, &accounts).await.unwrap();
        assert!(kept.len() > 40);
        for countersign::server::db::relation::SharedAttribute { digest, label, .. } in kept {
            assert!(!guesses.contains(&digest) && !streets.iter().any(|street| label.contains(street.as_str())), "{label}");
        }
    }

    async fn an_admin_finds_nobody_by_what_the_evidence_says(desk: Filled) {
        let mut desk = desk;
        let (analyst, admin, auditor) = (desk.analyst().await, desk.admin().await, desk.auditor().await);
        let (id, fields) = one(&desk, &analyst).await;
        reveal(&analyst, &id, "all").await;
        let page = desk.inquiry(&analyst, &id).await;
        let account = page["inquiry"]["account_id"].as_str().unwrap().to_owned();
        let facts = page["evidence"]["verifications"].as_array().unwrap().iter().flat_map(|one| one["facts"].as_array().unwrap().clone());
        let number = facts.filter(|fact| fact["key"] == "identification-number").map(|fact| fact["value"].as_str().unwrap().to_owned()).next();
        let mut probes: Vec<String> = ["name-first", "name-last", "email-address", "phone-number"].map(|name| value(&fields, name)).into();
        probes.extend(number);
        probes.extend(page["inquiry"]["reference_id"].as_str().map(str::to_owned));
        probes.push(value(&fields, "name-last").chars().take(3).collect());
        probes.push(id.chars().take(id.len() - 2).collect());
        let found = async |by: &Visitor, search: &str| {
            by.call("queue", json!({"filter": {"status": "all", "search": search}})).await.json()["total"].as_i64().unwrap()
        };
        let cases = async |by: &Visitor, search: &str| {
            by.call("cases", json!({"filter": {"status": "all", "search": search}})).await.json()["page"]["rows"].as_array().unwrap().len()
        };
        let mut findable = 0;
        for (n, probe) in probes.iter().enumerate() {
            // The name of a person is no search term of a business.
            let (one, other) = (found(&analyst, probe).await, found(&auditor, probe).await);
            assert_eq!(one, other, "{probe}");
            findable += usize::from(one > 0);
            assert_eq!(found(&admin, probe).await, 0, "{probe}");
            assert_eq!(cases(&admin, probe).await, 0, "{probe}");
            let filter = format!("status=all&search={}", url::form_urlencoded::byte_serialize(probe.as_bytes()).collect::<String>());
            let name = format!("Probe {n}");
            assert_eq!(admin.submit("view-save", &[("name", &name), ("filter", &filter)]).await.status, StatusCode::OK);
        }
        assert!(findable >= 5, "only {findable} of {probes:?} find anything for those who may read it");
        let views = admin.call("views", json!({})).await.json();
        let probed: Vec<_> = views.as_array().unwrap().iter().filter(|row| row["view"]["name"].as_str().unwrap().starts_with("Probe")).collect();
        assert_eq!(probed.len(), probes.len());
        assert!(probed.iter().all(|row| row["found"] == 0), "{views}");
        // Inquiries are found by the ids that Persona gives them.
        assert_eq!(found(&admin, &id).await, 1);
        assert!(found(&admin, &account).await >= 1);

        // The lists contain no masked values, and no text of a reviewer.
        desk.decide(&analyst, &id, "decline", "document-not-genuine", "CANARYCOMMENT about the person").await;
        desk.settle().await;
        let hidden = ["email-address", "phone-number", "birthdate", "address-street-1"].map(|name| value(&fields, name));
        for (name, arguments) in [("queue", json!({"filter": {"status": "all"}})), ("cases", json!({"filter": {"status": "all"}})), ("decisions", json!({})),
            ("frame", json!({})), ("views", json!({})), ("figures", json!({})), ("rules", json!({})), ("connection", json!({})), ("retention", json!({})), ("reviewers", json!({}))] {
            let reply = admin.call(name, arguments).await;
            assert_eq!(reply.status, StatusCode::OK, "{name}");
            let text = reply.text();
            assert!(!text.contains("CANARYCOMMENT"), "{name} tells what a reviewer wrote");
            assert!(!hidden.iter().any(|value| text.contains(value.as_str())), "{name}");
        }
        for page in ["/queue?status=all", "/cases?status=all", "/decisions", "/admin/figures", "/admin/retention", "/admin/persona"] {
            let text = admin.get(page).await.text();
            assert!(!text.contains("CANARYCOMMENT") && !hidden.iter().any(|value| text.contains(value.as_str())), "{page}");
        }
        let about = [format!("/inquiries/{id}"), format!("/accounts/{account}"), format!("/accounts/{account}/relations"), "/relations".into(),
            format!("/inquiries/{id}/case-file?purpose=audit"), format!("/accounts/{account}/access-request"), "/audit/export".into()];
        for path in &about {
            let reply = admin.get(path).await;
            assert!(reply.status.is_client_error(), "{path}: {}", reply.status);
            assert!(!reply.text().contains(&value(&fields, "name-last")), "{path}");
        }
        for (object, part) in pictures(&desk, &analyst, &id).await {
            assert_eq!(admin.get(&format!("/documents/{object}/{part}?inquiry={id}")).await.status, StatusCode::FORBIDDEN);
        }
        assert!(auditor.call("decisions", json!({})).await.text().contains("CANARYCOMMENT"), "who may read evidence reads it");
    }

    async fn what_changed_does_not_tell_what_is_hidden(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let (id, fields) = one(&desk, &analyst).await;
        let seen = desk.inquiry(&analyst, &id).await["version"].as_i64().unwrap();
        let new = json!({"birthdate": "1950-01-31", "phone-number": "+15035550199"});
        desk.persona("PATCH", &format!("/inquiries/{id}"), json!({"data": {"attributes": {"fields": new}}})).await;
        countersign::server::jobs::sync::run(&desk.app).await.unwrap();
        desk.settle().await;
        let page = analyst.call("inquiry", json!({"id": id, "seen": seen})).await.json();
        let lines = page["changes"]["lines"].as_array().unwrap();
        assert!(lines.len() >= 2, "{}", page["changes"]);
        let html = analyst.get(&format!("/inquiries/{id}?seen={seen}")).await.text();
        for secret in ["1950-01-31", "31 Jan 1950", "5035550199", &value(&fields, "birthdate"), &value(&fields, "phone-number")] {
            assert!(!page["changes"].to_string().contains(secret), "{secret}: {}", page["changes"]);
            assert!(!html.contains(secret), "{secret} in the page");
        }
    }

    async fn names_stand_in_no_address_and_in_no_title(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let (id, fields) = one(&desk, &analyst).await;
        let name = value(&fields, "name-last");
        for place in ["queue", "cases", "relations"] {
            let reply = analyst.submit("search", &[("place", place), ("search", &name)]).await;
            assert_eq!(reply.status, StatusCode::OK, "{place}: {}", reply.text());
            let location = reply.json().as_str().unwrap().to_owned();
            assert!(!location.contains(&name), "{location}");
            let page = analyst.get(&location).await.text();
            let links: Vec<&str> = page.match_indices("href=\"").map(|(at, _)| page[at + 6..].split('"').next().unwrap()).collect();
            assert!(links.len() > 5 && links.iter().all(|link| !link.contains(&name)), "{place}: {links:?}");
        }
        let account = desk.inquiry(&analyst, &id).await["inquiry"]["account_id"].as_str().unwrap().to_owned();
        for path in [format!("/inquiries/{id}"), format!("/accounts/{account}"), format!("/accounts/{account}/relations")] {
            let page = analyst.get(&path).await.text();
            let title = page.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
            assert!(!title.contains(&name) && !title.is_empty(), "{path}: {title}");
        }
    }

    async fn a_live_link_is_shown_only_to_those_who_send_links(desk: Filled) {
        let mut desk = desk;
        let (analyst, auditor) = (desk.analyst().await, desk.auditor().await);
        let id = desk.queue(&analyst, "pending").await.remove(0);
        assert_eq!(analyst.submit("link", &[("inquiry", &id), ("life", "3600")]).await.status, StatusCode::OK);
        desk.settle().await;
        let url = desk.inquiry(&analyst, &id).await["links"][0]["url"].as_str().unwrap().to_owned();
        let json = desk.inquiry(&auditor, &id).await;
        assert_eq!((&json["links"][0]["state"], &json["links"][0]["url"]), (&json!("ready"), &Value::Null));
        let code = url.rsplit(['/', '=']).next().unwrap();
        assert!(code.len() > 8);
        let html = auditor.get(&format!("/inquiries/{id}")).await.text();
        assert!(html.contains("Only reviewers who may send links can see it"));
        let log = auditor.call("audit", json!({"filter": {"object": id}})).await.text();
        let export = auditor.get("/audit/export?format=jsonl").await.text();
        for text in [json.to_string(), html, log, export] {
            assert!(!text.contains(code), "the link reaches an auditor");
        }
    }

    async fn a_picture_of_a_document_is_hidden_until_it_is_asked_for(desk: Filled) {
        let mut desk = desk;
        let (analyst, jo) = (desk.analyst().await, desk.second_analyst().await);
        let (id, _) = one(&desk, &analyst).await;
        let all = pictures(&desk, &analyst, &id).await;
        let face = |part: &str| ["portrait", "center", "left", "right", "face"].contains(&part);
        let page = format!("/inquiries/{id}");
        let html = analyst.get(&page).await.text();
        assert!(all.iter().any(|(_, part)| !face(part)));
        for (object, part) in &all {
            for size in ["", "&size=small"] {
                let reply = analyst.get(&format!("/documents/{object}/{part}?inquiry={id}{size}")).await;
                let wanted = if face(part) { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
                assert_eq!(reply.status, wanted, "{part}{size}");
                assert!(face(part) || reply.text().contains("Show hidden values"), "{}", reply.text());
            }
            assert_eq!(html.contains(&format!("/documents/{object}/{part}?")), face(part), "{part}");
        }
        assert!(html.contains("value=\"picture\"") && html.contains("Hidden: give a purpose to see it"));
        assert!(desk.entries("picture.viewed", &id).await.iter().all(|entry| entry.fact("part").is_some_and(|part| face(&part))));
        // Without JavaScript: a form on the page.
        let form = [("kind", "inquiry"), ("subject", id.as_str()), ("topics", "picture"), ("purpose", "review")];
        assert!(analyst.post_plain("reveal", &page, &form).await.status.is_redirection());
        let html = analyst.get(&page).await.text();
        for (object, part) in &all {
            let path = format!("/documents/{object}/{part}?inquiry={id}");
            assert_eq!(analyst.get(&path).await.status, StatusCode::OK, "{part}");
            assert!(html.contains(&format!("/documents/{object}/{part}?")), "{part}");
            let others = jo.get(&path).await.status;
            assert_eq!(others == StatusCode::OK, face(part), "shown to whoever asked, and to nobody else");
        }
        let entries = desk.entries("field.revealed", &id).await;
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].fact("topics").as_deref(), entries[0].fact("purpose").as_deref()), (Some("picture"), Some("review")));
        for _ in 0..3 {
            desk.clock.advance(Duration::from_secs(11 * 60));
            analyst.get("/queue").await;
        }
        let (object, part) = all.iter().find(|(_, part)| !face(part)).unwrap();
        assert_eq!(analyst.get(&format!("/documents/{object}/{part}?inquiry={id}")).await.status, StatusCode::UNPROCESSABLE_ENTITY, "half an hour is over");
    }

    async fn a_redaction_counts_by_the_name_of_its_event(desk: Filled) {
        let mut desk = desk;
        let (analyst, auditor) = (desk.analyst().await, desk.auditor().await);
        // Persona's own example: `redacted-at` is null, and the body contains everything.
        let mut body = case("account-redacted-webhook-body.json");
        let id = body["data"]["attributes"]["payload"]["data"]["id"].as_str().unwrap().to_owned();
        let mut before = body.clone();
        before["data"]["id"] = "evt_before".into();
        before["data"]["attributes"]["name"] = "account.created".into();
        before["data"]["attributes"]["created-at"] = "2024-02-15T20:00:00.000Z".into();
        assert_eq!(desk.signed_webhook(before.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
        desk.settle().await;
        let html = analyst.get(&format!("/accounts/{id}")).await.text();
        assert!(html.contains("Jane Marie Doe"), "it was there");
        // Dated before that, by its own time: it counts nevertheless.
        body["data"]["attributes"]["created-at"] = "2024-02-15T19:00:00.000Z".into();
        assert_eq!(desk.signed_webhook(body.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
        desk.settle().await;
        for by in [&analyst, &auditor] {
            let html = by.get(&format!("/accounts/{id}")).await;
            assert_eq!(html.status, StatusCode::OK);
            let json = by.call("account-of", json!({"id": id})).await.text();
            let graph = by.call("relations", json!({"account": id, "hops": 1})).await.text();
            for text in [html.text(), json, graph] {
                for told in ["Jane", "Doe", "94111", "12345678", "1994-12-30", "jane@doe.com", "111-222-3333", "123 Main", "abc-123"] {
                    assert!(!text.contains(told), "{told}");
                }
                assert!(text.contains("Redacted"));
            }
        }
        assert!(analyst.call("accounts", json!({"search": "jane"})).await.json().as_array().unwrap().is_empty());

        // An inquiry and a case whose events have empty bodies.
        let (inquiry, fields) = one(&desk, &analyst).await;
        let account = desk.inquiry(&analyst, &inquiry).await["inquiry"]["account_id"].as_str().unwrap().to_owned();
        let kept = async || {
            let mut conn = desk.app.read().await.unwrap();
            countersign::server::db::relation::attributes_among(&mut conn, std::slice::from_ref(&account)).await.unwrap()
        };
        assert!(kept().await.iter().any(|had| had.kind == "document"), "the test shows nothing");
        event(&desk, "inquiry.redacted", "2020-01-01T00:00:00.000Z", json!({"type": "inquiry", "id": inquiry})).await;
        let page = desk.inquiry(&analyst, &inquiry).await;
        assert!(!page["inquiry"]["redacted_at"].is_null() && page["evidence"].is_null(), "{}", page["inquiry"]);
        let html = analyst.get(&format!("/inquiries/{inquiry}")).await.text();
        assert!(!page.to_string().contains(&value(&fields, "name-last")) && !html.contains(&value(&fields, "name-last")));
        assert_eq!(analyst.call("queue", json!({"filter": {"status": "all", "search": value(&fields, "email-address")}})).await.json()["total"], 0);
        // Values that Persona still returns afterwards are not stored again.
        countersign::server::jobs::sync::run(&desk.app).await.unwrap();
        desk.settle().await;
        assert!(!desk.inquiry(&analyst, &inquiry).await.to_string().contains(&value(&fields, "name-last")));
        let kept = kept().await;
        // The account's own values are not redacted with the inquiry.
        let own = desk.persona("GET", &format!("/accounts/{account}"), Value::Null).await["data"]["attributes"]["fields"].to_string();
        let ends = |label: &str| label.rsplit('•').next().is_some_and(|end| own.contains(&format!("{end}\"")));
        let of_account = |kind: &str, label: &str| ["address", "email", "phone"].contains(&kind) || (kind == "document" && ends(label));
        assert!(kept.iter().all(|had| of_account(&had.kind, &had.label)), "{kept:?} {own}");
        let row = analyst.call("cases", json!({"filter": {"status": "all"}})).await.json()["page"]["rows"][0].clone();
        let case_id = row["id"].as_str().unwrap();
        event(&desk, "case.redacted", "2020-01-01T00:00:00.000Z", json!({"type": "case", "id": case_id})).await;
        let page = analyst.call("case", json!({"id": case_id})).await.json();
        assert!(!page["case"]["redacted_at"].is_null() && page["case"]["fields"] == json!([]), "{}", page["case"]);

        // One verification of another inquiry; the event does not name the inquiry.
        let mut others = desk.queue(&analyst, "needs_review").await;
        others.retain(|id| *id != inquiry);
        let other = others.remove(0);
        let page = desk.inquiry(&analyst, &other).await;
        let verification = page["evidence"]["verifications"][0].clone();
        assert!(verification["facts"].as_array().unwrap().len() > 1);
        let part = verification["id"].as_str().unwrap();
        event(&desk, "verification.redacted", "2030-01-01T00:00:00.000Z", json!({"type": "verification/government-id", "id": part})).await;
        let page = desk.inquiry(&analyst, &other).await;
        let verifications = page["evidence"]["verifications"].as_array().unwrap();
        let redacted = verifications.iter().find(|one| one["id"] == part).unwrap();
        assert_eq!((redacted["facts"][0]["key"].as_str(), redacted["facts"].as_array().unwrap().len(), &redacted["pictures"]), (Some("redacted-in-persona"), 1, &json!([])));
        // Events about objects that the desk does not store cause no errors.
        event(&desk, "transaction.redacted", "2030-01-01T00:00:00.000Z", json!({"type": "transaction", "id": "txn_1"})).await;
        event(&desk, "account-property.redacted", "2030-01-01T00:00:00.000Z", json!({"type": "account-property", "id": "x"})).await;
        assert!(desk.entries("webhook.failed", "evt_transaction_redacted").await.is_empty());
    }

    async fn an_account_that_was_never_given_out_has_no_dead_link(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let (inquiry, _) = one(&desk, &analyst).await;
        let account = desk.inquiry(&analyst, &inquiry).await["inquiry"]["account_id"].as_str().unwrap().to_owned();
        let known = desk.persona("GET", &format!("/accounts/{account}"), Value::Null).await["data"].clone();
        let body = json!({"data": {"type": "event", "id": "evt_related", "attributes": {"name": "account.added-relation", "created-at": "2030-01-01T00:00:00.000Z",
            "payload": {"data": known}, "context": {"relation-schema-key": "directors", "target-account-id": "act_ghost", "target-txn-id": null}}}});
        assert_eq!(desk.signed_webhook(body.to_string().as_bytes()).await.status, StatusCode::ACCEPTED);
        countersign::server::jobs::apply_webhooks::run(&desk.app).await.unwrap();
        for page in [format!("/accounts/{account}"), format!("/accounts/{account}/relations"), format!("/inquiries/{inquiry}")] {
            let html = analyst.get(&page).await.text();
            assert!(html.contains("act_ghost") && html.contains("ot known here"), "{page}");
            assert!(!html.contains("href=\"/accounts/act_ghost"), "{page} leads nowhere");
        }
        assert_eq!(analyst.get("/accounts/act_ghost").await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_pictures_are_shown_at_once_the_first_look_stands_in_the_log_as_a_reveal() {
    let mut desk = Filled::configured(On::Sqlite, |config| config.confirm_pictures = false).await;
    let analyst = desk.analyst().await;
    let (id, _) = one(&desk, &analyst).await;
    let documents: Vec<_> = pictures(&desk, &analyst, &id)
        .await
        .into_iter()
        .filter(|(_, part)| part == "front" || part == "back")
        .collect();
    assert!(!documents.is_empty());
    for (object, part) in &documents {
        let reply = analyst.get(&format!("/documents/{object}/{part}?inquiry={id}&size=small")).await;
        assert_eq!(reply.status, StatusCode::OK);
    }
    let entries = desk.entries("field.revealed", &id).await;
    assert_eq!(entries.len(), 1, "once for as long as a reveal lasts");
    assert_eq!(entries[0].fact("topics").as_deref(), Some("picture"));
    let printed = entries[0].fact("printed").unwrap();
    assert!(printed.contains("birthdate") && printed.contains("number"), "{printed}");
    assert_eq!(desk.entries("picture.viewed", &id).await.len(), documents.len());
}
