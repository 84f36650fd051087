use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use axum::http::StatusCode;
use countersign::server::change_feed::ChangeTopic;
use countersign::server::config::leptos_options;
use countersign::server::http::router::router;
use serde_json::json;

use crate::desk::{Desk, Visitor};
use crate::filled::Filled;
use crate::flow;

flow! {
    async fn every_page_is_whole_in_the_servers_html(desk: Desk) {
        // Fills the desk, so that Persona has answered it.
        let mut desk = desk.filled().await;
        let analyst = desk.analyst().await;
        let admin = desk.admin().await;
        let auditor = desk.auditor().await;
        let inquiry = desk.queue(&analyst, "needs_review").await.remove(0);
        let page = desk.inquiry(&analyst, &inquiry).await;
        let account = page["inquiry"]["account_id"].as_str().unwrap().to_owned();
        let case = analyst.call("cases", json!({"filter": {}})).await.json()["page"]["rows"][0]["id"].as_str().unwrap().to_owned();
        let pages = [
            (&analyst, "/queue".to_owned(), "Inquiries, oldest first"),
            (&analyst, "/queue?status=all&search=zzzz".to_owned(), "No matching inquiries"),
            (&analyst, format!("/inquiries/{inquiry}"), "Submitted values compared with the document"),
            (&analyst, "/cases".to_owned(), "Open since"),
            (&analyst, format!("/cases/{case}"), "New status"),
            (&analyst, "/relations".to_owned(), "Known relations"),
            (&analyst, format!("/accounts/{account}"), "About this account"),
            (&analyst, format!("/accounts/{account}/relations"), "Relations as a table"),
            (&analyst, "/decisions".to_owned(), "No decision is waiting for delivery"),
            (&analyst, "/account".to_owned(), "Change your password"),
            (&auditor, "/audit".to_owned(), "entries, not checked yet"),
            (&auditor, format!("/inquiries/{inquiry}"), "Your role can only read"),
            (&auditor, "/admin/reviewers".to_owned(), "Maya Okafor"),
            (&admin, "/admin/reviewers".to_owned(), "Add a reviewer"),
            (&admin, "/admin/persona".to_owned(), "Persona answers"),
            (&admin, "/admin/figures".to_owned(), "Age of waiting inquiries"),
            (&admin, "/admin/rules".to_owned(), "Set the policy"),
        ];
        for (visitor, path, marker) in pages {
            let reply = visitor.get(&path).await;
            assert_eq!(reply.status, StatusCode::OK, "{path}");
            let text = reply.text();
            assert!(text.contains(marker), "{marker:?} on {path}");
            assert!(text.contains("Sandbox"), "the environment stands on {path}");
            assert!(!text.contains("style=\""), "no inline style on {path}: the policy forbids it");
            assert!(text.contains("</html>"), "{path} is whole");
        }
        let unknown = analyst.get("/no-such-page").await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
        assert!(unknown.text().contains("There is no such page"));
        assert!(unknown.text().contains("requestAnimationFrame(() => { let begun = false; const begin"), "Leptos begins otherwise now");
        let missing = analyst.get("/inquiries/inq_none").await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND);
        assert!(missing.text().contains("There is no such inquiry"));
        for odd in ["/inquiries/..%2f..%2fetc", "/inquiries/%00", "/cases/%3Cscript%3E", "/accounts/a%20b"] {
            assert_eq!(analyst.get(odd).await.status, StatusCode::NOT_FOUND, "{odd}");
        }
    }

    async fn what_is_not_there_is_kept_by_no_cache(desk: Desk) {
        let site = tempfile::tempdir().unwrap();
        for folder in ["pkg", "fonts", "brand"] {
            std::fs::create_dir(site.path().join(folder)).unwrap();
            std::fs::write(site.path().join(folder).join("there.txt"), "here").unwrap();
        }
        let there = Visitor { router: router(&desk.app, &leptos_options(site.path()).unwrap()).unwrap(), cookie: String::new() };
        for folder in ["pkg", "fonts", "brand"] {
            let found = there.get(&format!("/{folder}/there.txt")).await;
            assert_eq!((found.status, found.header("cache-control") == "no-store"), (StatusCode::OK, false), "{folder}");
            let missing = there.get(&format!("/{folder}/missing.woff2")).await;
            assert_eq!((missing.status, missing.header("cache-control")), (StatusCode::NOT_FOUND, "no-store".to_owned()), "{folder}");
        }
        assert_eq!(there.get("/fonts/there.txt").await.header("cache-control"), "public, max-age=31536000, immutable");
    }

    async fn a_page_is_drawn_while_another_desk_opens(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let options = leptos_options(std::path::Path::new("target/site")).unwrap();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Relaxed) {
                    drop(router(&desk.app, &options).unwrap());
                }
            });
            tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current().block_on(async {
                    for _ in 0..40 {
                        let status = analyst.get("/account").await.status;
                        done.store(status != StatusCode::OK, Relaxed);
                        assert_eq!(status, StatusCode::OK);
                    }
                });
            });
            done.store(true, Relaxed);
        });
    }

    async fn what_persona_sends_is_text_and_never_markup(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        let nasty = "<script>alert(1)</script><img src=x onerror=alert(2)>";
        desk.persona("PATCH", &format!("/inquiries/{id}"), json!({"data": {"attributes": {"fields": {"name-first": nasty}, "note": nasty}}})).await;
        countersign::server::jobs::sync::run(&desk.app).await.unwrap();
        desk.settle().await;
        for path in ["/queue".to_owned(), format!("/inquiries/{id}")] {
            let text = analyst.get(&path).await.text();
            assert!(!text.contains("<script>alert") && !text.contains("<img src=x"), "{path}");
        }
    }

    async fn the_queue_filters_searches_and_turns_pages(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let ask = async |filter: serde_json::Value| analyst.call("queue", json!({"filter": filter})).await.json();
        let waiting = ask(json!({})).await;
        let rows = waiting["page"]["rows"].as_array().unwrap().clone();
        assert!(rows.iter().all(|row| row["status"] == "needs_review"));
        let since: Vec<&str> = rows.iter().map(|row| row["waiting_since"].as_str().unwrap()).collect();
        assert!(since.is_sorted(), "oldest first");
        let name = rows[0]["subject"].as_str().unwrap();
        let found = ask(json!({"status": "all", "search": name.to_uppercase()})).await;
        assert!(found["page"]["rows"].as_array().unwrap().iter().any(|row| row["id"] == rows[0]["id"]));
        assert_eq!(ask(json!({"status": "all", "search": "%"})).await["total"], 0, "a percent sign is a percent sign");
        let hits = ask(json!({"status": "all", "signal": "Watchlist hit"})).await;
        assert!(hits["total"].as_i64().unwrap() > 0);
        let half = since[since.len() / 2];
        let id = rows[since.len() / 2]["id"].as_str().unwrap();
        let rest = ask(json!({"after": format!("{half}~{id}")})).await;
        assert_eq!(rest["page"]["rows"].as_array().unwrap().len(), rows.len() - rows.len() / 2 - 1);
    }

    async fn pages_drawn_at_once_all_come_to_an_end(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let mut drawing = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let analyst = analyst.clone();
            drawing.spawn(async move {
                for _ in 0..40 {
                    assert_eq!(analyst.get("/queue").await.status, StatusCode::OK);
                }
            });
        }
        while let Some(done) = drawing.join_next().await {
            done.unwrap();
        }
    }

    async fn the_live_line_tells_what_was_missed(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        // The position in the change feed when the page was loaded.
        let page = analyst.get("/queue").await.text();
        let process = desk.app.changes.now().split_once('.').unwrap().0.to_owned();
        let place = &page[page.find(&format!("{process}.")).expect("the page knows its place in the line")..];
        let place = &place[..place.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap()];
        desk.app.publish(ChangeTopic::Inquiry, "inq_changed");
        let first = analyst.first_of(&format!("/live?after={place}"), "inq_changed").await;
        assert!(first.contains("event: hello") && first.contains("event: inquiry\ndata: inq_changed"), "{first}");
        assert!(first.contains(&format!("id: {}", desk.app.changes.now())), "{first}");
        // Each role receives only the changes that it may see.
        let auditor = desk.auditor().await;
        desk.app.publish(ChangeTopic::Log, "checkpoint");
        desk.app.publish(ChangeTopic::Connection, "up");
        let told = auditor.first_of(&format!("/live?after={place}"), "data: up").await;
        assert!(told.contains("event: log\ndata: checkpoint"), "{told}");
        let told = analyst.first_of(&format!("/live?after={place}"), "data: up").await;
        assert!(told.contains("inq_changed") && !told.contains("event: log"), "{told}");
        // The position is of another process or too old, so everything may have changed.
        let unknown = analyst.first_of("/live?after=nothing.1", "data: *").await;
        assert!(!unknown.contains("inq_changed"), "{unknown}");
    }
}
