//! The files of a verification or document: which there are, of what kind, and the link to one. Persona lists them in several
//! places; what is listed in two is one file.
use serde_json::Value;
use url::Url;

use super::wire::{Resource, get, scalar};
use crate::domain::id::ObjectId;
use crate::domain::picture::{FileKind, Part, Picture};

/// One file as it is listed.
struct File {
    part: Part,
    kind: FileKind,
    name: Option<String>,
    /// Valid for hours and open to whoever holds it: used at once, never stored, logged or shown.
    link: Option<String>,
}

/// Where a file stands that has a name of its own: as a link, or as an object with one.
const NAMED: &[(Part, &[&str])] = &[
    (Part::Front, &["front-photo-url", "front-photo"]),
    (Part::Back, &["back-photo-url", "back-photo"]),
    (Part::Portrait, &["selfie-photo-url", "selfie-photo"]),
    (Part::Face, &["portrait-photo", "face-image", "selfie-compare-image-url"]),
    (Part::Center, &["center-photo-url"]),
    (Part::Left, &["left-photo-url"]),
    (Part::Right, &["right-photo-url"]),
    (Part::Video, &["video-url"]),
];

/// What `photo-urls` calls a file that has a name of its own.
fn named(page: &str) -> Option<Part> {
    Some(match page {
        "front" => Part::Front,
        "back" => Part::Back,
        "center_photo" => Part::Center,
        "left_photo" => Part::Left,
        "right_photo" => Part::Right,
        _ => return None,
    })
}

/// By its address first: a renderable copy keeps the name of what it was made from.
fn kind(link: &str, name: Option<&str>) -> FileKind {
    let path = Url::parse(link).ok().and_then(|url| url.path_segments()?.next_back().map(str::to_owned));
    path.as_deref().and_then(FileKind::of_name).or_else(|| name.and_then(FileKind::of_name)).unwrap_or_default()
}

/// A link that stands by itself or in an object, with the file's name if it is given.
fn link(value: &Value, key: &str) -> Option<(String, Option<String>)> {
    let (link, name) = match value {
        Value::Object(file) => (file.get(key)?.as_str()?, get(file, "filename").and_then(scalar)),
        other => (other.as_str()?, None),
    };
    (!link.is_empty()).then(|| (link.to_owned(), name))
}

/// The one of several copies that can be drawn, or else the first.
fn best(part: Part, copies: Vec<(String, Option<String>)>) -> Option<File> {
    let kinds: Vec<FileKind> = copies.iter().map(|(link, name)| kind(link, name.as_deref())).collect();
    let chosen = kinds.iter().position(FileKind::drawn).unwrap_or_default();
    let (link, name) = copies.into_iter().nth(chosen)?;
    let kind = if part == Part::Video { FileKind::Video } else { kinds.get(chosen).copied().unwrap_or_default() };
    let name = name.filter(|_| !kind.drawn());
    Some(File { part, kind, name, link: Some(link) })
}

/// One that is listed without a link.
const fn missing(part: Part) -> File {
    File { part, kind: FileKind::Missing, name: None, link: None }
}

fn number(at: usize) -> u16 {
    u16::try_from(at + 1).unwrap_or(u16::MAX)
}

fn files(resource: &Resource) -> Vec<File> {
    let mut photos: Vec<(Option<Part>, &Value)> = Vec::new();
    for photo in resource.list("photo-urls") {
        let part = photo.get("page").and_then(Value::as_str).and_then(named);
        let taken = photos.iter().any(|(earlier, _)| part.is_some() && *earlier == part);
        photos.push((part.filter(|_| !taken), photo));
    }
    let copies = |photo: &Value| -> Vec<_> {
        let normalized = photo.as_object().and_then(|photo| link(get(photo, "normalized-url")?, ""));
        normalized.into_iter().chain(link(photo, "url")).collect()
    };
    let mut all: Vec<File> = Vec::new();
    for (part, keys) in NAMED {
        let mut found: Vec<_> = keys.iter().filter_map(|key| link(get(&resource.attributes, key)?, "url")).collect();
        let photo = photos.iter().find(|(named, _)| *named == Some(*part));
        found.extend(photo.map(|(_, photo)| copies(photo)).unwrap_or_default());
        all.extend(best(*part, found).or_else(|| photo.map(|_| missing(*part))));
    }
    for (at, (_, photo)) in photos.iter().enumerate().filter(|(_, (part, _))| part.is_none()) {
        let part = Part::Photo(number(at));
        all.push(best(part, copies(photo)).unwrap_or_else(|| missing(part)));
    }
    all.extend(pages(resource));
    all
}

/// `files`, each with its renderable copy when there is one; a copy that belongs to none of them is a page of its own.
fn pages(resource: &Resource) -> Vec<File> {
    let (files, normalized) = (resource.list("files"), resource.list("files-normalized"));
    let mut copies: Vec<Option<&Value>> = normalized.iter().map(Some).collect();
    let in_order = files.len() == normalized.len();
    let stem = |file: &Value| {
        let name = file.get("filename").and_then(Value::as_str)?;
        Some(name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned())
    };
    let mut listed: Vec<Vec<&Value>> = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let same = |copy: &&Value| stem(file).is_some() && stem(copy) == stem(file);
        let found = if in_order { Some(at) } else { copies.iter().position(|copy| copy.as_ref().is_some_and(same)) };
        let copy = found.and_then(|found| copies.get_mut(found)?.take());
        listed.push(copy.into_iter().chain([file]).collect());
    }
    listed.extend(copies.into_iter().flatten().map(|copy| vec![copy]));
    let pages = listed.into_iter().enumerate().map(|(at, copies)| {
        let part = Part::Page(number(at));
        let links = copies.iter().filter_map(|copy| link(copy, "url")).collect();
        best(part, links).unwrap_or_else(|| missing(part))
    });
    pages.collect()
}

/// Every file that is listed, each once.
pub fn pictures(resource: &Resource, id: &ObjectId) -> Vec<Picture> {
    let files = files(resource).into_iter();
    files.map(|File { part, kind, name, .. }| Picture { object_id: id.clone(), part, kind, name }).collect()
}

/// The link to a file, out of a freshly fetched object.
pub fn picture_url(resource: &Resource, part: Part) -> Option<String> {
    files(resource).into_iter().find(|file| file.part == part)?.link
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(attributes: &Value) -> Vec<(String, FileKind, Option<String>)> {
        let whole = json!({"type": "verification/document", "id": "ver_1", "attributes": attributes});
        let found = serde_json::from_value::<Resource>(whole).ok();
        let found = found.and_then(|resource| Some((resource.object_id().ok()?, resource)));
        let (id, resource) = found.unwrap_or_else(|| panic!("{attributes}"));
        let all = pictures(&resource, &id).into_iter();
        all.map(|picture| (picture.part.code().into_owned(), picture.kind, picture_url(&resource, picture.part)))
            .collect()
    }

    fn at(name: &str) -> String {
        format!("https://files.withpersona.com/{name}?access_token=s")
    }

    fn file(name: &str) -> Value {
        json!({"filename": name, "url": at(name), "byte-size": 10})
    }

    #[test]
    fn every_file_of_a_document_is_a_page() {
        let found = read(&json!({"files": [file("a.jpg"), file("b.jpg"), file("c.pdf")], "files-normalized": []}));
        let kinds: Vec<_> = found.iter().map(|(part, kind, _)| (part.as_str(), *kind)).collect();
        assert_eq!(kinds, [("page", FileKind::Picture), ("page-2", FileKind::Picture), ("page-3", FileKind::Pdf)]);
        assert_eq!(found[1].2, Some(at("b.jpg")));
    }

    #[test]
    fn the_copy_that_can_be_drawn_is_taken() {
        let heic = read(&json!({"files": [file("a.heic")], "files-normalized": [file("a.jpg")]}));
        assert_eq!(heic, [("page".to_owned(), FileKind::Picture, Some(at("a.jpg")))]);
        // A copy that is no better does not hide the file itself.
        let worse = read(&json!({"files": [file("a.png")], "files-normalized": [file("a.pdf")]}));
        assert_eq!(worse, [("page".to_owned(), FileKind::Picture, Some(at("a.png")))]);
        // Copies of some of them: by name, and what belongs to none of them is shown as well.
        let some = read(&json!({"files": [file("a.png"), file("b.heic")], "files-normalized": [file("b.png")]}));
        assert_eq!(
            some.iter().map(|(_, _, link)| link.clone()).collect::<Vec<_>>(),
            [Some(at("a.png")), Some(at("b.png"))]
        );
        let more = read(&json!({"files": [file("a.pdf")], "files-normalized": [file("p1.png"), file("p2.png")]}));
        assert_eq!(more.len(), 3);
        let front = read(&json!({"front-photo-url": at("f.heic"), "photo-urls": [
            {"page": "front", "url": at("f.heic"), "normalized-url": at("f.jpg"), "filename": "f.heic"}]}));
        assert_eq!(front, [("front".to_owned(), FileKind::Picture, Some(at("f.jpg")))]);
    }

    #[test]
    fn photos_beyond_those_with_a_name_and_the_video_are_there() {
        let found = read(&json!({"front-photo-url": at("f.jpg"), "video-url": at("v.mp4"), "photo-urls": [
            {"page": "front", "url": at("f.jpg")}, {"page": "inside", "url": at("i.jpg")},
            {"page": "front", "url": at("f2.jpg")}, {"page": "back", "url": null}]}));
        let parts: Vec<_> = found.iter().map(|(part, kind, _)| (part.as_str(), *kind)).collect();
        assert_eq!(
            parts,
            [
                ("front", FileKind::Picture),
                ("back", FileKind::Missing),
                ("video", FileKind::Video),
                ("photo-2", FileKind::Picture),
                ("photo-3", FileKind::Picture)
            ]
        );
    }

    /// Made by arithmetic, so that a failure can be made again.
    #[test]
    fn no_file_that_is_listed_is_ever_left_out() {
        const ENDS: [&str; 6] = ["jpg", "pdf", "heic", "mp4", "docx", "png"];
        for case in 0..4000_usize {
            let mut state = case.wrapping_mul(2_654_435_761) ^ 0x9e37;
            let mut draw = |below: usize| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) % below
            };
            let mut some = |most: usize, name: &str| -> Vec<Value> {
                (0..draw(most))
                    .map(|n| match draw(8) {
                        0 => Value::Null,
                        1 => json!({"filename": format!("{name}{n}.jpg")}),
                        2 => json!({"url": at(&format!("{name}{n}"))}),
                        _ => file(&format!("{name}{n}.{}", ENDS[draw(ENDS.len())])),
                    })
                    .collect()
            };
            let (files, normalized, photos) = (some(6, "f"), some(6, "f"), some(4, "p"));
            let found = read(&json!({"files": files, "files-normalized": normalized, "photo-urls": photos}));
            let pages = found.iter().filter(|(part, ..)| part.starts_with("page")).count();
            let rest = found.len() - pages;
            assert!(pages >= files.len().max(normalized.len()) && pages <= files.len() + normalized.len(), "{case}");
            assert_eq!(rest, photos.len(), "{case}");
            let codes: std::collections::BTreeSet<_> = found.iter().map(|(part, ..)| part).collect();
            assert_eq!(codes.len(), found.len(), "{case}: each has an address of its own");
            for (part, kind, link) in &found {
                assert_eq!(link.is_none(), *kind == FileKind::Missing, "{case}: {part}");
            }
        }
    }
}
