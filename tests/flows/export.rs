use axum::http::StatusCode;

use crate::filled::Filled;
use crate::flow;

flow! {
    async fn the_decision_log_is_a_csv_that_a_spreadsheet_can_open(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let auditor = desk.auditor().await;
        let empty = auditor.get("/audit/export?format=csv").await;
        assert_eq!(empty.text().lines().count(), 1, "only the head");
        let ids = desk.queue(&analyst, "needs_review").await;
        desk.decide(&analyst, &ids[0], "decline", "other", "=HYPERLINK(\"http://evil.example\"), \"quoted\"\nsecond line").await;
        desk.decide(&analyst, &ids[1], "approve", "discrepancy-explained", "").await;
        desk.settle().await;
        let reply = auditor.get("/audit/export?format=csv").await;
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(reply.header("content-type"), "text/csv; charset=utf-8");
        assert!(reply.header("content-disposition").starts_with("attachment; filename=\"countersign-log-"));
        let mut csv = csv::Reader::from_reader(reply.body.as_slice());
        let head = csv.headers().unwrap().clone();
        let rows: Vec<csv::StringRecord> = csv.records().collect::<Result<_, _>>().unwrap();
        assert_eq!(rows.len(), 4, "two made, two confirmed");
        let column = |row: &csv::StringRecord, name: &str| row[head.iter().position(|each| each == name).unwrap()].to_owned();
        let made = rows.iter().find(|row| column(row, "action") == "decision.made" && column(row, "object_id") == ids[0]).unwrap();
        assert_eq!(column(made, "actor"), "Maya Okafor");
        assert_eq!(column(made, "verdict"), "decline");
        assert!(column(made, "comment").starts_with("'=HYPERLINK"), "no formula runs");
        assert!(column(made, "comment").contains("second line"));
        assert_eq!(column(made, "leaf_sha256").len(), 64);
        assert_eq!(desk.entries("audit.exported", "log").await.len(), 2);
    }
    async fn a_comment_stays_what_it_was_and_no_part_of_it_runs(desk: Filled) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let auditor = desk.auditor().await;
        let ids = desk.queue(&analyst, "needs_review").await;
        // The comment as typed, and as written in the CSV.
        let comments = [
            ("'=1+1", "'=1+1"),
            ("＝1+1", "'＝1+1"),
            ("see;=1+1; -2;\"@x\"; fine", "see;'=1+1;' -2;'\"@x\"; fine"),
            ("a; b", "a; b"),
        ];
        for (id, (typed, _)) in ids.iter().zip(comments) {
            let reply = desk.decide(&analyst, id, "decline", "other", typed).await;
            assert_eq!(reply.status, StatusCode::OK, "{typed}: {}", reply.text());
        }
        let reply = auditor.get("/audit/export?format=csv").await;
        let mut csv = csv::Reader::from_reader(reply.body.as_slice());
        let at = csv.headers().unwrap().iter().position(|name| name == "comment").unwrap();
        let found: Vec<String> = csv.records().map(|row| row.unwrap()[at].to_owned()).collect();
        for (_, shown) in comments {
            assert!(found.iter().any(|cell| cell == shown), "{shown}: {found:?}");
        }
        let book = auditor.get("/audit/export?format=xlsx").await;
        let mut book = zip::ZipArchive::new(std::io::Cursor::new(book.body)).unwrap();
        let mut sheet = String::new();
        std::io::Read::read_to_string(&mut book.by_name("xl/worksheets/sheet1.xml").unwrap(), &mut sheet).unwrap();
        for (typed, _) in comments {
            let cell = typed.replace('"', "&quot;");
            assert!(sheet.contains(&format!(">{typed}<")) || sheet.contains(&format!(">{cell}<")), "{typed}: {sheet}");
        }
        // The complete file has the same content, and can be verified.
        let whole = auditor.get("/audit/export").await;
        assert_eq!(whole.status, StatusCode::OK);
    }
}
