//! The sandbox's own page: its state, requested faults, recent requests and deliveries. It has forms and no scripts.

use super::html::escaped;
use super::{admin, app::App, choices, clock, faults::Fault, lock::hold};
use axum::{
    http::header,
    response::{Html, IntoResponse, Response},
};
use serde_json::Value;
use std::{fmt::Write as _, sync::Arc, sync::atomic::Ordering};

pub const STYLE: &str = include_str!("page.css");
/// The kinds of faults, with descriptions for the select.
const FAULTS: &[(&str, &str)] = &[
    ("status", "answer with a status"),
    ("latency", "wait, then answer"),
    ("timeout", "wait, then close the connection"),
    ("cut-before", "close the connection before the change"),
    ("cut-after", "close the connection after the change"),
    ("stored-500", "500, stored under the idempotency key"),
    ("duplicate", "webhook sent more than once"),
    ("delay", "webhook sent later"),
    ("reorder", "webhooks out of order"),
    ("loss", "webhook never sent"),
    ("wrong-signature", "webhook with a wrong signature"),
];

pub async fn show(app: &Arc<App>, refresh: bool) -> Response {
    let mut html = String::new();
    let again = if refresh { "<meta http-equiv=refresh content=3>" } else { "" };
    let _ = write!(
        html,
        "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content='width=device-width'>{again}\
         <title>Persona sandbox</title><style>{STYLE}</style></head><body><header><h1>Persona sandbox</h1>\
         <p>A stand-in for Persona's sandbox environment: invented people, no real verification. The API is under \
         <code>/api/v1</code>; any key that begins with <code>persona_sandbox_</code> is accepted.</p>"
    );
    let link = if refresh { "<a href='/'>Stop refreshing</a>" } else { "<a href='/?refresh=3'>Refresh every 3 s</a>" };
    let _ = write!(html, "<p>{link}</p></header><main>");
    state(app, &mut html).await;
    faults(app, &mut html);
    switches(app, &mut html);
    requests(app, &mut html);
    deliveries(app, &mut html).await;
    html.push_str("</main></body></html>");
    let policy =
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    ([(header::CONTENT_SECURITY_POLICY, policy), (header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}

async fn state(app: &Arc<App>, html: &mut String) {
    html.push_str("<section><h2>State</h2>");
    let off = app.store.off.load(Ordering::SeqCst) / 1000;
    let budget = app.limits.look(app.store.now());
    let paused = app.paused.load(Ordering::SeqCst);
    let _ = write!(
        html,
        "<dl><dt>Clock</dt><dd>{} {}</dd><dt>Rate limit</dt><dd>{} of {} left, resets in {} s</dd><dt>Webhooks</dt><dd>{}</dd></dl>",
        clock::iso(app.store.now()),
        if off == 0 { String::new() } else { format!("(offset {off} s)") },
        budget.remaining,
        budget.limit,
        budget.reset,
        if paused { "paused" } else { "sent" },
    );
    let (action, label) =
        if paused { ("webhooks/resume", "Resume webhooks") } else { ("webhooks/pause", "Pause webhooks") };
    let _ = write!(
        html,
        "<div class=row>{}{}<form method=post action='/sandbox/clock'><label>Clock ahead by \
         <input name=offset-seconds type=number value={off}> s</label> <button>Set</button></form></div>",
        button("arrive", "Create inquiry", ""),
        button(action, label, ""),
    );
    let counts = admin::counts(app).await.unwrap_or_default();
    html.push_str("<ul class=counts>");
    for (kind, count) in counts {
        let _ = write!(html, "<li><b>{count}</b> {}</li>", escaped(&kind));
    }
    html.push_str("</ul></section>");
}

fn button(action: &str, label: &str, hidden: &str) -> String {
    format!(
        "<form method=post action='/sandbox/{action}'><input type=hidden name=from value=page>{hidden}<button>{label}</button></form>"
    )
}

fn faults(app: &App, html: &mut String) {
    html.push_str("<section><h2>Faults</h2>");
    let rows = app.faults.all().into_iter().enumerate().map(|(at, fault)| {
        let hidden = format!("<input type=hidden name=at value={at}>");
        let mut cells = described(&fault);
        cells.push(button("faults/take-back", "Remove", &hidden));
        cells
    });
    table(html, &["kind", "path or event", "how often", "detail", ""], rows);
    html.push_str("<form class=order method=post action='/sandbox/faults'><label>Kind <select name=kind>");
    for (kind, about) in FAULTS {
        let _ = write!(html, "<option value={kind}>{about}</option>");
    }
    html.push_str(
        "</select></label> <label>Part of the path or event name <input name=match placeholder=approve></label> \
         <label>Times (0 for always) <input name=times type=number min=0 value=1></label> \
         <label>Chance (%) <input name=chance type=number min=0 max=100 value=100></label> \
         <label>Status <input name=status type=number min=100 max=599 value=503></label> \
         <label>Wait (ms) <input name=ms type=number min=0 placeholder=default></label> \
         <label>Extra copies <input name=copies type=number min=1 max=100 value=1></label> \
         <label><input name=applied type=checkbox> Make the change anyway</label> <button>Add fault</button></form></section>",
    );
}

fn described(fault: &Fault) -> Vec<String> {
    let name = fault.kind.name();
    let detail = match name.as_str() {
        "status" => fault.status.to_string(),
        "duplicate" => format!("{} more", fault.copies),
        "latency" | "timeout" | "delay" | "reorder" => format!("{} ms", fault.wait()),
        _ => String::new(),
    };
    let often = match (fault.times, fault.chance) {
        (0, 100) => "always".to_owned(),
        (0, chance) => format!("{chance} % of the time"),
        (times, 100) => format!("{times} times"),
        (times, chance) => format!("{times} times, at {chance} %"),
    };
    let applied = if fault.applied { ", change made" } else { "" };
    vec![name, escaped(&fault.matches), often, detail + applied]
}

fn switches(app: &App, html: &mut String) {
    html.push_str("<section><h2>Choices for what Persona does not document</h2>");
    let rows = choices::ALL.iter().map(|row| {
        let now = app.choices.get(row.choice);
        let mut form = format!(
            "<form method=post action='/sandbox/choices'><input type=hidden name=name value={0}><select name=option aria-label='{0}'>",
            row.name
        );
        for option in row.options {
            let _ = write!(form, "<option{}>{option}</option>", if *option == now { " selected" } else { "" });
        }
        form.push_str("</select> <button>Set</button></form>");
        vec![escaped(row.about), form]
    });
    table(html, &["topic", "choice"], rows);
    html.push_str("</section>");
}

fn requests(app: &App, html: &mut String) {
    html.push_str("<section><h2>Recent requests</h2>");
    let seen: Vec<Vec<String>> = hold(&app.seen)
        .iter()
        .take(25)
        .map(|seen| {
            let shown = url::form_urlencoded::parse(seen.path.as_bytes())
                .next()
                .map(|(key, value)| if value.is_empty() { key.into_owned() } else { format!("{key}={value}") });
            vec![clock::iso(seen.at), seen.method.clone(), escaped(&shown.unwrap_or_default()), seen.status.to_string()]
        })
        .collect();
    table(html, &["at", "method", "path", "status"], seen.into_iter());
    html.push_str("</section>");
}

async fn deliveries(app: &Arc<App>, html: &mut String) {
    html.push_str("<section><h2>Recent deliveries</h2>");
    let deliveries = admin::deliveries(app, None).await.map(|answer| answer.body).unwrap_or_default();
    let rows = deliveries.as_array().into_iter().flatten().take(25).map(|row| {
        let mut cells: Vec<String> =
            ["last-at", "event-name", "object-id", "state", "attempts", "status", "error", "fault", "next-at"]
                .iter()
                .map(|key| {
                    let shown = text(&row[*key]);
                    // Shows the time without the date: the date is rarely in doubt, and the table is wide.
                    let from = if key.ends_with("-at") && shown.len() > 11 { 11 } else { 0 };
                    escaped(&shown[from..])
                })
                .collect();
        let hidden = format!("<input type=hidden name=event-id value='{}'>", escaped(&text(&row["event-id"])));
        cells.push(button("webhooks/repeat", "Send again", &hidden));
        cells
    });
    table(html, &["last", "event", "object", "state", "attempts", "status", "error", "fault", "next", ""], rows);
    html.push_str("</section>");
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Cells are HTML, so the caller has to escape texts from outside first.
fn table(html: &mut String, heads: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        html.push_str("<p class=none>None.</p>");
        return;
    }
    html.push_str("<div class=wrap tabindex=0><table><thead><tr>");
    for head in heads {
        if head.is_empty() {
            html.push_str("<td></td>");
        } else {
            let _ = write!(html, "<th scope=col>{head}</th>");
        }
    }
    html.push_str("</tr></thead><tbody>");
    for row in rows {
        html.push_str("<tr>");
        for cell in row {
            let _ = write!(html, "<td>{cell}</td>");
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table></div>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_on_the_page_is_markup_from_outside() {
        assert_eq!(escaped("<script>'\"&"), "&lt;script&gt;&#39;&quot;&amp;");
    }
}
