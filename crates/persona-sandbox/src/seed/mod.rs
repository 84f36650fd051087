//! The initial data: an invented organisation, its customers, and everything that a reviewer would see. The same seed
//! always gives the same people; times are relative to the first start.

mod asked;
mod cases;
mod checks;
mod inquiry;
mod logs;
mod lookups;
pub mod names;
pub mod org;
mod papers;
pub mod people;
mod plan;
mod relations;
mod reports;
mod rng;
mod sessions;

pub use asked::{Screened, screened, simulated};

use super::{
    Error, Options, clock, files, redact,
    store::{self, Store},
};
use papers::Docs;
use people::Subject;
use plan::{BLOCK, Status, Times, Twist};
use rng::Rng;
use rusqlite::{Connection, params};
use serde_json::Value;

/// Blocks per transaction.
const BATCH: u64 = 8;

/// One subject with all its objects.
pub struct Bundle {
    pub account: Value,
    pub inquiry: Value,
    pub sessions: Docs,
    pub checks: Docs,
    pub reports: Docs,
    pub cases: Docs,
    /// What reviewers did about it in Persona's dashboard.
    pub logs: Vec<Value>,
    /// Id, name, object, time.
    pub events: Vec<(String, String, String, i64)>,
}

/// Seeds a store, unless a seeding has already finished.
pub fn once(store: &Store, options: &Options) -> Result<(), Error> {
    if store.read::<_, rusqlite::Error>(|db| store::meta(db, "seeded"))?.is_some() {
        return Ok(());
    }
    let base = options.until.unwrap_or_else(|| store.now() / 60_000 * 60_000);
    fill(store, options.inquiries.into(), options.seed, base)
}

pub fn fill(store: &Store, inquiries: u64, seed: u64, base: i64) -> Result<(), Error> {
    store.relaxed(true)?;
    store.write::<_, rusqlite::Error>(|db| {
        db.execute_batch(
            "DELETE FROM resource; DELETE FROM link; DELETE FROM relation; DELETE FROM event; DELETE FROM meta;",
        )?;
        org::docs().iter().try_for_each(|doc| store::save(db, doc, None))
    })?;
    let blocks = inquiries.div_ceil(BLOCK).max(1);
    for first in (0..blocks).step_by(usize::try_from(BATCH).unwrap_or(1)) {
        store.write::<_, rusqlite::Error>(|db| {
            for block in first..(first + BATCH).min(blocks) {
                for index in (block * BLOCK)..((block + 1) * BLOCK).min(inquiries) {
                    put(db, &bundle(seed, index, base, 101 + index))?;
                }
                let (accounts, rows) = relations::block(seed, block, inquiries, base);
                accounts.iter().try_for_each(|account| store::save(db, account, None))?;
                for (from, key, to, at) in rows {
                    db.prepare_cached(
                        "INSERT OR IGNORE INTO relation (account, key, target, created) VALUES (?, ?, ?, ?)",
                    )?
                    .execute(params![from, key, to, at])?;
                }
            }
            Ok(())
        })?;
        let made = ((first + BATCH) * BLOCK).min(inquiries);
        if inquiries > 2000 && made / 5000 > first * BLOCK / 5000 {
            tracing::info!(made, of = inquiries, "creating inquiries");
        }
    }
    store.relaxed(false)?;
    Ok(store.write::<_, rusqlite::Error>(|db| {
        for (key, value) in [
            ("arrivals", inquiries.to_string()),
            ("case-number", (101 + inquiries).to_string()),
            ("base", base.to_string()),
            ("seed", seed.to_string()),
            ("seeded", "yes".to_owned()),
        ] {
            store::set_meta(db, key, &value)?;
        }
        Ok(())
    })?)
}

fn put(db: &Connection, bundle: &Bundle) -> Result<(), rusqlite::Error> {
    store::save(db, &bundle.account, None)?;
    for docs in [&bundle.sessions, &bundle.checks, &bundle.reports, &bundle.cases] {
        for (doc, private) in docs {
            store::save(db, doc, Some(private).filter(|private| !private.is_null()))?;
        }
    }
    store::save(db, &bundle.inquiry, None)?;
    bundle.logs.iter().try_for_each(|log| store::save(db, log, None))?;
    for (id, name, object, at) in &bundle.events {
        db.prepare_cached("INSERT OR REPLACE INTO event (id, name, object, created) VALUES (?, ?, ?, ?)")?
            .execute(params![id, name, object, at])?;
    }
    Ok(())
}

fn bundle(seed: u64, index: u64, base: i64, case_number: u64) -> Bundle {
    let subject = people::subject(seed, index, base);
    let times = Times::of(&mut Rng::new(&[seed, 10, index]), subject.slot, index, base);
    bring(seed, &subject, &times, case_number)
}

/// An inquiry that arrives now and will need review.
pub fn arrival(seed: u64, index: u64, now: i64, case_number: u64) -> Bundle {
    let mut slot = plan::of(index);
    slot.status = Status::NeedsReview;
    if slot.twist == Twist::Redacted {
        slot.twist = Twist::None;
    }
    let subject = people::subject_as(seed, index, now, slot);
    bring(seed, &subject, &Times::at(now), case_number)
}

fn bring(seed: u64, subject: &Subject, times: &Times, case_number: u64) -> Bundle {
    let hashed =
        hex::encode(files::hmac(b"identification number", &[subject.land.code.as_bytes(), subject.number.as_bytes()]));
    let mut sessions = sessions::of(seed, subject, times);
    let mut checks = lookups::all(seed, subject, times);
    let mut reports = reports::all(seed, subject, times);
    let mut rng = Rng::new(&[seed, 11, subject.index]);
    let children: Docs = sessions.iter().rev().chain(&checks).chain(&reports).cloned().collect();
    let mut inquiry = inquiry::inquiry(subject, times, &mut rng, &children);
    let cases =
        if cases::wanted(subject) { cases::case(seed, subject, times, case_number, &children) } else { Vec::new() };
    let mut names = vec![("inquiry.created".to_owned(), times.created)];
    match subject.slot.status {
        Status::Created => {}
        Status::Expired => names.push(("inquiry.expired".to_owned(), times.expired)),
        Status::Pending => names.push(("inquiry.started".to_owned(), times.started)),
        Status::Failed => {
            names.extend([("inquiry.started".to_owned(), times.started), ("inquiry.failed".to_owned(), times.ended)])
        }
        _ => {
            names.extend([("inquiry.started".to_owned(), times.started), ("inquiry.completed".to_owned(), times.ended)])
        }
    }
    if matches!(subject.slot.status, Status::NeedsReview | Status::Approved | Status::Declined) {
        names.push(("inquiry.marked-for-review".to_owned(), times.marked));
    }
    if matches!(subject.slot.status, Status::Approved | Status::Declined) {
        names.push((format!("inquiry.{}", subject.slot.status.name()), times.decided));
    }
    if subject.slot.twist == Twist::Redacted {
        let at = times.decided + 3_600_000;
        let text = clock::iso(at);
        redact::wipe_inquiry(&mut inquiry, &text);
        inquiry["attributes"]["updated-at"] = text.as_str().into();
        for (doc, private) in checks.iter_mut().chain(&mut reports) {
            if matches!(store::kind(doc), "verification" | "document" | "report") {
                redact::wipe(doc, &text);
                *private = Value::Null;
            }
        }
        for (doc, _) in sessions.iter_mut().filter(|(doc, _)| store::kind(doc) == "inquiry-session") {
            super::sessions::redact(doc);
        }
        names.push(("inquiry.redacted".to_owned(), at));
    }
    let mut events: Vec<_> =
        names.into_iter().map(|(name, at)| (rng.id("evt"), name, subject.inquiry.clone(), at)).collect();
    if let Some((case, _)) = cases.last() {
        events.push((rng.id("evt"), "case.created".to_owned(), store::id(case).to_owned(), times.marked + 1000));
    }
    let logs = logs::of(seed, subject, times, &inquiry);
    Bundle {
        account: inquiry::account(subject, times, &hashed),
        inquiry,
        sessions,
        checks,
        reports,
        cases,
        logs,
        events,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const BASE: i64 = 1_795_000_000_000;

    fn dump(seed: u64) -> String {
        let store = Store::open(None).unwrap();
        fill(&store, 50, seed, BASE).unwrap();
        store
            .read(|db| {
                let mut find = db.prepare("SELECT body || coalesce(private, '') FROM resource ORDER BY id")?;
                let rows = find.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
                let mut find = db.prepare("SELECT id || name || object || created FROM event ORDER BY id")?;
                let events = find.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
                Ok::<_, rusqlite::Error>(rows.concat() + &events.concat())
            })
            .unwrap()
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        assert_eq!(dump(7), dump(7));
        assert_ne!(dump(7), dump(8));
    }

    #[test]
    fn a_ring_shares_one_device_and_a_declined_person_is_two_hops_away() {
        let store = Store::open(None).unwrap();
        fill(&store, 40, 3, BASE).unwrap();
        let (shared, hops): (i64, i64) = store
            .read(|db| {
                let shared = db.query_row(
                    "SELECT max(n) FROM (SELECT count(DISTINCT inquiry) n FROM resource WHERE kind = 'inquiry-session'
                     GROUP BY json_extract(body, '$.relationships.device.data.id') HAVING json_extract(body, '$.relationships.device.data.id') IS NOT NULL)",
                    [],
                    |row| row.get(0),
                )?;
                let root = people::subject(3, 0, BASE).account;
                let hops = db.query_row(
                    "SELECT count(*) FROM relation a JOIN relation b ON b.account = a.target JOIN resource r ON r.id = b.target
                     WHERE a.account = ? AND json_extract(r.body, '$.attributes.\"account-status\"') = 'Declined'",
                    [root],
                    |row| row.get(0),
                )?;
                Ok::<_, rusqlite::Error>((shared, hops))
            })
            .unwrap();
        assert_eq!(shared, 6);
        assert!(hops >= 1);
    }
}
