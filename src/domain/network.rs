//! The meaning of Persona's words for networks and behaviour. The words are an open list: an unknown one is never good.
use super::inquiry::{DEVICE_NOT_READ, Field, InquirySession};
use super::signal::{Signal, Tone};
use super::text::words;

/// The level of a threat, by Persona's word for it in any spelling.
pub(super) fn threat(word: &str) -> Option<Threat> {
    Some(match plain(word).as_str() {
        "none" | "very-low" | "low" => Threat::Low,
        "medium" | "moderate" | "elevated" => Threat::Medium,
        "high" | "very-high" | "severe" | "critical" => Threat::High,
        _ => return None,
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Threat {
    Low,
    Medium,
    High,
}

/// Lower case, with words joined by hyphens.
pub(super) fn plain(word: &str) -> String {
    word.trim().to_lowercase().replace(['_', ' '], "-")
}

fn warn(label: impl Into<String>) -> Option<Signal> {
    Some(Signal { tone: Tone::Warn, label: label.into() })
}

/// The signal of one statement about a network, if it speaks against it.
fn statement(key: &str, value: &str) -> Option<Signal> {
    let word = plain(value);
    let unknown = |what: &str| warn(format!("{what} “{value}” not assessed"));
    match key {
        "threat-level" => match threat(value) {
            Some(Threat::Low) => None,
            Some(_) => warn(format!("Network threat {}", words(&word).to_lowercase())),
            None => unknown("Network threat"),
        },
        "proxy-type" => match word.as_str() {
            "none" => None,
            "vpn" => warn("VPN"),
            "tor" => warn("Tor"),
            "residential" | "mobile" | "corporate" => warn("Proxy"),
            _ => unknown("Proxy type"),
        },
        "connection" => match word.as_str() {
            "mobile" | "cellular" | "residential" | "corporate" | "business" | "education" => None,
            "datacenter" | "data-center" | "hosting" => warn("Data centre"),
            "vpn" => warn("VPN"),
            "tor" => warn("Tor"),
            "proxy" => warn("Proxy"),
            _ => unknown("Connection type"),
        },
        _ => unknown(&words(key)),
    }
}

impl InquirySession {
    /// Whether it is unknown which device was used.
    pub fn is_without_device(&self) -> bool {
        self.network_flags.iter().any(|flag| flag == DEVICE_NOT_READ)
    }

    /// Signals against the network of the session.
    pub fn against(&self) -> Vec<Signal> {
        let flags = self.network_flags.iter().map(|flag| Signal { tone: Tone::Warn, label: flag.clone() });
        let own = [("threat-level", &self.threat_level), ("connection", &self.connection)];
        let own = own.into_iter().filter_map(|(key, value)| statement(key, value.as_deref()?));
        let network = self.network.iter().filter_map(|Field { key, value }| statement(key, value));
        let mut all: Vec<Signal> = Vec::new();
        for signal in flags.chain(own).chain(network) {
            if !all.contains(&signal) {
                all.push(signal);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_nobody_knows_is_not_good() {
        let label = |key: &str, value: &str| statement(key, value).map(|signal| signal.label);
        for good in ["low", "LOW", "very_low", "none"] {
            assert_eq!(label("threat-level", good), None, "{good}");
        }
        for (value, wanted) in [
            ("medium", "Network threat medium"),
            ("critical", "Network threat critical"),
            ("HIGH", "Network threat high"),
            ("very_high", "Network threat very high"),
            ("unknown", "Network threat “unknown” not assessed"),
            ("not high", "Network threat “not high” not assessed"),
        ] {
            assert_eq!(label("threat-level", value).as_deref(), Some(wanted));
        }
        assert_eq!(label("proxy-type", "Tor").as_deref(), Some("Tor"));
        assert_eq!(label("proxy-type", "residential").as_deref(), Some("Proxy"));
        assert_eq!(label("proxy-type", "unknown").as_deref(), Some("Proxy type “unknown” not assessed"));
        assert_eq!(label("connection", "residential"), None);
        assert_eq!(label("connection", "vpn").as_deref(), Some("VPN"));
        assert_eq!(label("connection", "satellite").as_deref(), Some("Connection type “satellite” not assessed"));
    }
}
