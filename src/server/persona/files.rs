//! The files of a verification or document. Persona lists them in several places: a file that is listed in two is shown
//! once, and a file of a shape or under a key that Persona does not publish is shown as well.
use serde_json::Value;
use url::Url;

use super::inflection::kebab;
use super::json_api::{Resource, get, scalar};
use super::value::is_file;
use crate::domain::picture::{FileKind, Part};
use crate::domain::text::words;

/// One file as it is listed.
pub struct File {
    pub part: Part,
    pub kind: FileKind,
    pub name: Option<String>,
    /// Valid for hours and open to anyone who has it: used at once, never stored, logged or shown.
    pub link: Option<String>,
}

/// A file that has no part yet: its copies, each a link with a name, if it has one. Without a copy, the file is listed
/// and not linked.
#[derive(Default)]
struct UnplacedFile {
    copies: Vec<(String, Option<String>)>,
    /// The name of the file, in case it has no link that shows it.
    name: Option<String>,
}

/// Keys of files that have a part of their own. The value is a link, or an object with one.
const NAMED: &[(Part, &[&str])] = &[
    (Part::Front, &["front-photo-url", "front-photo"]),
    (Part::Back, &["back-photo-url", "back-photo"]),
    (Part::Portrait, &["selfie-photo-url", "selfie-photo"]),
    (Part::Face, &["portrait-photo", "face-image", "selfie-compare-image-url"]),
    (Part::Center, &["center-photo-url", "center-photo"]),
    (Part::Left, &["left-photo-url", "left-photo"]),
    (Part::Right, &["right-photo-url", "right-photo"]),
    (Part::Video, &["video-url", "video"]),
];

/// Keys of lists of files.
const LISTS: [&str; 3] = ["photo-urls", "files", "files-normalized"];

/// Returns the part for the name that `photo-urls` gives a file, if there is one.
fn named(page: &str) -> Option<Part> {
    Some(match page.to_lowercase().replace('-', "_").as_str() {
        "front" => Part::Front,
        "back" => Part::Back,
        "center_photo" => Part::Center,
        "left_photo" => Part::Left,
        "right_photo" => Part::Right,
        _ => return None,
    })
}

/// Returns the last part of a link's path.
fn end(link: &str) -> Option<String> {
    Url::parse(link).ok().and_then(|url| url.path_segments()?.next_back().map(str::to_owned))
}

/// Returns the kind of a file, by its address first: a renderable copy keeps the name of its original.
fn kind(link: &str, name: Option<&str>) -> FileKind {
    let by_address = end(link).as_deref().and_then(FileKind::of_name);
    by_address.or_else(|| name.and_then(FileKind::of_name)).unwrap_or_default()
}

/// Reads a link, by itself or in an object, with the file's name if it has one.
fn link(value: &Value, key: &str) -> Option<(String, Option<String>)> {
    let (link, name) = match value {
        Value::Object(file) => (file.get(key)?.as_str()?, get(file, "filename").and_then(scalar)),
        other => (other.as_str()?, None),
    };
    (!link.is_empty()).then(|| (link.to_owned(), name))
}

/// Returns a link without what opens it: the same file has another token each time.
fn address(link: &str) -> &str {
    link.split(['?', '#']).next().unwrap_or(link)
}

/// Returns a file's name without its extension and without what a renderable copy adds to it.
fn stem(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_lowercase();
    stem.strip_suffix("normalized").map_or(stem.as_str(), |stem| stem.trim_end_matches(['-', '_'])).to_owned()
}

impl UnplacedFile {
    /// Reads a value where a file is expected; `None` if there is none.
    fn of(value: &Value) -> Option<Self> {
        let copies: Vec<_> = link(value, "url").into_iter().collect();
        let name = value.as_object().and_then(|file| get(file, "filename")).and_then(scalar);
        let there = !copies.is_empty() || value.as_object().is_some_and(|file| !file.is_empty());
        there.then_some(Self { copies, name })
    }

    /// Reads one item of `photo-urls`, of any shape.
    fn photo(photo: &Value) -> Self {
        let normalized = photo.as_object().and_then(|photo| link(get(photo, "normalized-url")?, ""));
        let copies = normalized.into_iter().chain(link(photo, "url")).collect();
        Self { copies, name: photo.as_object().and_then(|photo| get(photo, "filename")).and_then(scalar) }
    }

    fn stem(&self) -> Option<String> {
        let by_link = || self.copies.first().and_then(|(link, _)| end(link));
        self.name.clone().or_else(by_link).filter(|name| !name.is_empty()).map(|name| stem(&name))
    }

    fn shares_address(&self, other: &Self) -> bool {
        let known = |link: &str| self.copies.iter().any(|(own, _)| address(own) == address(link));
        other.copies.iter().any(|(link, _)| known(link))
    }

    /// Whether two files under one name are the same file: by address or by name. A file that has neither is the same
    /// as one that has.
    fn same(&self, other: &Self) -> bool {
        let nameless = |one: &Self| one.copies.is_empty() && one.name.is_none();
        let by_name = self.stem().is_some() && self.stem() == other.stem();
        self.shares_address(other) || by_name || nameless(self) || nameless(other)
    }

    /// Takes the first copy that can be drawn, or else the first.
    fn file(self, part: Part, called: Option<String>) -> File {
        let kinds: Vec<FileKind> = self.copies.iter().map(|(link, name)| kind(link, name.as_deref())).collect();
        let chosen = kinds.iter().position(FileKind::drawn).unwrap_or_default();
        let Some((link, name)) = self.copies.into_iter().nth(chosen) else {
            return File { part, kind: FileKind::Missing, name: called.or(self.name), link: None };
        };
        let film = part == Part::Video || called.as_ref().is_some_and(|called| called.to_lowercase().contains("video"));
        let kind = if film { FileKind::Video } else { kinds.get(chosen).copied().unwrap_or_default() };
        let name = called.or_else(|| name.filter(|_| !kind.drawn()));
        File { part, kind, name, link: Some(link) }
    }
}

fn number(at: usize) -> u16 {
    u16::try_from(at + 1).unwrap_or(u16::MAX)
}

/// Returns what is listed under a key, each item by itself, even if the value is no list.
fn listed<'a>(resource: &'a Resource, key: &str) -> Vec<&'a Value> {
    const NONE: &Value = &Value::Null;
    match get(&resource.attributes, key) {
        None => Vec::new(),
        Some(Value::Array(all)) => all.iter().collect(),
        Some(Value::Object(file)) if file.is_empty() => vec![NONE],
        Some(Value::Object(file)) if !file.contains_key("url") && !file.contains_key("filename") => {
            file.values().collect()
        }
        Some(one) => vec![one],
    }
}

/// Returns files under keys that have no part of their own: found by the name of the key, or because the link leads to
/// Persona's files.
fn others(resource: &Resource) -> Vec<(String, UnplacedFile)> {
    let mut all = Vec::new();
    for (key, value) in &resource.attributes {
        let key = kebab(key);
        let known = LISTS.contains(&key.as_str()) || NAMED.iter().any(|(_, keys)| keys.contains(&key.as_str()));
        if known || key == "fields" {
            continue;
        }
        let what = key.trim_end_matches("-urls").trim_end_matches("-url").to_owned();
        let says = what != key && ["photo", "video", "image", "picture"].iter().any(|one| what.contains(one));
        let file = |value: &Value| match value {
            Value::String(text) => says || is_file(text),
            Value::Object(file) => {
                let linked = file.get("url").and_then(Value::as_str);
                linked.is_some_and(|link| says || is_file(link) || file.contains_key("filename"))
                    || file.contains_key("filename") && file.contains_key("url")
            }
            _ => false,
        };
        let values: Vec<&Value> = match value {
            Value::Array(all) => all.iter().collect(),
            // An object whose values are files is read like a list of them.
            Value::Object(one) if !file(value) && one.values().any(|one| one.is_object() && file(one)) => {
                one.values().collect()
            }
            one => vec![one],
        };
        all.extend(
            values
                .into_iter()
                .filter(|value| file(value))
                .filter_map(|value| Some((what.clone(), UnplacedFile::of(value)?))),
        );
    }
    all
}

pub fn files(resource: &Resource) -> Vec<File> {
    let mut photos: Vec<(Option<Part>, Option<UnplacedFile>)> = Vec::new();
    for photo in listed(resource, "photo-urls") {
        let part = photo.get("page").and_then(Value::as_str).and_then(named);
        let taken = photos.iter().any(|(earlier, _)| part.is_some() && *earlier == part);
        photos.push((part.filter(|_| !taken), Some(UnplacedFile::photo(photo))));
    }
    let mut all: Vec<File> = Vec::new();
    let mut further: Vec<(String, UnplacedFile)> = Vec::new();
    let mut known = UnplacedFile::default();
    for (part, keys) in NAMED {
        let mut found: Vec<UnplacedFile> = Vec::new();
        let by_key = keys.iter().filter_map(|key| UnplacedFile::of(get(&resource.attributes, key)?));
        let photo = photos.iter_mut().find(|(named, _)| *named == Some(*part)).and_then(|(_, photo)| photo.take());
        for one in by_key.chain(photo) {
            known.copies.extend(one.copies.iter().cloned());
            match found.iter_mut().find(|earlier| earlier.same(&one)) {
                Some(earlier) => {
                    earlier.copies.extend(one.copies);
                    earlier.name = earlier.name.take().or(one.name);
                }
                None => found.push(one),
            }
        }
        let mut found = found.into_iter();
        all.extend(found.next().map(|first| first.file(*part, None)));
        let more = format!("{}, another file", part.code());
        further.extend(found.map(|one| (more.clone(), one)));
    }
    let listed = photos.len();
    for (at, (_, photo)) in photos.into_iter().enumerate() {
        let Some(photo) = photo else { continue };
        known.copies.extend(photo.copies.iter().cloned());
        all.push(photo.file(Part::Photo(number(at)), None));
    }
    let pages = pages(resource);
    known.copies.extend(pages.iter().filter_map(|page| Some((page.link.clone()?, None))));
    for (what, one) in others(resource) {
        if !known.shares_address(&one) {
            known.copies.extend(one.copies.iter().cloned());
            further.push((words(&what), one));
        }
    }
    for (at, (what, one)) in further.into_iter().enumerate() {
        all.push(one.file(Part::Photo(number(listed + at)), Some(words(&what))));
    }
    all.extend(pages);
    all
}

/// Returns `files`, each with its renderable copy if there is one. A copy that belongs to none of them is a page of its
/// own.
fn pages(resource: &Resource) -> Vec<File> {
    let file = |value: &Value| UnplacedFile::of(value).unwrap_or_default();
    let files: Vec<UnplacedFile> = listed(resource, "files").into_iter().map(file).collect();
    let mut copies: Vec<Option<UnplacedFile>> =
        listed(resource, "files-normalized").into_iter().map(file).map(Some).collect();
    let in_order = files.len() == copies.len();
    let pdf = |one: &UnplacedFile| {
        one.copies.first().is_some_and(|(link, name)| kind(link, name.as_deref()) == FileKind::Pdf)
    };
    let mut listed: Vec<UnplacedFile> = Vec::new();
    for (at, mut file) in files.into_iter().enumerate() {
        let by_name = |copy: &UnplacedFile| file.stem().is_some() && copy.stem() == file.stem();
        // A picture of a PDF shows one of its pages, so both are listed.
        let whole = |copy: &UnplacedFile| !pdf(&file) || pdf(copy);
        let find = |same: &dyn Fn(&UnplacedFile) -> bool| {
            copies.iter().position(|copy| copy.as_ref().is_some_and(|copy| same(copy) && whole(copy)))
        };
        // By position only if a name is missing that would decide.
        let nameless = |copy: &UnplacedFile| file.stem().is_none() || copy.stem().is_none();
        let by_place = || {
            copies.get(at).and_then(Option::as_ref).filter(|copy| in_order && nameless(copy) && whole(copy)).map(|_| at)
        };
        let found = find(&|copy| file.shares_address(copy))
            .or_else(|| find(&|copy| copy.name.is_some() && copy.name == file.name));
        let found = found.or_else(|| find(&by_name)).or_else(by_place);
        if let Some(copy) = found.and_then(|found| copies.get_mut(found)?.take()) {
            file.copies.splice(0..0, copy.copies);
            file.name = file.name.or(copy.name);
        }
        listed.push(file);
    }
    listed.extend(copies.into_iter().flatten());
    listed.into_iter().enumerate().map(|(at, file)| file.file(Part::Page(number(at)), None)).collect()
}
