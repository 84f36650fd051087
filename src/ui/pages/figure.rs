//! Figures: what waits and for how long, what is decided and how fast. Pictures to look at, each with the same as a table.
use std::time::Duration;

use leptos::prelude::*;
use maud::{Markup, html};

use crate::api;
use crate::domain::blind::{Agreement, strength};
use crate::domain::desk::FiguresPage;
use crate::domain::figure::{Day, Ends, Figures as Found, Spread};
use crate::domain::text::words;
use crate::domain::time::span;
use crate::ui::fetch::fetched;
use crate::ui::parts::layout::Bar;
use crate::ui::parts::load::load;
use crate::ui::parts::panel::{heading, heading_with};
use crate::ui::parts::table::empty;
use crate::ui::plain::plain;

#[component]
pub fn Figures() -> impl IntoView {
    let page = fetched(|| (), |()| api::figure::figures());
    view! {
        <Bar title="Figures"><span class="grow"></span><span class="muted">"The last 30 days, in UTC"</span></Bar>
        {load(page, 8, draw)}
    }
}

fn time(seconds: u64) -> String {
    span(Duration::from_secs(seconds))
}

fn draw(page: FiguresPage) -> AnyView {
    let html = plain(|| {
        html! {
            (tiles(&page))
            @if page.cut {
                p.banner data-tone="warn" { "There are more decisions than are counted here: these are the newest 200,000." }
            }
            (ageing(&page.ageing))
            (throughput(&page.figures))
            @if !page.figures.all.ends.is_empty() {
                div.pair {
                    (table("By reviewer", "Reviewer", &page.figures.by_reviewer))
                    (table("By template", "Template", &page.figures.by_template))
                }
            }
            (agreed(&page.agreement))
            p.muted.small { "Only decisions that Persona confirmed count as decided; on which day counts when they were made. Pending ones can still be taken back, wait for a second reviewer, are on their way or of unknown outcome. Not carried out: Persona refused them or had been decided by another hand. Time to decision runs from when the inquiry began to wait for a person until somebody made a decision that was confirmed." }
        }
    });
    view! { <div class="evidence single" {..html}></div> }.into_any()
}

fn tile(title: &str, tone: Option<&str>, figure: &str) -> Markup {
    html! { div data-tone=[tone] { dt { (title) } dd.num { (figure) } } }
}

fn tiles(page: &FiguresPage) -> Markup {
    let waiting: i64 = page.ageing.iter().map(|(_, n)| n).sum();
    let all = &page.figures.all;
    let timed = |seconds: u64| if all.ends.confirmed > 0 { time(seconds) } else { "—".to_owned() };
    html! {
        dl.figure-tiles {
            (tile("Wait for review", None, &waiting.to_string()))
            (tile("Overdue", (page.overdue > 0).then_some("bad"), &page.overdue.to_string()))
            @for (name, n) in all.ends.parts() {
                (tile(&format!("{name} in 30 days"), None, &n.to_string()))
            }
            (tile("Time to decision, median", None, &timed(all.p50)))
            (tile("Time to decision, 95th percentile", None, &timed(all.p95)))
        }
    }
}

fn ageing(ageing: &[(String, i64)]) -> Markup {
    let most = ageing.iter().map(|(_, n)| *n).max().unwrap_or(0).max(1);
    html! {
        section.panel #ageing {
            (heading("How long those who wait have waited"))
            ul.bars {
                @for (label, n) in ageing {
                    li {
                        span { (label) }
                        meter min="0" max=(most) value=(n) aria-label={ (n) " inquiries" } {}
                        span.num.right { (n) }
                    }
                }
            }
        }
    }
}

fn throughput(found: &Found) -> Markup {
    let legend = html! {
        span.bar-legend {
            span data-part="approved" { "Approved" } span data-part="declined" { "Declined" } span data-part="marked" { "Marked for review" }
        }
    };
    html! {
        section.panel #throughput {
            (heading_with("Confirmed decisions a day", &legend))
            @if found.all.ends.confirmed == 0 {
                (empty("Nothing was confirmed yet", "Each decision of the last 30 days stands here as soon as Persona has confirmed it."))
            } @else {
                (days(&found.days))
            }
        }
    }
}

/// A bar for each day, verdicts on top of each other.
fn days(days: &[Day]) -> Markup {
    const HIGH: usize = 120;
    let most = days.iter().map(Day::total).max().unwrap_or(0).max(1);
    // From the ground up; whole units, so that a single decision is seen among thousands.
    let part = |n: usize| if n == 0 { 0 } else { (n * HIGH / most).max(2) };
    let bar = |at: usize, day: &Day| {
        let mut ground = HIGH;
        let parts =
            [("approved", day.approved), ("declined", day.declined), ("marked", day.marked)].map(|(name, n)| {
                ground = ground.saturating_sub(part(n));
                (name, ground, part(n))
            });
        html! {
            g {
                title { (day.date) ": " (day.approved) " approved, " (day.declined) " declined, " (day.marked) " marked for review" }
                rect.ground x=(at * 24) y="0" width="24" height=(HIGH) {}
                @for (name, y, high) in parts { rect data-part=(name) x=(at * 24 + 3) y=(y) width="18" height=(high) {} }
            }
        }
    };
    html! {
        svg.days viewBox={ "0 0 " (days.len() * 24) " " (HIGH) } role="img" aria-label={ "Confirmed decisions a day; the most on one day are " (most) } preserveAspectRatio="none" {
            @for (at, day) in days.iter().enumerate() { (bar(at, day)) }
        }
        p.row.small.muted.num {
            span { @if let Some(day) = days.first() { (day.date) } } span.grow {}
            span { "at most " (most) " a day" } span.grow {}
            span { @if let Some(day) = days.last() { (day.date) } }
        }
        details {
            summary.small { "The same as a table" }
            div.scroll tabindex="0" role="region" aria-label="Confirmed decisions a day" {
                table.rows.small-rows {
                    thead { tr { th scope="col" { "Day" } th.right scope="col" { "Approved" } th.right scope="col" { "Declined" } th.right scope="col" { "Marked" } } }
                    tbody {
                        @for day in days.iter().rev() {
                            tr {
                                th.num scope="row" { (day.date) }
                                @for n in [day.approved, day.declined, day.marked] { td.right.num { (n) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// How far two people who judge the same evidence apart agree.
fn agreed(found: &Agreement) -> Markup {
    html! {
        section.panel #agreement {
            (heading_with("Blind second reviews", &html! { span.muted.small { "The last year" } }))
            @if found.pairs == 0 {
                (empty("Nothing was judged twice yet", "Which share of decisions a colleague judges once more, without knowing the verdict, stands in the policy under Rules."))
            } @else {
                (both(found))
            }
            @if found.knew > 0 {
                p.muted.small { (found.knew) " more do not count: the second reviewer had opened the inquiry after it was decided." }
            }
        }
    }
}

fn both(found: &Agreement) -> Markup {
    let kappa = found.kappa.map_or_else(
        || "not to be told: all verdicts were the same".to_owned(),
        |kappa| {
            let sign = if kappa < 0 { "−" } else { "" };
            format!("{sign}{}.{:03}, {}", kappa.abs() / 1000, kappa.abs() % 1000, strength(kappa))
        },
    );
    html! {
        dl.figure-tiles {
            (tile("Judged twice", None, &found.pairs.to_string()))
            (tile("The same verdict", None, &format!("{} of 100", (found.same * 100 + found.pairs / 2) / found.pairs)))
            (tile("Beyond chance (Cohen’s kappa)", None, &kappa))
        }
        div.scroll tabindex="0" role="region" aria-label="Verdicts of both" {
            table.rows.small-rows {
                thead { tr { th scope="col" { "First verdict" } th scope="col" { "Second verdict" } th.right scope="col" { "How often" } } }
                tbody {
                    @for (first, second, n) in &found.table {
                        tr data-tone=[(first != second).then_some("warn")] {
                            td { (words(first)) }
                            td { @if second == "mark-for-review" { "Could not tell" } @else { (words(second)) } }
                            td.right.num { (n) }
                        }
                    }
                }
            }
        }
    }
}

fn table(title: &str, what: &str, rows: &[(String, Spread)]) -> Markup {
    html! {
        section.panel {
            (heading(title))
            div.scroll tabindex="0" role="region" aria-label=(title) {
                table.rows.small-rows {
                    thead {
                        tr {
                            th scope="col" { (what) }
                            @for (name, _) in Ends::default().parts() { th.right scope="col" { (name) } }
                            th.right scope="col" title="Half of the confirmed ones were decided within this time" { "p50" }
                            th.right scope="col" { "p75" } th.right scope="col" { "p95" }
                        }
                    }
                    tbody {
                        @for (name, spread) in rows {
                            tr {
                                th scope="row" dir="auto" { (name) }
                                @for (_, n) in spread.ends.parts() { td.right.num { (n) } }
                                @for seconds in [spread.p50, spread.p75, spread.p95] {
                                    td.right.num { @if spread.ends.confirmed > 0 { (time(seconds)) } @else { "—" } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
