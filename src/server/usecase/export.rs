//! Exports of the log: planned, recorded before the first byte is sent, and recorded again with the hash of what was
//! sent.
use std::io::Write;
use std::sync::Arc;

use tokio::runtime::Handle;

use super::audit::{actor, append};
use crate::domain::audit::{Actor, Draft, EntryOutcome};
use crate::domain::export::Filter;
use crate::domain::log::filter::AuditFilter;
use crate::domain::reviewer::{Forbidden, Permission, Permit, permission};
use crate::server::export::{ExportError, HashingWriter, Written, bundle, decisions, summary, table};
use crate::server::{App, Error, db};
use tlog::signed_note::{Checkpoint, Note};

/// Which file is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Everything, with all that is needed to verify it.
    #[default]
    Zip,
    /// The table of decisions alone.
    Csv,
    Xlsx,
    /// The exact leaf bytes, one entry on each line.
    Jsonl,
    /// A summary with counts, for people to read.
    Pdf,
    /// One row for each decision, from the log alone.
    #[serde(rename = "decisions-csv")]
    DecisionsCsv,
    #[serde(rename = "decisions-xlsx")]
    DecisionsXlsx,
    /// The exact bytes of the evidence that decisions were made on.
    Evidence,
}

impl Format {
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Zip | Self::Evidence => "zip",
            Self::Csv | Self::DecisionsCsv => "csv",
            Self::Xlsx | Self::DecisionsXlsx => "xlsx",
            Self::Jsonl => "jsonl",
            Self::Pdf => "pdf",
        }
    }

    /// The name in URLs and in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DecisionsCsv => "decisions-csv",
            Self::DecisionsXlsx => "decisions-xlsx",
            Self::Evidence => "evidence",
            other => other.extension(),
        }
    }

    /// The beginning of the file name, before the size of the log.
    pub const fn stem(self) -> &'static str {
        match self {
            Self::DecisionsCsv | Self::DecisionsXlsx => "countersign-decisions",
            Self::Evidence => "countersign-evidence",
            Self::Zip | Self::Csv | Self::Xlsx | Self::Jsonl | Self::Pdf => "countersign-log",
        }
    }

    /// Whether the file lists decisions one by one, with all of their entries as soon as one of these matches.
    const fn by_decision(self) -> bool {
        matches!(self, Self::DecisionsCsv | Self::DecisionsXlsx | Self::Evidence)
    }
}

/// An export that can begin.
#[derive(Debug, Clone)]
pub struct Planned {
    pub plan: bundle::ExportPlan,
    pub format: Format,
    /// Equal for equal bytes: computed from filter, checkpoint, key and erasures.
    pub tag: String,
    by: Actor,
}

/// Who exports: an auditor, or the command line.
pub enum Exporter<'a> {
    Auditor(&'a Permit<permission::ExportAudit>),
    Shell,
}

impl Exporter<'_> {
    fn actor(&self) -> Actor {
        match self {
            Self::Auditor(permit) => actor(permit),
            Self::Shell => Actor::System { part: "command line" },
        }
    }

    /// Refuses an auditor who may not export evidence.
    fn may_take_evidence(&self) -> Result<(), Error> {
        match self {
            Self::Auditor(permit) if !permit.reviewer().role.may(Permission::ExportEvidence) => {
                Err(Forbidden { need: Permission::ExportEvidence }.into())
            }
            Self::Auditor(_) | Self::Shell => Ok(()),
        }
    }
}

/// Turns a typed filter into the filter of an export.
pub async fn narrowed(app: &App, typed: &AuditFilter) -> Result<Filter, Error> {
    super::audit::page::resolved(app, typed).await
}

/// Prepares an export up to the checkpoint of `through` entries, or up to a new checkpoint, and records it.
pub async fn plan(
    app: &App,
    by: &Exporter<'_>,
    format: Format,
    filter: Filter,
    through: Option<i64>,
    since: Option<i64>,
) -> Result<Planned, Error> {
    if format == Format::Evidence {
        by.may_take_evidence()?;
    }
    let checkpoint = match through {
        None => super::checkpoint::sign(app).await?.ok_or_else(|| {
            Error::Invalid(
                "no checkpoint of the log can be signed now, so nothing can be exported: the audit page shows which checkpoint target \
                 contradicts the log or could not be asked"
                    .to_owned(),
            )
        })?,
        Some(size) => {
            let mut conn = app.read().await?;
            db::checkpoint::at(&mut conn, size).await?.ok_or_else(|| {
                Error::Invalid(format!(
                    "no checkpoint was signed at {size} entries: leave out `through`, or give a size at which one was signed"
                ))
            })?
        }
    };
    let (rotations, discontinuities, erasures, reasons) = {
        let mut conn = app.read().await?;
        let reasons = db::reason::current(&mut conn).await?;
        let discontinuities = db::checkpoint::comparison::discontinuities(&mut conn).await?;
        (db::log::rotations(&mut conn).await?, discontinuities, db::log::erasures(&mut conn).await?, reasons)
    };
    let note: Note = checkpoint.note.parse().map_err(|error| Error::Internal(format!("a checkpoint: {error}")))?;
    let Some(key) = app.config.signing.first() else {
        return Err(Error::Invalid(
            "COUNTERSIGN_SIGNING_KEY is missing: an export is signed with the log's key".to_owned(),
        ));
    };
    if !super::log::signs(app).await? {
        return Err(Error::Invalid(
            "the log now uses a different key than this program was started with: start it with the key that the log uses".to_owned(),
        ));
    }
    // Sign with the keys of today, which sign the manifest too, whichever keys signed then: the text is the same, and
    // so is each signature.
    let signed = Checkpoint::parse(&note.text).map_err(|error| Error::Internal(format!("a checkpoint: {error}")))?;
    // A checkpoint from before the log took another name covers the same entries: only the root counts.
    let note = match signed.origin == key.name {
        true => Note::signed(note.text, &app.config.signing),
        false => Note::signed(Checkpoint { origin: key.name.clone(), ..signed }.text(), &app.config.signing),
    };
    let text = filter.text();
    // All entries of a decision count as soon as one of them matches.
    let only = match filter.by_decision() || filter.customer.is_some() || (format.by_decision() && !filter.is_all()) {
        true => {
            super::log::index(app).await?;
            let mut conn = app.read().await?;
            Some(Arc::new(db::log_search::numbers(&mut conn, &filter, checkpoint.size).await?))
        }
        false => None,
    };
    if format.by_decision() {
        super::log::index(app).await?;
    }
    let (now, moment) = (app.now(), filter.passes().then(|| app.now().to_text()));
    let plan = bundle::ExportPlan {
        filter,
        size: checkpoint.size,
        note: note.to_string(),
        rotations,
        discontinuities,
        since,
        signing: app.config.signing.clone(),
        reasons,
        only,
    };
    let keys: Vec<String> = plan.signing.iter().map(|key| key.verifier().short()).collect();
    let tag = format!(
        "{text} {moment:?} {} {:?} {keys:?} {erasures} {format:?} {}",
        plan.size,
        plan.since,
        env!("CARGO_PKG_VERSION")
    );
    let tag = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(tag.as_bytes())).chars().take(32).collect();
    let by = by.actor();
    let draft = Draft::new("audit.exported", by.clone(), "audit", "log")
        .fact("format", format.as_str())
        .fact("filter", text)
        .fact("through", plan.size);
    app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await?;
    Ok(Planned { plan, format, tag, by })
}

/// Writes the file. Blocks the thread.
fn written(app: &App, runtime: &Handle, planned: &Planned, out: impl Write) -> Result<u64, ExportError> {
    let (plan, mut out) = (&planned.plan, std::io::BufWriter::with_capacity(64 << 10, out));
    let entries = match planned.format {
        Format::Zip => bundle::write(&app.db, runtime, plan, &mut out)?,
        Format::Csv => bundle::table(&mut plan.scan(&app.db, runtime)?, &plan.filter, plan.size, &mut out)?,
        Format::Xlsx => table::workbook(&mut plan.scan(&app.db, runtime)?, &plan.filter, plan.size, &mut out)?,
        Format::Pdf => summary::write(&mut plan.scan(&app.db, runtime)?, app.fonts(), plan, &mut out)?,
        Format::DecisionsCsv => decisions::csv(&app.db, runtime, plan, &mut out)?,
        Format::DecisionsXlsx => decisions::workbook(&app.db, runtime, plan, &mut out)?,
        Format::Evidence => decisions::evidence(&app.db, runtime, plan, &mut out)?,
        Format::Jsonl => {
            let mut entries = 0;
            plan.scan(&app.db, runtime)?.entries::<ExportError>(&plan.filter, plan.size, |line| {
                entries += 1;
                out.write_all(line.body.as_bytes())?;
                Ok(out.write_all(b"\n")?)
            })?;
            entries
        }
    };
    out.flush()?;
    Ok(entries)
}

/// Returns the length of the file by writing it to nowhere: a client that resumes a broken download has to know it.
pub async fn length(app: &App, planned: &Planned) -> Result<u64, Error> {
    let (app, planned, runtime) = (app.clone(), planned.clone(), Handle::current());
    let count = tokio::task::spawn_blocking(move || {
        let mut tally = HashingWriter::new(std::io::sink());
        written(&app, &runtime, &planned, &mut tally).map(|_| tally.bytes)
    });
    count.await.map_err(|stopped| Error::Internal(stopped.to_string()))?.map_err(Error::from)
}

/// Writes the whole file, and records its hash and size.
pub async fn write(app: &App, planned: Planned, out: impl Write + Send + 'static) -> Result<Written, Error> {
    let (writing, plan, runtime) = (app.clone(), planned.clone(), Handle::current());
    let done = tokio::task::spawn_blocking(move || {
        let mut tally = HashingWriter::new(out);
        let entries = written(&writing, &runtime, &plan, &mut tally)?;
        Ok::<_, ExportError>(Written { entries, bytes: tally.bytes, sha256: tally.end() })
    })
    .await
    .map_err(|stopped| Error::Internal(stopped.to_string()))?;
    let now = app.now();
    let draft = Draft::new("audit.export_ended", planned.by, "audit", "log").fact("format", planned.format.as_str());
    let draft = match &done {
        Ok(written) => draft
            .fact("sha256", written.sha256.clone())
            .fact("bytes", i64::try_from(written.bytes).unwrap_or(i64::MAX))
            .fact("entries", i64::try_from(written.entries).unwrap_or(i64::MAX)),
        Err(_) => draft.outcome(EntryOutcome::Failed),
    };
    app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await?;
    done.map_err(Error::from)
}
