//! A file that the applicant gave: its object and part, its kind, and its label.
use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::id::ObjectId;

/// A file, by object and part. Never a URL: Persona's links are bearer secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    pub object_id: ObjectId,
    pub part: Part,
    /// Not serialized for pictures, so that evidence read before there were other kinds keeps its fingerprint.
    #[serde(default, skip_serializing_if = "FileKind::drawn")]
    pub kind: FileKind,
    /// The name of the file, if it is named and not drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Picture {
    /// Whether the data of a document can be read on it: it is drawn, and does not show a face.
    pub const fn prints(&self) -> bool {
        matches!(self.kind, FileKind::Picture | FileKind::Pdf) && matches!(self.part.shows(), Shows::Document)
    }
}

/// Most pages of one PDF that are drawn. The rest can be read in Persona.
pub const MOST_SHEETS: u16 = 60;

/// What is known about the pages of a PDF.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheets {
    pub object_id: ObjectId,
    pub part: Part,
    /// Number of pages; `None` if it cannot be drawn.
    pub pages: Option<u16>,
    /// Why it cannot be drawn.
    pub why: Option<String>,
}

/// A file with its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelled {
    pub picture: Picture,
    pub label: String,
}

/// The kind of a file, as far as it matters for showing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// A picture, or a file of unknown kind: its first bytes tell when it is opened.
    #[default]
    Picture,
    Pdf,
    /// The format in which phones take pictures; browsers cannot draw it.
    Heic,
    Video,
    /// Listed by Persona without a link to it.
    Missing,
    Other,
}

impl FileKind {
    /// The kind by the extension of a file name or address; `None` if that does not tell.
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, end) = name.rsplit_once('.')?;
        let fine = !end.is_empty() && end.len() <= 5 && end.bytes().all(|b| b.is_ascii_alphanumeric());
        fine.then(|| match end.to_ascii_lowercase().as_str() {
            "jpg" | "jpeg" | "jpe" | "jfif" | "png" | "webp" | "gif" => Self::Picture,
            "pdf" => Self::Pdf,
            "heic" | "heif" | "avif" => Self::Heic,
            "mp4" | "m4v" | "mov" | "webm" | "mkv" | "avi" | "3gp" | "mpeg" | "mpg" => Self::Video,
            _ => Self::Other,
        })
    }

    /// The kind by the first bytes of a file that browsers do not draw.
    pub fn of_bytes(kind: Option<&str>) -> Self {
        match kind {
            Some("application/pdf") => Self::Pdf,
            Some("image/heif" | "image/heic" | "image/avif") => Self::Heic,
            Some(kind) if kind.starts_with("video/") => Self::Video,
            _ => Self::Other,
        }
    }

    pub const fn drawn(&self) -> bool {
        matches!(self, Self::Picture)
    }

    pub const fn short(self) -> &'static str {
        match self {
            Self::Picture => "picture",
            Self::Pdf => "PDF, not shown on the page",
            Self::Heic => "HEIC or AVIF picture, not shown on the page",
            Self::Video => "video, not shown on the page",
            Self::Missing => "listed without a link to it",
            Self::Other => "file of another kind, not shown on the page",
        }
    }

    /// Why it is named and not drawn.
    pub const fn why(self) -> &'static str {
        match self {
            Self::Picture => "The browser could not show the picture. Reload the page, or open the picture in Persona.",
            Self::Pdf => "A PDF, which cannot be shown here. Open it in Persona.",
            Self::Heic => "A HEIC or AVIF picture, which cannot be shown here. Open it in Persona.",
            Self::Video => "A video, which cannot be shown here. Open it in Persona.",
            Self::Missing => "Persona lists this file without a link to it. Look for it in Persona.",
            Self::Other => "A file of a kind that cannot be shown here. Open it in Persona.",
        }
    }
}

/// Which of an object's files. Its code is stored, logged and used in addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Part {
    Front,
    Back,
    Portrait,
    /// A second face: from a chip, or the one that a database compared a selfie with.
    Face,
    Center,
    Left,
    Right,
    /// From 1. The code of the first is `page`, from the time when only the first was known.
    Page(u16),
    /// One of `photo-urls` beyond the named ones, by its position in that list, from 1.
    Photo(u16),
    Video,
}

/// What a picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    Document,
    /// A face that Persona cut out of a document.
    Portrait,
    Selfie,
}

impl Part {
    /// Parts that an object has at most once.
    pub const NAMED: [Self; 8] =
        [Self::Front, Self::Back, Self::Portrait, Self::Face, Self::Center, Self::Left, Self::Right, Self::Video];

    pub fn code(self) -> Cow<'static, str> {
        match self {
            Self::Front => "front".into(),
            Self::Back => "back".into(),
            Self::Portrait => "portrait".into(),
            Self::Face => "face".into(),
            Self::Center => "center".into(),
            Self::Left => "left".into(),
            Self::Right => "right".into(),
            Self::Video => "video".into(),
            Self::Page(0 | 1) => "page".into(),
            Self::Page(n) => format!("page-{n}").into(),
            Self::Photo(n) => format!("photo-{n}").into(),
        }
    }

    pub const fn shows(self) -> Shows {
        match self {
            Self::Portrait | Self::Face => Shows::Portrait,
            Self::Center | Self::Left | Self::Right => Shows::Selfie,
            Self::Front | Self::Back | Self::Video | Self::Page(_) | Self::Photo(_) => Shows::Document,
        }
    }

    /// `pages` is how many the object has.
    fn label(self, pages: usize) -> String {
        match self {
            Self::Front => "Front".into(),
            Self::Back => "Back".into(),
            Self::Portrait => "Portrait".into(),
            Self::Face => "Portrait, second".into(),
            Self::Center => "Selfie".into(),
            Self::Left => "Selfie, left".into(),
            Self::Right => "Selfie, right".into(),
            Self::Video => "Video".into(),
            Self::Page(_) if pages <= 1 => "Document page".into(),
            Self::Page(n) => format!("Page {n} of {pages}"),
            Self::Photo(n) => format!("Photo {n}"),
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        if let Some(part) = Self::NAMED.into_iter().find(|part| part.code() == text) {
            return Some(part);
        }
        let number = |text: &str| text.parse::<u16>().ok().filter(|n| *n > 0 && n.to_string() == text);
        match text.split_once('-') {
            None if text == "page" => Some(Self::Page(1)),
            Some(("page", n)) => number(n).map(Self::Page),
            Some(("photo", n)) => number(n).map(Self::Photo),
            _ => None,
        }
    }
}

impl From<Part> for String {
    fn from(part: Part) -> Self {
        part.code().into_owned()
    }
}

impl TryFrom<String> for Part {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or(text)
    }
}

/// Files of one object, with their labels. `of` is the name of the object, and comes first where several objects have
/// files of the same kind.
pub fn labelled(pictures: &[Picture], of: Option<&str>) -> Vec<Labelled> {
    let pages = pictures.iter().filter(|picture| matches!(picture.part, Part::Page(_))).count();
    let label = |picture: &Picture| {
        let label = picture.part.label(pages);
        // A file that is drawn has no name next to it.
        let label = match &picture.name {
            Some(name) if picture.kind.drawn() => format!("{label}, {}", name.to_lowercase()),
            _ => label,
        };
        match of {
            Some(of) => format!("{of}: {}", label.to_lowercase()),
            None => label,
        }
    };
    pictures.iter().map(|picture| Labelled { picture: picture.clone(), label: label(picture) }).collect()
}

/// Why a picture from Persona is not shown, in words for the reviewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unshown {
    #[error("It has {width} × {height} pixels, too many to be shown here. Open it in Persona.")]
    TooLarge { width: u32, height: u32 },
    #[error("Its file is damaged or not complete. Open it in Persona.")]
    Broken,
    #[error("It would need more memory or time than a page may use. Open it in Persona.")]
    TooMuch,
    #[error("It needs a password, which only its sender has. Open it in Persona.")]
    Encrypted,
    #[error("It is hidden. Choose a purpose under “Show hidden values”, then show it.")]
    Hidden,
    #[error("It took too long. Try again in a moment, or open it in Persona.")]
    Slow,
}

/// The requested size of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Size {
    /// As Persona has it, for a close look.
    #[default]
    Whole,
    /// As small as a page shows it among others.
    Small,
}

impl Size {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Small => "small",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_keep_their_codes_and_the_first_page_its_old_one() {
        let all = Part::NAMED.into_iter().chain([Part::Page(1), Part::Page(2), Part::Page(31), Part::Photo(1)]);
        for part in all {
            assert_eq!(Part::parse(&part.code()), Some(part));
        }
        assert_eq!(Part::Page(1).code(), "page");
        assert_eq!(Part::parse("page-1"), Some(Part::Page(1)));
        for wrong in ["secret", "page-0", "page-", "page-01", "page-+1", "page-70000", "photo", "front-1"] {
            assert_eq!(Part::parse(wrong), None, "{wrong}");
        }
        let old = r#"{"object_id":"ver_1","part":"page"}"#;
        let read: Option<Picture> = serde_json::from_str(old).ok();
        assert_eq!(read.as_ref().map(|picture| picture.part), Some(Part::Page(1)));
        assert_eq!(read.and_then(|picture| serde_json::to_string(&picture).ok()).as_deref(), Some(old));
    }

    #[test]
    fn a_kind_is_told_by_name_and_by_bytes() {
        for (name, kind) in [
            ("a.JPEG", Some(FileKind::Picture)),
            ("bill.pdf", Some(FileKind::Pdf)),
            ("IMG_1.HEIC", Some(FileKind::Heic)),
            ("selfie.mov", Some(FileKind::Video)),
            ("letter.docx", Some(FileKind::Other)),
            ("no ending", None),
            ("v1.a longer tail", None),
        ] {
            assert_eq!(FileKind::of_name(name), kind, "{name}");
        }
        assert_eq!(FileKind::of_bytes(Some("application/pdf")), FileKind::Pdf);
        assert_eq!(FileKind::of_bytes(None), FileKind::Other);
    }
}
