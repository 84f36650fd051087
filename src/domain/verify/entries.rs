//! Checks every entry of an export under its tile, and every personal value and row of the table under its entry. One
//! file, because all of this is one pass, in which entries, values and rows are read in step.
use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::checker::{Checker, above, hashes, misplaced, missing};
use crate::domain::export::{
    Body, COLUMNS, DECISIONS, ENTRIES, Opening, PERSONAL, action_of, csv_line, earlier_row, is_row, row, seq_of,
};
use crate::domain::finding::{CheckReport, Fault, Level, Trust, fault};
use crate::domain::line_reader::{CHUNK, LONGEST_LINE, LineReader};
use crate::domain::worker::Worker;
use tlog::merkle::{self, Hash, TILE_WIDTH, TileId, Tiles};
use tlog::zip::{Bytes, Member};

#[derive(Debug, Default)]
pub(super) struct Seen {
    pub entries: u64,
    pub first: Option<i64>,
    pub last: Option<i64>,
    pub opened: u64,
    pub erased: u64,
    pub rows: u64,
}

impl Seen {
    pub fn without_gap(&self) -> bool {
        match (self.first, self.last) {
            (Some(first), Some(last)) => u64::try_from(last - first).is_ok_and(|span| span + 1 == self.entries),
            _ => true,
        }
    }
}

/// A log shorter than this is checked before another thread has started.
const WORTH_A_THREAD: u64 = 16 * TILE_WIDTH;

/// Entries under one tile of leaf hashes.
struct Batch {
    number: u64,
    tile: Vec<u8>,
    /// The hash that the tile must have in the one above; the last tile, being incomplete, was checked when it was
    /// read.
    above: Option<Hash>,
    lines: Vec<u8>,
    /// Where each line ends, and the number of its entry.
    ends: Vec<(usize, i64)>,
}

/// The result so far: the hashes of the tiles' files, and the first fault.
#[derive(Default)]
struct Joined {
    sums: Vec<(u64, Hash)>,
    wrong: Option<Wrong>,
}

enum Wrong {
    Tile(u64),
    Entry(i64),
}

/// The range of an entry's hash in its tile.
fn in_tile(seq: i64) -> std::ops::Range<usize> {
    let place = 32 * (seq.unsigned_abs() % TILE_WIDTH) as usize;
    place..place + 32
}

impl Joined {
    fn join(&mut self, batch: Batch) {
        if let Some(above) = batch.above {
            self.sums.push((batch.number, Sha256::digest(&batch.tile).into()));
            if self.wrong.is_none() && merkle::root(&hashes(&batch.tile)) != above {
                self.wrong = Some(Wrong::Tile(batch.number));
            }
        }
        let mut from = 0;
        for (end, seq) in batch.ends {
            if self.wrong.is_none()
                && batch.tile.get(in_tile(seq)) != Some(merkle::leaf(&batch.lines[from..end]).as_slice())
            {
                self.wrong = Some(Wrong::Entry(seq));
            }
            from = end;
        }
    }
}

/// What has been read and is being hashed: batch by batch, in parallel with the reading.
struct Under {
    joining: Worker<Batch, Joined>,
    batch: Option<Batch>,
}

impl Under {
    fn give(&mut self) {
        if let Some(batch) = self.batch.take() {
            self.joining.give(batch);
        }
    }

    /// Takes an entry, whose hash is checked later, and returns the hash that it must have.
    fn take(&mut self, line: &[u8], seq: i64) -> Option<Hash> {
        let batch = self.batch.as_mut()?;
        batch.lines.extend_from_slice(line);
        batch.ends.push((batch.lines.len(), seq));
        batch.tile.get(in_tile(seq))?.try_into().ok()
    }
}

/// Checks every entry under its tile and every tile under the one above, and meanwhile every personal value and row
/// under its entry.
pub(super) async fn entries<'a, B: Bytes>(
    file: &mut Checker<'a, B>,
    tiles: &Tiles,
    lowest: &BTreeMap<u64, &'a Member>,
    size: u64,
    progress: &mut impl FnMut(u64),
) -> Result<Seen, Fault> {
    let joining = Worker::new(size >= WORTH_A_THREAD, "tiles", Joined::default, Joined::join);
    let mut under = Under { joining, batch: None };
    let seen = read(file, tiles, lowest, size, &mut under, progress).await;
    under.give();
    let joined = under.joining.end().ok_or_else(|| fault("tile/0", "it could not be hashed"))?;
    // A fault in the bytes of an entry or of its tile comes before a fault in what they say.
    match joined.wrong {
        Some(Wrong::Tile(number)) => return Err(misplaced(TileId { level: 0, number }, size)),
        Some(Wrong::Entry(seq)) => return Err(changed(seq)),
        None => {}
    }
    for (number, sum) in joined.sums {
        if let Some(member) = lowest.get(&number) {
            file.sums.insert(&member.name, sum);
        }
    }
    seen
}

fn changed(seq: i64) -> Fault {
    fault(format!("entry {seq}"), "it has changed since the log was signed")
}

async fn read<'a, B: Bytes>(
    file: &mut Checker<'a, B>,
    tiles: &Tiles,
    lowest: &BTreeMap<u64, &'a Member>,
    size: u64,
    under: &mut Under,
    progress: &mut impl FnMut(u64),
) -> Result<Seen, Fault> {
    let mut lines = LineReader::open(file.zip, file.member(ENTRIES)?).await?;
    let mut personal = LineReader::open(file.zip, file.member(PERSONAL)?).await?;
    let mut table = LineReader::open(file.zip, file.member(DECISIONS)?).await?;
    let mut expected = Vec::new();
    csv_line(&COLUMNS, &mut expected);
    if !table.expect(&expected).await? {
        return Err(fault(DECISIONS, "its header is not that of a table of decisions"));
    }
    let commits = memchr::memmem::Finder::new(b"\"commit\":{");
    let mut opening = next_opening(&mut personal).await?;
    let mut seen = Seen::default();
    while let Some(line) = lines.next().await? {
        let body = &lines.buffer[line];
        let seq = seq_of(body).ok_or_else(|| fault(ENTRIES, format!("{} is not an entry", after(seen.last))))?;
        let at = || format!("entry {seq}");
        let index = u64::try_from(seq).ok().filter(|index| *index < size);
        let index = index.ok_or_else(|| fault(at(), format!("the log has {size} entries, numbered from 0")))?;
        if seen.last.is_some_and(|last| seq <= last) {
            return Err(fault(at(), format!("it comes after entry {}", seen.last.unwrap_or(0))));
        }
        let number = index / TILE_WIDTH;
        if under.batch.as_ref().is_none_or(|batch| batch.number != number) {
            under.give();
            under.batch = Some(batch(file, tiles, lowest, number).await?);
            if number.is_multiple_of(40) {
                progress(seen.entries);
            }
        }
        let leaf = under.take(body, seq).ok_or_else(|| changed(seq))?;
        let action = action_of(body).ok_or_else(|| fault(at(), "it has no action"))?;
        let is_row = is_row(action);
        let mine = opening.as_ref().is_some_and(|opening| opening.seq == seq);
        if mine || is_row || commits.find(body).is_some() {
            // Parses the whole line once, and not each text in it again.
            let body = std::str::from_utf8(body).ok().and_then(|body| serde_json::from_str(body).ok());
            let body: Body<'_> = body.ok_or_else(|| fault(at(), "it is not an entry"))?;
            let mut open = BTreeMap::new();
            while let Some(this) = opening.take_if(|opening| opening.seq == seq) {
                if this.commitment().is_none() || body.commit.get(&this.name) != this.commitment().as_deref() {
                    return Err(fault(
                        at(),
                        format!("the value of {} in {PERSONAL} is not the one that the entry was made with", this.name),
                    ));
                }
                open.insert(this.name, this.value);
                opening = next_opening(&mut personal).await?;
            }
            seen.opened += open.len() as u64;
            seen.erased += (body.commit.len() - open.len().min(body.commit.len())) as u64;
            if is_row {
                expected.clear();
                row(&body, &leaf, open.get("comment").map(String::as_str), &mut expected);
                let mut fits = table.expect(&expected).await?;
                if !fits {
                    expected.clear();
                    earlier_row(&body, &leaf, open.get("comment").map(String::as_str), &mut expected);
                    fits = table.expect(&expected).await?;
                }
                if !fits {
                    return Err(fault(at(), format!("its row in {DECISIONS} does not match it")));
                }
                seen.rows += 1;
            }
        }
        seen.entries += 1;
        seen.first = seen.first.or(Some(seq));
        seen.last = Some(seq);
    }
    if let Some(opening) = opening {
        return Err(fault(
            PERSONAL,
            format!("it has a value for entry {}, which is not in the file or comes earlier", opening.seq),
        ));
    }
    progress(seen.entries);
    for (name, lines) in [(ENTRIES, lines), (PERSONAL, personal), (DECISIONS, table)] {
        let (clean, sum) = lines.end().await?;
        if !clean {
            return Err(fault(name, "it has more content than the entries"));
        }
        file.sums.insert(name, sum);
    }
    Ok(seen)
}

/// The position of a line that has no entry number.
fn after(last: Option<i64>) -> String {
    last.map_or_else(|| "the first line".to_owned(), |last| format!("the line after entry {last}"))
}

async fn next_opening<B: Bytes>(lines: &mut LineReader<'_, B>) -> Result<Option<Opening>, Fault> {
    let Some(line) = lines.next().await? else { return Ok(None) };
    let opening = serde_json::from_slice(&lines.buffer[line]);
    opening.map(Some).map_err(|_| fault(PERSONAL, "a line is not a value with its salt"))
}

/// A batch with the tile of leaf hashes that the next entries are under.
async fn batch<'a, B: Bytes>(
    file: &Checker<'a, B>,
    tiles: &Tiles,
    lowest: &BTreeMap<u64, &'a Member>,
    number: u64,
) -> Result<Batch, Fault> {
    let id = TileId { level: 0, number };
    let (tile, above) = if let Some(held) = tiles.get(id) {
        (held.concat(), None)
    } else {
        let member = lowest.get(&number).ok_or_else(|| missing(id, tiles.size))?;
        let above = above(tiles, number).ok_or_else(|| misplaced(id, tiles.size))?;
        (file.zip.whole(member).await?, Some(above))
    };
    Ok(Batch { number, tile, above, lines: Vec::new(), ends: Vec::new() })
}

/// Checks lines of entries without an export around them: only their numbers can be checked.
pub(super) async fn sequence_only<B: Bytes>(
    bytes: B,
    trust: &Trust,
    mut progress: impl FnMut(u64),
) -> Result<CheckReport, Fault> {
    let (mut at, mut rest, mut seen) = (0, Vec::new(), Seen::default());
    while at < bytes.len() || !rest.is_empty() {
        let part = bytes.read(at, CHUNK.min(usize::try_from(bytes.len() - at).unwrap_or(CHUNK))).await;
        let part = part.map_err(|why| fault("file", why))?;
        at += part.len() as u64;
        let cut_off = part.is_empty();
        rest.extend_from_slice(&part);
        let whole = memchr::memrchr(b'\n', &rest).map_or(0, |end| end + 1);
        if whole == 0 && (cut_off || rest.len() > LONGEST_LINE) {
            return Err(fault(ENTRIES, "its last line is cut off"));
        }
        for line in rest[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let read = serde_json::from_slice::<Body<'_>>(line).ok().filter(|body| seq_of(line) == Some(body.seq));
            let body = read.ok_or_else(|| fault(ENTRIES, format!("{} is not an entry", after(seen.last))))?;
            // The largest number that can be counted has none after it.
            if let Some(last) = seen.last.filter(|last| Some(body.seq) != last.checked_add(1)) {
                return Err(fault(format!("entry {}", body.seq), format!("it follows entry {last}")));
            }
            seen.first = seen.first.or(Some(body.seq));
            seen.last = Some(body.seq);
            seen.entries += 1;
        }
        progress(seen.entries);
        rest.drain(..whole);
    }
    Ok(CheckReport {
        level: Level::SequenceOnly,
        origin: String::new(),
        key: String::new(),
        size: 0,
        root: String::new(),
        filter: String::new(),
        entries: seen.entries,
        first: seen.first,
        last: seen.last,
        without_gap: true,
        opened: 0,
        erased: seen.erased,
        rows: 0,
        proofs: 0,
        earlier: Vec::new(),
        witnesses: Vec::new(),
        key_unused: trust.key.is_some() || !trust.witnesses.is_empty() || !trust.earlier.is_empty(),
        lost: Vec::new(),
        gaps: Vec::new(),
    })
}
