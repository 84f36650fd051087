//! Notes that mention a colleague, and discrepancies that are resolved.
use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::desk::Visitor;
use crate::filled::Filled;
use crate::flow;
use countersign::domain::audit::{Actor, Draft};
use countersign::server::db;

async fn unread(by: &Visitor) -> i64 {
    by.call("frame", json!({})).await.json()["mentions"].as_i64().unwrap()
}

flow! {
    async fn who_is_called_by_a_note_is_told_and_reads_it_where_it_stands(desk: Filled) {
        let mut desk = desk;
        let (maya, jo, admin) = (desk.analyst().await, desk.second_analyst().await, desk.admin().await);
        let id = desk.queue(&maya, "needs_review").await.remove(0);
        let note = |body: &'static str| [("kind", "inquiry"), ("subject", id.as_str()), ("body", body)];
        assert_eq!(maya.submit("note-add", &note("@Jo Lindqvist have you seen this face? @maya too")).await.status, StatusCode::OK);
        assert_eq!((unread(&jo).await, unread(&maya).await), (1, 0), "one's own name calls nobody");
        let found = jo.call("mentions", json!({})).await.json();
        assert_eq!(found[0].as_array().unwrap().len(), 1);
        assert_eq!((&found[0][0]["subject"], &found[0][0]["read_at"]), (&json!(id), &Value::Null));
        assert!(found[0][0]["name"].as_str().is_some_and(|name| !name.is_empty()));
        assert!(jo.get("/mentions").await.text().contains("have you seen this face?"));
        // A mention is unread while it is only listed, and read once its inquiry is opened.
        assert_eq!(unread(&jo).await, 1);
        desk.inquiry(&jo, &id).await;
        assert_eq!(unread(&jo).await, 0);
        assert_eq!(maya.submit("note-add", &note("@jo once more")).await.status, StatusCode::OK);
        assert_eq!(maya.submit("note-add", &note("@jo and again")).await.status, StatusCode::OK);
        assert_eq!(unread(&jo).await, 2);
        assert_eq!(jo.submit("mentions-read", &[]).await.status, StatusCode::OK);
        assert_eq!(unread(&jo).await, 0);
        assert_eq!(jo.call("mentions", json!({})).await.json()[0].as_array().unwrap().len(), 3);
        // A reviewer who may not see evidence gets no mention.
        assert_eq!(maya.submit("note-add", &note("@admin look")).await.status, StatusCode::OK);
        assert_eq!(unread(&admin).await, 0);
    }

    async fn a_difference_is_resolved_for_the_values_that_differ(desk: Filled) {
        let mut desk = desk;
        let (maya, jo) = (desk.analyst().await, desk.second_analyst().await);
        let differing = |page: &Value| page["comparisons"].as_array().unwrap().iter().find(|line| line["outcome"]["outcome"] == "differs").cloned();
        let mut found = None;
        for id in desk.queue(&maya, "needs_review").await {
            let page = desk.inquiry(&maya, &id).await;
            if let Some(line) = differing(&page) {
                found = Some((id, page, line));
                break;
            }
        }
        let (id, page, line) = found.expect("the seed has an inquiry whose document says something else");
        let (version, field) = (page["version"].to_string(), line["label"].as_str().unwrap());
        let say = |field: &str, how: &str, why: &str| {
            let fields = [("inquiry", id.as_str()), ("version", version.as_str()), ("field", field), ("resolution", how), ("comment", why)];
            fields.map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let submit = async |by: &Visitor, fields: [(String, String); 5]| {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            by.submit("discrepancy-resolve", &fields).await.status
        };
        assert_eq!(submit(&maya, say(field, "never-heard", "")).await, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(submit(&maya, say(field, "explained", " ")).await, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(submit(&maya, say("Country", "spelling", "")).await, StatusCode::NOT_FOUND, "that does not differ");
        assert_eq!(submit(&maya, say(field, "spelling", "")).await, StatusCode::OK);
        assert_eq!(submit(&jo, say(field, "explained", "She married in May.")).await, StatusCode::OK);
        let again = differing(&desk.inquiry(&maya, &id).await).unwrap();
        assert_eq!((&again["resolved"]["resolution"], &again["resolved"]["by"]), (&json!("explained"), &json!("Jo Lindqvist")));
        assert!(maya.get(&format!("/inquiries/{id}")).await.text().contains("She married in May."));
        let entries = desk.entries("discrepancy.resolved", &id).await;
        assert_eq!(entries.len(), 2, "what was said before stands in the log");

        // The values have changed: a resolution of the old ones does not count.
        desk.persona("PATCH", &format!("/inquiries/{id}"), json!({"data": {"attributes": {"fields": {"name-first": "Ottilie", "birthdate": "1950-01-01"}}}})).await;
        countersign::server::jobs::sync::run(&desk.app).await.unwrap();
        desk.settle().await;
        let changed = desk.inquiry(&maya, &id).await;
        assert_ne!(changed["version"].to_string(), version);
        let still = changed["comparisons"].as_array().unwrap().iter().find(|line| line["label"] == field).unwrap();
        assert_eq!(still["resolved"], Value::Null, "{field}");
        assert_eq!(submit(&maya, say(field, "spelling", "")).await, StatusCode::CONFLICT, "on evidence that is gone");

        // Redacted at Persona: the resolution is removed too.
        let subject = id.clone().try_into().unwrap();
        let kept = async || countersign::server::db::discrepancy::of(&mut desk.app.read().await.unwrap(), &subject).await.unwrap().len();
        assert_eq!(kept().await, 1);
        desk.persona("DELETE", &format!("/inquiries/{id}"), Value::Null).await;
        countersign::server::jobs::sync::run(&desk.app).await.unwrap();
        desk.settle().await;
        assert!(!desk.inquiry(&maya, &id).await["inquiry"]["redacted_at"].is_null());
        assert_eq!(kept().await, 0);
    }

    async fn a_long_timeline_is_read_on_to_its_beginning(desk: Filled) {
        let mut desk = desk;
        let maya = desk.analyst().await;
        let id = desk.queue(&maya, "needs_review").await.remove(0);
        for n in 0..150 {
            let body = format!("note {n}");
            let note = [("kind", "inquiry"), ("subject", id.as_str()), ("body", body.as_str())];
            assert_eq!(maya.submit("note-add", &note).await.status, StatusCode::OK);
        }
        let mut line = desk.inquiry(&maya, &id).await["timeline"].clone();
        let (mut seen, mut pages) = (Vec::new(), 0);
        loop {
            let moments = line["moments"].as_array().unwrap().clone();
            assert!(moments.len() <= 62, "{}", moments.len());
            seen.extend(moments.iter().map(|moment| (moment["at"].as_str().unwrap().to_owned(), moment["what"].as_str().unwrap().to_owned())));
            pages += 1;
            if line["more"] == false {
                break;
            }
            // A moment that is added meanwhile is not shown twice, and displaces no other.
            let note = [("kind", "inquiry"), ("subject", id.as_str()), ("body", "meanwhile")];
            assert_eq!(maya.submit("note-add", &note).await.status, StatusCode::OK);
            let upto = line["upto"].clone();
            line = maya.call("timeline", json!({"kind": "inquiry", "id": id, "upto": upto, "shown": seen.len()})).await.json();
        }
        assert!(pages >= 3);
        assert!(seen.is_sorted_by(|a, b| a.0 >= b.0), "newest first");
        assert_eq!(seen.iter().filter(|(_, what)| what == "wrote a note").count(), 150);
        assert!(seen.iter().any(|(_, what)| what.contains("Inquiry created") || what.to_lowercase().contains("created")), "{:?}", seen.last());
        let other = json!({"kind": "inquiry", "id": "inq_none", "upto": 0, "shown": 0});
        assert_eq!(maya.call("timeline", other).await.status, StatusCode::NOT_FOUND);
    }

    async fn of_ten_thousand_moments_each_stands_in_its_place(desk: Filled) {
        let mut desk = desk;
        let maya = desk.analyst().await;
        let id = desk.queue(&maya, "needs_review").await.remove(0);
        let (about, now) = (id.clone(), desk.app.now());
        let at = move |n: u64| now.minus(Duration::from_secs(10_000 - n));
        desk.app
            .write(move |tx| {
                Box::pin(async move {
                    for n in 0..10_000 {
                        let draft = Draft::new("link.ready", Actor::System { part: "test" }, "inquiry", about.as_str());
                        let none = BTreeMap::new();
                        db::audit::append(tx, |seq| draft.clone().seal(seq, at(n), "0.1.0", &none), &none).await?;
                    }
                    Ok(())
                })
            })
            .await
            .unwrap();
        let line = desk.inquiry(&maya, &id).await["timeline"].clone();
        assert_eq!((line["moments"].as_array().unwrap().len(), &line["more"]), (60, &json!(true)));
        let mut seen = std::collections::BTreeSet::new();
        // Some pages, and all of the last ones.
        for shown in [0, 60, 4980, 9900, 9960, 10_020, 10_080, 10_140] {
            let page = maya.call("timeline", json!({"kind": "inquiry", "id": id, "upto": line["upto"], "shown": shown})).await.json();
            let times: Vec<String> = page["moments"].as_array().unwrap().iter().map(|moment| moment["at"].as_str().unwrap().to_owned()).collect();
            assert!(times.is_sorted_by(|a, b| a >= b), "newest first");
            let viewed = page["moments"].as_array().unwrap().iter().filter(|moment| moment["what"] == "received a one-time link");
            for moment in viewed {
                assert!(seen.insert(moment["at"].as_str().unwrap().to_owned()), "twice: {moment}");
            }
            if shown == 9900 {
                assert_eq!((times.len(), &page["more"]), (60, &json!(true)));
            }
            if shown == 10_140 {
                assert_eq!(page["more"], false, "{page}");
            }
        }
        for n in [9_999, 9_998, 0, 1, 20] {
            assert!(seen.contains(&at(n).to_text()), "{n}");
        }
    }

    async fn a_reason_is_added_given_and_retired_and_keeps_its_words(desk: Filled) {
        let mut desk = desk;
        let (maya, admin) = (desk.analyst().await, desk.admin().await);
        let ids = desk.queue(&maya, "needs_review").await;
        let add = |version: &'static str, code: &'static str| [("version", version), ("code", code), ("label", "Source of funds unclear"), ("decline", "on")];
        assert_eq!(desk.decide(&maya, &ids[0], "decline", "source-of-funds", "No payslip.").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        for bad in ["Source", "checks-passed", ""] {
            assert_eq!(admin.submit("reason-add", &add("0", bad)).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        }
        assert_eq!(admin.submit("reason-add", &add("0", "source-of-funds")).await.status, StatusCode::OK);
        assert_eq!(admin.submit("reason-add", &add("0", "another")).await.status, StatusCode::UNPROCESSABLE_ENTITY, "not the version that counts");
        assert_eq!(admin.submit("reason-add", &add("1", "source-of-funds")).await.status, StatusCode::UNPROCESSABLE_ENTITY, "used once");
        assert!(maya.get(&format!("/inquiries/{}", ids[0])).await.text().contains("Source of funds unclear"), "it stands in the form");
        assert_eq!(desk.decide(&maya, &ids[0], "approve", "source-of-funds", "").await.status, StatusCode::UNPROCESSABLE_ENTITY, "no reason to approve");
        assert_eq!(desk.decide(&maya, &ids[0], "decline", "source-of-funds", "No payslip.").await.status, StatusCode::OK);
        let made = desk.entries("decision.made", &ids[0]).await.remove(0);
        assert_eq!((made.fact("reason").as_deref(), made.fact("reasons_version").as_deref()), (Some("source-of-funds"), Some("1")));
        let retire = |version: &'static str, code: &'static str| [("version", version), ("code", code), ("retired", "yes")];
        assert_eq!(admin.submit("reason-retire", &retire("1", "other")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(admin.submit("reason-retire", &retire("1", "source-of-funds")).await.status, StatusCode::OK);
        assert_eq!(desk.decide(&maya, &ids[1], "decline", "source-of-funds", "No payslip.").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(maya.get("/decisions").await.text().contains("Source of funds unclear"), "what was decided keeps its words");
        assert_eq!(desk.entries("reason.retired", "source-of-funds").await.len(), 1);
    }
}
