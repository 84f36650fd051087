//! Signals about how the applicant behaved, from Persona's signals and behaviours. Persona publishes no list of their
//! names, so one that is not known here does not count as good.
use super::inquiry::Field;
use super::network::{Threat, plain, threat};
use super::signal::{Signal, Tone};
use super::text::words;

/// A bot score of at least this, out of 100, is a signal for the reviewer.
const HIGH_BOT_SCORE: f64 = 80.0;

/// Names from Persona's examples that by themselves say nothing against the applicant (CONTRACT.md section 9.2).
const SILENT: &[&str] = &[
    "completion-time",
    "autofill-starts",
    "autofill-cancels",
    "distraction-events",
    "shortcut-copies",
    "shortcut-pastes",
    "api-version-less-than-minimum-count",
    "mobile-sdk-version-less-than-minimum-count",
];

/// The name of a value without the path to it: `inquiry/bot_score` and `Bot-Score.score` are both `bot-score`.
fn name(key: &str) -> String {
    let key = key.split('.').next().unwrap_or(key);
    plain(key.rsplit('/').next().unwrap_or(key))
}

/// Whether it happened, from a number of times or a yes or no. `None` when the value is neither.
fn happened(value: &str) -> Option<bool> {
    match plain(value).as_str() {
        "no" | "false" | "none" | "never" => Some(false),
        "yes" | "true" => Some(true),
        number => number.parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0).map(|n| n > 0.0),
    }
}

pub(super) fn conspicuous(field: &Field) -> Option<Signal> {
    let warn = |label: String| Some(Signal { tone: Tone::Warn, label });
    let name = name(&field.key);
    let unknown = |what: &str| warn(format!("{what} “{}” not assessed", field.value));
    let counted = |label: &str| match happened(&field.value) {
        Some(true) => warn(label.to_owned()),
        Some(false) => None,
        None => unknown(label),
    };
    match name.as_str() {
        "bot-score" => match field.value.trim().parse::<f64>().ok() {
            // A score between 0 and 1 is unclear: its scale may end at 1 or at 100.
            Some(score) if !(0.0..=100.0).contains(&score) || (score > 0.0 && score < 1.0) => unknown("Bot score"),
            Some(score) if score >= HIGH_BOT_SCORE => warn(format!("Bot score {}", field.value)),
            Some(_) => None,
            None => unknown("Bot score"),
        },
        "behavior-threat-level" | "threat-level" => match threat(&field.value) {
            Some(Threat::Low) => None,
            Some(Threat::High) => Some(Signal { tone: Tone::Bad, label: "Behaviour: high threat".into() }),
            Some(Threat::Medium) => warn("Behaviour: medium threat".into()),
            None => unknown("Behaviour: threat"),
        },
        "request-spoof-attempts" | "user-agent-spoof-attempts" => counted("Spoofed requests"),
        "debugger-attached" | "devtools-open" => counted("Developer tools open"),
        silent if SILENT.contains(&silent) || silent.starts_with("hesitation-") => None,
        // A count of zero or a “no” is not a signal, under any name.
        _ if happened(&field.value) == Some(false) => None,
        other => warn(format!("Signal “{}” not assessed", words(other))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(key: &str, value: &str) -> Option<(Tone, String)> {
        let field = Field { key: key.into(), value: value.into() };
        conspicuous(&field).map(|signal| (signal.tone, signal.label))
    }

    #[test]
    fn a_value_that_cannot_be_judged_is_not_good() {
        let warned = |label: &str| Some((Tone::Warn, label.to_owned()));
        for (value, wanted) in [
            ("12", None),
            ("0", None),
            ("99.5", warned("Bot score 99.5")),
            ("97%", warned("Bot score “97%” not assessed")),
            ("0.97", warned("Bot score “0.97” not assessed")),
            ("high", warned("Bot score “high” not assessed")),
            ("NaN", warned("Bot score “NaN” not assessed")),
            ("-1", warned("Bot score “-1” not assessed")),
            ("970", warned("Bot score “970” not assessed")),
        ] {
            for key in ["bot-score", "Bot-Score", "bot_score", "inquiry/bot-score", "bot-score.score"] {
                assert_eq!(of(key, value), wanted, "{key} {value}");
            }
        }
        assert_eq!(of("user-agent-spoof-attempts", "several"), warned("Spoofed requests “several” not assessed"));
        assert_eq!(of("devtools-open", "true"), warned("Developer tools open"));
        assert_eq!(of("devtools-open", "no"), None);
        assert_eq!(of("threat-level", "severe"), Some((Tone::Bad, "Behaviour: high threat".into())));
        assert_eq!(of("behavior-threat-level", "HIGH"), Some((Tone::Bad, "Behaviour: high threat".into())));
        assert_eq!(of("behavior-threat-level", "high, low"), warned("Behaviour: threat “high, low” not assessed"));
        assert_eq!(of("inquiry/is-suspicious", "yes"), warned("Signal “Is suspicious” not assessed"));
        assert_eq!(of("inquiry/is-suspicious", "no"), None);
        assert_eq!(of("autofill-cancels", "99"), None);
    }
}
