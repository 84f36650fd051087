//! Ways to tamper with an export for a person who has it, or who even has the log's key.
use std::io::{Cursor, Read, Write};

use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;

use crate::made::{Draw, Export, Log, key};

type Members = Vec<(String, Vec<u8>)>;

fn unpacked(bytes: &[u8]) -> Members {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..zip.len())
        .map(|place| {
            let mut file = zip.by_index(place).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            (file.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

fn packed(members: &Members) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in members {
        zip.start_file(name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Updates the list of hashes, as a person who changes a file would. They cannot sign it.
fn manifest(members: &mut Members) {
    let lines: String = members
        .iter()
        .filter(|(name, _)| !name.starts_with("MANIFEST"))
        .map(|(name, bytes)| format!("{}  {name}\n", hex::encode(Sha256::digest(bytes))))
        .collect();
    if let Some((_, bytes)) = members.iter_mut().find(|(name, _)| name == "MANIFEST.sha256") {
        *bytes = lines.into_bytes();
    }
}

fn member<'a>(members: &'a mut Members, name: &str) -> &'a mut Vec<u8> {
    &mut members.iter_mut().find(|(known, _)| known == name).unwrap().1
}

fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

fn flip(members: &mut Members, draw: &mut Draw) {
    let full: Vec<usize> = (0..members.len()).filter(|place| !members[*place].1.is_empty()).collect();
    let place = draw.one(&full);
    let bytes = &mut members[place].1;
    let at = draw.below(bytes.len());
    bytes[at] ^= 1 << draw.below(8);
}

/// An export of a log whose key has changed.
pub async fn after_a_change_of_keys(draw: &mut Draw) -> Export {
    loop {
        let exports = crate::made::exports(12, draw).await;
        let changed = |export: &Export| unpacked(&export.bytes).iter().any(|(name, _)| name.starts_with("rotations/"));
        if let Some(export) = exports.into_iter().find(changed) {
            return export;
        }
    }
}

/// The position of a member's bytes.
pub fn place_of(bytes: &[u8], name: &str) -> std::ops::Range<usize> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let file = zip.by_name(name).unwrap();
    let from = usize::try_from(file.data_start().unwrap()).unwrap();
    from..from + usize::try_from(file.size()).unwrap()
}

/// One of these exports with a defect: the kinds take turns, the rest is random.
pub async fn broken(exports: &[Export], number: usize, draw: &mut Draw) -> Export {
    loop {
        let export = draw.one(exports);
        if let Some(bad) = spoilt(exports, export, number % 17, draw).await {
            return bad;
        }
    }
}

async fn spoilt(exports: &[Export], export: Export, kind: usize, draw: &mut Draw) -> Option<Export> {
    let mut members = unpacked(&export.bytes);
    let entries = lines(member(&mut members, "entries.jsonl"));
    let n = entries.len();
    let kind = match kind {
        0 => {
            flip(&mut members, draw);
            "a bit"
        }
        1 => {
            // Includes the bits of a signature itself: no other signature may be accepted in its place.
            let before = members.clone();
            flip(&mut members, draw);
            manifest(&mut members);
            // Unchanged: only the manifest had a bit flipped.
            (members != before).then_some(())?;
            "a bit, listed"
        }
        2 if n > 1 => {
            let (one, other) = (draw.below(n), draw.below(n));
            let mut changed = entries.clone();
            changed.swap(one, other);
            (changed != entries).then_some(())?;
            *member(&mut members, "entries.jsonl") = changed.concat();
            manifest(&mut members);
            "rows swapped"
        }
        3 if n > 0 => {
            let mut changed = entries;
            changed.remove(draw.below(n));
            *member(&mut members, "entries.jsonl") = changed.concat();
            manifest(&mut members);
            "a row dropped"
        }
        4 if n > 0 => {
            let mut changed = entries;
            let at = draw.below(n);
            let forged = String::from_utf8(changed[at].clone()).unwrap().replace("\"approve\"", "\"decline\"");
            let forged = forged.replace("inq_", "inq_9");
            (forged.as_bytes() != changed[at].as_slice()).then_some(())?;
            changed[at] = forged.into_bytes();
            *member(&mut members, "entries.jsonl") = changed.concat();
            manifest(&mut members);
            "a row forged"
        }
        5 if n > 0 => {
            let mut changed = entries;
            let at = draw.below(n);
            changed.insert(at, changed[at].clone());
            *member(&mut members, "entries.jsonl") = changed.concat();
            manifest(&mut members);
            "a row doubled"
        }
        6 => {
            let cut = 1 + draw.below(export.bytes.len() - 1);
            let bytes = export.bytes[..export.bytes.len() - cut].to_vec();
            return Some(Export { kind: "cut off".into(), bytes, ..export });
        }
        7 => {
            *member(&mut members, "checkpoint") = export.older.clone()?.into_bytes();
            manifest(&mut members);
            "an older root"
        }
        8 => {
            // A complete older export, for a reader who has a newer checkpoint.
            let younger = exports
                .iter()
                .find(|other| other.log == export.log && other.size > export.size && other.older.is_some())?;
            let note = unpacked(&younger.bytes).into_iter().find(|(name, _)| name == "checkpoint")?.1;
            let earlier = Some(String::from_utf8(note).ok()?);
            return Some(Export { kind: "rolled back".into(), earlier, ..export });
        }
        9 => {
            let log = Log::new(vec![key(9)]).await;
            log.grow(5 + draw.below(60), draw).await;
            let (bytes, _) = log.export(Default::default(), None).await;
            return Some(Export { kind: "another key".into(), bytes, earlier: None, ..export });
        }
        10 => {
            // The log's own key with another history: a reader who kept a checkpoint notices.
            let log = Log::new(vec![key(1)]).await;
            let older = export.older.clone()?;
            let size: i64 = older.lines().nth(1)?.parse().ok()?;
            (size < 3000).then_some(())?;
            log.grow(usize::try_from(size).ok()? + draw.below(50), draw).await;
            let (bytes, _) = log.export(Default::default(), Some(size)).await;
            return Some(Export {
                kind: "split view".into(),
                bytes,
                earlier: Some(older),
                key: key(1).verifier().to_string(),
                ..export
            });
        }
        11 => {
            members.remove(draw.below(members.len()));
            manifest(&mut members);
            "a member missing"
        }
        12 => {
            members.insert(draw.below(members.len()), ("tile/0/x999/999".into(), vec![0; 32]));
            manifest(&mut members);
            "a member too many"
        }
        13 => {
            let length = draw.below(3000);
            let bytes = (0..length).map(|_| draw.below(256) as u8).collect();
            return Some(Export { kind: "no export".into(), bytes, ..export });
        }
        14 => {
            let personal = member(&mut members, "personal.jsonl");
            let changed = String::from_utf8(personal.clone()).ok()?.replacen("203.0.113.7", "203.0.113.8", 1);
            (changed.as_bytes() != personal.as_slice()).then_some(())?;
            *personal = changed.into_bytes();
            manifest(&mut members);
            "another personal value"
        }
        15 => {
            let table = member(&mut members, "decisions.csv");
            let changed = String::from_utf8(table.clone()).ok()?.replacen(",approve,", ",decline,", 1);
            (changed.as_bytes() != table.as_slice()).then_some(())?;
            *table = changed.into_bytes();
            manifest(&mut members);
            "another row in the table"
        }
        16 => {
            let tiles: Vec<usize> = (0..members.len()).filter(|place| members[*place].0.starts_with("tile/")).collect();
            let place = draw.one(&tiles);
            let tile = &mut members[place].1;
            let at = draw.below(tile.len());
            tile[at] ^= 0x80;
            manifest(&mut members);
            "a tile"
        }
        _ => return None,
    };
    Some(Export { kind: kind.into(), bytes: packed(&members), ..export })
}
