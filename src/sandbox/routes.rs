//! Every call of the API, in one table.

use super::{
    accounts,
    answer::{Answer, Fail},
    cases, creation, events, evidence, inquiries, links, redact, relations,
    request::Ctx,
    sessions, simulate, tags, webhooks_api,
};
use serde_json::json;

pub type Handler = fn(&Ctx) -> Result<Answer, Fail>;

pub struct Route {
    pub method: &'static str,
    path: &'static str,
    pub handler: Handler,
}

const fn get(path: &'static str, handler: Handler) -> Route {
    Route { method: "GET", path, handler }
}

const fn post(path: &'static str, handler: Handler) -> Route {
    Route { method: "POST", path, handler }
}

const fn patch(path: &'static str, handler: Handler) -> Route {
    Route { method: "PATCH", path, handler }
}

const ROUTES: &[Route] = &[
    get("inquiries", inquiries::list),
    post("inquiries", creation::create),
    get("inquiries/{}", inquiries::retrieve),
    patch("inquiries/{}", inquiries::update),
    Route { method: "DELETE", path: "inquiries/{}", handler: redact::inquiry },
    post("inquiries/{}/approve", inquiries::approve),
    post("inquiries/{}/decline", inquiries::decline),
    post("inquiries/{}/mark-for-review", inquiries::mark_for_review),
    post("inquiries/{}/resume", inquiries::resume),
    post("inquiries/{}/expire", inquiries::expire),
    post("inquiries/{}/generate-one-time-link", links::generate),
    post("inquiries/{}/add-tag", tags::add),
    post("inquiries/{}/remove-tag", tags::remove),
    post("inquiries/{}/set-tags", tags::set),
    post("inquiries/{}/perform-simulate-actions", simulate::perform),
    get("inquiry-sessions", sessions::list),
    post("inquiry-sessions", sessions::create),
    post("inquiry-sessions/expire-all", sessions::expire_all),
    get("inquiry-sessions/{}", sessions::retrieve),
    post("inquiry-sessions/{}/expire", sessions::expire),
    post("inquiry-sessions/{}/generate-one-time-link", links::generate_for_session),
    get("devices", sessions::devices),
    get("devices/{}", sessions::device),
    get("inquiry-templates", evidence::templates),
    get("inquiry-templates/{}", evidence::template),
    get("verifications/{}", evidence::verification),
    get("verification/government-ids/{}", evidence::typed_verification),
    get("verification/selfies/{}", evidence::typed_verification),
    get("verification/databases/{}", evidence::typed_verification),
    get("verification/documents/{}", evidence::typed_verification),
    get("verification/email-addresses/{}", evidence::typed_verification),
    get("verification/phone-numbers/{}", evidence::typed_verification),
    get("documents/{}", evidence::document),
    get("document/generics/{}", evidence::typed_document),
    get("document/government-ids/{}", evidence::typed_document),
    get("reports", evidence::reports),
    get("reports/{}", evidence::report),
    get("reports/{}/history", evidence::history),
    post("reports/{}/dismiss", evidence::dismiss),
    post("reports/{}/add-tag", tags::add),
    post("reports/{}/remove-tag", tags::remove),
    post("reports/{}/set-tags", tags::set),
    get("cases", cases::list),
    post("cases", cases::create),
    get("cases/{}", cases::retrieve),
    patch("cases/{}", cases::update),
    post("cases/{}/set-status", cases::set_status),
    post("cases/{}/assign", cases::assign),
    post("cases/{}/add-objects", cases::add_objects),
    post("cases/{}/remove-objects", cases::remove_objects),
    post("cases/{}/add-tag", tags::add),
    post("cases/{}/remove-tag", tags::remove),
    post("cases/{}/set-tags", tags::set),
    get("case-templates/{}", cases::template),
    get("accounts", accounts::list),
    post("accounts", accounts::create),
    get("accounts/{}", accounts::retrieve),
    patch("accounts/{}", accounts::update),
    get("accounts/{}/relations", relations::list),
    post("accounts/{}/add-relation", relations::add),
    post("accounts/{}/remove-relation", relations::remove),
    post("accounts/{}/add-tag", tags::add),
    post("accounts/{}/remove-tag", tags::remove),
    post("accounts/{}/set-tags", tags::set),
    get("account-types/{}", accounts::account_type),
    get("events", events::list),
    get("events/{}", events::retrieve),
    get("webhooks", webhooks_api::list),
    post("webhooks", webhooks_api::create),
    get("webhooks/{}", webhooks_api::retrieve),
    patch("webhooks/{}", webhooks_api::update),
    post("webhooks/{}/enable", webhooks_api::enable),
    post("webhooks/{}/disable", webhooks_api::disable),
    post("webhooks/{}/archive", webhooks_api::archive),
    post("webhooks/{}/rotate-secret", webhooks_api::rotate),
    get("rate-limits", rate_limits),
];

pub enum Found {
    Route(&'static Route, Vec<String>),
    /// The path is known, the method is not; these are.
    Methods(Vec<&'static str>),
    Nothing,
}

/// `segments` is what follows `/api/v1/`, percent-decoded.
pub fn find(method: &str, segments: &[String]) -> Found {
    let mut methods = Vec::new();
    for route in ROUTES {
        let Some(params) = fit(route.path, segments) else { continue };
        if route.method == method {
            return Found::Route(route, params);
        }
        methods.push(route.method);
    }
    if methods.is_empty() { Found::Nothing } else { Found::Methods(methods) }
}

fn fit(path: &str, segments: &[String]) -> Option<Vec<String>> {
    let mut params = Vec::new();
    let mut wanted = path.split('/');
    for segment in segments {
        match wanted.next()? {
            "{}" if !segment.is_empty() => params.push(segment.clone()),
            fixed if fixed == segment => {}
            _ => return None,
        }
    }
    if wanted.next().is_none() { Some(params) } else { None }
}

fn rate_limits(ctx: &Ctx) -> Result<Answer, Fail> {
    let budget = ctx.app.budget();
    Answer::ok(json!({ "data": [{
        "type": "rate-limit/api",
        "attributes": { "limit": budget.limit, "remaining": budget.remaining, "seconds-to-reset": budget.reset },
    }] }))
}
