//! A desk that has read everything from its sandbox. It is created once for each database and copied for each flow,
//! because reading it each time took most of the flows' time.
use std::path::{Path, PathBuf};
use std::time::Duration;

use countersign::server::config::Config;
use persona_sandbox::Options;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use tokio::sync::OnceCell;

use crate::desk::{Desk, On, database, name_of};

const PREFIX: &str = "filled-";

/// What `Desk::open` and `Desk::filled` create, as files.
struct Made {
    sandbox: PathBuf,
    /// A SQLite file, or the name of a PostgreSQL database without connections.
    desk: String,
}

static SQLITE: OnceCell<Made> = OnceCell::const_new();
static POSTGRES: OnceCell<Made> = OnceCell::const_new();

/// Argument type of a flow that starts with such a desk.
pub struct Filled;

impl Filled {
    pub async fn open(on: On) -> Desk {
        Self::configured(on, |_| {}).await
    }

    /// A desk with changed settings.
    pub async fn configured(on: On, set: impl FnOnce(&mut Config)) -> Desk {
        let made = match on {
            On::Sqlite => SQLITE.get_or_init(|| make(on)).await,
            On::Postgres => POSTGRES.get_or_init(|| make(on)).await,
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sandbox.db");
        std::fs::copy(&made.sandbox, &file).unwrap();
        let database_url = match on {
            On::Sqlite => {
                std::fs::copy(&made.desk, folder.path().join("desk.db")).unwrap();
                database(on, folder.path(), None).await
            }
            On::Postgres => database(on, folder.path(), Some(&made.desk)).await,
        };
        let options = Options { file: Some(file), ..Desk::sandbox() };
        Desk::assembled(folder, database_url, options, set).await
    }
}

async fn make(on: On) -> Made {
    let all = Path::new(env!("CARGO_TARGET_TMPDIR"));
    forget(all);
    let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(all).unwrap().keep();
    let sandbox = tempfile::tempdir().unwrap();
    let file = sandbox.path().join("sandbox.db");
    let desk = Desk::with(on, Options { file: Some(file.clone()), ..Desk::sandbox() }).await.filled().await;
    let made = folder.join("sandbox.db");
    copied(&file, &made).await;
    let name = match on {
        On::Sqlite => {
            let made = folder.join("desk.db");
            copied(Path::new(desk.database_url.strip_prefix("sqlite:").unwrap()), &made).await;
            made.display().to_string()
        }
        On::Postgres => name_of(&desk.database_url).to_owned(),
    };
    desk.kept().await;
    Made { sandbox: made, desk: name }
}

/// Removes the files of earlier runs, which are older than an hour; a run does not last that long.
fn forget(all: &Path) {
    for entry in std::fs::read_dir(all).unwrap().flatten() {
        let made = entry.metadata().and_then(|about| about.modified());
        let old = made.is_ok_and(|made| made.elapsed().is_ok_and(|age| age > Duration::from_secs(3600)));
        if old && entry.file_name().to_string_lossy().starts_with(PREFIX) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// A copy of a database that is in use, as of one moment.
async fn copied(from: &Path, to: &Path) {
    let mut file = SqliteConnection::connect(&format!("sqlite:{}", from.display())).await.unwrap();
    sqlx::query(AssertSqlSafe(format!("VACUUM INTO '{}'", to.display()))).execute(&mut file).await.unwrap();
    file.close().await.unwrap();
}
