//! The HTTP client for Persona: one client, one host and one rate limit for all callers. One file, because every call
//! of the API goes through one private function, which waits for the limiter and checks the circuit breaker.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use futures::StreamExt;
use reqwest::header::{HeaderMap, HeaderName};
use reqwest::{Method, Response, StatusCode};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use super::failure::Failure;
use super::json_api::{List, ListPage, Resource, Single, get};
use super::limiter::CallLimiter;
use super::{Lane, lossless_json};
use crate::domain::delivery::Action;
use crate::domain::picture::FileKind;
use crate::domain::relation::is_key;
use crate::domain::time::Timestamp;
use crate::server::clock::ServerClock;
use crate::server::config::PersonaConfig;

/// A call that takes longer counts as not answered.
pub const LONGEST_CALL: Duration = Duration::from_secs(15);
/// How long relation keys are cached: an organisation can add relations to an account type.
const TYPES_KEPT: Duration = Duration::from_secs(3600);
/// Largest answer read, in bytes.
const LARGEST_ANSWER: usize = 32 << 20;
/// Largest picture passed on, in bytes.
const LARGEST_PICTURE: usize = 25 << 20;
/// Types of pictures that a browser shows and that cannot run code.
const SHOWN: [&str; 4] = ["image/jpeg", "image/png", "image/webp", "image/gif"];

/// Relation keys of an account type, and when they were read.
type Keys = (Vec<String>, Timestamp);

/// A picture that is streamed through the desk.
pub struct PictureStream {
    pub kind: &'static str,
    pub bytes: futures::stream::BoxStream<'static, Result<Bytes, std::io::Error>>,
}

#[derive(Debug, Clone)]
pub struct Persona {
    http: reqwest::Client,
    config: Arc<PersonaConfig>,
    gate: CallLimiter,
    health: Arc<Mutex<Health>>,
    /// Relation keys by account type.
    types: Arc<Mutex<HashMap<String, Keys>>>,
    clock: ServerClock,
}

/// When Persona last answered, and when it last failed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    pub answered_at: Option<Timestamp>,
    pub failed_at: Option<Timestamp>,
    pub failure: Option<String>,
    /// The rate limit and what is left of it, as last reported.
    pub window: Option<(u32, u32)>,
}

impl Health {
    pub fn down(&self) -> bool {
        self.failed_at.is_some() && self.failed_at >= self.answered_at
    }
}

/// Result of a call that changes something.
#[derive(Debug, Clone, PartialEq)]
pub struct CallAnswer {
    pub request_id: Option<String>,
    pub result: Result<Single, Failure>,
}

impl Persona {
    #[expect(clippy::disallowed_methods, reason = "this is the one client that speaks to Persona")]
    pub fn new(config: PersonaConfig, clock: ServerClock, gate: CallLimiter) -> Result<Self, String> {
        // The second of two calls finds a provider installed already; either will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(5))
            .timeout(LONGEST_CALL)
            // A redirect would carry the key, or a picture's link, to another host.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { http, config: Arc::new(config), gate, health: Arc::default(), types: Arc::default(), clock })
    }

    pub fn health(&self) -> Health {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn relation_keys(&self) -> &[String] {
        &self.config.relation_keys
    }

    /// Whether the settings say which relations there are, or that there are none.
    pub fn tells_relations(&self) -> bool {
        self.config.no_relations || !self.config.relation_keys.is_empty()
    }

    /// Returns how long the circuit breaker of this lane stays open; zero if calls may be made.
    pub fn pause(&self, lane: Lane) -> Duration {
        self.gate.pause(lane, self.clock.now())
    }

    async fn note(&self, headers: &HeaderMap) {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u32>().ok();
        if let (Some(limit), Some(remaining), Some(reset)) =
            (number("ratelimit-limit"), number("ratelimit-remaining"), number("ratelimit-reset"))
        {
            self.gate.note(limit, remaining, reset).await;
            self.health.lock().unwrap_or_else(PoisonError::into_inner).window = Some((limit, remaining));
        }
    }

    fn answered(&self) {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).answered_at = Some(self.clock.now());
    }

    fn failed(&self, failure: &Failure) {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        health.failed_at = Some(self.clock.now());
        health.failure = Some(failure.to_string());
    }

    /// `path` begins with a slash and contains only IDs and names of the desk's own.
    fn url(&self, path: &str, query: &[(&str, &str)]) -> Result<Url, Failure> {
        let base = self.config.api_url.as_str().trim_end_matches('/');
        let mut url = Url::parse(&format!("{base}{path}")).map_err(|error| Failure::Unreadable(error.to_string()))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    async fn call(
        &self,
        lane: Lane,
        method: Method,
        url: Url,
        key: Option<&str>,
        body: Option<&Value>,
        before: Option<Timestamp>,
    ) -> Result<Response, Failure> {
        // Checked before the budget is used, because no call may be made anyway.
        let wait = self.gate.pause(lane, self.clock.now());
        if !wait.is_zero() {
            return Err(Failure::Paused { wait });
        }
        self.gate.slot(lane).await;
        // Waiting for the slot, or a process that was stopped in between, may have taken longer than the lease.
        if before.is_some_and(|before| self.clock.now().plus(LONGEST_CALL) > before) {
            return Err(Failure::Late);
        }
        // Checked last: from here on the call is made, so the caller that probes the breaker has an answer to report.
        self.gate.may(lane, self.clock.now()).map_err(|wait| Failure::Paused { wait })?;
        let mut request = self
            .http
            .request(method, url)
            .bearer_auth(self.config.api_key.expose_secret())
            .header("Persona-Version", &self.config.version)
            .header("Key-Inflection", "kebab");
        if let Some(key) = key {
            request = request.header(HeaderName::from_static("idempotency-key"), key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        match request.send().await {
            Ok(response) => {
                self.gate.done(lane, response.status().is_server_error(), self.clock.now());
                self.note(response.headers()).await;
                self.answered();
                Ok(response)
            }
            Err(error) => {
                self.gate.done(lane, true, self.clock.now());
                let failure = Failure::NoAnswer(describe(&error));
                self.failed(&failure);
                Err(failure)
            }
        }
    }

    async fn read<T: DeserializeOwned>(&self, response: Response) -> Result<T, Failure> {
        let status = response.status();
        let body = body(response, LARGEST_ANSWER).await.inspect_err(|failure| self.failed(failure))?;
        if !status.is_success() {
            let failure = self.refusal(status, &body);
            if matches!(failure, Failure::Broken { .. } | Failure::NotAuthorised) {
                self.failed(&failure);
            }
            return Err(failure);
        }
        // The error may quote the answer, and the answer names people.
        lossless_json::read(&body)
            .map_err(|error| Failure::Unreadable(format!("line {}, column {}", error.line(), error.column())))
    }

    fn refusal(&self, status: StatusCode, body: &[u8]) -> Failure {
        match status.as_u16() {
            429 => Failure::Limited { wait: self.gate.window_left() },
            401 => Failure::NotAuthorised,
            403 => Failure::NotPermitted { why: error_title(body) },
            404 => Failure::NotFound,
            status if status >= 500 => Failure::Broken { status },
            status => Failure::Refused { status, title: error_title(body) },
        }
    }

    async fn get<T: DeserializeOwned>(&self, lane: Lane, path: &str, query: &[(&str, &str)]) -> Result<T, Failure> {
        let url = self.url(path, query)?;
        let response = self.call(lane, Method::GET, url, None, None, None).await?;
        self.read(response).await
    }

    /// Returns one page of a list; `next` comes from the page before. Records that are not what they should be are
    /// named separately.
    pub async fn list<T: DeserializeOwned>(
        &self,
        lane: Lane,
        path: &str,
        query: &[(&str, &str)],
        next: Option<&str>,
    ) -> Result<ListPage<T>, Failure> {
        let url = match next {
            // A path without a host, which has to be followed and never rebuilt (CONTRACT.md section 6).
            Some(next) => {
                let url = self.config.api_url.join(next).map_err(|error| Failure::Unreadable(error.to_string()))?;
                if !next.starts_with('/') || url.origin() != self.config.api_url.origin() {
                    return Err(Failure::Unreadable("a link to another host".to_owned()));
                }
                url
            }
            None => self.url(path, query)?,
        };
        let response = self.call(lane, Method::GET, url, None, None, None).await?;
        let whole = path.matches('/').count() == 1;
        let list: List = self.read(response).await.map_err(|failure| match failure {
            Failure::NotFound if whole => Failure::NoSuchList,
            failure => failure,
        })?;
        Ok(list.open())
    }

    /// Reads an inquiry with every related object that can be included.
    pub async fn inquiry(&self, lane: Lane, id: &str) -> Result<Single, Failure> {
        let include = "account,documents,inquiry-template,reports,selfies,sessions,verifications";
        self.get(lane, &format!("/inquiries/{id}"), &[("include", include)]).await
    }

    pub async fn session(&self, lane: Lane, id: &str) -> Result<Single, Failure> {
        self.get(lane, &format!("/inquiry-sessions/{id}"), &[("include", "device,network")]).await
    }

    pub async fn case(&self, lane: Lane, id: &str) -> Result<Single, Failure> {
        self.get(lane, &format!("/cases/{id}"), &[("include", "case-comments")]).await
    }

    /// Reads a case with its accounts, comments, reports and verifications.
    pub async fn case_whole(&self, lane: Lane, id: &str) -> Result<Single, Failure> {
        self.get(lane, &format!("/cases/{id}"), &[("include", "accounts,case-comments,reports,verifications")]).await
    }

    pub async fn account(&self, lane: Lane, id: &str) -> Result<Single, Failure> {
        self.get(lane, &format!("/accounts/{id}"), &[]).await
    }

    /// Returns the relation keys that an account type lists, if any: its field schemas of type `relation-schema`
    /// (CONTRACT.md section 14 does not guarantee this). They are read again after an hour.
    pub async fn relation_keys_of_type(&self, id: &str) -> Result<Vec<String>, Failure> {
        let now = self.clock.now();
        if let Some((known, at)) = self.types.lock().unwrap_or_else(PoisonError::into_inner).get(id)
            && now.since(*at) < TYPES_KEPT
        {
            return Ok(known.clone());
        }
        let single: Single = self.get(Lane::Page, &format!("/account-types/{id}"), &[]).await?;
        if get(&single.data.attributes, "field-schemas").and_then(Value::as_array).is_none() {
            return Err(Failure::Unreadable("account-type: field-schemas".to_owned()));
        }
        let keys: Vec<String> = single
            .data
            .list("field-schemas")
            .iter()
            .filter(|schema| schema.get("type").and_then(Value::as_str) == Some("relation-schema"))
            .filter_map(|schema| schema.get("key")?.as_str())
            .filter(|key| is_key(key))
            .map(str::to_owned)
            .collect();
        self.types.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), (keys.clone(), now));
        Ok(keys)
    }

    pub async fn document(&self, lane: Lane, id: &str) -> Result<Single, Failure> {
        self.get(lane, &format!("/documents/{id}"), &[]).await
    }

    /// Reads a part by itself, to learn which object it belongs to.
    pub async fn part(&self, lane: Lane, kind: &str, id: &str) -> Result<Single, Failure> {
        let list = match kind {
            "report" => "reports",
            "verification" => "verifications",
            "document" => "documents",
            "inquiry-session" => "inquiry-sessions",
            "account" => "accounts",
            _ => return Err(Failure::NotFound),
        };
        self.get(lane, &format!("/{list}/{id}"), &[]).await
    }

    /// Reads a verification or a document, for the links to its pictures.
    pub async fn with_pictures(&self, id: &str) -> Result<Resource, Failure> {
        let path = if id.starts_with("doc_") { format!("/documents/{id}") } else { format!("/verifications/{id}") };
        Ok(self.get::<Single>(Lane::Page, &path, &[]).await?.data)
    }

    /// Opens a picture. The link contains its own token: the API key is not sent.
    pub async fn picture(&self, link: &str) -> Result<PictureStream, Failure> {
        self.file(link, &SHOWN).await
    }

    /// Opens a PDF.
    pub async fn pdf(&self, link: &str) -> Result<PictureStream, Failure> {
        self.file(link, &["application/pdf"]).await
    }

    async fn file(&self, link: &str, wanted: &[&str]) -> Result<PictureStream, Failure> {
        let url = Url::parse(link).map_err(|_| Failure::Unreadable("a picture's link".to_owned()))?;
        if !may_hold_files(&self.config.api_url, &url) {
            return Err(Failure::Unreadable("a picture's link to another host".to_owned()));
        }
        let broken = |error: &reqwest::Error| Failure::NoAnswer(describe(error));
        let mut response = self.http.get(url).send().await.map_err(|error| broken(&error))?;
        if !response.status().is_success() {
            return Err(match response.status().as_u16() {
                // The link contains its own token, so this says nothing about the API key.
                status @ (401 | 403) => Failure::Refused { status, title: "the picture's link".to_owned() },
                _ => self.refusal(response.status(), b""),
            });
        }
        // The type is read from the first bytes: the sender's word is not enough to show a file under the desk's own
        // origin.
        let mut first = Vec::new();
        while first.len() < 512 {
            match response.chunk().await.map_err(|error| broken(&error))? {
                Some(chunk) => first.extend_from_slice(&chunk),
                None => break,
            }
        }
        let kind = infer::get(&first).map(|kind| kind.mime_type());
        let shown = kind.filter(|kind| wanted.contains(kind));
        let kind = shown.ok_or_else(|| Failure::NotShown(FileKind::of_bytes(kind)))?;
        let mut left = LARGEST_PICTURE.saturating_sub(first.len());
        let rest = response.bytes_stream().map(move |chunk| {
            let chunk = chunk.map_err(|_| std::io::Error::other("the picture was cut off"))?;
            left = left.checked_sub(chunk.len()).ok_or_else(|| std::io::Error::other("the picture is too large"))?;
            Ok(chunk)
        });
        let bytes = futures::stream::once(futures::future::ready(Ok(Bytes::from(first)))).chain(rest);
        Ok(PictureStream { kind, bytes: Box::pin(bytes) })
    }

    /// Sends a call that changes something under its idempotency key, unless it might not be over before `before`.
    /// `domain::delivery` decides what to do with the answer.
    pub async fn send(&self, action: &Action, object_id: &str, key: &str, before: Option<Timestamp>) -> CallAnswer {
        let (path, body) = request(action, object_id);
        let url = match self.url(&path, &[]) {
            Ok(url) => url,
            Err(failure) => return CallAnswer { request_id: None, result: Err(failure) },
        };
        match self.call(Lane::Decision, Method::POST, url, Some(key), body.as_ref(), before).await {
            Ok(response) => {
                let request_id =
                    response.headers().get("request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
                let result = match self.read(response).await {
                    // The call was made, whatever the body says.
                    Err(Failure::NoAnswer(_)) => Err(Failure::NoAnswer("cut in the middle of the answer")),
                    other => other,
                };
                CallAnswer { request_id, result }
            }
            Err(failure) => CallAnswer { request_id: None, result: Err(failure) },
        }
    }
}

/// Path and body of a changing call. Mark-for-review takes no body at all (CONTRACT.md 9.3); set-status takes `meta.status`.
fn request(action: &Action, id: &str) -> (String, Option<Value>) {
    match action {
        Action::Approve { comment } => {
            (format!("/inquiries/{id}/approve"), Some(json!({"meta": {"comment": comment}})))
        }
        Action::Decline { comment } => {
            (format!("/inquiries/{id}/decline"), Some(json!({"meta": {"comment": comment}})))
        }
        Action::MarkForReview => (format!("/inquiries/{id}/mark-for-review"), None),
        Action::SetStatus { status } => (format!("/cases/{id}/set-status"), Some(json!({"meta": {"status": status}}))),
        // By e-mail address, not by user ID (CONTRACT.md 12.2).
        Action::Assign { email } => {
            (format!("/cases/{id}/assign"), Some(json!({"meta": {"user-email-address": email}})))
        }
        Action::OneTimeLink { expires_in_seconds } => (
            format!("/inquiries/{id}/generate-one-time-link"),
            Some(json!({"meta": {"expires-in-seconds": expires_in_seconds}})),
        ),
    }
}

async fn body(mut response: Response, largest: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Failure::NoAnswer(describe(&error)))? {
        if body.len() + chunk.len() > largest {
            return Err(Failure::Unreadable("larger than anything expected".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The first error's title and details (`details`, not JSON:API's `detail`), shortened.
fn error_title(body: &[u8]) -> String {
    let read: Option<Value> = lossless_json::read(body).ok();
    let error = read.as_ref().and_then(|body| body.get("errors")?.get(0));
    let part = |key: &str| error.and_then(|error| error.get(key)?.as_str()).unwrap_or_default();
    let (title, details) = (part("title"), part("details"));
    let whole = match (title, details) {
        ("", "") => "no reason given".to_owned(),
        (title, "") => title.to_owned(),
        (title, details) => format!("{title}: {details}"),
    };
    whole.chars().take(300).collect()
}

/// Hosts under which Persona's API answers (the second in older setups), and the host under which it gives out files
/// (CONTRACT.md sections 2 and 16).
/// The texts of `describe` leave out the URL, which reqwest's own text would show.
const PERSONA: [&str; 3] = ["api.withpersona.com", "withpersona.com", "files.withpersona.com"];

/// Whether a link may lead to files: to Persona's own hosts if the API is on one of them, and otherwise only to the
/// address of the API. A sandbox on this machine may use another port of it.
fn may_hold_files(api: &Url, url: &Url) -> bool {
    let local = |url: &Url| match url.host() {
        Some(url::Host::Ipv4(host)) => host.is_loopback(),
        Some(url::Host::Ipv6(host)) => host.is_loopback(),
        _ => false,
    };
    let persona = |url: &Url| {
        url.scheme() == "https" && url.port().is_none() && url.host_str().is_some_and(|host| PERSONA.contains(&host))
    };
    if persona(api) {
        persona(url)
    } else {
        url.origin() == api.origin() || local(api) && local(url) && url.scheme() == api.scheme()
    }
}

fn describe(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "timed out"
    } else if error.is_connect() {
        super::failure::NO_CONNECTION
    } else {
        "connection broke"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_from_persona_under_whichever_of_its_names_the_api_is_set() {
        let may = |api: &str, url: &str| {
            Url::parse(api).is_ok_and(|api| Url::parse(url).is_ok_and(|url| may_hold_files(&api, &url)))
        };
        for api in [
            "https://api.withpersona.com/api/v1",
            "https://withpersona.com/api/v1",
            "https://withpersona.com:443/api/v1",
        ] {
            for host in PERSONA {
                assert!(may(api, &format!("https://{host}/a.jpg?access_token=s")), "{api} {host}");
            }
            for other in [
                "http://files.withpersona.com/a",
                "https://files.withpersona.com:8443/a",
                "https://files.withpersona.com.example/a",
                "https://files.withpersona.com@host.example/a",
                "https://evil.files.withpersona.com/a",
                "https://127.0.0.1/a",
            ] {
                assert!(!may(api, other), "{api} {other}");
            }
        }
        assert!(may("http://127.0.0.1:4000/api/v1", "http://127.0.0.1:4001/a"));
        assert!(may("https://gate.example/api/v1", "https://gate.example/a"));
        for other in ["https://files.withpersona.com/a", "https://gate.example:8443/a", "http://127.0.0.1/a"] {
            assert!(!may("https://gate.example/api/v1", other), "{other}");
        }
    }

    #[test]
    fn each_call_has_the_shape_that_the_contract_gives() {
        let (path, body) = request(&Action::MarkForReview, "inq_1");
        assert_eq!((path.as_str(), body), ("/inquiries/inq_1/mark-for-review", None));
        let (path, body) = request(&Action::SetStatus { status: "Approved".into() }, "case_1");
        assert_eq!((path.as_str(), body), ("/cases/case_1/set-status", Some(json!({"meta": {"status": "Approved"}}))));
        let (path, body) = request(&Action::OneTimeLink { expires_in_seconds: 3600 }, "inq_1");
        assert_eq!(path, "/inquiries/inq_1/generate-one-time-link");
        assert_eq!(body, Some(json!({"meta": {"expires-in-seconds": 3600}})));
    }

    #[test]
    fn the_reason_is_under_details() {
        assert_eq!(
            error_title(br#"{"errors":[{"title":"Conflict","details":"Inquiry already redacted"}]}"#),
            "Conflict: Inquiry already redacted"
        );
        assert_eq!(error_title(b"<html>"), "no reason given");
    }
}
