//! The answer to a call, as a response of HTTP.

use super::answer::Answer;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

pub fn json(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(bytes) = answer.pdf {
        return (status, [(header::CONTENT_TYPE, "application/pdf")], bytes).into_response();
    }
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], answer.body.to_string()).into_response()
}
