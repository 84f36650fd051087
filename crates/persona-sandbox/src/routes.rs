//! Table of all API calls.

use super::{
    accounts,
    answer::{Answer, Fail},
    case_objects, cases, consolidate, creation, events, evidence, inquiries, links, print, redact, relations, reports,
    request::Ctx,
    search, sessions, simulate, tags, user_logs, webhooks_api,
};
use serde_json::json;

pub type Handler = fn(&Ctx) -> Result<Answer, Fail>;

pub struct Route {
    pub method: &'static str,
    /// As in Persona's OpenAPI document, without the leading slash.
    pub path: &'static str,
    pub handler: Handler,
    /// The kind of object that it creates, if Persona has a quota for it.
    pub makes: Option<&'static str>,
}

const fn get(path: &'static str, handler: Handler) -> Route {
    Route { method: "GET", path, handler, makes: None }
}

const fn post(path: &'static str, handler: Handler) -> Route {
    Route { method: "POST", path, handler, makes: None }
}

const fn patch(path: &'static str, handler: Handler) -> Route {
    Route { method: "PATCH", path, handler, makes: None }
}

const fn delete(path: &'static str, handler: Handler) -> Route {
    Route { method: "DELETE", path, handler, makes: None }
}

const fn makes(what: &'static str, path: &'static str, handler: Handler) -> Route {
    Route { method: "POST", path, handler, makes: Some(what) }
}

/// A fixed word comes before a placeholder at the same place.
pub const ROUTES: &[Route] = &[
    get("inquiries", inquiries::list),
    makes("inquiries", "inquiries", creation::create),
    post("inquiries/search", search::inquiries),
    get("inquiries/{inquiry-id}/print", print::inquiry),
    get("inquiries/{inquiry-id}", inquiries::retrieve),
    patch("inquiries/{inquiry-id}", inquiries::update),
    delete("inquiries/{inquiry-id}", redact::inquiry),
    post("inquiries/{inquiry-id}/approve", inquiries::approve),
    post("inquiries/{inquiry-id}/decline", inquiries::decline),
    post("inquiries/{inquiry-id}/mark-for-review", inquiries::mark_for_review),
    post("inquiries/{inquiry-id}/resume", inquiries::resume),
    post("inquiries/{inquiry-id}/expire", inquiries::expire),
    post("inquiries/{inquiry-id}/generate-one-time-link", links::generate),
    post("inquiries/{inquiry-id}/add-tag", tags::add),
    post("inquiries/{inquiry-id}/remove-tag", tags::remove),
    post("inquiries/{inquiry-id}/set-tags", tags::set),
    makes("verifications", "inquiries/{inquiry-id}/perform-simulate-actions", simulate::perform),
    get("inquiry-sessions", sessions::list),
    post("inquiry-sessions", sessions::create),
    post("inquiry-sessions/expire-all", sessions::expire_all),
    get("inquiry-sessions/{inquiry-session-id}", sessions::retrieve),
    post("inquiry-sessions/{inquiry-session-id}/expire", sessions::expire),
    post("inquiry-sessions/{inquiry-session-id}/generate-one-time-link", links::generate_for_session),
    get("devices", sessions::devices),
    get("devices/{device-id}", sessions::device),
    get("inquiry-templates", evidence::templates),
    get("inquiry-templates/{inquiry-template-id}", evidence::template),
    get("inquiry-template-versions", evidence::template_versions),
    get("verifications/{verification-id}", evidence::verification),
    delete("verifications/{verification-id}", redact::verification),
    get("verifications/{verification-id}/print", print::verification),
    post("verifications/{verification-id}/investigation-lock", evidence::lock),
    post("verifications/{verification-id}/investigation-unlock", evidence::unlock),
    get("verification/government-ids/{verification-id}", evidence::typed_verification),
    get("verification/selfies/{verification-id}", evidence::typed_verification),
    get("verification/databases/{verification-id}", evidence::typed_verification),
    get("verification/documents/{verification-id}", evidence::typed_verification),
    get("verification/email-addresses/{verification-id}", evidence::typed_verification),
    get("verification/phone-numbers/{verification-id}", evidence::typed_verification),
    get("documents/{document-id}", evidence::document),
    get("document/generics/{document-id}", evidence::typed_document),
    get("document/government-ids/{document-id}", evidence::typed_document),
    get("reports", reports::list),
    makes("reports", "reports", reports::create),
    get("reports/{report-id}", reports::retrieve),
    delete("reports/{report-id}", redact::report),
    get("reports/{report-id}/history", reports::history),
    get("reports/{report-id}/print", print::report),
    post("reports/{report-id}/dismiss", reports::dismiss),
    post("reports/{report-id}/run", reports::run),
    post("reports/{report-id}/pause", reports::pause),
    post("reports/{report-id}/resume", reports::resume),
    post("reports/{report-id}/add-tag", tags::add),
    post("reports/{report-id}/remove-tag", tags::remove),
    post("reports/{report-id}/set-tags", tags::set),
    get("cases", cases::list),
    makes("cases", "cases", cases::create),
    post("cases/search", search::cases),
    get("cases/{case-id}", cases::retrieve),
    patch("cases/{case-id}", cases::update),
    delete("cases/{case-id}", redact::case),
    post("cases/{case-id}/set-status", cases::set_status),
    post("cases/{case-id}/assign", cases::assign),
    post("cases/{case-id}/add-objects", case_objects::add),
    post("cases/{case-id}/remove-objects", case_objects::remove),
    post("cases/{case-id}/add-tag", tags::add),
    post("cases/{case-id}/remove-tag", tags::remove),
    post("cases/{case-id}/set-tags", tags::set),
    get("case-templates/{case-template-id}", cases::template),
    get("accounts", accounts::list),
    post("accounts", accounts::create),
    post("accounts/search", search::accounts),
    get("accounts/{account-id}", accounts::retrieve),
    patch("accounts/{account-id}", accounts::update),
    delete("accounts/{account-id}", redact::account),
    post("accounts/{account-id}/consolidate", consolidate::consolidate),
    get("accounts/{account-id}/relations", relations::list),
    post("accounts/{account-id}/add-relation", relations::add),
    post("accounts/{account-id}/remove-relation", relations::remove),
    post("accounts/{account-id}/add-tag", tags::add),
    post("accounts/{account-id}/remove-tag", tags::remove),
    post("accounts/{account-id}/set-tags", tags::set),
    get("account-types/{account-type-id}", accounts::account_type),
    get("events", events::list),
    get("events/{event-id}", events::retrieve),
    get("webhooks", webhooks_api::list),
    post("webhooks", webhooks_api::create),
    get("webhooks/{webhook-id}", webhooks_api::retrieve),
    patch("webhooks/{webhook-id}", webhooks_api::update),
    post("webhooks/{webhook-id}/enable", webhooks_api::enable),
    post("webhooks/{webhook-id}/disable", webhooks_api::disable),
    post("webhooks/{webhook-id}/archive", webhooks_api::archive),
    post("webhooks/{webhook-id}/rotate-secret", webhooks_api::rotate),
    post("webhooks/{webhook-id}/clone", webhooks_api::clone),
    get("user-audit-logs", user_logs::list),
    get("user-audit-logs/{user-audit-log-id}", user_logs::retrieve),
    get("rate-limits", rate_limits),
];

pub enum Found {
    Route(&'static Route, Vec<String>),
    /// The path is known, but not with this method. Holds the methods that it has.
    Methods(Vec<&'static str>),
    Nothing,
}

/// `segments` is the part after `/api/v1/`, percent-decoded.
pub fn find(method: &str, segments: &[String]) -> Found {
    let mut methods = Vec::new();
    let mut fixed = false;
    for route in ROUTES {
        let Some(params) = fit(route.path, segments) else { continue };
        // `inquiries/search` is not the inquiry with the id "search".
        if fixed && !params.is_empty() && !route.path.contains("}/") {
            continue;
        }
        if route.method == method {
            return Found::Route(route, params);
        }
        fixed |= params.is_empty();
        methods.push(route.method);
    }
    if methods.is_empty() { Found::Nothing } else { Found::Methods(methods) }
}

fn fit(path: &str, segments: &[String]) -> Option<Vec<String>> {
    let mut params = Vec::new();
    let mut wanted = path.split('/');
    for segment in segments {
        match wanted.next()? {
            hole if hole.starts_with('{') && !segment.is_empty() => params.push(segment.clone()),
            fixed if fixed == segment => {}
            _ => return None,
        }
    }
    if wanted.next().is_none() { Some(params) } else { None }
}

fn rate_limits(ctx: &Ctx) -> Result<Answer, Fail> {
    let budget = ctx.app.limits.look(ctx.app.store.now());
    Answer::ok(json!({ "data": [{
        "type": "rate-limit/api",
        "attributes": { "limit": budget.limit, "remaining": budget.remaining, "seconds-to-reset": budget.reset },
    }] }))
}
