//! The files of a verification or document in the domain's form, and the link to one of them.
use super::files::{File, files};
use super::json_api::Resource;
use crate::domain::id::ObjectId;
use crate::domain::picture::{Part, Picture};

/// Returns every file that is listed, each once.
pub fn pictures(resource: &Resource, id: &ObjectId) -> Vec<Picture> {
    let files = files(resource).into_iter();
    files.map(|File { part, kind, name, .. }| Picture { object_id: id.clone(), part, kind, name }).collect()
}

/// Returns the link to a file from a freshly read object.
pub fn picture_url(resource: &Resource, part: Part) -> Option<String> {
    files(resource).into_iter().find(|file| file.part == part)?.link
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::picture::FileKind;

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
        // Copies of some files are matched by name; a copy that belongs to none of them is shown as well.
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

    #[test]
    fn a_pdf_stays_beside_its_copies_and_no_page_takes_the_place_of_another() {
        let two = read(&json!({"files": [file("two.pdf"), file("b.jpg")],
            "files-normalized": [file("two-1.jpg"), file("two-2.jpg")]}));
        let links: Vec<_> = two.iter().filter_map(|(_, _, link)| link.clone()).collect();
        assert_eq!(links, [at("two.pdf"), at("b.jpg"), at("two-1.jpg"), at("two-2.jpg")]);
        let one = read(&json!({"files": [file("a.pdf")], "files-normalized": [file("a.jpg")]}));
        assert_eq!(one.iter().map(|(_, kind, _)| *kind).collect::<Vec<_>>(), [FileKind::Pdf, FileKind::Picture]);
        let same = read(&json!({"files": [file("a.pdf")], "files-normalized": [file("a.pdf")]}));
        assert_eq!(same.len(), 1);
        let suffix = read(&json!({"files": [file("a.heic")], "files-normalized": [file("a_normalized.jpg")]}));
        assert_eq!(suffix, [("page".to_owned(), FileKind::Picture, Some(at("a_normalized.jpg")))]);
        let three = read(&json!({"files": [file("a.jpg"), file("b.jpg"), file("a.png")],
            "files-normalized": [file("b.jpg"), file("a.jpg")]}));
        let links: Vec<_> = three.into_iter().filter_map(|(_, _, link)| link).collect();
        assert_eq!(links, [at("a.jpg"), at("b.jpg"), at("a.png")]);
    }

    #[test]
    fn files_of_another_shape_and_under_other_keys_are_there() {
        let parts = |attributes: &Value| -> Vec<(String, FileKind)> {
            read(attributes).into_iter().map(|(part, kind, _)| (part, kind)).collect()
        };
        let own = |part: &str, kind| (part.to_owned(), kind);
        let unlinked =
            json!({"front-photo": {"filename": "front.jpg", "url": null}, "back-photo": {"filename": "back.jpg"}});
        assert_eq!(parts(&unlinked), [own("front", FileKind::Missing), own("back", FileKind::Missing)]);
        assert_eq!(parts(&json!({"front-photo": null, "front-photo-url": null, "files": null, "photo-urls": []})), []);
        assert_eq!(parts(&json!({"files": {}})), [own("page", FileKind::Missing)]);
        let object =
            json!({"files": {"0": file("a.jpg"), "1": file("b.pdf")}, "photo-urls": {"front": {"url": at("c.jpg")}}});
        assert_eq!(
            parts(&object),
            [own("photo-1", FileKind::Picture), own("page", FileKind::Picture), own("page-2", FileKind::Pdf)]
        );
        let keys = json!({"signature-image-url": at("s.jpg"), "nfc-photo-url": at("n.jpg"), "selfie-video-url": at("v"),
            "left_video_url": at("l.mp4"), "video-urls": [at("w.mp4")], "center-video": file("x.mp4"), "website-url": "https://a.test/"});
        let found = parts(&keys);
        let kinds = |wanted| found.iter().filter(|(_, kind)| *kind == wanted).count();
        assert_eq!((found.len(), kinds(FileKind::Picture), kinds(FileKind::Video)), (6, 2, 4), "{found:?}");
        // Two files under one part, and one file under two keys.
        let two = json!({"selfie-photo-url": at("p1.jpg"), "selfie-photo": file("p2.jpg"), "portrait-photo": file("q1.jpg"),
            "face-image": file("q2.jpg"), "selfie-compare-image-url": at("q3.jpg")});
        assert_eq!(
            read(&two).iter().filter_map(|(_, _, link)| link.clone()).collect::<std::collections::BTreeSet<_>>().len(),
            5
        );
        let one = json!({"selfie-photo-url": at("p1.jpg"), "selfie-photo": file("p1.jpg")});
        assert_eq!(parts(&one), [own("portrait", FileKind::Picture)]);
        let fronts = json!({"front-photo-url": at("a.jpg"), "photo-urls": [
            {"page": "front", "url": at("zzz.jpg")}, {"page": "Front", "url": at("f3.jpg")}]});
        let links: Vec<_> = read(&fronts).into_iter().map(|(part, _, link)| (part, link.unwrap_or_default())).collect();
        assert_eq!(
            links,
            [
                ("front".to_owned(), at("a.jpg")),
                ("photo-2".to_owned(), at("f3.jpg")),
                ("photo-3".to_owned(), at("zzz.jpg"))
            ]
        );
    }

    /// The cases are computed, so that a failure can be repeated.
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
