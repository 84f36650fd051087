//! The account, the inquiry and its sessions for one subject.

use super::{
    super::{clock, creation, request::wrap, sessions},
    org,
    people::{Address, Firm, Subject},
    plan::{BLOCK, Share, Status, Template, Times, Twist},
    rng::Rng,
};
use serde_json::{Map, Value, json};

fn hash(members: &[(&str, Value)]) -> Value {
    let inner: Map<String, Value> = members.iter().map(|(key, value)| ((*key).to_owned(), wrap(key, value))).collect();
    json!({ "type": "hash", "value": inner })
}

pub fn address_field(address: &Address) -> Value {
    hash(&[
        ("street_1", address.street.as_str().into()),
        ("street_2", address.street2.as_deref().into()),
        ("subdivision", address.region.as_str().into()),
        ("city", address.city.as_str().into()),
        ("postal_code", address.postal.as_str().into()),
        ("country_code", address.country.into()),
    ])
}

pub fn account(subject: &Subject, times: &Times, hashed: &str) -> Value {
    let business = subject.firm.is_some();
    let status = match subject.slot.status {
        Status::Approved => "Approved",
        Status::Declined => "Declined",
        Status::NeedsReview => "Under review",
        _ => "Default",
    };
    let fields = match &subject.firm {
        Some(firm) => json!({
            "business_name": wrap("", &firm.name.as_str().into()), "registration_number": wrap("", &firm.number.as_str().into()),
            "incorporation_date": { "type": "date", "value": firm.founded }, "address": address_field(&subject.address),
            "phone_number": wrap("", &subject.phone.as_str().into()), "email_address": wrap("", &subject.email.as_str().into()),
        }),
        None if subject.slot.twist == Twist::Empty => json!({}),
        None => json!({
            "name": hash(&[
                ("first", subject.first.as_str().into()), ("middle", subject.middle.as_deref().into()),
                ("last", subject.last.as_str().into()),
            ]),
            "address": address_field(&subject.address),
            "identification_numbers": { "type": "array", "value": [hash(&[
                ("identification_class", subject.land.id_class.into()), ("identification_number", subject.number.as_str().into()),
                ("issuing_country", subject.land.code.into()), ("hashed_identification_number", hashed.into()),
            ])] },
            "birthdate": wrap("birthdate", &subject.birth.as_str().into()),
            "phone_number": wrap("", &subject.phone.as_str().into()), "email_address": wrap("", &subject.email.as_str().into()),
            "selfie_photo": { "type": "file", "value": null },
        }),
    };
    let last = if subject.slot.status.finished() { times.decided.max(times.marked) } else { times.created };
    json!({
        "type": "account", "id": subject.account,
        "attributes": {
            "reference-id": subject.reference, "account-type-name": if business { "Business" } else { "User" },
            "account-status": status, "created-at": clock::iso(times.created - 1000), "updated-at": clock::iso(last),
            "redacted-at": null, "tags": [], "fields": fields,
        },
        "relationships": { "account-type": { "data": {
            "type": "account-type", "id": if business { org::business_type() } else { org::user_type() },
        } } },
    })
}

fn fields(subject: &Subject) -> Value {
    let mut fields = creation::default_fields();
    if subject.slot.twist == Twist::Empty {
        return fields;
    }
    let address = &subject.address;
    let rows: [(&str, Option<&str>); 13] = [
        ("name-first", Some(&subject.first)),
        ("name-middle", subject.middle.as_deref()),
        ("name-last", Some(&subject.last)),
        ("address-street-1", Some(&address.street)),
        ("address-street-2", address.street2.as_deref()),
        ("address-city", Some(&address.city)),
        ("address-subdivision", Some(&address.region)),
        ("address-postal-code", Some(&address.postal)),
        ("address-country-code", Some(address.country)),
        ("birthdate", Some(&subject.birth)),
        ("email-address", Some(&subject.email)),
        ("phone-number", Some(&subject.phone)),
        ("identification-number", if subject.slot.status == Status::Created { None } else { Some(&subject.number) }),
    ];
    for (key, value) in rows {
        fields[key] = wrap(key, &value.into());
    }
    if let Some(Firm { name, number, kind, founded }) = &subject.firm {
        fields["business-name"] = wrap("", &name.as_str().into());
        fields["business-registration-number"] = wrap("", &number.as_str().into());
        fields["business-type"] = wrap("", &(*kind).into());
        fields["incorporation-date"] = json!({ "type": "date", "value": founded });
    }
    fields
}

pub fn template_name(template: Template) -> &'static str {
    match template {
        Template::Standard => "KYC standard",
        Template::Enhanced => "KYC enhanced",
        Template::Business => "KYB onboarding",
    }
}

/// The inquiry in its last state; `children` are what it gathered.
pub fn inquiry(subject: &Subject, times: &Times, rng: &mut Rng, children: &[(Value, Value)]) -> Value {
    let status = subject.slot.status;
    let mut inquiry =
        creation::blank(&subject.inquiry, times.created, &org::template_ids(template_name(subject.slot.template)));
    let attributes = &mut inquiry["attributes"];
    attributes["status"] = status.name().into();
    attributes["reference-id"] = subject.reference.as_str().into();
    attributes["creator"] = if rng.chance(80) { "API" } else { "maya.okafor@reviewer.example" }.into();
    attributes["fields"] = fields(subject);
    attributes["tags"] = match subject.slot.template {
        Template::Enhanced => json!(["edd"]),
        Template::Business if rng.chance(40) => json!(["priority"]),
        _ => json!([]),
    };
    let mut last = times.created;
    let mut stamp = |attributes: &mut Value, key: &str, at: i64| {
        attributes[key] = clock::iso(at).into();
        last = last.max(at);
    };
    if status != Status::Created {
        stamp(attributes, "started-at", times.started);
        attributes["previous-step-name"] = "verification_selfie".into();
        attributes["behaviors"] = json!({
            "bot-score": rng.below(12), "behavior-threat-level": "low", "completion-time": rng.score(90, 500),
            "autofill-starts": rng.below(4), "distraction-events": rng.below(6), "shortcut-pastes": rng.below(3),
            "devtools-open": false, "debugger-attached": false,
        });
    }
    match status {
        Status::Created | Status::Pending => attributes["expires-at"] = clock::iso(times.created + 86_400_000).into(),
        Status::Failed => stamp(attributes, "failed-at", times.ended),
        Status::Expired => stamp(attributes, "expired-at", times.expired),
        _ => stamp(attributes, "completed-at", times.ended),
    }
    if status.finished() {
        attributes["next-step-name"] = "success".into();
    }
    if matches!(status, Status::NeedsReview | Status::Approved | Status::Declined) {
        stamp(attributes, "marked-for-review-at", times.marked);
    }
    if matches!(status, Status::Approved | Status::Declined) {
        stamp(attributes, "decisioned-at", times.decided);
        attributes["reviewer-comment"] = comment(subject, rng).into();
    }
    attributes["updated-at"] = clock::iso(last).into();
    let mut reviewer = Value::Null;
    if matches!(status, Status::Approved | Status::Declined) {
        let emails: Vec<&str> = org::REVIEWERS.iter().map(|row| row.0).collect();
        reviewer = json!({ "type": "user", "id": org::fixed("user", rng.text(&emails)) });
    }
    let relationships = &mut inquiry["relationships"];
    relationships["reviewer"] = json!({ "data": reviewer });
    relationships["account"] = json!({ "data": { "type": "account", "id": subject.account } });
    for (name, kind) in [
        ("reports", "report"),
        ("verifications", "verification"),
        ("sessions", "inquiry-session"),
        ("documents", "document"),
        ("selfies", "selfie"),
    ] {
        let of = children.iter().map(|(child, _)| child).filter(|child| super::super::store::kind(child) == kind);
        let rows: Vec<Value> = of.map(|child| json!({ "type": child["type"], "id": child["id"] })).collect();
        relationships[name] = json!({ "data": rows });
    }
    inquiry
}

fn comment(subject: &Subject, rng: &mut Rng) -> &'static str {
    match (subject.slot.status, subject.slot.twist) {
        (Status::Approved, Twist::Optional) => "Glare only; document read without trouble.",
        (Status::Approved, _) => rng.text(&[
            "Document and selfie in order.",
            "All checks passed, address proof on file.",
            "Matches the register entry.",
        ]),
        (_, Twist::Tampered) => "Photo shows a screen, not a card.",
        (_, Twist::LowSimilarity) => "Selfie is not the person on the card.",
        (_, Twist::Tor) => "Address could not be placed; would not repeat without Tor.",
        (_, Twist::AdverseMedia) => "Open proceedings against the director.",
        _ => "Does not meet policy.",
    }
}

/// Sessions with device and network; what is shared is shared by block.
pub fn sessions(seed: u64, subject: &Subject, times: &Times) -> Vec<(Value, Value)> {
    let mut rng = Rng::new(&[seed, 20, subject.index]);
    if subject.slot.status == Status::Created && rng.chance(60) {
        return Vec::new();
    }
    let count = if subject.slot.status != Status::Created && rng.chance(35) { 2 } else { 1 };
    let block = subject.index / BLOCK;
    let mut docs = Vec::new();
    for number in 0..count {
        let mut own = Rng::new(&[seed, 21, subject.index, number]);
        let mut shared = Rng::new(&[seed, 22, block]);
        let ring = subject.slot.share == Share::Device;
        // The ring's phone is one device whoever holds it; everyone else keeps theirs from session to session.
        let mut hardware = if ring { Rng::new(&[seed, 23, block]) } else { Rng::new(&[seed, 24, subject.index]) };
        let device = json!({
            "type": "device", "id": hardware.id("dev"),
            "attributes": {
                "device-vendor-id": null, "device-fingerprint": format!("{:016x}{:08x}", hardware.next(), hardware.next() >> 32),
                "browser-fingerprint": format!("{:016x}", hardware.next()),
            },
        });
        let office = subject.slot.share == Share::Office;
        let (vpn, tor) = (subject.slot.twist == Twist::Vpn, subject.slot.twist == Twist::Tor);
        let ip = match (office, vpn || tor) {
            (true, _) => format!("198.51.100.{}", shared.between(2, 250)),
            (_, true) => format!("192.0.2.{}", own.between(1, 254)),
            _ => {
                format!("{}{}", own.text(&["203.0.113.", "203.0.113.", "192.0.2.", "198.51.100."]), own.between(1, 254))
            }
        };
        let phone = ring || (!office && own.chance(65));
        // A carrier puts many strangers behind a few addresses, which means nothing.
        let carrier = (phone && !ring && !vpn && !tor && own.chance(60)).then(|| {
            let mut carrier = Rng::named(&format!("{seed}/carrier/{}/{}", subject.land.code, own.below(3)));
            (format!("203.0.113.{}", carrier.between(1, 254)), carrier.id("net"))
        });
        let ip = carrier.as_ref().map_or(ip, |(ip, _)| ip.clone());
        let (kind, isp) = match (office, vpn, tor) {
            (true, ..) => ("corporate", "Riverbend Business Park"),
            (_, true, _) => ("datacenter", "Veil Hosting"),
            (_, _, true) => ("datacenter", "Onion Transit"),
            _ if phone => ("mobile", "Example Wireless"),
            _ => ("residential", "Example Broadband"),
        };
        let threat = if tor {
            "high"
        } else if vpn || (ring && own.chance(50)) {
            "medium"
        } else {
            "low"
        };
        let network_id = match &carrier {
            Some((_, id)) => id.clone(),
            None if office => shared.id("net"),
            None => own.id("net"),
        };
        let (country, lat, lon) =
            if tor { ("NL", 52.37, 4.90) } else { (subject.land.code, subject.land.lat, subject.land.lon) };
        let country_name = if tor { "Netherlands" } else { subject.land.name };
        let jitter = |rng: &mut Rng| f64::from(i32::try_from(rng.between(-200, 200)).unwrap_or(0)) / 10_000.0;
        let (lat, lon) = (round(lat + jitter(&mut own)), round(lon + jitter(&mut own)));
        let created = times.created + 30_000 + i64::try_from(number).unwrap_or(0) * 45_000;
        let network = json!({
            "type": "network", "id": network_id,
            "attributes": {
                "created-at": clock::iso(created), "ip-address": ip, "service-provider": isp, "service-type": kind,
                "proxy-type": if tor { Some("tor") } else if vpn { Some("vpn") } else { None }, "threat-level": threat,
                "country-code": country, "country-name": country_name, "region-code": subject.address.region_code,
                "region-name": subject.address.region, "latitude": lat, "longitude": lon,
            },
        });
        let mut session = sessions::blank(&own.id("iqse"), &subject.inquiry, created);
        if subject.slot.status != Status::Created {
            let live = subject.slot.status == Status::Pending;
            let ended = if live { Value::Null } else { clock::iso(times.ended.max(created + 60_000)).into() };
            let (os, version, browser, name, agent) = if phone {
                if own.chance(55) {
                    (
                        "iOS",
                        "19.1",
                        "Mobile Safari",
                        "Apple iPhone",
                        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X)",
                    )
                } else {
                    ("Android", "16", "Chrome Mobile", "Pixel 10", "Mozilla/5.0 (Linux; Android 16; Pixel 10)")
                }
            } else {
                ("Windows", "11", "Chrome", "Desktop", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)")
            };
            let gps = phone && !tor && own.chance(70);
            let changes = json!({
                "status": if live { "active" } else { "expired" }, "started-at": clock::iso(created + 5000), "expired-at": ended,
                "ip-address": ip, "user-agent": agent, "os-name": os, "os-full-version": version,
                "device-type": if phone { "smartphone" } else { "desktop" }, "device-name": name, "browser-name": browser,
                "browser-full-version": version, "device-handoff-method": if phone { Some("qr") } else { None },
                "is-proxy": tor || vpn, "is-tor": tor, "is-datacenter": tor || vpn, "is-vpn": vpn, "threat-level": threat,
                "country-code": country, "country-name": country_name, "region-code": subject.address.region_code,
                "region-name": subject.address.region, "latitude": lat, "longitude": lon, "ip-connection-type": kind,
                "gps-latitude": gps.then_some(lat), "gps-longitude": gps.then_some(lon), "gps-precision": gps.then_some("precise"),
                "ip-isp": isp, "network-organization": isp,
            });
            for (key, value) in changes.as_object().into_iter().flatten() {
                session["attributes"][key] = value.clone();
            }
            session["relationships"]["device"] = json!({ "data": { "type": "device", "id": device["id"] } });
            session["relationships"]["network"] = json!({ "data": { "type": "network", "id": network["id"] } });
            docs.push((device, Value::Null));
            docs.push((network, Value::Null));
        }
        docs.push((session, Value::Null));
    }
    docs
}

fn round(degrees: f64) -> f64 {
    (degrees * 10_000.0).round() / 10_000.0
}
