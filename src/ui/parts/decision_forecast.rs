//! The forecast next to the decision buttons: what a decision will meet, shown before anything is sent.
use maud::{Markup, html};

use crate::domain::decision::warning::{Forecast, WarningLine};
use crate::domain::text::words;

/// One line for each thing that refuses a verdict, requires a second reviewer, or should be looked at first.
pub fn ahead(forecast: &Forecast) -> Markup {
    let of_verdicts = forecast.verdicts.iter().flat_map(|outlook| outlook.lines(&words(&outlook.verdict)));
    let lines: Vec<WarningLine> = of_verdicts.chain(forecast.notes.iter().cloned()).collect();
    html! {
        @if !lines.is_empty() {
            p.strong.small { "Before you decide" }
            ul.ahead {
                @for line in &lines {
                    li data-tone=(line.tone.as_str()) {
                        (line.text)
                        @if let Some(at) = &line.at { " " a href={ "#" (at) } rel="external" { "Show" } }
                    }
                }
            }
        }
    }
}
