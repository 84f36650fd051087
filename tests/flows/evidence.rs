//! Evidence that the sandbox does not create: files of every kind, reports of every kind, and unexpected statuses.
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::desk::{Desk, On, Reply, Visitor};
use crate::standin::{World, case};

/// One white pixel.
const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8, 0,
    0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 10, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8, 0x0f, 0, 1, 1, 1, 0,
    0x1b, 0xb6, 0xee, 0x56, 0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

async fn page(by: &Visitor, id: &str) -> String {
    reveal(by, id).await;
    let reply = by.get(&format!("/inquiries/{id}")).await;
    assert_eq!(reply.status, StatusCode::OK);
    reply.text()
}

/// Pictures of documents are hidden until a reviewer reveals them.
async fn reveal(by: &Visitor, id: &str) {
    let form = [("kind", "inquiry"), ("subject", id), ("topics", "picture"), ("purpose", "review")];
    assert_eq!(by.submit("reveal", &form).await.status, StatusCode::OK);
}

async fn why(by: &Visitor, inquiry: &str, object: &str, part: &str) -> Reply {
    by.call("picture-why", json!({"inquiry": inquiry, "object": object, "part": part})).await
}

fn count(html: &str, what: &str) -> usize {
    html.matches(what).count()
}

/// An inquiry with one verification and any related documents.
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
    let id = "inq_pretends";
    let mut world = World::default();
    world.add(inquiry(id, &["ver_pretends"], &[]));
    let mut document = case("document-three-files.json")["included"][0].clone();
    document["id"] = "ver_pretends".into();
    world.add(document);
    // Declared as a picture, but its bytes say otherwise; the second file no longer exists.
    world.file("page-1.jpg", *b"%PDF-1.7\nand more");
    let mut desk = world.desk(On::Sqlite).await;
    let analyst = desk.analyst().await;
    reveal(&analyst, id).await;
    let reply = analyst.get(&format!("/documents/ver_pretends/page?inquiry={id}&size=small")).await;
    assert_eq!(reply.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let reply = why(&analyst, id, "ver_pretends", "page").await;
    assert_eq!(reply.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(reply.json(), json!({"NotShown": "pdf"}));
    let reply = why(&analyst, id, "ver_pretends", "page-2").await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
    assert_eq!(why(&analyst, id, "ver_other", "page").await.status, StatusCode::NOT_FOUND);
    assert_eq!(why(&desk.nobody(), id, "ver_pretends", "page").await.status, StatusCode::UNAUTHORIZED);
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

/// Labels of an inquiry's signals in the queue, by tone.
async fn signals(desk: &Desk, by: &Visitor, id: &str, tone: &str) -> Vec<String> {
    let page = desk.inquiry(by, id).await;
    let all = page["signals"].as_array().unwrap().iter();
    all.filter(|signal| signal["tone"] == tone).map(|signal| signal["label"].as_str().unwrap().to_owned()).collect()
}

/// One panel of the page.
fn panel<'a>(html: &'a str, id: &str) -> &'a str {
    let (_, rest) = html.split_once(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no panel {id}"));
    rest.split_once("</section>").map_or(rest, |(panel, _)| panel)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clean_customer_has_no_red_and_a_fraudster_no_green() {
    let mut desk = World::of(&case("world-inverted.json")).desk(On::Sqlite).await;
    let analyst = desk.analyst().await;
    assert_eq!(signals(&desk, &analyst, "inq_good", "bad").await, [] as [String; 0]);
    // With a name that matched only in part, the page does not say "All checks passed".
    let amber = signals(&desk, &analyst, "inq_good", "warn").await;
    assert!(amber.iter().any(|label| label.contains("Name last: partial match")), "{amber:?}");
    let html = page(&analyst, "inq_good").await;
    let reports = panel(&html, "reports");
    assert_eq!(count(reports, "data-tone=\"bad\""), 0, "{reports}");
    assert!(reports.contains("Data found") && reports.contains("No match"));
    // She submitted none of the phone number, e-mail and address that the reports were about.
    for other in ["No phone number to compare", "asked about another e-mail address", "asked about another address"] {
        assert!(amber.iter().any(|label| label.to_lowercase().contains(&other.to_lowercase())), "{other}: {amber:?}");
    }
    assert!(!html.contains("0 matches"));

    let red = signals(&desk, &analyst, "inq_bad", "bad").await;
    for wanted in [
        "Phone: Persona recommends block",
        "Phone risk very high",
        "Disposable e-mail",
        "E-mail on a blocklist",
        "Synthetic identity score 930",
    ] {
        assert!(red.iter().any(|label| label == wanted), "{wanted}: {red:?}");
    }
    assert_eq!(signals(&desk, &analyst, "inq_bad", "good").await, [] as [String; 0]);
    let amber = signals(&desk, &analyst, "inq_bad", "warn").await;
    assert!(amber.iter().any(|label| label == "Address not confirmed"), "{amber:?}");
    assert!(amber.iter().any(|label| label.ends_with("no match")), "a passed check that matched nothing: {amber:?}");
    let html = page(&analyst, "inq_bad").await;
    assert_eq!(count(panel(&html, "reports"), "data-tone=\"good\""), 0);
    assert!(!panel(&html, "checks").contains("1 passed"));
    for figure in ["950", "930", "910", "880"] {
        assert!(panel(&html, "reports").contains(figure), "{figure}");
    }
    let refused = desk.decide(&analyst, "inq_bad", "approve", "checks-passed", "").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);

    // Highest risk first: the fraudster comes before the clean customer.
    let by_risk = analyst.call("queue", json!({"filter": {"status": "needs_review", "sort": "risk"}})).await.json();
    let ids: Vec<_> =
        by_risk["page"]["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    let at = |id: &str| ids.iter().position(|other| other == id).unwrap();
    assert!(at("inq_bad") < at("inq_good") && at("inq_pep") < at("inq_good"), "{ids:?}");

    let html = page(&analyst, "inq_pep").await;
    let reports = panel(&html, "reports");
    for wanted in [
        "Internal data source",
        "Wikidata",
        "Every Politician",
        "pep-class-1",
        "Bo Minister",
        "Spouse",
        "aka_exact",
        "US - OFAC - Specially Designated Nationals",
        "us-ofac-sdn",
        "https://sanctionssearch.ofac.treas.gov/",
        "Jonathan Doe",
        "OFAC - Specially Designated Nationals (SDN) List",
        "Reviewed in Persona as false positive",
        "material",
    ] {
        assert!(reports.contains(wanted), "{wanted}: {reports}");
    }
    assert!(reports.contains("rel=\"external noopener noreferrer\""));
    assert!(!html.contains("0 matches"));
}

/// A report as Persona publishes it: a webhook body, or the object itself.
fn published(name: &str) -> countersign::domain::report::Report {
    let whole = case(name);
    let object = whole.pointer("/data/attributes/payload/data").unwrap_or(&whole).clone();
    countersign::server::persona::report::report(&serde_json::from_value(object).unwrap()).unwrap()
}

#[test]
fn hits_are_never_nameless_and_scores_never_green() {
    use countersign::domain::evidence::Tone;
    let watchlist = published("report-watchlist-matched-webhook-body.json");
    assert_eq!((watchlist.assess().tone, watchlist.assess().text.as_str()), (Tone::Bad, "1 match"));
    assert_eq!(watchlist.matches[0].source, "EU - EC - Programme PRK - North Korea");
    assert!(watchlist.matches[0].links[0].url.starts_with("https://eur-lex.europa.eu/"));
    let business = published("report-business-watchlist-matched-webhook-body.json");
    assert_eq!((business.assess().tone, business.matches[0].source.as_str()), (Tone::Bad, "eu-ec-programme-prk"));
    let screening = published("report-screening-2026-09-29.json");
    // A user of Persona has reviewed the hit and found that it is another person.
    assert_eq!(screening.assess().signals[0].label, "Watchlist hit dismissed in Persona");
    assert_eq!(
        (screening.assess().tone, screening.assess().text.as_str()),
        (Tone::Info, "Reviewed in Persona as false positive")
    );
    assert_eq!(screening.matches[0].name, "Jonathan Doe");
    let synthetic = published("report-synthetic-ready-webhook-body.json");
    assert_eq!((synthetic.assess().tone, synthetic.assess().text.as_str()), (Tone::Warn, "Not assessed"));
    assert_eq!(synthetic.fact("sentilink-third-party-synthetic-score"), Some("85"));
    let owners = published("report-business-associated-persons-ready-webhook-body.json");
    assert_eq!((owners.assess().tone, owners.assess().text.as_str()), (Tone::Plain, "Data found"));
    assert_eq!(owners.fact("ownership-information.owners.1.roles.1.data.upper-bound"), Some("100"));
    assert_eq!(owners.fact("ownership-information.owners.1.name"), Some("Jane Doe"));
}
