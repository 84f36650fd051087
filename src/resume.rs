//! `countersign audit resume`: shows what would be written, asks an admin for their password, writes it, and publishes
//! it to the checkpoint targets.
use std::path::PathBuf;

use countersign::domain::discontinuity::Cause;
use countersign::server::clock::ServerClock;
use countersign::server::config::{CheckpointTargetSettings, Config, last_checkpoint, signing_keys};
use countersign::server::run::{self, StartError, say};
use countersign::server::usecase::checkpoint::{self, target};
use countersign::server::usecase::{resume as usecase, session};
use tlog::signed_note::SignerKey;

use super::{DatabaseArgs, nowhere};

pub struct ResumeOptions {
    pub signing_key: Option<String>,
    pub lost_key: bool,
    pub new_key: PathBuf,
    pub reason: String,
    pub by: String,
    pub dry_run: bool,
    pub checkpoint_targets: CheckpointTargetSettings,
}

fn keys(paths: &str) -> Result<Vec<SignerKey>, StartError> {
    let mut faults = Vec::new();
    let keys = signing_keys(paths, &mut faults);
    faults.into_iter().next().map_or(Ok(keys), |fault| Err(StartError::Other(fault)))
}

pub async fn resume(database: &DatabaseArgs, asked: ResumeOptions) -> Result<(), StartError> {
    let ResumeOptions { signing_key, lost_key, new_key, reason, by, dry_run, checkpoint_targets } = asked;
    let old = signing_key.as_deref().map(keys).transpose()?.unwrap_or_default();
    let path = new_key.display().to_string();
    let new = keys(&path)?.into_iter().next().ok_or_else(|| StartError::Other("--new-key names no file".to_owned()))?;
    let mut faults = Vec::new();
    let checkpoint_targets = checkpoint_targets.check(&mut faults);
    if let Some(fault) = faults.into_iter().next() {
        return Err(StartError::Other(fault));
    }
    let before = Config {
        signing: old,
        last_checkpoint: last_checkpoint(None, signing_key.as_deref()),
        checkpoint_targets: checkpoint_targets.clone(),
        ..nowhere(database)?
    };
    let app = run::open_existing(before, ServerClock::System).await?;
    let plan = usecase::plan(&app, new.clone(), lost_key).await?;
    tell(&plan);
    if dry_run {
        app.db.close().await;
        return Ok(());
    }
    let password = super::password::ask(&by)?;
    let admin = session::confirm_as_admin(&app, &by, &password, "log.resume_refused").await?;
    let written = usecase::resume(&app, &plan, &admin, &reason).await?;
    app.db.close().await;

    let after = Config {
        signing: vec![new],
        last_checkpoint: last_checkpoint(None, Some(&path)),
        checkpoint_targets,
        ..nowhere(database)?
    };
    let app = run::open_existing(after, ServerClock::System).await?;
    if let Some(checkpoint) = checkpoint::sign(&app).await? {
        let given = target::publish(&app, &checkpoint).await?;
        say(&format!(
            "The first checkpoint under the new key ({} entries) was published to {given} of {} checkpoint targets.",
            checkpoint.size,
            app.config.checkpoint_targets.len()
        ));
    }
    app.db.close().await;
    say(&format!(
        "The log continues under {}. Now:\n\
         1. Start the desk with COUNTERSIGN_SIGNING_KEY={path}.\n\
         2. Give your auditor the reason and, through another channel than an export, the new key:\n{}\n\
         3. Ask the operator of each witness to add this key: a witness signs no log that it does not know.",
        written.new.short(),
        written.new
    ));
    Ok(())
}

fn tell(plan: &usecase::ResumePlan) {
    let (size, root) = &plan.published;
    match plan.cause {
        Cause::Restored => {
            let holder = plan.holder.as_deref().unwrap_or("a checkpoint target");
            let root = root.map_or_else(|| "unknown".to_owned(), hex::encode);
            say(&format!(
                "This database is an older copy, or another one:\n  \
                 published   {size} entries, root {root} (at {holder})\n  \
                 here        {} entries; the newest checkpoint among them is of {} entries",
                plan.size, plan.kept.size
            ));
        }
        Cause::KeyLost => say(&format!(
            "The key {} is lost. This log of {} entries extends every checkpoint of the targets that could be asked.",
            plan.old.short(),
            plan.size
        )),
    }
    say(&format!("  new key     {}", plan.new.verifier().short()));
    match plan.missing.len() {
        0 => say("Decisions in Persona that are not in this log: none in what the desk has read from Persona so far \
             (start the desk first, so that it reads Persona's changes)"),
        n => {
            say(&format!(
                "Decisions in Persona that are not in this log: {n}{}",
                if plan.more { ", and maybe more" } else { "" }
            ));
            for missing in &plan.missing {
                say(&format!("  {} on {} ({})", missing.decision, missing.inquiry, missing.status));
            }
        }
    }
    say("Marks for review and statuses of cases leave no decision ID in Persona, so they cannot be recognised.");
}
