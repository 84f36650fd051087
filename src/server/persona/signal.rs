//! What Persona tells of behaviour and networks, in whatever shape: what cannot be read as a name with a value is there all the same,
//! under a name that nobody knows.
use serde_json::{Map, Value};

use super::kebab;
use super::report::leaves;
use super::wire::{Resource, get, scalar};
use crate::domain::inquiry::Field;
use crate::domain::text::clean;

/// Signals and behaviours of an inquiry or a session, under any key that is called so.
pub fn behavior(attributes: &Map<String, Value>) -> Vec<Field> {
    let mut all = Vec::new();
    for (key, value) in attributes {
        let key = kebab(key);
        if ["signal", "behavior", "behaviour"].iter().any(|name| key.contains(name)) {
            told(&key, value, &mut all);
        }
    }
    all
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

/// One as `{name, value}`, or what stands in place of it.
fn named(key: &str, item: &Value, into: &mut Vec<Field>) {
    match item {
        Value::Object(one) if one.contains_key("value") => {
            let name = get(one, "name").and_then(scalar).filter(|name| !name.is_empty());
            let name = name.unwrap_or_else(|| "not named".to_owned());
            leaves(&kebab(name.trim_start_matches("inquiry/")), &one["value"], into);
        }
        Value::Object(one) => match get(one, "name").and_then(scalar) {
            // Named, and with a value under a key of another name.
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

/// Flags of a network that Persona publishes, with their words; one of another name is not assessed.
const FLAGS: &[(&str, &str)] =
    &[("is-vpn", "VPN"), ("is-tor", "Tor"), ("is-proxy", "Proxy"), ("is-datacenter", "Data centre")];

/// Flags that are set, and those of which it cannot be told.
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

/// What a network says of itself in words.
pub fn words_of(network: &Resource) -> Vec<Field> {
    let keys = [
        ("threat-level", "threat-level"),
        ("proxy-type", "proxy-type"),
        ("service-type", "connection"),
        ("ip-connection-type", "connection"),
    ];
    let words = keys.into_iter().filter_map(|(key, name)| {
        let value = get(&network.attributes, key)?;
        let value = scalar(value).unwrap_or_else(|| "of another shape".to_owned());
        (!value.is_empty()).then(|| Field { key: name.to_owned(), value })
    });
    words.collect()
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
}
