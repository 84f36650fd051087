//! Settings come from the environment in which the program is started. Changes from one start to the next are recorded
//! in the log. Secrets are not: only how many there are.
use std::collections::BTreeMap;

use super::audit::append;
use crate::domain::audit::{Actor, Draft, Value};
use crate::server::config::{CheckpointTarget, Config, NO_RELATIONS};
use crate::server::{App, Error, db};

const NAME: &str = "settings";

fn shown(config: &Config) -> BTreeMap<String, String> {
    let persona = &config.persona;
    let outside: Vec<String> =
        config.checkpoint_targets.iter().map(|to: &CheckpointTarget| format!("{} {}", to.kind(), to.name())).collect();
    let database = config.database_url.split(':').next().unwrap_or_default();
    [
        ("database", database.to_owned()),
        ("listen", config.listen.clone()),
        ("persona_api_url", persona.api_url.to_string()),
        ("persona_environment", persona.environment.label().to_owned()),
        ("persona_version", persona.version.clone()),
        ("persona_webhook_secrets", persona.webhook_secrets.len().to_string()),
        ("persona_webhook_tolerance", persona.webhook_tolerance.as_secs().to_string()),
        (
            "persona_relation_keys",
            if persona.no_relations { NO_RELATIONS.to_owned() } else { persona.relation_keys.join(",") },
        ),
        ("public_url", config.public_url.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("trusted_proxies", config.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")),
        ("undo_seconds", config.undo.as_secs().to_string()),
        ("one_hand", if config.refuse_one_hand { "refuse" } else { "note" }.to_owned()),
        ("erasure_grace_days", (config.erasure_grace.as_secs() / (24 * 3600)).to_string()),
        ("checkpoints_to", outside.join(", ")),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// Called at the start of the program: records changed settings.
pub async fn begin(app: &App) -> Result<(), Error> {
    let (now, after) = (app.now(), shown(&app.config));
    let before: BTreeMap<String, String> = {
        let mut conn = app.read().await?;
        let kept = db::sync::get(&mut conn, NAME).await?.map(|(_, text)| text);
        kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    };
    if before == after {
        return Ok(());
    }
    let kept = serde_json::to_string(&after).map_err(|error| Error::Internal(error.to_string()))?;
    let map = |settings: BTreeMap<String, String>| {
        Value::Map(settings.into_iter().map(|(name, value)| (name, Value::Text(value))).collect())
    };
    let draft = Draft::new("settings.changed", Actor::System { part: "server" }, "program", "countersign")
        .fact("before", map(before))
        .fact("after", map(after));
    app.write(move |tx| {
        Box::pin(async move {
            db::sync::set(tx, NAME, now, &kept).await?;
            append(tx, now, draft).await.map(|_| ())
        })
    })
    .await
}
