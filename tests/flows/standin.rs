//! A stand-in for Persona that serves given objects, as Persona publishes them or as a live answer was: what the sandbox does
//! not make. Knows no rules: whatever is related to an inquiry is included.
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::desk::{Desk, On};

#[derive(Default)]
pub struct World {
    objects: BTreeMap<String, Value>,
    /// By path under `/files/`: content type and bytes.
    files: BTreeMap<String, Vec<u8>>,
}

/// A case from `tests/cases`.
pub fn case(name: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

impl World {
    /// Objects from a file that holds a world (`objects`) or one answer (`data` and `included`).
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
        self.objects.insert(object["id"].as_str().unwrap().to_owned(), object);
    }

    pub fn file(&mut self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.files.insert(name.to_owned(), bytes.into());
    }

    /// A desk that has read all of it.
    pub async fn desk(mut self, on: On) -> Desk {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        for object in self.objects.values_mut() {
            move_files(object, at);
        }
        let router = Router::new()
            .route("/api/v1/{collection}", get(list))
            .route("/api/v1/{collection}/{id}", get(one))
            .route("/files/{name}", get(file))
            .with_state(Arc::new(self));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let options = countersign::sandbox::Options { inquiries: 1, ..Default::default() };
        let desk = Desk::configured(on, options, |config| {
            config.persona.api_url = format!("http://{at}/api/v1").parse().unwrap();
        })
        .await;
        desk.filled().await
    }
}

/// Links to files lead here, whatever host the case names.
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

async fn list(State(world): State<Arc<World>>, Path(wanted): Path<String>) -> Json<Value> {
    let found = world.objects.values().filter(|object| collection(object["type"].as_str().unwrap()) == wanted);
    Json(json!({"data": found.collect::<Vec<_>>(), "links": {"prev": null, "next": null}}))
}

async fn one(State(world): State<Arc<World>>, Path((_, id)): Path<(String, String)>) -> Response {
    let Some(object) = world.objects.get(&id) else {
        return (StatusCode::NOT_FOUND, Json(json!({"errors": [{"title": "Record not found"}]}))).into_response();
    };
    let related = object["relationships"].as_object().into_iter().flat_map(|all| all.values());
    let related = related.flat_map(|relation| match &relation["data"] {
        Value::Array(items) => items.clone(),
        one => vec![one.clone()],
    });
    let included: Vec<_> = related.filter_map(|object| world.objects.get(object["id"].as_str()?)).cloned().collect();
    Json(json!({"data": object, "included": included})).into_response()
}

async fn file(State(world): State<Arc<World>>, Path(name): Path<String>) -> Response {
    match world.files.get(&name) {
        // Whatever the sender says it is, its bytes count.
        Some(bytes) => ([(CONTENT_TYPE, "application/octet-stream")], bytes.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
