use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use countersign::domain::reviewer::{Permission, Role};
use serde_json::json;

use crate::desk::{Desk, Visitor, send};
use crate::filled::Filled;
use crate::flow;

/// Every server function, with arguments that it can parse and the permission that it needs. `None`: anyone may call
/// it.
const FUNCTIONS: &[(&str, Option<Permission>)] = &[
    ("sign-in", None),
    ("sign-out", None),
    ("knock", None),
    ("frame", Some(Permission::SignedIn)),
    ("account", Some(Permission::OwnPassword)),
    ("change-password", Some(Permission::OwnPassword)),
    ("end-session", Some(Permission::OwnPassword)),
    ("invitation", None),
    ("redeem", None),
    ("queue", Some(Permission::ReadQueue)),
    ("search", Some(Permission::ReadQueue)),
    ("views", Some(Permission::ReadQueue)),
    ("view-save", Some(Permission::ReadQueue)),
    ("view-remove", Some(Permission::ReadQueue)),
    ("view-share", Some(Permission::ManageQueue)),
    ("view-unshare", Some(Permission::ManageQueue)),
    ("policy-set", Some(Permission::ManageQueue)),
    ("queue-assign", Some(Permission::Assign)),
    ("queue-act", Some(Permission::Decide)),
    ("checklist-tick", Some(Permission::Decide)),
    ("checklist-set", Some(Permission::ManageRules)),
    ("queue-next", Some(Permission::Decide)),
    ("prefer", Some(Permission::SignedIn)),
    ("active", Some(Permission::SignedIn)),
    ("session-left", Some(Permission::SignedIn)),
    ("cases", Some(Permission::ReadQueue)),
    ("case-take", Some(Permission::Decide)),
    ("case-assign", Some(Permission::Assign)),
    ("decisions", Some(Permission::ReadQueue)),
    ("inquiry", Some(Permission::ReadEvidence)),
    ("picture-why", Some(Permission::ReadEvidence)),
    ("case", Some(Permission::ReadEvidence)),
    ("account-of", Some(Permission::ReadEvidence)),
    ("accounts", Some(Permission::ReadEvidence)),
    ("relations", Some(Permission::ReadEvidence)),
    ("decide", Some(Permission::Decide)),
    ("set-status", Some(Permission::Decide)),
    ("blind-next", Some(Permission::Decide)),
    ("blind", Some(Permission::Decide)),
    ("blind-give", Some(Permission::Decide)),
    ("settle", Some(Permission::Decide)),
    ("withdraw", Some(Permission::Decide)),
    ("countersign", Some(Permission::Decide)),
    ("held-release", Some(Permission::ManageReviewers)),
    ("held-withdraw", Some(Permission::ManageReviewers)),
    ("claim", Some(Permission::Decide)),
    ("claim-renew", Some(Permission::Decide)),
    ("claim-release", Some(Permission::Decide)),
    ("link", Some(Permission::Decide)),
    ("draft-save", Some(Permission::Decide)),
    ("note-add", Some(Permission::Decide)),
    ("note-strike", Some(Permission::Decide)),
    ("timeline", Some(Permission::ReadEvidence)),
    ("discrepancy-resolve", Some(Permission::Decide)),
    ("mentions", Some(Permission::ReadEvidence)),
    ("mentions-read", Some(Permission::ReadEvidence)),
    ("reveal", Some(Permission::ReadEvidence)),
    ("audit", Some(Permission::ReadAudit)),
    ("audit-entry", Some(Permission::ReadAudit)),
    ("audit-check", Some(Permission::ReadAudit)),
    ("audit-integrity", Some(Permission::ReadAudit)),
    ("retention", Some(Permission::ReadRetention)),
    ("retention-end", Some(Permission::ManageRetention)),
    ("retention-hold", Some(Permission::ConfirmRetention)),
    ("retention-release", Some(Permission::ConfirmRetention)),
    ("retention-confirm", Some(Permission::ConfirmRetention)),
    ("retention-cancel", Some(Permission::ConfirmRetention)),
    ("reviewers", Some(Permission::ReadReviewers)),
    ("reviewer-add", Some(Permission::ManageReviewers)),
    ("reviewer-reset", Some(Permission::ManageReviewers)),
    ("reviewer-role", Some(Permission::ManageReviewers)),
    ("reviewer-confirm", Some(Permission::ConfirmChanges)),
    ("reviewer-reset-confirm", Some(Permission::ConfirmChanges)),
    ("reviewer-disable", Some(Permission::ManageReviewers)),
    ("reviewer-enable", Some(Permission::ManageReviewers)),
    ("connection", Some(Permission::ReadConnection)),
    ("sync", Some(Permission::ManageConnection)),
    ("rules", Some(Permission::ReadRules)),
    ("figures", Some(Permission::ReadFigures)),
    ("rule-add", Some(Permission::ManageRules)),
    ("reason-add", Some(Permission::ManageRules)),
    ("reason-retire", Some(Permission::ManageRules)),
    ("rule-remove", Some(Permission::ManageRules)),
    ("rule-blocks", Some(Permission::ManageRules)),
    ("rule-defaults", Some(Permission::ManageRules)),
    ("rule-confirm", Some(Permission::ConfirmChanges)),
    ("rule-cancel", Some(Permission::ConfirmChanges)),
    ("returned", Some(Permission::Decide)),
    ("return-end", Some(Permission::Decide)),
    ("inquiry-news", Some(Permission::ReadEvidence)),
];

const JSON: &[(&str, &str)] = &[
    ("frame", "{}"),
    ("account", "{}"),
    ("queue", r#"{"filter":{}}"#),
    ("queue-next", r#"{"filter":{"tag":"none"}}"#),
    ("queue-act", r#"{"inquiry":"inq_none","act":{"act":"claim"}}"#),
    ("queue-assign", r#"{"inquiry":"inq_none","reviewer":""}"#),
    ("views", "{}"),
    ("prefer", r#"{"preferences":{}}"#),
    ("cases", r#"{"filter":{}}"#),
    ("mentions", "{}"),
    ("timeline", r#"{"kind":"inquiry","id":"inq_none","upto":0,"shown":0}"#),
    ("decisions", "{}"),
    ("inquiry", r#"{"id":"inq_none"}"#),
    ("inquiry-news", r#"{"id":"inq_none"}"#),
    ("returned", "{}"),
    ("picture-why", r#"{"inquiry":"inq_none","object":"ver_none","part":"front"}"#),
    ("blind", r#"{"decision":"00000000-0000-0000-0000-000000000000"}"#),
    ("case", r#"{"id":"case_none"}"#),
    ("account-of", r#"{"id":"act_none"}"#),
    ("accounts", "{}"),
    ("relations", r#"{"account":"act_none","hops":1}"#),
    ("audit", r#"{"filter":{}}"#),
    ("audit-entry", r#"{"seq":0}"#),
    ("audit-integrity", "{}"),
    ("retention", "{}"),
    ("reviewers", "{}"),
    ("connection", "{}"),
    ("rules", "{}"),
    ("figures", "{}"),
    ("claim-renew", r#"{"inquiry":"inq_none"}"#),
    ("active", "{}"),
    ("session-left", "{}"),
    ("draft-save", r#"{"kind":"inquiry","id":"inq_none","version":1,"reason":"","comment":"x"}"#),
];

const FORMS: &[(&str, &[(&str, &str)])] = &[
    ("change-password", &[("old", "x"), ("new", "y")]),
    ("end-session", &[("mark", "0123456789abcdef")]),
    ("search", &[("place", "queue"), ("search", "")]),
    (
        "decide",
        &[
            ("inquiry", "inq_none"),
            ("version", "1"),
            ("verdict", "approve"),
            ("reason", "discrepancy-explained"),
            ("comment", ""),
        ],
    ),
    (
        "set-status",
        &[("case", "case_none"), ("version", "1"), ("status", "Open"), ("reason", "other"), ("comment", "x")],
    ),
    ("settle", &[("decision", "00000000-0000-0000-0000-000000000000"), ("outcome", "there"), ("look", "x")]),
    ("case-take", &[("case", "case_none")]),
    ("case-assign", &[("case", "case_none"), ("reviewer", "00000000-0000-0000-0000-000000000000")]),
    ("blind-next", &[]),
    (
        "blind-give",
        &[
            ("decision", "00000000-0000-0000-0000-000000000000"),
            ("verdict", "approve"),
            ("reason", "discrepancy-explained"),
            ("comment", ""),
        ],
    ),
    ("withdraw", &[("decision", "00000000-0000-0000-0000-000000000000")]),
    (
        "countersign",
        &[("decision", "00000000-0000-0000-0000-000000000000"), ("version", "1"), ("said", "countersign"), ("why", "")],
    ),
    ("held-release", &[("decision", "00000000-0000-0000-0000-000000000000")]),
    ("held-withdraw", &[("decision", "00000000-0000-0000-0000-000000000000")]),
    ("claim", &[("inquiry", "inq_none")]),
    ("claim-release", &[("inquiry", "inq_none")]),
    ("rule-add", &[("version", "0"), ("name", ""), ("template", ""), ("verdict", ""), ("signal", ""), ("share", "")]),
    ("reason-add", &[("version", "9"), ("code", "x"), ("label", "x")]),
    ("reason-retire", &[("version", "9"), ("code", "x"), ("retired", "yes")]),
    ("rule-remove", &[("version", "0"), ("name", "none")]),
    ("rule-blocks", &[("version", "0")]),
    ("rule-defaults", &[("version", "0")]),
    ("rule-confirm", &[("proposal", "00000000-0000-0000-0000-000000000000")]),
    ("rule-cancel", &[("proposal", "00000000-0000-0000-0000-000000000000")]),
    ("return-end", &[("decision", "00000000-0000-0000-0000-000000000000"), ("how", "dismiss")]),
    ("link", &[("inquiry", "inq_none"), ("life", "3600")]),
    ("reviewer-add", &[("email", "bad"), ("name", "x"), ("role", "analyst")]),
    ("reviewer-reset", &[("id", "00000000-0000-0000-0000-000000000000")]),
    ("reviewer-role", &[("id", "00000000-0000-0000-0000-000000000000"), ("role", "auditor")]),
    ("reviewer-confirm", &[("id", "00000000-0000-0000-0000-000000000000")]),
    ("reviewer-reset-confirm", &[("id", "00000000-0000-0000-0000-000000000000")]),
    ("reviewer-disable", &[("id", "00000000-0000-0000-0000-000000000000")]),
    ("reviewer-enable", &[("id", "00000000-0000-0000-0000-000000000000")]),
    ("sync", &[]),
    ("view-save", &[("name", ""), ("filter", "")]),
    ("checklist-tick", &[("inquiry", "inq_none"), ("item", "x"), ("version", "1"), ("done", "yes")]),
    ("checklist-set", &[("version", "9"), ("template", ""), ("items", "x")]),
    ("view-share", &[("name", ""), ("filter", "")]),
    ("view-remove", &[("view", "00000000-0000-0000-0000-000000000000")]),
    ("view-unshare", &[("view", "00000000-0000-0000-0000-000000000000")]),
    ("policy-set", &[("version", "0"), ("hours", "0"), ("by_template", ""), ("deal", "oldest-due")]),
    ("note-add", &[("kind", "inquiry"), ("subject", "inq_none"), ("body", "x")]),
    ("note-strike", &[("note", "00000000-0000-0000-0000-000000000000")]),
    ("reveal", &[("kind", "inquiry"), ("subject", "inq_none"), ("topics", "all"), ("purpose", "review")]),
    ("audit-check", &[]),
    ("mentions-read", &[]),
    (
        "discrepancy-resolve",
        &[("inquiry", "inq_none"), ("version", "1"), ("field", "Name"), ("resolution", "spelling"), ("comment", "")],
    ),
    ("retention-end", &[("account", "act_none"), ("ended_on", "2020-01-01"), ("profile", "eu-amlr")]),
    ("retention-hold", &[("account", "act_none"), ("reason", "x")]),
    ("retention-release", &[("account", "act_none")]),
    ("retention-confirm", &[("proposal", "00000000-0000-0000-0000-000000000000")]),
    ("retention-cancel", &[("proposal", "00000000-0000-0000-0000-000000000000")]),
];

async fn call(visitor: &Visitor, name: &str) -> StatusCode {
    if let Some((_, body)) = JSON.iter().find(|(each, _)| *each == name) {
        return visitor.call(name, serde_json::from_str(body).unwrap()).await.status;
    }
    let (_, fields) = FORMS.iter().find(|(each, _)| *each == name).unwrap_or_else(|| panic!("no arguments for {name}"));
    visitor.submit(name, fields).await.status
}

#[test]
fn every_server_function_stands_in_the_table() {
    let mut known: Vec<String> = FUNCTIONS.iter().map(|(name, _)| format!("/api/{name}")).collect();
    let mut found: Vec<String> = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    known.sort();
    found.sort();
    assert_eq!(known, found);
}

flow! {
    async fn each_role_may_what_the_table_says_and_nothing_else(desk: Desk) {
        let mut desk = desk;
        let visitors = [(Role::Analyst, desk.analyst().await), (Role::Admin, desk.admin().await), (Role::Auditor, desk.auditor().await)];
        for (name, need) in FUNCTIONS {
            let Some(need) = need else { continue };
            assert_eq!(call(&desk.nobody(), name).await, StatusCode::UNAUTHORIZED, "nobody calls {name}");
            for (role, visitor) in &visitors {
                let status = call(visitor, name).await;
                let refused = status == StatusCode::FORBIDDEN;
                assert_eq!(refused, !role.may(*need), "{role} calls {name}: {status}");
                assert!(status != StatusCode::UNAUTHORIZED && status != StatusCode::INTERNAL_SERVER_ERROR, "{role} {name} {status}");
            }
        }
    }

    async fn pages_show_a_refusal_and_it_is_recorded(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        for path in ["/admin/reviewers", "/admin/persona", "/audit"] {
            let reply = analyst.get(path).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}");
            assert!(reply.text().contains("Your role cannot see this"), "{path}");
        }
        let export = analyst.get("/audit/export").await;
        assert_eq!(export.status, StatusCode::FORBIDDEN);
        let admin = desk.admin().await;
        assert_eq!(admin.get("/inquiries/inq_x").await.status, StatusCode::FORBIDDEN, "an admin does not see evidence");
        assert_eq!(desk.entries("access.denied", "page").await.len(), 4);
        assert_eq!(desk.entries("access.denied", "/audit/export").await.len(), 1);
    }

    async fn without_a_session_every_page_leads_to_the_form(desk: Desk) {
        for path in ["/", "/queue", "/inquiries/inq_1", "/cases", "/decisions", "/audit", "/admin/reviewers", "/no-such-page"] {
            let reply = desk.nobody().get(path).await;
            assert_eq!(reply.status, StatusCode::SEE_OTHER, "{path}");
            assert!(reply.header("location").starts_with("/login"), "{path}");
            assert!(reply.body.is_empty(), "nothing of the page is sent along");
        }
        for path in ["/live", "/audit/export", "/documents/ver_1/front?inquiry=inq_1"] {
            assert_eq!(desk.nobody().get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
        }
    }

    async fn another_site_cannot_act_in_a_reviewers_name(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        let forms = [
            vec![("sec-fetch-site", "cross-site")],
            vec![("sec-fetch-site", "same-site")],
            vec![("origin", "https://evil.example"), ("host", "desk.example")],
        ];
        for headers in forms {
            let mut request = Request::post("/api/decide")
                .header(header::COOKIE, &analyst.cookie)
                .header("content-type", "application/x-www-form-urlencoded");
            for (name, value) in &headers {
                request = request.header(*name, *value);
            }
            let reply = send(&desk.router, request.body(Body::from("inquiry=inq_1")).unwrap()).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{headers:?}");
        }
        let get = analyst.get("/api/decide?inquiry=inq_1&verdict=approve").await;
        assert_eq!(get.status, StatusCode::METHOD_NOT_ALLOWED, "nothing is changed by a GET");
    }

    async fn every_answer_carries_the_security_headers(desk: Desk) {
        let mut desk = desk;
        let analyst = desk.analyst().await;
        for path in ["/login", "/queue", "/no-such", "/health/live", "/inquiries/inq_none", "/audit/export", "/pkg/none.js"] {
            let reply = analyst.get(path).await;
            for (name, part) in [
                ("strict-transport-security", "max-age=63072000"), ("x-content-type-options", "nosniff"),
                ("referrer-policy", "same-origin"), ("cross-origin-opener-policy", "same-origin"),
                ("content-security-policy", "frame-ancestors 'none'"), ("x-robots-tag", "noindex"),
            ] {
                assert!(reply.header(name).contains(part), "{name} of {path}: {}", reply.header(name));
            }
        }
        let page = analyst.get("/queue").await;
        let policy = page.header("content-security-policy");
        assert!(policy.contains("'nonce-") && !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
        assert_eq!(page.header("cache-control"), "no-store");
    }

    async fn a_key_never_reaches_a_page(desk: Filled) {
        let mut desk = desk;
        let admin = desk.admin().await;
        let analyst = desk.analyst().await;
        let id = desk.queue(&analyst, "needs_review").await.remove(0);
        for (visitor, path) in [(&admin, "/admin/persona".to_owned()), (&analyst, "/queue".to_owned()), (&analyst, format!("/inquiries/{id}"))] {
            let text = visitor.get(&path).await.text();
            for secret in ["persona_sandbox_test", crate::desk::SECRET, "access_token", "argon2"] {
                assert!(!text.contains(secret), "{secret} on {path}");
            }
            assert!(!text.contains(&desk.sandbox.addr.to_string()) || path == "/admin/persona", "an address of Persona on {path}");
        }
        let _ = json!(null);
    }
}
