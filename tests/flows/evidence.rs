//! Evidence that the sandbox does not make: files of every kind, reports of every kind, and states that nobody thought of.
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::desk::{On, Reply, Visitor};
use crate::standin::{World, case};

/// One white pixel.
const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8, 0,
    0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 10, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8, 0x0f, 0, 1, 1, 1, 0,
    0x1b, 0xb6, 0xee, 0x56, 0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

async fn page(by: &Visitor, id: &str) -> String {
    let reply = by.get(&format!("/inquiries/{id}")).await;
    assert_eq!(reply.status, StatusCode::OK);
    reply.text()
}

async fn why(by: &Visitor, inquiry: &str, object: &str, part: &str) -> Reply {
    by.call("picture-why", json!({"inquiry": inquiry, "object": object, "part": part})).await
}

fn count(html: &str, what: &str) -> usize {
    html.matches(what).count()
}

/// An inquiry with one verification and whatever documents are related to it.
fn inquiry(id: &str, verifications: &[&str], documents: &[&str]) -> Value {
    let mut whole = case("document-three-files.json")["data"].clone();
    let data = |kind: &str, ids: &[&str]| json!({"data": ids.iter().map(|id| json!({"type": kind, "id": id})).collect::<Vec<_>>()});
    whole["id"] = id.into();
    whole["relationships"]["verifications"] = data("verification/document", verifications);
    whole["relationships"]["documents"] = data("document/generic", documents);
    whole
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_file_of_a_document_can_be_seen_or_is_named() {
    let three = case("document-three-files.json");
    let id = three["data"]["id"].as_str().unwrap();
    let mut world = World::of(&three);
    world.file("page-1.jpg", PNG);
    world.file("page-2.jpg", PNG);
    world.file("page-3.pdf", *b"%PDF-1.7\n");
    let mut desk = world.desk(On::Sqlite).await;
    let analyst = desk.analyst().await;
    let html = page(&analyst, id).await;
    for label in ["Page 1 of 3", "Page 2 of 3", "Page 3 of 3", "page-3.pdf", "A PDF, which cannot be shown here."] {
        assert!(html.contains(label), "{label}");
    }
    assert!(html.contains(&format!("https://app.withpersona.com/dashboard/inquiries/{id}")));
    assert_eq!((count(&html, "<figure data-part="), count(&html, "<li data-part=")), (2, 1));
    for part in ["page", "page-1", "page-2"] {
        let reply = analyst.get(&format!("/documents/ver_three/{part}?inquiry={id}")).await;
        assert_eq!((reply.status, reply.header("content-type").as_str()), (StatusCode::OK, "image/png"), "{part}");
    }
    let reply = analyst.get(&format!("/documents/ver_three/page-3?inquiry={id}")).await;
    assert_eq!(reply.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(reply.text().contains("A PDF, which cannot be shown here. Open it in Persona."), "{}", reply.text());
    let reply = analyst.get(&format!("/documents/ver_three/page-4?inquiry={id}")).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    let seen: Vec<_> = desk.entries("picture.viewed", id).await.iter().map(|entry| entry.fact("part")).collect();
    assert_eq!(
        seen.iter().flatten().collect::<Vec<_>>(),
        ["page-2", "page", "page"],
        "newest first; a PDF was not seen"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_picture_after_all_is_said_and_not_blamed_on_persona() {
    let three = case("document-three-files.json");
    let id = three["data"]["id"].as_str().unwrap();
    let mut world = World::of(&three);
    // Called a picture, and something else by its bytes; the second file is gone.
    world.file("page-1.jpg", *b"%PDF-1.7\nand more");
    let mut desk = world.desk(On::Sqlite).await;
    let analyst = desk.analyst().await;
    let reply = analyst.get(&format!("/documents/ver_three/page?inquiry={id}&size=small")).await;
    assert_eq!(reply.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let reply = why(&analyst, id, "ver_three", "page").await;
    assert_eq!(reply.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(reply.json(), json!({"NotShown": "pdf"}));
    let reply = why(&analyst, id, "ver_three", "page-2").await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
    assert_eq!(why(&analyst, id, "ver_other", "page").await.status, StatusCode::NOT_FOUND);
    assert_eq!(why(&desk.nobody(), id, "ver_three", "page").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_without_a_verification_are_shown_and_what_was_not_given_out_is_named() {
    let mut world = World::default();
    world.add(inquiry("inq_papers", &["ver_seen"], &["doc_seen", "doc_alone", "doc_gone"]));
    let files = |names: &[&str]| -> Value {
        let file = |name: &&str| json!({"filename": name, "url": format!("http://x/files/{name}")});
        names.iter().map(file).collect()
    };
    world.add(json!({"type": "verification/document", "id": "ver_seen", "attributes": {
        "status": "passed", "checks": [], "files": files(&["a.png"])},
        "relationships": {"document": {"data": {"type": "document/generic", "id": "doc_seen"}}}}));
    world.add(json!({"type": "document/generic", "id": "doc_seen", "attributes": {
        "status": "processed", "files": files(&["a.png"])}, "relationships": {}}));
    world.add(json!({"type": "document/generic", "id": "doc_alone", "attributes": {
        "status": "processed", "kind": "proof_of_employment", "files": files(&["b.png", "c.heic"])}, "relationships": {}}));
    world.file("b.png", PNG);
    let mut desk = world.desk(On::Sqlite).await;
    let analyst = desk.analyst().await;
    let html = page(&analyst, "inq_papers").await;
    assert_eq!(
        (count(&html, "<figure data-part="), count(&html, "<li data-part=")),
        (2, 1),
        "the document that is shown already is not shown twice"
    );
    assert!(html.contains("A HEIC or AVIF picture, which cannot be shown here."));
    assert!(
        html.contains("doc_gone") && html.contains("Not read"),
        "what Persona names and does not give out is named"
    );
    let reply = analyst.get("/documents/doc_alone/page?inquiry=inq_papers").await;
    assert_eq!(reply.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_shows_fewer_files_than_persona_lists() {
    const ENDS: [&str; 7] = ["jpg", "png", "pdf", "heic", "mp4", "docx", "tiff"];
    let mut world = World::default();
    let mut listed = Vec::new();
    for case in 0..12_usize {
        let (id, ver, doc) = (format!("inq_{case}"), format!("ver_{case}"), format!("doc_{case}"));
        let files = |name: &str, n: usize| -> Vec<Value> {
            let file = |at: usize| {
                let name = format!("{name}{case}-{at}.{}", ENDS[(case * 5 + at * 3) % ENDS.len()]);
                json!({"filename": name, "url": format!("http://x/files/{name}")})
            };
            (0..n).map(file).collect()
        };
        let (of_verification, of_document) = (case % 5, (case + 2) % 4);
        world.add(inquiry(&id, &[&ver], &[&doc]));
        world.add(json!({"type": "verification/document", "id": ver, "attributes": {"status": "passed", "checks": [],
            "files": files("v", of_verification), "video-url": (case % 3 == 0).then(|| format!("http://x/files/s{case}.mp4"))}}));
        world.add(json!({"type": "document/generic", "id": doc, "attributes": {"status": "processed",
            "files": files("d", of_document)}, "relationships": {}}));
        listed.push((id, of_verification + of_document + usize::from(case % 3 == 0)));
    }
    let mut desk = world.desk(On::Sqlite).await;
    let analyst = desk.analyst().await;
    for (id, listed) in listed {
        let html = page(&analyst, &id).await;
        let (drawn, named) = (count(&html, "<figure data-part="), count(&html, "<li data-part="));
        assert_eq!(drawn + named, listed, "{id}: {drawn} drawn, {named} named");
    }
}
