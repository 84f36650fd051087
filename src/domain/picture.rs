//! A file that a person gave: which object and which part of it, what kind of file, and the words it is shown under.
use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::id::ObjectId;

/// A file, by object and part. Never a URL: Persona's links are bearer secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    pub object_id: ObjectId,
    pub part: Part,
    /// Left out for pictures, so that evidence that was read before there were other kinds keeps its fingerprint.
    #[serde(default, skip_serializing_if = "FileKind::drawn")]
    pub kind: FileKind,
    /// What the file is called, where it is named and not drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Picture {
    /// Whether what a document says can be read on it: it is drawn, and not of a face.
    pub const fn prints(&self) -> bool {
        matches!(self.kind, FileKind::Picture | FileKind::Pdf) && matches!(self.part.shows(), Shows::Document)
    }
}

/// Pages of one PDF that are drawn; those behind them are read in Persona.
pub const MOST_SHEETS: u16 = 60;

/// What is known of the pages of a PDF.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheets {
    pub object_id: ObjectId,
    pub part: Part,
    /// How many there are; `None` when it cannot be drawn.
    pub pages: Option<u16>,
    /// Why it cannot be drawn.
    pub why: Option<String>,
}

/// A file with the words that it is shown under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelled {
    pub picture: Picture,
    pub label: String,
}

/// What a file is, as far as showing it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// A picture, or something that does not say what it is: its first bytes tell when it is opened.
    #[default]
    Picture,
    Pdf,
    /// As telephones take pictures; browsers cannot draw them.
    Heic,
    Video,
    /// Listed by Persona without a link to it.
    Missing,
    Other,
}

impl FileKind {
    /// By the end of a file's name or of its address; `None` when that does not say.
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

    /// By what the first bytes of a file are, when a browser does not draw that.
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
            Self::Picture => {
                "The picture did not come or could not be drawn, and this part of the desk does not know why. Reload the page, or open it in Persona."
            }
            Self::Pdf => "A PDF, which cannot be shown here. Open it in Persona.",
            Self::Heic => "A HEIC or AVIF picture, which cannot be shown here. Open it in Persona.",
            Self::Video => "A video, which cannot be shown here. Open it in Persona.",
            Self::Missing => "Persona lists this file and gives no link to it. Look for it in Persona.",
            Self::Other => "A file of a kind that cannot be shown here. Open it in Persona.",
        }
    }
}

/// Which of an object's files. Stored, logged and in addresses by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Part {
    Front,
    Back,
    Portrait,
    /// A second face: from a chip, or what a database compared a selfie with.
    Face,
    Center,
    Left,
    Right,
    /// From 1. Its code is `page` for the first, as it was when only the first was known.
    Page(u16),
    /// One of `photo-urls` beyond those that have a name, by its place in that list, from 1.
    Photo(u16),
    Video,
}

/// What is to be seen on a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    Document,
    /// A face that Persona cut out of a document.
    Portrait,
    Selfie,
}

impl Part {
    /// Those that are there at most once.
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

    /// `pages`: how many the object has.
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

/// Files of one object, with their words. `of` is what the object is called, and stands in front where several objects have
/// files of the same kind.
pub fn labelled(pictures: &[Picture], of: Option<&str>) -> Vec<Labelled> {
    let pages = pictures.iter().filter(|picture| matches!(picture.part, Part::Page(_))).count();
    let label = |picture: &Picture| {
        let label = picture.part.label(pages);
        // What is drawn shows no name beside it.
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

/// Why a picture of Persona's is not shown, for the person who wants to see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unshown {
    #[error("It has {width} × {height} pixels, too many to be shown here. Open it in Persona.")]
    TooLarge { width: u32, height: u32 },
    #[error("Its file is damaged or not complete. Open it in Persona.")]
    Broken,
    #[error("It would take more memory or time than a page may have. Open it in Persona.")]
    TooMuch,
    #[error("It needs a password, which only its sender has. Open it in Persona.")]
    Encrypted,
    #[error("It is hidden. Choose a purpose under “Show hidden values”, then show it.")]
    Hidden,
    #[error("It took too long. Try again in a moment, or open it in Persona.")]
    Slow,
}

/// How much of a picture is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Size {
    /// As Persona has it, to look at it closely.
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
