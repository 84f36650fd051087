//! Reads an export: a zip file whose members are not compressed (method "stored"), so that any part can be read where
//! it is, in a browser as well as from a disk, and no memory is needed for the rest. PKWARE's APPNOTE 6.3, sections 4.3
//! and 4.5.3.
use std::future::Future;

/// Where the bytes of a file come from: a disk, or a file dropped on a page.
pub trait Bytes {
    fn len(&self) -> u64;
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    fn read(&self, at: u64, len: usize) -> impl Future<Output = Result<Vec<u8>, String>>;
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZipError {
    #[error("this is not a zip file, or its end is missing")]
    NotAZip,
    #[error("the zip file's list of members is damaged")]
    Directory,
    #[error(
        "{0} is compressed, but an export is not. Another program may have packed it again: give the zip as it was exported"
    )]
    Compressed(String),
    #[error("{0} is not where the zip file says")]
    Misplaced(String),
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub name: String,
    pub len: u64,
    header: u64,
}

/// An open export.
#[derive(Debug)]
pub struct Zip<B> {
    bytes: B,
    pub members: Vec<Member>,
}

const END: u32 = 0x0605_4b50;
const END64: u32 = 0x0606_4b50;
const LOCATOR64: u32 = 0x0706_4b50;
const ENTRY: u32 = 0x0201_4b50;
const HEADER: u32 = 0x0403_4b50;
/// A longer list of members is not from an export: that would be a log of some thousand million entries.
const LONGEST_LIST: u64 = 1 << 30;

fn u16_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 2)?.try_into().ok().map(|two| u64::from(u16::from_le_bytes(two)))
}
fn u32_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 4)?.try_into().ok().map(|four| u64::from(u32::from_le_bytes(four)))
}
fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}
fn is(bytes: &[u8], at: usize, signature: u32) -> bool {
    u32_at(bytes, at) == Some(u64::from(signature))
}

impl<B: Bytes> Zip<B> {
    pub async fn open(bytes: B) -> Result<Self, ZipError> {
        let len = bytes.len();
        // The end of the list, and before it its 64-bit record and the locator of that. Nothing may follow: an export
        // has no comment.
        let tail_len = len.min(22 + 20 + 56);
        let tail_at = len - tail_len;
        let tail = read(&bytes, tail_at, tail_len).await?;
        let end = tail.len().checked_sub(22).ok_or(ZipError::NotAZip)?;
        if !is(&tail, end, END) || u16_at(&tail, end + 20) != Some(0) {
            return Err(ZipError::NotAZip);
        }
        let list = |at: usize| Some((u16_at(&tail, at + 10)?, u32_at(&tail, at + 12)?, u32_at(&tail, at + 16)?));
        let (mut count, mut size, mut from) = list(end).ok_or(ZipError::NotAZip)?;
        let wide = end.checked_sub(76).filter(|at| is(&tail, *at, END64) && is(&tail, end - 20, LOCATOR64));
        if let Some(at) = wide {
            let list = || Some((u64_at(&tail, at + 32)?, u64_at(&tail, at + 40)?, u64_at(&tail, at + 48)?));
            (count, size, from) = list().ok_or(ZipError::NotAZip)?;
        }
        let ends_at = from.checked_add(size).ok_or(ZipError::Directory)?;
        if size > LONGEST_LIST || ends_at > len || count > size / 46 {
            return Err(ZipError::Directory);
        }
        let list = read(&bytes, from, size).await?;
        let members = members(&list, count).ok_or(ZipError::Directory)?;
        let members =
            members.into_iter().map(|member| member.map_err(ZipError::Compressed)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { bytes, members })
    }

    pub fn find(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    pub fn len(&self) -> u64 {
        self.bytes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The offset of a member's own bytes.
    async fn place(&self, member: &Member) -> Result<u64, ZipError> {
        let misplaced = || ZipError::Misplaced(member.name.clone());
        let header = self.bytes.read(member.header, 30).await.map_err(ZipError::Unreadable)?;
        let skip = u16_at(&header, 26).zip(u16_at(&header, 28)).map(|(name, extra)| 30 + name + extra);
        match skip {
            Some(skip) if is(&header, 0, HEADER) => {
                let at = member.header + skip;
                if at.checked_add(member.len).is_some_and(|end| end <= self.len()) { Ok(at) } else { Err(misplaced()) }
            }
            _ => Err(misplaced()),
        }
    }

    /// Reads a member that fits into memory.
    pub async fn whole(&self, member: &Member) -> Result<Vec<u8>, ZipError> {
        let at = self.place(member).await?;
        read(&self.bytes, at, member.len).await
    }

    pub async fn reader<'a>(&'a self, member: &'a Member) -> Result<Reader<'a, B>, ZipError> {
        let at = self.place(member).await?;
        Ok(Reader { bytes: &self.bytes, at, left: member.len })
    }
}

async fn read<B: Bytes>(bytes: &B, at: u64, len: u64) -> Result<Vec<u8>, ZipError> {
    let wanted = usize::try_from(len).map_err(|_| ZipError::Directory)?;
    let got = bytes.read(at, wanted).await.map_err(ZipError::Unreadable)?;
    if got.len() == wanted { Ok(got) } else { Err(ZipError::Unreadable("it ended early".to_owned())) }
}

/// Parses the list of members. The outer `None` is a damaged list, an inner error the name of a compressed member.
fn members(list: &[u8], count: u64) -> Option<Vec<Result<Member, String>>> {
    let mut members = Vec::new();
    let mut at = 0;
    for _ in 0..count {
        if !is(list, at, ENTRY) {
            return None;
        }
        let (method, mut packed, mut len) = (u16_at(list, at + 10)?, u32_at(list, at + 20)?, u32_at(list, at + 24)?);
        let [name_len, extra_len, comment_len] = [28, 30, 32].map(|place| u16_at(list, at + place));
        let (name_len, extra_len) = (usize::try_from(name_len?).ok()?, usize::try_from(extra_len?).ok()?);
        let mut header = u32_at(list, at + 42)?;
        let name = list.get(at + 46..at + 46 + name_len)?;
        let name = std::str::from_utf8(name).ok()?.to_owned();
        let mut extra = list.get(at + 46 + name_len..at + 46 + name_len + extra_len)?;
        while extra.len() >= 4 {
            let (id, size) = (u16_at(extra, 0)?, usize::try_from(u16_at(extra, 2)?).ok()?);
            let body = extra.get(4..4 + size)?;
            if id == 1 {
                let mut field = 0;
                for value in [&mut len, &mut packed, &mut header] {
                    if *value == u64::from(u32::MAX) {
                        *value = u64_at(body, field)?;
                        field += 8;
                    }
                }
            }
            extra = &extra[4 + size..];
        }
        members.push(if method == 0 && packed == len { Ok(Member { name, len, header }) } else { Err(name) });
        at += 46 + name_len + extra_len + usize::try_from(comment_len?).ok()?;
    }
    (at == list.len()).then_some(members)
}

/// Reads a member from its beginning to its end.
#[derive(Debug)]
pub struct Reader<'a, B> {
    bytes: &'a B,
    at: u64,
    left: u64,
}

impl<B: Bytes> Reader<'_, B> {
    /// The next bytes, at most `most`; empty at the end.
    pub async fn next(&mut self, most: usize) -> Result<Vec<u8>, ZipError> {
        let len = self.left.min(most as u64);
        let part = read(self.bytes, self.at, len).await?;
        self.at += len;
        self.left -= len;
        Ok(part)
    }
}
