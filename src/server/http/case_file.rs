//! `GET /inquiries/{id}/case-file` and `GET /accounts/{id}/access-request`: evidence as a PDF, created on request.
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::guard::Require;
use crate::domain::id::{AccountId, InquiryId};
use crate::domain::reviewer::permission;
use crate::server::{App, Error, usecase};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FileQuery {
    purpose: String,
    /// `read`: the reviewer has read the comments through.
    comments: Option<String>,
}

pub async fn case_file(
    State(app): State<App>,
    Require(by): Require<permission::ExportEvidence>,
    Path(id): Path<String>,
    Query(wanted): Query<FileQuery>,
) -> Result<Response, Error> {
    let id: InquiryId = id.parse().map_err(|_| Error::NotFound("inquiry"))?;
    let bytes = usecase::case_file::make(&app, &by, id.clone(), &wanted.purpose).await?;
    Ok(file(bytes, &format!("case-file-{id}.pdf")))
}

pub async fn access_request(
    State(app): State<App>,
    Require(by): Require<permission::ExportEvidence>,
    Path(id): Path<String>,
    Query(wanted): Query<FileQuery>,
) -> Result<Response, Error> {
    let id: AccountId = id.parse().map_err(|_| Error::NotFound("account"))?;
    let comments = wanted.comments.as_deref() == Some("read");
    let bytes = usecase::access::answer(&app, &by, id.clone(), comments).await?;
    Ok(file(bytes, &format!("access-request-{id}.pdf")))
}

/// IDs consist of ASCII letters, digits, `_` and `-`, so a file name made of one needs no quoting.
fn file(bytes: Vec<u8>, name: &str) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/pdf".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}
