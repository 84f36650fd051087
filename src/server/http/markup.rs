//! Pages as Leptos draws them, made valid HTML.
use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::CONTENT_LENGTH;
use axum::response::{IntoResponse, Response};

use crate::server::Error;

/// More than any page is.
const LARGEST: usize = 64 << 20;

/// Leptos marks places with `<!>`. Browsers read that as an empty comment, after complaining; `<!---->` is the same without. Text
/// and attributes cannot hold it, since they are escaped, nor can scripts, where `<` stands as `\u003c`.
pub async fn valid(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    match to_bytes(body, LARGEST).await {
        Ok(page) => {
            parts.headers.remove(CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(written_out(&page)))
        }
        Err(why) => Error::Internal(format!("a page was not drawn to its end: {why}")).into_response(),
    }
}

fn written_out(page: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(page.len() + page.len() / 8);
    let mut from = 0;
    for at in memchr::memmem::find_iter(page, b"<!>") {
        out.extend_from_slice(&page[from..at]);
        out.extend_from_slice(b"<!---->");
        from = at + 3;
    }
    out.extend_from_slice(&page[from..]);
    out.into()
}

#[cfg(test)]
mod tests {
    use super::written_out;

    #[test]
    fn markers_become_comments_and_nothing_else_changes() {
        assert_eq!(written_out(b"<p>a<!>b<!><!></p><!-- c -->"), "<p>a<!---->b<!----><!----></p><!-- c -->");
        assert_eq!(written_out(b""), "");
    }
}
