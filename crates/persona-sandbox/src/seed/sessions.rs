//! Sessions with their devices and networks.

use super::{
    super::{clock, sessions},
    people::Subject,
    plan::Times,
    plan::{BLOCK, Share, Status, Twist},
    rng::Rng,
};
use serde_json::{Value, json};

/// Shared devices and networks are shared within a block.
pub fn of(seed: u64, subject: &Subject, times: &Times) -> Vec<(Value, Value)> {
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
        // The ring's phone is one device, whichever person holds it. Other people have one device of their own for all
        // their sessions.
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
        // A mobile carrier puts many unrelated people behind a few addresses, so a shared address means nothing.
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
