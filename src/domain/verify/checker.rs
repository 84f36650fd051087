//! The file that is checked, and what is read from it.
use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::domain::finding::{Fault, fault};
use tlog::merkle::{self, Hash, TILE_WIDTH, TileId, Tiles};
use tlog::signed_note::Note;
use tlog::zip::{Bytes, Member, Zip};

/// The file that is checked. What has been read of it is recorded, so that nothing is left unread.
pub(super) struct Checker<'a, B> {
    pub zip: &'a Zip<B>,
    pub sums: BTreeMap<&'a str, Hash>,
}

impl<'a, B: Bytes> Checker<'a, B> {
    pub fn member(&self, name: &str) -> Result<&'a Member, Fault> {
        self.zip.find(name).ok_or_else(|| fault(name, "it is missing from the file"))
    }

    pub async fn whole(&mut self, member: &'a Member) -> Result<Vec<u8>, Fault> {
        if member.len > 64 << 20 {
            return Err(fault(&member.name, "it is larger than 64 MiB, which none of these files can be"));
        }
        let bytes = self.zip.whole(member).await?;
        self.sums.insert(&member.name, Sha256::digest(&bytes).into());
        Ok(bytes)
    }

    pub async fn text(&mut self, name: &str) -> Result<String, Fault> {
        let member = self.member(name)?;
        let bytes = self.whole(member).await?;
        String::from_utf8(bytes).map_err(|_| fault(name, "it is not text"))
    }

    pub async fn note(&mut self, name: &str) -> Result<Note, Fault> {
        self.text(name).await?.parse().map_err(|error: tlog::signed_note::NoteError| fault(name, error.to_string()))
    }

    pub fn under(&self, folder: &'static str) -> impl Iterator<Item = &'a Member> + use<'a, B> {
        self.zip.members.iter().filter(move |member| member.name.starts_with(folder))
    }

    /// All tiles above the lowest level, and the incomplete one of the lowest level: the root follows from them.
    pub async fn tiles(&mut self, size: u64, root: &Hash) -> Result<(Tiles, BTreeMap<u64, &'a Member>), Fault> {
        let mut tiles = Tiles::new(size);
        let mut lowest = BTreeMap::new();
        for member in self.under("tile/") {
            let known = TileId::parse(&member.name).filter(|(id, width)| id.width(size) == *width);
            let (id, width) =
                known.ok_or_else(|| fault(&member.name, "there is no such tile in a log of this size"))?;
            if member.len != width * 32 {
                return Err(fault(&member.name, "it has the wrong length"));
            }
            if id.level == 0 {
                lowest.insert(id.number, member);
            }
            if id.level > 0 || width < TILE_WIDTH {
                let bytes = self.whole(member).await?;
                tiles.insert(id, hashes(&bytes));
            }
        }
        tiles.check(root).map_err(|missing| {
            fault(missing.0.path(size), "it does not match the root that was signed, or is missing")
        })?;
        Ok((tiles, lowest))
    }
}

pub(super) fn hashes(bytes: &[u8]) -> Vec<Hash> {
    bytes.chunks_exact(32).filter_map(|part| part.try_into().ok()).collect()
}

/// The hash that a complete tile of leaf hashes must have in the tile above it.
pub(super) fn above(tiles: &Tiles, number: u64) -> Option<Hash> {
    let above = TileId { level: 1, number: number / TILE_WIDTH };
    tiles.get(above)?.get(usize::try_from(number % TILE_WIDTH).ok()?).copied()
}

pub(super) fn missing(id: TileId, size: u64) -> Fault {
    fault(id.path(size), "it is missing, but an entry needs it")
}

pub(super) fn misplaced(id: TileId, size: u64) -> Fault {
    fault(id.path(size), "it does not match the root that was signed")
}

/// Reads a tile of leaf hashes, and checks that it belongs there.
pub(super) async fn lowest_tile<'a, B: Bytes>(
    file: &mut Checker<'a, B>,
    tiles: &Tiles,
    lowest: &BTreeMap<u64, &'a Member>,
    number: u64,
) -> Result<Vec<Hash>, Fault> {
    let id = TileId { level: 0, number };
    let member = lowest.get(&number).ok_or_else(|| missing(id, tiles.size))?;
    let hashes = hashes(&file.whole(member).await?);
    if above(tiles, number) != Some(merkle::root(&hashes)) {
        return Err(misplaced(id, tiles.size));
    }
    Ok(hashes)
}
