//! Applies snapshots of inquiries.
use super::row::upsert;
use crate::domain::account::attribute::Attribute;
use crate::domain::evidence::Evidence;
use crate::domain::inquiry::Inquiry;
use crate::domain::snapshot_order::{self, Source};
use crate::domain::time::Timestamp;
use crate::server::Error;
use crate::server::db::inquiry::MirroredInquiry;
use crate::server::db::{self, Tx};

/// Applies a snapshot if it is newer. Returns whether a reviewer would see a difference; `None` when the snapshot was
/// older.
pub(in crate::server::usecase) async fn apply_snapshot(
    tx: &mut Tx,
    mut inquiry: Inquiry,
    source: &Source,
    now: Timestamp,
) -> Result<Option<bool>, Error> {
    let known =
        if db::inquiry::lock(tx, &inquiry.id).await? { db::inquiry::by_id(tx, &inquiry.id).await? } else { None };
    let made = known.as_ref().map(|known| known.inquiry.created_at);
    snapshot_order::without_ahead(&mut inquiry.updated_at, &mut inquiry.created_at, made, now);
    let read_at = inquiry.updated_at.unwrap_or(inquiry.created_at);
    let (as_of, as_of_event) = match source {
        Source::Event { created_at, id } => (*created_at, id.clone()),
        Source::Read | Source::ReadFrom { .. } => (read_at, String::new()),
    };
    let Some(mut row) = known else {
        if let Some(at) = inquiry.redacted_at {
            inquiry.redact(at);
        }
        // An erasure deletes the row, so only an unknown inquiry could bring erased data back.
        if let Some(account) = &inquiry.account_id
            && db::retention::is_erased(tx, account.as_str()).await?
        {
            return Ok(None);
        }
        let evidence = Evidence::of(inquiry.clone());
        let row = MirroredInquiry {
            fingerprint: Some(evidence.fingerprint()),
            inquiry,
            as_of,
            as_of_event,
            version: 1,
            evidence: None,
            signals: Vec::new(),
            evidence_at: None,
            evidence_wanted_at: None,
            evidence_attempts: 0,
            evidence_error: None,
            tags: Vec::new(),
        };
        super::super::queue::priority::put(tx, &row).await?;
        db::case::count_up_with(tx, &row.inquiry.id).await?;
        add_contacts(tx, &row.inquiry, source).await?;
        read_soon(tx, &row.inquiry).await?;
        return Ok(Some(true));
    };
    let known = snapshot_order::MirrorState {
        as_of: row.as_of,
        as_of_event: &row.as_of_event,
        updated_at: row.inquiry.updated_at.unwrap_or(row.inquiry.created_at),
    };
    if !snapshot_order::newer(source, inquiry.updated_at, &known) {
        return Ok(None);
    }
    // Persona never restores what was redacted.
    if let Some(at) = inquiry.redacted_at.or(row.inquiry.redacted_at) {
        inquiry.redact(at);
    }
    if matches!(source, Source::Event { .. }) && inquiry.redacted_at.is_none() {
        // A webhook may be configured to leave out relations and attributes (CONTRACT.md section 21): what is known
        // stays.
        inquiry.account_id = inquiry.account_id.or_else(|| row.inquiry.account_id.clone());
        inquiry.template_id = inquiry.template_id.or_else(|| row.inquiry.template_id.clone());
        if inquiry.fields.is_empty() {
            inquiry.fields.clone_from(&row.inquiry.fields);
        }
    }
    if as_of > row.as_of || matches!(source, Source::Event { .. }) {
        row.as_of = as_of;
        row.as_of_event = as_of_event;
    }
    let newly = row.inquiry.redacted_at.is_none();
    // Attributes are compared with those of declined inquiries, so a newly declined inquiry is read again: what came
    // after the last read counts too. An inquiry that could be decided was read with each event anyway.
    let was = &row.inquiry;
    let declined = inquiry.is_declined() && !was.is_declined() && !was.status.decidable();
    let asked = declined || inquiry.account_id != was.account_id;
    if inquiry.account_id.is_some() && was.account_id.is_none() {
        db::account::drop_inquiry_attributes(tx, &inquiry.id).await?;
    }
    row.inquiry = inquiry;
    if row.inquiry.redacted_at.is_some() {
        // What Persona has redacted is not stored here either.
        super::super::redact::beside(tx, &mut row, newly, now).await?;
    }
    if let Some(evidence) = &mut row.evidence {
        evidence.inquiry = row.inquiry.clone();
    }
    let changed = upsert(tx, &mut row).await?;
    if row.inquiry.redacted_at.is_none() {
        add_contacts(tx, &row.inquiry, source).await?;
        if asked {
            db::inquiry::backlog::want_evidence(tx, &row.inquiry.id, now).await?;
        }
        if declined {
            read_soon(tx, &row.inquiry).await?;
        }
    }
    Ok(Some(changed))
}

/// Reads the inquiries of a declined person before those of others: rules ask what they share.
async fn read_soon(tx: &mut Tx, inquiry: &Inquiry) -> Result<(), Error> {
    let Some(account) = &inquiry.account_id else { return Ok(()) };
    Ok(db::inquiry::backlog::want_evidence_of_declined(tx, account).await?)
}

/// Adds what the fields of an inquiry share with others to its account, or to the inquiry if it has none. After an event, the signals of those who share it
/// are computed again. While history is listed, each inquiry gets its signals when its evidence is read.
async fn add_contacts(tx: &mut Tx, inquiry: &Inquiry, source: &Source) -> Result<(), Error> {
    if inquiry.redacted_at.is_some() {
        return Ok(());
    }
    let contacts: Vec<Attribute> = Attribute::contacts(&inquiry.fields).collect();
    let Some(account) = &inquiry.account_id else {
        return Ok(db::account::add_inquiry_attributes(tx, &inquiry.id, &contacts).await?);
    };
    let more = db::account::add_attributes(tx, account, &contacts).await?;
    if more && matches!(source, Source::Event { .. }) {
        super::super::evidence::signal::resignal_sharing(tx, account).await?;
    }
    Ok(())
}
