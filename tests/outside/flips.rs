//! One flipped bit of an entry or a tile in the database, by an attacker who can write to the file: the desk finds it
//! and names the place.
use countersign::server::db::Db;
use countersign::server::usecase::checkpoint;
use countersign::server::usecase::log_check::{Scope, run};
use rusqlite::types::Value;
use rusqlite::{Connection, params};

use crate::count;
use crate::made::{Draw, Log, key};

const PLACES: [(&str, &[&str]); 2] = [
    (
        "audit_entries",
        &["body", "hash", "at", "action", "outcome", "actor_id", "actor_name", "object_kind", "object_id"],
    ),
    ("audit_tiles", &["hashes", "root"]),
];

fn turned(value: &Value, draw: &mut Draw) -> Option<Value> {
    let (mut bytes, text) = match value {
        Value::Text(text) => (text.clone().into_bytes(), true),
        Value::Blob(bytes) => (bytes.clone(), false),
        _ => return None,
    };
    let at = draw.below(bytes.len());
    *bytes.get_mut(at)? ^= 1 << draw.below(8);
    // A bit that makes the text invalid would make it another type of value in SQLite; it is written as it is.
    Some(if text {
        String::from_utf8(bytes).map_or_else(|error| Value::Blob(error.into_bytes()), Value::Text)
    } else {
        Value::Blob(bytes)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_bit_that_is_turned_over_is_found_and_named() {
    let flips = count("FLIPS", 60);
    let mut draw = Draw::new(count("OUTSIDE_SEED", 1) as u64);
    let log = Log::new(vec![key(1)]).await;
    log.grow(700, &mut draw).await;
    checkpoint::sign(&log.app).await.unwrap();
    assert_eq!(run(&log.app, Scope::All).await.unwrap().unwrap().fault, None);
    let Db::Sqlite { file, .. } = &log.app.db else { panic!("SQLite") };
    let raw = Connection::open(file).unwrap();
    raw.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    let names: Vec<String> = raw
        .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for name in names {
        raw.execute_batch(&format!("DROP TRIGGER {name}; PRAGMA ignore_check_constraints = ON")).unwrap();
    }
    let mut done = 0;
    while done < flips {
        let (table, columns) = draw.one(&PLACES);
        let column = draw.one(columns);
        let rows: i64 = raw.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        let row = i64::try_from(draw.below(usize::try_from(rows.min(700)).unwrap())).unwrap();
        let (rowid, before): (i64, Value) = raw
            .query_row(&format!("SELECT rowid, {column} FROM {table} ORDER BY rowid LIMIT 1 OFFSET ?1"), [row], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        let Some(after) = turned(&before, &mut draw) else { continue };
        let put = |value: &Value| {
            raw.execute(&format!("UPDATE {table} SET {column} = ?1 WHERE rowid = ?2"), params![value, rowid])
        };
        // A strict table does not even accept a text that is invalid.
        if put(&after).is_err() {
            continue;
        }
        let found = run(&log.app, Scope::All).await.unwrap().unwrap();
        let place = if table == "audit_entries" {
            format!("entry {row}")
        } else {
            raw.query_row(
                "SELECT printf('tile/%d/%03d', level, number) FROM audit_tiles WHERE rowid = ?1",
                [rowid],
                |row| row.get(0),
            )
            .unwrap()
        };
        assert_eq!(found.fault_at.as_deref(), Some(place.as_str()), "{column} of {place}: {found:?}");
        put(&before).unwrap();
        assert_eq!(run(&log.app, Scope::All).await.unwrap().unwrap().fault, None, "{column} of {place} is whole again");
        done += 1;
    }
    println!("{done} bits turned over, each found and named");
}
