//! PDFs as evidence: each page is drawn, counted and recorded like a picture, and the page names what cannot be drawn,
//! with the reason.
use std::io::Write;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::desk::{Desk, On, Visitor};
use crate::standin::World;

/// Created with reportlab, as banks and energy suppliers do: three pages.
const BILL: &[u8] = include_bytes!("../cases/bill-reportlab.pdf");
/// The same with a password.
const LOCKED: &[u8] = include_bytes!("../cases/locked-reportlab.pdf");

/// A desk with one inquiry for each file, which is the only page of its document.
async fn desk(files: &[(&str, Vec<u8>)]) -> (Desk, Visitor) {
    let mut world = World::default();
    for (name, bytes) in files {
        world.add(json!({"type": "inquiry", "id": format!("inq_{name}"), "attributes": {"status": "needs_review",
            "created-at": "2026-11-20T09:00:00.000Z", "updated-at": "2026-11-20T09:00:00.000Z", "fields": {}},
            "relationships": {"documents": {"data": [{"type": "document/generic", "id": format!("doc_{name}")}]}}}));
        world.add(json!({"type": "document/generic", "id": format!("doc_{name}"), "attributes": {"status": "processed",
            "files": [{"filename": format!("{name}.pdf"), "url": format!("http://x/files/{name}.pdf")}]}, "relationships": {}}));
        world.file(&format!("{name}.pdf"), bytes.clone());
    }
    let mut desk = world.desk(On::Sqlite).await;
    let analyst = desk.analyst().await;
    (desk, analyst)
}

async fn reveal(by: &Visitor, name: &str) {
    let id = format!("inq_{name}");
    let form = [("kind", "inquiry"), ("subject", id.as_str()), ("topics", "picture"), ("purpose", "review")];
    assert_eq!(by.submit("reveal", &form).await.status, StatusCode::OK);
}

fn sheet(name: &str, n: u16, size: &str) -> String {
    format!("/documents/doc_{name}/page?inquiry=inq_{name}&sheet={n}&size={size}")
}

/// Builds a PDF of one page of this size and with this content, compressed `packed` times.
fn by_hand(size: &str, content: &[u8], packed: usize) -> Vec<u8> {
    let mut stream = content.to_vec();
    for _ in 0..packed {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&stream).unwrap();
        stream = encoder.finish().unwrap();
    }
    let filters = "/FlateDecode ".repeat(packed);
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size}] /Contents 4 0 R /Resources << >> >>").into_bytes(),
        [format!("<< /Length {} /Filter [{filters}] >>\nstream\n", stream.len()).as_bytes(), &stream, b"\nendstream"]
            .concat(),
    ];
    for (n, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend([format!("{} 0 obj\n", n + 1).as_bytes(), object, b"\nendobj\n"].concat());
    }
    let table = file.len();
    file.extend(b"xref\n0 5\n0000000000 65535 f \n");
    for place in places {
        file.extend(format!("{place:010} 00000 n \n").as_bytes());
    }
    file.extend(format!("trailer << /Size 5 /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n").as_bytes());
    file
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_page_of_a_pdf_is_a_picture_with_its_number() {
    let (desk, analyst) = desk(&[("bill", BILL.to_vec())]).await;
    let html = analyst.get("/inquiries/inq_bill").await.text();
    assert!(html.contains("Hidden: give a purpose to see it") && !html.contains("sheet=1"));
    assert_eq!(analyst.get(&sheet("bill", 1, "small")).await.status, StatusCode::UNPROCESSABLE_ENTITY, "hidden");
    reveal(&analyst, "bill").await;
    let html = analyst.get("/inquiries/inq_bill").await.text();
    for n in 1..=3_u16 {
        assert!(html.contains(&format!("page {n} of 3")), "{n}");
        assert!(html.contains(&format!("page {n} of 3")), "a picture has words");
        for (size, most) in [("small", 600), ("whole", 1800)] {
            let reply = analyst.get(&sheet("bill", n, size)).await;
            assert_eq!((reply.status, reply.header("content-type").as_str()), (StatusCode::OK, "image/jpeg"), "{n}");
            let picture = image::load_from_memory(&reply.body).unwrap().into_rgb8();
            assert!(picture.width().max(picture.height()) <= most && picture.height() > 300);
            let dark = picture.pixels().filter(|pixel| pixel.0.iter().all(|part| *part < 100)).count();
            assert!(dark > 50, "there are letters on page {n}");
        }
    }
    let entries = desk.entries("picture.viewed", "inq_bill").await;
    let pages: Vec<_> = entries.iter().filter_map(|entry| entry.fact("page")).collect();
    assert_eq!(pages, ["3", "3", "2", "2", "1", "1"], "newest first, and none of the hidden one");
    for beyond in [0, 4, 61, 60_000] {
        assert_eq!(analyst.get(&sheet("bill", beyond, "small")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let whole = analyst.get("/documents/doc_bill/page?inquiry=inq_bill").await;
    assert_eq!(whole.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "the file itself is never passed on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pdf_that_cannot_be_drawn_is_named_with_the_reason() {
    let half = BILL[..BILL.len() / 3].to_vec();
    let nothing = by_hand("200 200", b"", 0);
    let (_desk, analyst) = desk(&[
        ("locked", LOCKED.to_vec()),
        ("half", half),
        ("picture", b"\x89PNG\r\n\x1a\nno".to_vec()),
        ("nothing", nothing),
    ])
    .await;
    for name in ["locked", "half", "picture", "nothing"] {
        reveal(&analyst, name).await;
    }
    let html = analyst.get("/inquiries/inq_locked").await.text();
    assert!(
        html.contains("locked.pdf")
            && html.contains("It needs a password")
            && html.contains("Open the inquiry in Persona"),
        "{html}"
    );
    assert_eq!(analyst.get(&sheet("locked", 1, "small")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let html = analyst.get("/inquiries/inq_half").await.text();
    let drawn = analyst.get(&sheet("half", 1, "small")).await.status;
    assert!(
        html.contains("damaged or not complete") || drawn == StatusCode::OK,
        "what is left of it is drawn, or it says so"
    );
    let html = analyst.get("/inquiries/inq_picture").await.text();
    assert!(html.contains("A PDF, which cannot be shown here."), "called a PDF, and none by its bytes");
    // An empty page counts as a page.
    let html = analyst.get("/inquiries/inq_nothing").await.text();
    assert!(html.contains("page 1 of 1"));
    assert_eq!(analyst.get(&sheet("nothing", 1, "small")).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pdf_made_to_eat_memory_or_time_costs_little() {
    // Gigabytes compressed to a few kilobytes, a huge page, a very thin page, and drawing without end.
    let zeros = by_hand("200 200", &vec![b' '; 400 << 20], 3);
    assert!(zeros.len() < 100_000, "{}", zeros.len());
    let wide = by_hand("9000000 9000000", b"0 0 9000000 9000000 re f", 0);
    let thin = by_hand("1 9000000", b"0 0 1 1 re f", 0);
    let work = by_hand("600 600", "0 0 600 600 re f 1 0 0 rg ".repeat(8_000_000).as_bytes(), 2);
    let (_desk, analyst) = desk(&[("zeros", zeros), ("wide", wide), ("thin", thin), ("work", work)]).await;
    for name in ["zeros", "wide", "thin", "work"] {
        reveal(&analyst, name).await;
        for size in ["small", "whole"] {
            let begun = Instant::now();
            let reply = analyst.get(&sheet(name, 1, size)).await;
            assert!(begun.elapsed() < Duration::from_secs(25), "{name}: {:?}", begun.elapsed());
            let fine = [StatusCode::OK, StatusCode::UNPROCESSABLE_ENTITY];
            assert!(fine.contains(&reply.status), "{name} {size}: {} {}", reply.status, reply.text());
            assert!(reply.body.len() < 4 << 20);
        }
    }
    assert_eq!(analyst.get(&sheet("zeros", 1, "whole")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page: Value = analyst.call("inquiry", json!({"id": "inq_zeros"})).await.json();
    assert!(page["sheets"].as_array().unwrap().len() <= 1, "the desk goes on");
}
