//! The kind of a file that cannot be checked. It is named as such, because a picture is not a damaged log.
use crate::domain::export::{CHECKPOINT, COLUMNS, ENTRIES, MANIFEST, MANIFEST_NOTE};
use crate::domain::finding::{Fault, unfit};
use tlog::zip::{Bytes, Zip, ZipError};

/// Beginnings of files, by which their kind is known.
const BEGINNINGS: [(&[u8], &str); 13] = [
    (b"%PDF-", "a PDF file"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"RIFF", "a picture, sound or film (RIFF)"),
    (b"\x1f\x8b", "a file packed by gzip"),
    (b"7z\xbc\xaf\x27\x1c", "a file packed by 7-Zip"),
    (b"Rar!", "a file packed by RAR"),
    (b"SQLite format 3\0", "a database"),
    (b"PRIVATE+KEY+", "a signing key, which only the desk should have"),
    (b"c2sp.org/tlog-proof", "a proof of one entry"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"\x7fELF", "a program"),
];

const TAKE: &str = "Give the zip that the desk's audit log exports";

pub(super) enum ExportFile<B> {
    Zip(Zip<B>),
    Lines(B),
}

/// An export, or lines of entries. Any other file is an error that names its kind.
pub(super) async fn kind<B: Bytes>(bytes: B) -> Result<ExportFile<B>, Fault> {
    let len = bytes.len();
    if len == 0 {
        return Err(unfit("file", format!("it is empty. {TAKE}; if this is one, download it again")));
    }
    let begins = bytes.read(0, usize::try_from(len.min(512)).unwrap_or(512)).await;
    let begins = begins.map_err(|why| unfit("file", format!("it cannot be read: {why}")))?;
    if begins.starts_with(b"{\"action\":\"") {
        return Ok(ExportFile::Lines(bytes));
    }
    if !begins.starts_with(b"PK") {
        return Err(unfit("file", format!("it is {}, which cannot be checked. {TAKE}", named(&begins))));
    }
    let zip = match Zip::open(bytes).await {
        Ok(zip) => zip,
        Err(ZipError::NotAZip) => {
            return Err(unfit(
                "file",
                "it is a zip file whose end is missing: download it again, and wait until it is complete".to_owned(),
            ));
        }
        Err(ZipError::Compressed(name)) if !ours(&name) => return Err(other_zip()),
        Err(other) => return Err(other.into()),
    };
    // Every export has one of these. A file without any of them is not an export from which something was removed.
    match zip.members.iter().any(|member| ours(&member.name)) {
        true => Ok(ExportFile::Zip(zip)),
        false if zip.find("WITHOUT.txt").is_some() => Err(evidence_zip()),
        false => Err(other_zip()),
    }
}

fn ours(name: &str) -> bool {
    [CHECKPOINT, ENTRIES, MANIFEST, MANIFEST_NOTE].contains(&name) || name.starts_with("tile/")
}

fn evidence_zip() -> Fault {
    let why = "it is the evidence that comes with an export, not the export: check its files with its own SHA256SUMS";
    unfit("file", format!("{why}. {TAKE}"))
}

fn other_zip() -> Fault {
    unfit("file", format!("it is a zip file of another kind: no part of an export is in it. {TAKE}"))
}

fn named(begins: &[u8]) -> String {
    if let Some((_, kind)) = BEGINNINGS.iter().find(|(begin, _)| begins.starts_with(begin)) {
        return (*kind).to_owned();
    }
    let text = String::from_utf8_lossy(begins);
    let first = text.lines().next().unwrap_or_default();
    match () {
        () if first.starts_with(&COLUMNS[..3].join(",")) || first.starts_with("decision_id,") => {
            "a table (CSV)".to_owned()
        }
        () if first.starts_with(['{', '[']) => "JSON, but not an entry of a log".to_owned(),
        () if text.contains("\n\n— ") => "a signed note, such as a checkpoint: give it with --checkpoint".to_owned(),
        () if begins.iter().any(|byte| *byte < 9) => "of another kind".to_owned(),
        () if first.contains(',') && text.lines().count() > 1 => "text, such as a table (CSV)".to_owned(),
        () => "text".to_owned(),
    }
}
