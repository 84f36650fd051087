//! A witness of audit logs (c2sp.org/tlog-witness), which an auditor runs on a machine of their own. It signs each
//! checkpoint that extends the last one it saw, and never two that contradict each other. It shares only the formats
//! with the desk.
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use tlog::merkle::{Hash, consistent, empty};
use tlog::signed_note::{Checkpoint, Note, SignerKey, VerifierKey, unbase64};

/// Largest request, in bytes: a proof has at most 63 hashes, and a note a few lines.
const LARGEST: usize = 64 << 10;

/// The settings of a witness.
#[derive(Debug, Clone)]
pub struct Options {
    pub key: SignerKey,
    pub logs: Vec<VerifierKey>,
    /// Folder with the last checkpoint of each log.
    pub state: PathBuf,
}

impl Options {
    /// Checks that a log is one of those to watch, and that it signed this note itself.
    fn known(&self, origin: &str, note: &Note) -> Result<(), No> {
        let of_log: Vec<&VerifierKey> = self.logs.iter().filter(|key| key.name == origin).collect();
        match of_log.iter().any(|key| note.is_signed_by(key)) {
            true => Ok(()),
            false if of_log.is_empty() => Err(No::UnknownLog),
            false => Err(No::NotSigned),
        }
    }
}

struct Witness {
    options: Options,
    /// Locked while a checkpoint is compared, written and signed: two at once could both extend the same one.
    one_at_a_time: Mutex<()>,
}

/// Serves until the task is dropped.
pub async fn serve(listener: TcpListener, options: Options) -> std::io::Result<()> {
    std::fs::create_dir_all(&options.state)?;
    axum::serve(listener, router(options).into_make_service_with_connect_info::<SocketAddr>()).await
}

pub fn router(options: Options) -> Router {
    let witness = Arc::new(Witness { options, one_at_a_time: Mutex::new(()) });
    Router::new()
        .route("/add-checkpoint", post(add))
        .route("/", get(seen))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(witness)
}

/// Why a checkpoint is not signed, in the terms of the protocol.
enum No {
    Malformed,
    UnknownLog,
    NotSigned,
    Has(u64),
    BadProof,
    Failed(std::io::Error),
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        match self {
            Self::Malformed => (StatusCode::BAD_REQUEST, "not a request of c2sp.org/tlog-witness\n").into_response(),
            Self::UnknownLog => (StatusCode::NOT_FOUND, "this witness does not know the log\n").into_response(),
            Self::NotSigned => (StatusCode::FORBIDDEN, "not signed by the log's key\n").into_response(),
            Self::Has(size) => {
                (StatusCode::CONFLICT, [(CONTENT_TYPE, "text/x.tlog.size")], format!("{size}\n")).into_response()
            }
            Self::BadProof => {
                (StatusCode::UNPROCESSABLE_ENTITY, "the log does not extend the last checkpoint\n").into_response()
            }
            Self::Failed(error) => {
                tracing::error!(%error, "a checkpoint could not be stored");
                (StatusCode::INTERNAL_SERVER_ERROR, "the checkpoint could not be stored\n").into_response()
            }
        }
    }
}

async fn add(State(witness): State<Arc<Witness>>, body: String) -> Result<String, No> {
    let (head, note) = body.split_once("\n\n").ok_or(No::Malformed)?;
    let mut lines = head.lines();
    let old = lines.next().and_then(|line| decimal(line.strip_prefix("old ")?)).ok_or(No::Malformed)?;
    let proof: Vec<Hash> = lines.map(unbase64).collect::<Option<_>>().ok_or(No::Malformed)?;
    let note: Note = note.parse().map_err(|_| No::Malformed)?;
    let new = Checkpoint::parse(&note.text).map_err(|_| No::Malformed)?;
    witness.options.known(&new.origin, &note)?;
    if old > new.size || proof.len() > 63 {
        return Err(No::Malformed);
    }
    let _held = witness.one_at_a_time.lock().await;
    let last = witness.kept(&new.origin).map_err(No::Failed)?.map(|(_, checkpoint)| checkpoint);
    let last_size = last.as_ref().map_or(0, |last| last.size);
    if old != last_size {
        return Err(No::Has(last_size));
    }
    if let Some(last) = last {
        if last.size == new.size && last.root != new.root {
            // The log contradicts itself; what was signed first stays signed.
            tracing::error!(log = new.origin, size = new.size, "two checkpoints of one size with different roots");
            return Err(No::BadProof);
        }
        if !consistent(last.size, &last.root, new.size, &new.root, &proof) {
            tracing::error!(
                log = new.origin,
                from = last.size,
                to = new.size,
                "a log does not extend its last checkpoint"
            );
            return Err(No::BadProof);
        }
    } else if !proof.is_empty() || (new.size == 0 && new.root != empty()) {
        return Err(No::BadProof);
    }
    let signature = witness.options.key.cosign(&note.text, seconds());
    let kept = Note { signatures: note.signatures.into_iter().chain([signature.clone()]).collect(), text: note.text };
    // Written to the disk before the signature is given out: a witness that forgets could be shown another log.
    witness.keep(&new.origin, &kept.to_string()).map_err(No::Failed)?;
    tracing::info!(log = new.origin, size = new.size, "signed");
    Ok(signature.to_string())
}

/// Parses a plain decimal number: no sign and no leading zero.
fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().ok())?
}

impl Witness {
    /// Returns the file of a log. Capitals, and characters that the name of a file may not contain, are written as
    /// their bytes.
    fn path(&self, origin: &str) -> PathBuf {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-';
        let name: String =
            origin.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("_{b:02x}") }).collect();
        self.options.state.join(format!("{name}.checkpoint"))
    }

    /// Returns the file of a log in earlier versions; two logs could share it.
    fn earlier_path(&self, origin: &str) -> PathBuf {
        let name: String =
            origin.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' }).collect();
        self.options.state.join(format!("{name}.checkpoint"))
    }

    /// Returns the note that was signed last for a log.
    fn kept(&self, origin: &str) -> std::io::Result<Option<(String, Checkpoint)>> {
        for path in [self.path(origin), self.earlier_path(origin)] {
            let text = match std::fs::read_to_string(path) {
                Ok(text) => text,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let note: Note = text.parse().map_err(std::io::Error::other)?;
            let checkpoint = Checkpoint::parse(&note.text).map_err(std::io::Error::other)?;
            if checkpoint.origin == origin {
                return Ok(Some((text, checkpoint)));
            }
        }
        Ok(None)
    }

    fn keep(&self, origin: &str, note: &str) -> std::io::Result<()> {
        use std::io::Write;
        let path = self.path(origin);
        let beside = path.with_extension("new");
        let mut file = std::fs::File::create(&beside)?;
        file.write_all(note.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, &path)?;
        std::fs::File::open(&self.options.state)?.sync_all()
    }
}

/// Shows what was signed last.
async fn seen(State(witness): State<Arc<Witness>>) -> String {
    let mut text = format!("Witness {}\n", witness.options.key.verifier());
    for log in &witness.options.logs {
        let kept = match witness.kept(&log.name) {
            Ok(Some((text, _))) => text,
            Ok(None) => "no checkpoint yet\n".to_owned(),
            Err(error) => format!("its checkpoint cannot be read: {error}\n"),
        };
        text.push_str(&format!("\n{}\n{kept}", log.short()));
    }
    text
}

#[expect(clippy::disallowed_methods, reason = "a witness runs alone and records when it signed something")]
fn seconds() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |since| since.as_secs())
}
