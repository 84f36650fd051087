//! The sandbox's own page: what it holds and what happened last.

use super::{
    admin,
    app::{App, hold},
    clock,
};
use axum::{
    http::header,
    response::{Html, IntoResponse, Response},
};
use serde_json::Value;
use std::{fmt::Write as _, sync::Arc, sync::atomic::Ordering};

const STYLE: &str = "body{font:14px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem;color:#1c1e21;background:#fafaf8}\
h1{font-size:1.4rem}h2{font-size:1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .75rem .25rem 0;\
border-bottom:1px solid #e4e4df;vertical-align:top;overflow-wrap:anywhere}code{font-size:.9em}.wrap{overflow-x:auto}\
@media(prefers-color-scheme:dark){body{color:#e6e6e3;background:#16181a}td,th{border-color:#33373a}}";

pub async fn show(app: &Arc<App>) -> Response {
    let mut html = String::new();
    let paused = if app.paused.load(Ordering::SeqCst) { " Webhooks are paused." } else { "" };
    let _ = write!(
        html,
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Persona sandbox</title>\
         <style>{STYLE}</style><h1>Persona sandbox</h1><p>A stand-in for Persona's sandbox environment: invented people, no real \
         verification. The API is under <code>/api/v1</code>; any key that begins with <code>persona_sandbox_</code> is accepted.{paused}</p>"
    );
    let counts = admin::counts(app).await.unwrap_or_default();
    table(
        &mut html,
        "Objects",
        &["kind", "count"],
        counts.into_iter().map(|(kind, count)| vec![kind, count.to_string()]),
    );
    let faults = app.faults.all();
    let rows = faults.iter().map(|fault| {
        let kind = serde_json::to_value(fault.kind).unwrap_or_default();
        vec![
            fault.matches.clone(),
            text(&kind),
            fault.times.to_string(),
            fault.status.to_string(),
            fault.ms.to_string(),
        ]
    });
    table(&mut html, "Faults ordered", &["match", "kind", "times", "status", "ms"], rows);
    let seen: Vec<Vec<String>> = hold(&app.seen)
        .iter()
        .take(25)
        .map(|seen| vec![clock::iso(seen.at), seen.method.clone(), seen.path.clone(), seen.status.to_string()])
        .collect();
    table(&mut html, "Last requests", &["at", "method", "path", "status"], seen.into_iter());
    let deliveries = admin::deliveries(app, None).await.map(|answer| answer.body).unwrap_or_default();
    let rows = deliveries.as_array().into_iter().flatten().take(25).map(|row| {
        ["last-at", "event-name", "object-id", "state", "attempts", "status", "error", "next-at"]
            .iter()
            .map(|key| text(&row[*key]))
            .collect()
    });
    table(
        &mut html,
        "Last deliveries",
        &["last", "event", "object", "state", "attempts", "status", "error", "next"],
        rows,
    );
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    ([(header::CONTENT_SECURITY_POLICY, policy), (header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn table(html: &mut String, title: &str, heads: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let _ = write!(html, "<h2>{title}</h2><div class=wrap><table><tr>");
    for head in heads {
        let _ = write!(html, "<th scope=col>{head}</th>");
    }
    html.push_str("</tr>");
    let mut none = true;
    for row in rows {
        none = false;
        html.push_str("<tr>");
        for cell in row {
            let _ = write!(html, "<td>{}</td>", escaped(&cell));
        }
        html.push_str("</tr>");
    }
    html.push_str("</table></div>");
    if none {
        html.push_str("<p>None.</p>");
    }
}

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_on_the_page_is_markup_from_outside() {
        assert_eq!(escaped("<script>'\"&"), "&lt;script&gt;&#39;&quot;&amp;");
    }
}
