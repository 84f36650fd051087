//! Turns pages that Leptos rendered into valid HTML.
use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::CONTENT_LENGTH;
use axum::response::{IntoResponse, Response};

use crate::server::Error;

/// Largest page, in bytes. No page is that large.
const LARGEST: usize = 64 << 20;

/// Writes out the markers `<!>` of Leptos. Browsers read `<!>` as an empty comment and report an error; `<!---->` is
/// the same without the error. Text and attributes cannot contain the marker because they are escaped, nor can scripts,
/// where `<` is written as `\u003c`.
pub async fn valid(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    match to_bytes(body, LARGEST).await {
        Ok(page) => {
            parts.headers.remove(CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(written_out(&page)))
        }
        Err(why) => Error::Internal(format!("a page could not be rendered: {why}")).into_response(),
    }
}

fn written_out(page: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(page.len() + page.len() / 8);
    for part in in_order(page) {
        let mut from = 0;
        for at in memchr::memmem::find_iter(part, b"<!>") {
            out.extend_from_slice(&part[from..at]);
            out.extend_from_slice(b"<!---->");
            from = at + 3;
        }
        out.extend_from_slice(&part[from..]);
    }
    preloads(after_paint(out)).into()
}

/// Starts hydration after the first paint. Leptos waits for the browser to be idle, but it is idle before the first
/// paint too, while it waits for style and fonts. Scripts come after what is read and looked at: when the page has been
/// painted and its first pictures have loaded, or are late. A page in a hidden tab hydrates when the tab is shown.
/// Until then, the links to be preloaded are in a template.
fn after_paint(mut page: Vec<u8>) -> Vec<u8> {
    const IDLE: &[u8] = b"window.requestIdleCallback(hydrate, { timeout: 2000 })";
    const PAINTED: &[u8] = b"requestAnimationFrame(() => { \
        let begun = false; \
        const begin = () => { \
            if (begun) return; begun = true; \
            const later = document.getElementById('later'); if (later) document.head.append(later.content); \
            window.requestIdleCallback(hydrate, { timeout: 2000 }); }; \
        const drawn = new Promise((done) => new PerformanceObserver(done).observe({ type: 'paint', buffered: true })); \
        const loaded = new Promise((done) => document.readyState === 'complete' ? done() : addEventListener('load', done)); \
        const frame = () => new Promise(requestAnimationFrame); \
        Promise.all([drawn, loaded]).then(frame).then(frame).then(() => setTimeout(begin)); \
        setTimeout(begin, 2000); })";
    if let Some(at) = memchr::memmem::find(&page, IDLE) {
        page.splice(at..at + IDLE.len(), PAINTED.iter().copied());
    }
    page
}

/// Moves the data of Leptos' scripts from after the end of the document to the end of the body. Browsers move it there
/// anyway, and validators report an error. Everything else stays where it was.
fn in_order(page: &[u8]) -> [&[u8]; 3] {
    let Some(end) = memchr::memmem::rfind(page, b"</body>") else { return [page, &[], &[]] };
    let (body, rest) = page.split_at(end);
    let (rest, scripts) = rest.split_at(memchr::memmem::find(rest, b"<script").unwrap_or(rest.len()));
    [body, scripts, rest]
}

/// Moves links that preload scripts into a template: reading needs none of them, and fetched at once, even with low
/// priority, they compete with style and font for the connection. Their `crossorigin` contains the nonce, which
/// browsers read as `anonymous`; that is written instead.
fn preloads(page: Vec<u8>) -> Vec<u8> {
    const SCRIPTS: [&[u8]; 2] = [b"\"modulepreload\"", b"as=\"fetch\""];
    let Some(head) = memchr::memmem::find(&page, b"</head>") else { return page };
    let (mut out, mut later) = (Vec::with_capacity(page.len() + 64), Vec::new());
    let mut from = 0;
    for link in memchr::memmem::find_iter(&page[..head], b"<link ") {
        let end = memchr::memchr(b'>', &page[link..head]).map_or(head, |end| link + end + 1);
        let tag = &page[link..end];
        if SCRIPTS.iter().any(|mark| memchr::memmem::find(tag, mark).is_some()) {
            later.extend(anonymous(tag));
            out.extend_from_slice(&page[from..link]);
            from = end;
        }
    }
    out.extend_from_slice(&page[from..head]);
    if !later.is_empty() {
        out.extend_from_slice(b"<template id=\"later\">");
        out.extend(later);
        out.extend_from_slice(b"</template>");
    }
    out.extend_from_slice(&page[head..]);
    out
}

fn anonymous(tag: &[u8]) -> Vec<u8> {
    const WRONG: &[u8] = b"crossorigin=\"";
    let value = memchr::memmem::find(tag, WRONG).map(|at| at + WRONG.len());
    let quote = value.and_then(|value| memchr::memchr(b'"', &tag[value..]).map(|len| value + len));
    match (value, quote) {
        (Some(value), Some(quote)) => [&tag[..value], b"anonymous", &tag[quote..]].concat(),
        _ => tag.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::written_out;

    #[test]
    fn markers_become_comments_and_nothing_else_changes() {
        assert_eq!(written_out(b"<p>a<!>b<!><!></p><!-- c -->"), "<p>a<!---->b<!----><!----></p><!-- c -->");
        assert_eq!(written_out(b""), "");
    }

    #[test]
    fn what_comes_after_the_end_goes_into_the_body() {
        // As Leptos 0.8.23 ends a page.
        let page = b"<body><p>x<!></p></body><!><!></html><!><script nonce=\"a\">1</script><script>2</script>";
        let valid =
            "<body><p>x<!----></p><script nonce=\"a\">1</script><script>2</script></body><!----><!----></html><!---->";
        assert_eq!(written_out(page), valid);
        assert_eq!(written_out(b"<body></body></html>"), "<body></body></html>");
        assert_eq!(written_out(b"<body></body></html><!>"), "<body></body></html><!---->");
    }

    #[test]
    fn scripts_take_over_after_the_first_picture() {
        // As Leptos 0.8.23 begins; `flows` checks that pages contain it.
        let page = b"<script>if (x) { window.requestIdleCallback(hydrate, { timeout: 2000 }); }</script>";
        assert!(
            written_out(page)
                .starts_with(b"<script>if (x) { requestAnimationFrame(() => { let begun = false; const begin")
        );
    }

    #[test]
    fn a_preload_asks_as_anybody_and_waits_its_turn() {
        let page = b"<head><link rel=\"modulepreload\" href=\"/a.js\" crossorigin=\"x_-9\"><link rel=\"preload\" as=\"font\" crossorigin=\"anonymous\"><link as=\"fetch\" crossorigin=\"x\"></head>";
        let valid = "<head><link rel=\"preload\" as=\"font\" crossorigin=\"anonymous\"><template id=\"later\"><link rel=\"modulepreload\" href=\"/a.js\" crossorigin=\"anonymous\"><link as=\"fetch\" crossorigin=\"anonymous\"></template></head>";
        assert_eq!(written_out(page), valid);
        assert_eq!(written_out(b"<head><link rel=\"icon\"></head>"), "<head><link rel=\"icon\"></head>");
    }
}
