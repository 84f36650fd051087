//! Verifications, and the documents and selfies behind them.

use super::{
    super::{clock, files::MARK},
    checks::{GOVERNMENT_ID, SELFIE, checks, id_failures, selfie_failures},
    inquiry::template_name,
    org,
    people::{Address, Subject},
    plan::{Times, Twist},
    rng::Rng,
};
use serde_json::{Value, json};

pub fn shell(kind: &str, id: &str, subject: &Subject, times: &Times, country: Option<&str>) -> Value {
    let (template, version) = org::template_ids(template_name(subject.slot.template));
    json!({
        "type": format!("verification/{kind}"), "id": id,
        "attributes": {
            "status": "passed", "created-at": clock::iso(times.started), "created-at-ts": times.started / 1000,
            "submitted-at": clock::iso(times.submitted), "submitted-at-ts": times.submitted / 1000,
            "completed-at": clock::iso(times.submitted + 7000), "completed-at-ts": times.submitted / 1000 + 7,
            "redacted-at": null, "country-code": country, "tags": [], "checks": [],
        },
        "relationships": {
            "inquiry": { "data": { "type": "inquiry", "id": subject.inquiry } }, "template": { "data": null },
            "inquiry-template": { "data": { "type": "inquiry-template", "id": template } },
            "inquiry-template-version": { "data": { "type": "inquiry-template-version", "id": version } },
            "transaction": { "data": null }, "verification-template": { "data": org::verification_template(kind) },
            "verification-template-version": { "data": org::verification_template_version(kind) },
            "accounts": { "data": [{ "type": "account", "id": subject.account }] },
        },
    })
}

pub fn merge(object: &mut Value, more: Value) {
    if let (Some(members), Value::Object(more)) = (object.as_object_mut(), more) {
        members.extend(more);
    }
}

pub fn judge(verification: &mut Value, (rows, passed): (Vec<Value>, bool)) {
    verification["attributes"]["checks"] = rows.into();
    verification["attributes"]["status"] = if passed { "passed" } else { "failed" }.into();
}

fn document(kind: &str, id: &str, subject: &Subject, times: &Times, files: &[String]) -> Value {
    let (template, version) = org::template_ids(template_name(subject.slot.template));
    let files: Vec<Value> = files.iter().map(|id| json!({ "type": "document-file", "id": id })).collect();
    json!({
        "type": format!("document/{kind}"), "id": id,
        "attributes": {
            "status": "processed", "created-at": clock::iso(times.started), "processed-at": clock::iso(times.submitted + 3000),
            "processed-at-ts": times.submitted / 1000 + 3,
        },
        "relationships": {
            "inquiry": { "data": { "type": "inquiry", "id": subject.inquiry } }, "template": { "data": null },
            "inquiry-template": { "data": { "type": "inquiry-template", "id": template } },
            "inquiry-template-version": { "data": { "type": "inquiry-template-version", "id": version } },
            "transaction": { "data": null }, "document-files": { "data": files },
        },
    })
}

fn file(name: &str, size: i64) -> Value {
    json!({ "filename": name.split_once('-').map_or(name, |(_, part)| part), "url": format!("{MARK}{name}"), "byte-size": size })
}

fn file_object(id: &str, name: &str, size: i64) -> Value {
    json!({
        "type": "document-file", "id": id,
        "attributes": { "name": name.split_once('-').map(|(_, part)| part), "capture-method": "auto", "originals": [file(name, size)] },
    })
}

pub fn address(address: &Address) -> Value {
    json!({
        "address-street-1": address.street, "address-street-2": address.street2, "address-city": address.city,
        "address-subdivision": address.region_code, "address-postal-code": address.postal,
    })
}

/// Objects, each with the data that only the sandbox knows about it.
pub type Docs = Vec<(Value, Value)>;

/// Skin tone that is common in the country; any tone for countries with people from everywhere.
fn tone(subject: &Subject, face: u64) -> u64 {
    match subject.land.code {
        "NG" | "ZW" => 2,
        "AE" | "EG" | "MA" | "IN" | "MX" | "TR" | "IL" => 1,
        "US" | "GB" | "BR" | "FR" => (face >> 40) % 3,
        _ => 0,
    }
}

pub fn government_id(subject: &Subject, times: &Times, rng: &mut Rng, twist: Twist) -> Docs {
    let (ver, doc) = (rng.id("ver"), rng.id("doc"));
    let card = subject.on_card();
    let two_sided = subject.land.id_class != "pp";
    let front = format!("{MARK}{ver}-front.png");
    let back = two_sided.then(|| format!("{MARK}{ver}-back.png"));
    let portrait = file(&format!("{ver}-portrait.png"), rng.between(18_000, 40_000));
    let mut photos = Vec::new();
    for (page, url) in std::iter::once(("front", &front)).chain(back.iter().map(|url| ("back", url))) {
        photos.push(json!({
            "page": page, "url": url, "normalized-url": url, "original-urls": [url], "byte-size": rng.between(60_000, 140_000),
            "filename": format!("{page}.png"),
        }));
    }
    let native = |pick: fn(&(String, String)) -> &String| subject.native.as_ref().map(pick);
    let mut identity = json!({
        "id-class": subject.land.id_class, "name-first": card.first, "name-middle": subject.middle, "name-last": card.last,
        "name-suffix": null, "native-name-first": native(|name| &name.0), "native-name-middle": null,
        "native-name-last": native(|name| &name.1), "native-name-title": null, "birthdate": card.birth,
        "issuing-authority": null, "issuing-subdivision": card.address.region_code, "nationality": subject.land.code,
        "document-number": if two_sided { None } else { Some(subject.number.as_str()) }, "visa-status": null,
        "issue-date": subject.issued, "expiration-date": subject.expires, "designations": [], "birthplace": null,
        "endorsements": null, "height": null, "sex": if subject.woman { "F" } else { "M" }, "restrictions": null,
        "vehicle-class": if subject.land.id_class == "dl" { Some("C") } else { None }, "identification-number": subject.number,
    });
    merge(&mut identity, address(&card.address));
    let mut verification = shell("government-id", &ver, subject, times, Some(subject.land.code));
    let attributes = &mut verification["attributes"];
    merge(attributes, identity.clone());
    merge(
        attributes,
        json!({
            "entity-confidence-reasons": ["generic"], "entity-confidence-score": rng.score(88, 99), "front-photo-url": front,
            "back-photo-url": back, "photo-urls": photos, "selfie-photo": portrait, "selfie-photo-url": portrait["url"],
            "video-url": null, "capture-method": rng.text(&["auto", "auto", "manual", "upload"]), "from-reusable-persona": false,
        }),
    );
    judge(&mut verification, checks(GOVERNMENT_ID, id_failures(twist)));
    if twist == Twist::BirthdateAndWatchlist {
        for check in verification["attributes"]["checks"].as_array_mut().into_iter().flatten() {
            if check["name"] == "id_inquiry_comparison" {
                check["metadata"] = json!({ "birthdate": "mismatch", "name-first": "match", "name-last": "match" });
            }
        }
    }
    verification["relationships"]["document"] = json!({ "data": { "type": "document/government-id", "id": doc } });
    let sides: Vec<&str> = if two_sided { vec!["front", "back"] } else { vec!["front"] };
    let ids: Vec<String> = sides.iter().map(|_| rng.id("docf")).collect();
    let mut paper = document("government-id", &doc, subject, times, &ids);
    merge(&mut paper["attributes"], identity);
    merge(
        &mut paper["attributes"],
        json!({
            "front-photo": file(&format!("{doc}-front.png"), rng.between(60_000, 140_000)),
            "back-photo": two_sided.then(|| file(&format!("{doc}-back.png"), rng.between(40_000, 90_000))),
            "selfie-photo": file(&format!("{doc}-portrait.png"), rng.between(18_000, 40_000)),
        }),
    );
    let look = json!({ "face": subject.face, "blurry": twist == Twist::Blurry, "replica": twist == Twist::Tampered, "woman": subject.woman, "tone": tone(subject, subject.face) });
    let mut docs = vec![(verification, look.clone()), (paper, look)];
    for (id, side) in ids.iter().zip(sides) {
        docs.push((file_object(id, &format!("{doc}-{side}.png"), rng.between(60_000, 140_000)), Value::Null));
    }
    docs
}

pub fn selfie(subject: &Subject, times: &Times, rng: &mut Rng, twist: Twist) -> Docs {
    let (ver, own) = (rng.id("ver"), rng.id("self"));
    let low = twist == Twist::LowSimilarity;
    let mut verification = shell("selfie", &ver, subject, times, None);
    let mut photos = Vec::new();
    for page in ["left", "center", "right"] {
        photos.push(json!({
            "page": format!("{page}_photo"), "url": format!("{MARK}{ver}-{page}.png"), "byte-size": rng.between(60_000, 140_000),
            "filename": format!("{page}.png"),
        }));
    }
    merge(
        &mut verification["attributes"],
        json!({
            "capture-method": "photo", "center-photo-url": format!("{MARK}{ver}-center.png"),
            "center-photo-face-coordinates": { "top-left": [212, 180], "top-right": [508, 180], "bottom-left": [212, 604], "bottom-right": [508, 604] },
            "left-photo-url": format!("{MARK}{ver}-left.png"), "right-photo-url": format!("{MARK}{ver}-right.png"),
            "document-similarity-score": if low { rng.score(41, 71) } else { rng.score(88, 99) }, "entity-confidence-reasons": [],
            "selfie-similarity-score-left": rng.score(93, 99), "selfie-similarity-score-right": rng.score(93, 99),
            "from-reusable-persona": false, "photo-urls": photos, "video-url": null,
        }),
    );
    judge(&mut verification, checks(SELFIE, selfie_failures(twist)));
    let picture = json!({
        "type": "selfie/profile-and-center", "id": own,
        "attributes": { "status": "processed", "created-at": clock::iso(times.started), "processed-at": clock::iso(times.submitted + 2000) },
        "relationships": { "inquiry": { "data": { "type": "inquiry", "id": subject.inquiry } } },
    });
    // If the faces are to differ, another person is in front of the camera.
    let face = if low { subject.face.rotate_left(17) } else { subject.face };
    vec![
        (verification, json!({ "face": face, "woman": subject.woman, "tone": tone(subject, subject.face) })),
        (picture, Value::Null),
    ]
}

pub fn bill(subject: &Subject, times: &Times, rng: &mut Rng) -> Docs {
    let (ver, doc, docf) = (rng.id("ver"), rng.id("doc"), rng.id("docf"));
    let size = rng.between(60_000, 120_000);
    let found = |key: &str, value: &str| {
        json!({
            "extraction-type": "guided", "field-name": key, "structured-results": [],
            "results": [{ "value": value, "page": 1, "match-level": "full", "metadata": null }],
        })
    };
    let extracted = json!([
        found("address_street_1", &subject.address.street),
        found("address_city", &subject.address.city),
        found("name_full", &subject.shown()),
    ]);
    let mut verification = shell("document", &ver, subject, times, Some(subject.land.code));
    let own = file(&format!("{ver}-page.png"), size);
    merge(
        &mut verification["attributes"],
        json!({
            "fields": {}, "files": [own], "files-normalized": [own], "extraction-responses": extracted, "document-type": "standard_utility_bill",
        }),
    );
    judge(
        &mut verification,
        checks(
            &[
                ("document_type_detection", true),
                ("document_expired_detection", true),
                ("document_extracted_properties_detection", true),
                ("document_fabrication_detection", false),
            ],
            &[],
        ),
    );
    verification["relationships"]["document"] = json!({ "data": { "type": "document/generic", "id": doc } });
    let mut paper = document("generic", &doc, subject, times, std::slice::from_ref(&docf));
    let page = file(&format!("{doc}-page.png"), size);
    merge(
        &mut paper["attributes"],
        json!({
            "kind": "utility_bill", "files": [page], "files-normalized": [page], "extraction-responses": extracted,
            "document-type": "standard_utility_bill", "fields": {},
        }),
    );
    let look = json!({
        "name": subject.shown(), "street": subject.address.street, "city": format!("{} {}", subject.address.postal, subject.address.city),
        "country": subject.land.name, "date": clock::date(times.created - 20 * 86_400_000), "face": subject.face,
    });
    let kept = file_object(&docf, &format!("{doc}-page.png"), size);
    vec![(verification, look.clone()), (paper, look), (kept, Value::Null)]
}
