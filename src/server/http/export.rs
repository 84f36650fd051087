//! `GET /audit/export`: the log, or a part of it, as a file. It is streamed, and a broken download can be resumed (RFC
//! 9110 section 14).
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE,
    RANGE,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::guard::Require;
use crate::domain::export::Filter;
use crate::domain::log::filter::AuditFilter;
use crate::domain::reviewer::permission;
use crate::server::export::ChannelWriter;
use crate::server::usecase::export::{Exporter, Format, Planned, length, narrowed, plan, write};
use crate::server::{App, Error};

/// Query parameters of an export.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExportQuery {
    format: Format,
    action: Option<String>,
    actor: Option<String>,
    object: Option<String>,
    outcome: Option<String>,
    from: Option<String>,
    to: Option<String>,
    first: Option<String>,
    last: Option<String>,
    through: Option<String>,
    since: Option<String>,
    decision: Option<String>,
    customer: Option<String>,
    request: Option<String>,
    verdict: Option<String>,
    reason: Option<String>,
    state: Option<String>,
}

fn number(name: &str, text: Option<&str>) -> Result<Option<i64>, Error> {
    match text.map(str::trim).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => match text.parse() {
            Ok(number) if number >= 0 => Ok(Some(number)),
            _ => Err(Error::Invalid(format!("{name}: expected an entry number, got {text}"))),
        },
    }
}

impl ExportQuery {
    async fn filter(&self, app: &App) -> Result<Filter, Error> {
        let typed = AuditFilter {
            action: self.action.clone(),
            actor: self.actor.clone(),
            object: self.object.clone(),
            outcome: self.outcome.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            before: None,
            decision: self.decision.clone(),
            customer: self.customer.clone(),
            request: self.request.clone(),
            verdict: self.verdict.clone(),
            reason: self.reason.clone(),
            state: self.state.clone(),
        };
        let filter = narrowed(app, &typed).await?;
        Ok(Filter {
            first: number("first", self.first.as_deref())?.or(filter.first),
            last: number("last", self.last.as_deref())?.or(filter.last),
            ..filter
        })
    }
}

pub async fn log(
    State(app): State<App>,
    Require(by): Require<permission::ExportAudit>,
    Query(wanted): Query<ExportQuery>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let (through, since) = (number("through", wanted.through.as_deref())?, number("since", wanted.since.as_deref())?);
    let planned =
        plan(&app, &Exporter::Auditor(&by), wanted.format, wanted.filter(&app).await?, through, since).await?;
    let tag = format!("\"{}\"", planned.tag);
    let part = match from(&headers, &tag, through.is_some()) {
        None => None,
        Some(from) => Some((from, length(&app, &planned).await?)),
    };
    if let Some((from, whole)) = part
        && from >= whole
    {
        return Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(CONTENT_RANGE, format!("bytes */{whole}"))]).into_response());
    }
    let name = format!("{}-{}.{}", planned.format.stem(), planned.plan.size, planned.format.extension());
    let kind = match planned.format {
        Format::Zip | Format::Evidence => "application/zip",
        Format::Csv | Format::DecisionsCsv => "text/csv; charset=utf-8",
        Format::Xlsx | Format::DecisionsXlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Format::Jsonl => "application/jsonl",
        Format::Pdf => "application/pdf",
    };
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (CACHE_CONTROL, "no-store".to_owned()),
        (ACCEPT_RANGES, "bytes".to_owned()),
        (ETAG, tag),
    ];
    let body = stream(app, planned, part.map_or(0, |(from, _)| from));
    Ok(match part {
        None => (headers, body).into_response(),
        Some((from, whole)) => {
            let range = format!("bytes {from}-{}/{whole}", whole - 1);
            let length = (whole - from).to_string();
            (StatusCode::PARTIAL_CONTENT, headers, [(CONTENT_RANGE, range), (CONTENT_LENGTH, length)], body)
                .into_response()
        }
    })
}

/// Returns the byte at which a broken download resumes. If `If-Range` names another file than this one, the whole file
/// is sent. Without `If-Range`, a part is sent only of a named checkpoint, because any other export is a new file each
/// time.
fn from(headers: &HeaderMap, tag: &str, named: bool) -> Option<u64> {
    let same = headers.get(IF_RANGE).map_or(named, |given| given.as_bytes() == tag.as_bytes());
    let range = headers.get(RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok().filter(|_| same)
}

fn stream(app: App, planned: Planned, skip: u64) -> Body {
    let (send, receive) = tokio::sync::mpsc::channel(4);
    tokio::spawn(async move {
        let out = ChannelWriter::new(send.clone(), skip);
        if let Err(error) = write(&app, planned, out).await {
            tracing::warn!(%error, "an export failed");
            // Cuts the connection, so that no client takes half a log for the whole.
            let _ = send.send(Err(std::io::Error::other("the log could not be read"))).await;
        }
    });
    Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(receive))
}
