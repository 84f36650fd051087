//! `GET /audit/export`: the decision log as CSV (RFC 4180), streamed.
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::guard::May;
use crate::domain::reviewer::can;
use crate::server::usecase::audit::{LOG_COLUMNS, begin_export, export_rows};
use crate::server::{App, Error};

pub async fn decisions(State(app): State<App>, May(by): May<can::ExportAudit>) -> Result<Response, Error> {
    begin_export(&app, &by).await?;
    let name = format!("countersign-decisions-{}.csv", app.now().date());
    let (send, receive) = tokio::sync::mpsc::channel::<Result<Bytes, std::io::Error>>(4);
    tokio::spawn(async move {
        let mut after = -1;
        let mut head = Some(LOG_COLUMNS.map(str::to_owned));
        loop {
            let rows = match export_rows(&app, &by, after).await {
                Ok(rows) => rows,
                Err(error) => {
                    tracing::error!(%error, "an export broke off");
                    // A cut connection, so that nobody takes half a log for a whole one.
                    let _ = send.send(Err(std::io::Error::other("the log could not be read"))).await;
                    return;
                }
            };
            let Some(last) = rows.last().map(|(seq, _)| *seq) else {
                if let Some(head) = head.take() {
                    let _ = send.send(lines([head])).await;
                }
                return;
            };
            let lines = lines(head.take().into_iter().chain(rows.into_iter().map(|(_, row)| row.columns)));
            if send.send(lines).await.is_err() {
                return;
            }
            after = last;
        }
    });
    let body = Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(receive));
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, body).into_response())
}

fn lines<const N: usize>(rows: impl IntoIterator<Item = [String; N]>) -> Result<Bytes, std::io::Error> {
    let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        csv.write_record(row.map(|cell| defused(&cell))).map_err(std::io::Error::other)?;
    }
    csv.into_inner().map(Bytes::from).map_err(|error| std::io::Error::other(error.to_string()))
}

/// A cell that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV injection).
fn defused(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_defused() {
        let text = lines([["a,b".to_owned(), "say \"no\"".to_owned(), "=1+1".to_owned(), "two\nlines".to_owned()]]);
        let text = text.ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert_eq!(text.as_deref(), Some("\"a,b\",\"say \"\"no\"\"\",'=1+1,\"two\nlines\"\r\n"));
    }
}
