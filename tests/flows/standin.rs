//! A stand-in for Persona that serves given objects, as Persona publishes them or as a live answer was, for what the
//! sandbox does not create. It has no rules: all objects related to an inquiry are included.
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::desk::{Desk, On};

#[derive(Default)]
pub struct World {
    objects: Mutex<BTreeMap<String, Value>>,
    /// By path under `/files/`: content type and bytes.
    files: BTreeMap<String, Vec<u8>>,
    /// By path after `/api/v1`: status and body as sent, instead of the answer made from the objects.
    answers: BTreeMap<String, (u16, Vec<u8>)>,
    /// Every requested path.
    calls: Mutex<Vec<String>>,
    /// Replacements in each answer, for texts that a JSON value in Rust cannot hold.
    instead: Vec<(String, String)>,
}

/// Runs one flow on each database, with its own world.
#[macro_export]
macro_rules! world_flow {
    ($(async fn $name:ident($on:ident: On) $body:block)+) => {$(
        mod $name {
            use super::*;
            async fn flow($on: On) $body
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                flow(On::Sqlite).await;
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                flow(On::Postgres).await;
            }
        }
    )+};
}

/// A case from `tests/cases`.
pub fn case(name: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

impl World {
    /// Objects from a file that contains a world (`objects`) or one answer (`data` and `included`).
    pub fn of(from: &Value) -> Self {
        let mut world = Self::default();
        for (_, object) in from["objects"].as_object().into_iter().flatten() {
            world.add(object.clone());
        }
        for object in from.get("data").into_iter().chain(from["included"].as_array().into_iter().flatten()) {
            world.add(object.clone());
        }
        world
    }

    pub fn add(&mut self, object: Value) {
        self.put(object);
    }

    /// Like `add`, while a desk is running.
    pub fn put(&self, object: Value) {
        self.objects.lock().unwrap().insert(object["id"].as_str().unwrap().to_owned(), object);
    }

    pub fn change(&mut self, id: &str, change: impl FnOnce(&mut Value)) {
        change(self.objects.get_mut().unwrap().get_mut(id).unwrap());
    }

    pub fn file(&mut self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.files.insert(name.to_owned(), bytes.into());
    }

    pub fn instead(&mut self, of: &str, put: &str) {
        self.instead.push((of.to_owned(), put.to_owned()));
    }

    fn json(&self, value: &Value) -> Response {
        let text = self.instead.iter().fold(value.to_string(), |text, (of, put)| text.replace(of, put));
        ([(CONTENT_TYPE, "application/json")], text).into_response()
    }

    pub fn answer(&mut self, path: &str, status: u16, body: impl Into<Vec<u8>>) {
        self.answers.insert(path.to_owned(), (status, body.into()));
    }

    /// Number of requests for a path.
    pub fn asked(&self, path: &str) -> usize {
        self.calls.lock().unwrap().iter().filter(|call| *call == path).count()
    }

    /// Number of requests for one path before the first request for another one.
    pub fn asked_before(&self, path: &str, other: &str) -> usize {
        let calls = self.calls.lock().unwrap();
        calls.iter().take_while(|call| *call != other).filter(|call| *call == path).count()
    }

    /// A desk that has read all of it.
    pub async fn desk(self, on: On) -> Desk {
        self.watched(on).await.0.filled().await
    }

    /// A desk that has read nothing yet, and the world that it will read.
    pub async fn watched(mut self, on: On) -> (Desk, Arc<Self>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        for object in self.objects.get_mut().unwrap().values_mut() {
            move_files(object, at);
        }
        let world = Arc::new(self);
        let router = Router::new()
            .route("/api/v1/{collection}", get(list))
            .route("/api/v1/{collection}/{id}", get(one))
            .route("/files/{name}", get(file))
            .fallback(other)
            .with_state(world.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let options = persona_sandbox::Options { inquiries: 1, ..Default::default() };
        let desk = Desk::configured(on, options, |config| {
            config.persona.api_url = format!("http://{at}/api/v1").parse().unwrap();
        })
        .await;
        (desk, world)
    }

    fn said(&self, path: &str) -> Option<Response> {
        self.calls.lock().unwrap().push(path.to_owned());
        let (status, body) = self.answers.get(path)?;
        let status = StatusCode::from_u16(*status).unwrap();
        Some((status, [(CONTENT_TYPE, "application/json")], body.clone()).into_response())
    }
}

/// Makes links to files lead here, whichever host the case names.
fn move_files(value: &mut Value, at: SocketAddr) {
    match value {
        Value::String(text) if text.starts_with("http") && text.contains("/files/") => {
            let (_, name) = text.split_once("/files/").unwrap();
            *text = format!("http://{at}/files/{name}");
        }
        Value::Array(items) => items.iter_mut().for_each(|item| move_files(item, at)),
        Value::Object(map) => map.values_mut().for_each(|item| move_files(item, at)),
        _ => {}
    }
}

fn collection(kind: &str) -> String {
    let kind = kind.split('/').next().unwrap();
    if kind == "inquiry" { "inquiries".to_owned() } else { format!("{kind}s") }
}

async fn list(State(world): State<Arc<World>>, Path(wanted): Path<String>, uri: Uri) -> Response {
    if let Some(said) = world.said(&format!("/{wanted}")) {
        return said;
    }
    // The only filter that matters for how an object is read; all other lists are served whole.
    let account =
        uri.query().and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("filter%5Baccount-id%5D=")));
    let listed = |object: &Value| match account {
        Some(account) => object["relationships"]["account"]["data"]["id"] == account,
        None => true,
    };
    let objects = world.objects.lock().unwrap();
    let found = objects.values().filter(|object| collection(object["type"].as_str().unwrap()) == wanted);
    let found = found.filter(|object| listed(object));
    world.json(&json!({"data": found.collect::<Vec<_>>(), "links": {"prev": null, "next": null}}))
}

async fn other(State(world): State<Arc<World>>, uri: Uri) -> Response {
    let path = uri.path().strip_prefix("/api/v1").unwrap_or(uri.path());
    world.said(path).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

async fn one(State(world): State<Arc<World>>, Path((kind, id)): Path<(String, String)>) -> Response {
    if let Some(said) = world.said(&format!("/{kind}/{id}")) {
        return said;
    }
    let objects = world.objects.lock().unwrap();
    let Some(object) = objects.get(&id) else {
        return (StatusCode::NOT_FOUND, Json(json!({"errors": [{"title": "Record not found"}]}))).into_response();
    };
    let related = object["relationships"].as_object().into_iter().flat_map(|all| all.values());
    let related = related.flat_map(|relation| match &relation["data"] {
        Value::Array(items) => items.clone(),
        one => vec![one.clone()],
    });
    let included: Vec<_> = related.filter_map(|object| objects.get(object["id"].as_str()?)).cloned().collect();
    world.json(&json!({"data": object, "included": included}))
}

async fn file(State(world): State<Arc<World>>, Path(name): Path<String>) -> Response {
    match world.files.get(&name) {
        // The desk has to judge the file by its bytes, not by this content type.
        Some(bytes) => ([(CONTENT_TYPE, "application/octet-stream")], bytes.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
