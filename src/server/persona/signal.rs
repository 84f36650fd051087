//! What Persona reports about behaviour and networks, in any shape. What cannot be read as a name with a value is
//! included all the same, under a name that is not known.
use serde_json::{Map, Value};

use super::inflection::kebab;
use super::json_api::{Resource, get, scalar};
use super::value::leaves;
use crate::domain::denial::denial;
use crate::domain::inquiry::Field;
use crate::domain::text::{clean, words};

/// Returns signals and behaviours of an inquiry or a session, under any key that is called so.
pub fn behavior(attributes: &Map<String, Value>) -> Vec<Field> {
    let mut all = Vec::new();
    for (key, value) in attributes {
        let key = kebab(key);
        if is_behavior(&key) {
            told(&key, value, &mut all);
        }
    }
    all
}

fn is_behavior(key: &str) -> bool {
    ["signal", "behavior", "behaviour"].iter().any(|name| key.contains(name))
}

fn told(key: &str, value: &Value, into: &mut Vec<Field>) {
    match value {
        Value::Null => {}
        Value::Array(items) => items.iter().for_each(|item| named(key, item, into)),
        Value::Object(one) if one.contains_key("name") && one.contains_key("value") => named(key, value, into),
        Value::Object(map) => map.iter().for_each(|(name, value)| leaves(&kebab(name), value, into)),
        other => shapeless(key, other, into),
    }
}

/// Reads one item as `{name, value}`, or in another shape.
fn named(key: &str, item: &Value, into: &mut Vec<Field>) {
    match item {
        Value::Object(one) if one.contains_key("value") => {
            let name = get(one, "name").and_then(scalar).filter(|name| !name.is_empty());
            let name = name.unwrap_or_else(|| "not named".to_owned());
            leaves(&kebab(name.trim_start_matches("inquiry/")), &one["value"], into);
        }
        Value::Object(one) => match get(one, "name").and_then(scalar) {
            // It has a name, and its value is under a key of another name.
            Some(name) => one
                .iter()
                .filter(|(key, _)| *key != "name")
                .for_each(|(_, value)| leaves(&kebab(name.trim_start_matches("inquiry/")), value, into)),
            None => one.iter().for_each(|(name, value)| leaves(&kebab(name), value, into)),
        },
        other => shapeless(key, other, into),
    }
}

fn shapeless(key: &str, value: &Value, into: &mut Vec<Field>) {
    let value = scalar(value).unwrap_or_else(|| value.to_string()).chars().take(200).collect();
    into.push(Field { key: clean(&format!("{key} of another shape")), value });
}

/// Flags of a network that Persona publishes, with their labels. A flag of another name is not assessed.
const FLAGS: &[(&str, &str)] =
    &[("is-vpn", "VPN"), ("is-tor", "Tor"), ("is-proxy", "Proxy"), ("is-datacenter", "Data centre")];

/// Returns the flags that are set, and those that may be set.
pub fn flags(resource: &Resource) -> Vec<String> {
    let others = resource.attributes.keys().map(|key| kebab(key));
    let others = others.filter(|key| key.starts_with("is-") && FLAGS.iter().all(|(known, _)| known != key));
    let known = FLAGS.iter().map(|(key, label)| ((*key).to_owned(), Some(*label)));
    let all = known.chain(others.map(|key| (key, None)));
    let flags = all.filter_map(|(key, label)| {
        let value = get(&resource.attributes, &key)?;
        let said = scalar(value).unwrap_or_else(|| "of another shape".to_owned());
        match (said.to_lowercase().as_str(), label) {
            ("no" | "false" | "0", _) => None,
            ("yes" | "true" | "1", Some(label)) => Some(label.to_owned()),
            (_, label) => Some(format!("{} “{}” not assessed", label.unwrap_or(&key), clean(&said))),
        }
    });
    flags.collect()
}

/// Members of a network whose values are words, with the desk's names for them.
const WORDS: [(&str, &str); 4] = [
    ("threat-level", "threat-level"),
    ("proxy-type", "proxy-type"),
    ("service-type", "connection"),
    ("ip-connection-type", "connection"),
];

/// Returns these members of a session or its network.
pub fn words_of(network: &Resource) -> Vec<Field> {
    let words = WORDS.into_iter().filter_map(|(key, name)| {
        let value = get(&network.attributes, key)?;
        let value = scalar(value).unwrap_or_else(|| "of another shape".to_owned());
        (!value.is_empty()).then(|| Field { key: name.to_owned(), value })
    });
    words.collect()
}

/// Other members that Persona publishes of a session, its network and its device.
const PUBLISHED: &[&str] = &[
    "browser-fingerprint",
    "browser-full-version",
    "browser-name",
    "country-code",
    "country-name",
    "created-at",
    "device-fingerprint",
    "device-handoff-method",
    "device-name",
    "device-type",
    "device-vendor-id",
    "expired-at",
    "gps-latitude",
    "gps-longitude",
    "gps-precision",
    "ip-address",
    "ip-isp",
    "latitude",
    "longitude",
    "mobile-sdk-full-version",
    "mobile-sdk-name",
    "network-organization",
    "os-full-version",
    "os-name",
    "region-code",
    "region-name",
    "service-provider",
    "started-at",
    "status",
    "user-agent",
];
/// Members that name the device or program of the applicant.
const EQUIPMENT: &[&str] = &["browser-name", "device-name", "device-type", "mobile-sdk-name", "os-name", "user-agent"];
/// Parts of the names of tools that imitate a device, or take it over.
const TOOLS: &[&str] = &[
    "bluestacks",
    "cydia",
    "emulator",
    "frida",
    "genymotion",
    "headless",
    "jailbr",
    "magisk",
    "phantomjs",
    "playwright",
    "puppeteer",
    "sdk built for",
    "selenium",
    "simulator",
    "webdriver",
    "xposed",
];

/// Returns what speaks against a session, its network or its device, besides what is read elsewhere.
pub fn against(resource: &Resource) -> Vec<String> {
    let whose = words(resource.kind.trim_start_matches("inquiry-"));
    let mut all = Vec::new();
    for (key, value) in &resource.attributes {
        let key = kebab(key);
        let elsewhere = key.starts_with("is-") || is_behavior(&key) || WORDS.iter().any(|(word, _)| *word == key);
        if elsewhere {
            continue;
        }
        if !PUBLISHED.contains(&key.as_str()) {
            let mut said = Vec::new();
            leaves(&key, value, &mut said);
            all.extend(said.iter().filter_map(denial).map(|(_, what)| format!("{whose}: {what}")));
        } else if value.is_object() || value.is_array() {
            all.push(format!("{} “of another shape” not assessed", words(&key)));
        } else if EQUIPMENT.contains(&key.as_str()) {
            let said = scalar(value).unwrap_or_default().to_lowercase();
            let tool = TOOLS.iter().find(|tool| said.contains(**tool));
            all.extend(tool.map(|tool| format!("{}: {tool}", words(&key))));
        }
    }
    all.dedup();
    all
}

/// Kilometres between the position of a device and that of its network address, from which on they are two places. Of
/// the addresses of carriers, at best the country is known.
const FAR: f64 = 2000.0;
const EARTH: f64 = 6371.0;

/// Returns what speaks against the position of a device, compared with that of the network.
pub fn astray(session: &Resource, network: Option<&Resource>) -> Option<String> {
    let number = |of: &Resource, key: &str, most: f64| {
        let text = of.text(key)?;
        Some(text.trim().parse::<f64>().ok().filter(|number| number.abs() <= most))
    };
    let place = |of: &Resource, before: &str| {
        let latitude = number(of, &format!("{before}latitude"), 90.0);
        let longitude = number(of, &format!("{before}longitude"), 180.0);
        (latitude.is_some() || longitude.is_some()).then(|| latitude.flatten().zip(longitude.flatten()))
    };
    let device = place(session, "gps-")?;
    let address = place(session, "").or_else(|| place(network?, ""));
    let Some((device, address)) = device.zip(address.flatten()) else {
        return Some("GPS position not assessed".to_owned());
    };
    let away = distance(device, address);
    (away > FAR).then(|| format!("GPS position {away:.0} km from that of the network"))
}

/// Kilometres between two places by latitude and longitude.
fn distance((lat_a, lon_a): (f64, f64), (lat_b, lon_b): (f64, f64)) -> f64 {
    let (lat_a, lat_b, lon) = (lat_a.to_radians(), lat_b.to_radians(), (lon_b - lon_a).to_radians());
    let half = ((lat_b - lat_a) / 2.0).sin().powi(2) + lat_a.cos() * lat_b.cos() * (lon / 2.0).sin().powi(2);
    2.0 * EARTH * half.clamp(0.0, 1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(attributes: &Value) -> Vec<(String, String)> {
        let all = behavior(attributes.as_object().unwrap_or(&Map::new()));
        all.into_iter().map(|field| (field.key, field.value)).collect()
    }

    #[test]
    fn no_signal_is_left_out_for_its_shape_or_its_key() {
        let pair = |key: &str, value: &str| vec![(key.to_owned(), value.to_owned())];
        for (attributes, wanted) in [
            (json!({"signals": [{"name": "inquiry/bot_score", "value": 99}]}), pair("bot-score", "99")),
            (json!({"behaviors": {"bot_score": 99}}), pair("bot-score", "99")),
            (json!({"behaviors": [{"bot-score": 99}]}), pair("bot-score", "99")),
            (json!({"behavior": {"botScore": 99}}), pair("bot-score", "99")),
            (json!({"signals": [{"name": "Bot-Score", "value": 99}]}), pair("bot-score", "99")),
            (json!({"risk-signals": {"x": "high"}}), pair("x", "high")),
            (json!({"behaviors": [{"name": "bot-score", "value": {"score": 99}}]}), pair("bot-score.score", "99")),
            (json!({"behaviors": [{"name": "bot-score", "score": 99}]}), pair("bot-score", "99")),
            (json!({"signals": "bot detected"}), pair("signals of another shape", "bot detected")),
            (json!({"behaviors": ["bot-score: 99"]}), pair("behaviors of another shape", "bot-score: 99")),
            (json!({"signals": null, "behaviors": {}}), vec![]),
            (json!({"behaviors": {"bot-score": null}}), vec![]),
        ] {
            assert_eq!(told(&attributes), wanted, "{attributes}");
        }
    }

    #[test]
    fn a_flag_in_another_shape_is_no_denial() {
        let of = |attributes: Value| {
            let whole = json!({"type": "inquiry-session", "id": "iqse_1", "attributes": attributes});
            serde_json::from_value::<Resource>(whole).map(|resource| flags(&resource)).unwrap_or_default()
        };
        assert_eq!(of(json!({"is-vpn": "true", "is-tor": 1, "is_proxy": true})), ["VPN", "Tor", "Proxy"]);
        assert_eq!(
            of(json!({"is-vpn": false, "is-tor": null, "is-proxy": "false", "is-relay": false})),
            [] as [&str; 0]
        );
        assert_eq!(of(json!({"is-relay": true})), ["is-relay “yes” not assessed"]);
        assert_eq!(of(json!({"is-vpn": [true]})), ["VPN “of another shape” not assessed"]);
    }

    fn session(attributes: Value) -> Resource {
        let whole = json!({"type": "inquiry-session", "id": "iqse_1", "attributes": attributes});
        serde_json::from_value(whole).unwrap_or_else(|why| panic!("{why}"))
    }

    #[test]
    fn what_a_session_says_against_itself_under_any_name_is_said() {
        for attributes in [
            json!({"risk": "high"}),
            json!({"fraud-score": 99}),
            json!({"device-type": "emulator"}),
            json!({"device-name": "Android SDK built for x86"}),
            json!({"vpn": true}),
            json!({"tor": "yes"}),
            json!({"jailbroken": true}),
            json!({"abuse-reputation": "critical"}),
            json!({"blocked": true}),
            json!({"geolocationMismatch": true}),
            json!({"mobile_sdk_name": "frida"}),
            json!({"device": {"tampered": true}}),
            json!({"device-name": {"value": "emulator"}}),
        ] {
            assert_eq!(against(&session(attributes.clone())).len(), 1, "{attributes}");
        }
    }

    #[test]
    fn published_sessions_say_nothing_against_themselves() {
        let published = include_str!("../../../tests/contract/persona/objects-2025-12-08.json");
        let published: Vec<Value> = serde_json::from_str(published).unwrap_or_default();
        let mut seen = 0;
        for object in published {
            let kind = object["type"].as_str().unwrap_or_default();
            if matches!(kind, "inquiry-session" | "network" | "device") {
                let mut one = session(object["attributes"].clone());
                kind.clone_into(&mut one.kind);
                assert_eq!(against(&one), [] as [&str; 0], "{object}");
                let sample = object["source"].as_str().is_some_and(|source| source.starts_with("schema"));
                assert!(sample || astray(&one, None).is_none(), "{object}");
                seen += 1;
            }
        }
        assert!(seen > 6, "{seen}");
    }

    #[test]
    fn a_device_far_from_its_network_is_said() {
        let of = |gps: Value, network: Value| {
            let at = session(json!({"gps-latitude": gps[0], "gps-longitude": gps[1]}));
            let network = session(json!({"latitude": network[0], "longitude": network[1]}));
            astray(&at, Some(&network))
        };
        let (dubai, abu_dhabi, pyongyang) = (json!([25.2, 55.27]), json!([24.45, 54.38]), json!([39.0392, 125.7625]));
        assert_eq!(of(json!([null, null]), dubai.clone()), None);
        assert_eq!(of(abu_dhabi, dubai.clone()), None);
        let far = of(pyongyang, dubai.clone());
        assert!(far.is_some_and(|said| said.contains(" km from that of the network")));
        for odd in [json!([25.2, null]), json!(["somewhere", 55.0]), json!([100_027, 100_028])] {
            assert_eq!(of(odd, dubai.clone()).as_deref(), Some("GPS position not assessed"));
        }
        assert_eq!(of(dubai, json!([null, null])).as_deref(), Some("GPS position not assessed"));
    }
}
