//! Figures: what waits and for how long, what is decided and how fast. Charts, also as tables.
use std::time::Duration;

use leptos::prelude::*;
use maud::{Markup, html};

use crate::api;
use crate::domain::blind::{Agreement, strength};
use crate::domain::page_data::statistics::FiguresPage;
use crate::domain::statistics::{DayFigures, Ends, Figures as Found, Spread};
use crate::domain::text::words;
use crate::domain::time::span;
use crate::ui::leptos_ext::static_html::static_html;
use crate::ui::parts::layout::Bar;
use crate::ui::parts::load_state::load;
use crate::ui::parts::panel::{heading, heading_with};
use crate::ui::parts::table::empty;
use crate::ui::resource::fetched;

#[component]
pub fn Figures() -> impl IntoView {
    let page = fetched(|| (), |()| api::statistics::figures());
    view! {
        <Bar title="Statistics"><span class="grow"></span><span class="muted">"The last 30 days, in UTC"</span></Bar>
        {load(page, 8, draw)}
    }
}

fn time(seconds: u64) -> String {
    span(Duration::from_secs(seconds))
}

fn draw(page: FiguresPage) -> AnyView {
    let html = static_html(|| {
        html! {
            (tiles(&page))
            @if page.cut {
                p.banner data-tone="warn" { "There are more decisions than this page counts. It counts the newest 200,000." }
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
            p.muted.small { "Only decisions that Persona confirmed count as decided, on the day on which they were made. Pending decisions can still be withdrawn, wait for a second reviewer, are being sent, or have an unknown outcome. “Not carried out” means that Persona rejected the decision, or that someone else had already decided in Persona. Time to decision is the time from when the inquiry began to wait for a reviewer until a reviewer made a decision that Persona confirmed." }
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
        dl.statistics-tiles {
            (tile("Waiting for review", None, &waiting.to_string()))
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
            (heading("Age of waiting inquiries"))
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
            (heading_with("Confirmed decisions per day", &legend))
            @if found.all.ends.confirmed == 0 {
                (empty("No confirmed decisions yet", "Decisions of the last 30 days appear here when Persona confirms them."))
            } @else {
                (days(&found.days))
            }
        }
    }
}

/// A stacked bar for each day, with a part for each verdict.
fn days(days: &[DayFigures]) -> Markup {
    const HIGH: usize = 120;
    let most = days.iter().map(DayFigures::total).max().unwrap_or(0).max(1);
    // Stacked from the bottom in whole units, at least two, so that a single decision is visible among thousands.
    let part = |n: usize| if n == 0 { 0 } else { (n * HIGH / most).max(2) };
    let bar = |at: usize, day: &DayFigures| {
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
        svg.days viewBox={ "0 0 " (days.len() * 24) " " (HIGH) } role="img" aria-label={ "Confirmed decisions per day; the most on one day: " (most) } preserveAspectRatio="none" {
            @for (at, day) in days.iter().enumerate() { (bar(at, day)) }
        }
        p.row.small.muted.num {
            span { @if let Some(day) = days.first() { (day.date) } } span.grow {}
            span { "most on one day: " (most) " decisions" } span.grow {}
            span { @if let Some(day) = days.last() { (day.date) } }
        }
        details {
            summary.small { "Show as table" }
            div.scroll tabindex="0" role="region" aria-label="Confirmed decisions per day" {
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

/// How far two reviewers who judge the same evidence independently agree.
fn agreed(found: &Agreement) -> Markup {
    html! {
        section.panel #agreement {
            (heading_with("Blind reviews", &html! { span.muted.small { "The last year" } }))
            @if found.pairs == 0 {
                (empty("No blind reviews yet", "The policy under Rules sets the share of decisions that a colleague judges again without seeing the verdict."))
            } @else {
                (both(found))
            }
            @if found.knew > 0 {
                p.muted.small { (found.knew) " not counted: the reviewer of the blind review had opened the inquiry after it was decided." }
            }
        }
    }
}

fn both(found: &Agreement) -> Markup {
    let kappa = found.kappa.map_or_else(
        || "not computable: all verdicts were the same".to_owned(),
        |kappa| {
            let sign = if kappa < 0 { "−" } else { "" };
            format!("{sign}{}.{:03}, {}", kappa.abs() / 1000, kappa.abs() % 1000, strength(kappa))
        },
    );
    html! {
        dl.statistics-tiles {
            (tile("Judged twice", None, &found.pairs.to_string()))
            (tile("The same verdict", None, &format!("{}%", (found.same * 100 + found.pairs / 2) / found.pairs)))
            (tile("Agreement beyond chance (Cohen’s kappa)", None, &kappa))
        }
        div.scroll tabindex="0" role="region" aria-label="Verdicts of both reviewers" {
            table.rows.small-rows {
                thead { tr { th scope="col" { "First verdict" } th scope="col" { "Second verdict" } th.right scope="col" { "Decisions" } } }
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
                            th.right scope="col" title="Median: half of the confirmed decisions were made within this time" { "p50" }
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
