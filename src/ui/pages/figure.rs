//! Figures: what waits and for how long, what is decided and how fast. Pictures to look at, each with the same as a table.
use std::time::Duration;

use leptos::prelude::*;

use crate::api;
use crate::domain::blind::{Agreement, strength};
use crate::domain::desk::FiguresPage;
use crate::domain::figure::{Day, Spread};
use crate::domain::text::words;
use crate::domain::time::span;
use crate::ui::parts::frame::Bar;
use crate::ui::parts::load::load;
use crate::ui::parts::table::Empty;

#[component]
pub fn Figures() -> impl IntoView {
    let page = Resource::new(|| (), |()| api::figure::figures());
    view! {
        <Bar title="Figures"><span class="grow"></span><span class="muted">"The last 30 days, in UTC"</span></Bar>
        {load(page, 8, draw)}
    }
}

fn time(seconds: u64) -> String {
    span(Duration::from_secs(seconds))
}

fn draw(page: FiguresPage) -> AnyView {
    let found = page.figures;
    let waiting: i64 = page.ageing.iter().map(|(_, n)| n).sum();
    let most = page.ageing.iter().map(|(_, n)| *n).max().unwrap_or(0).max(1);
    let all = found.all;
    view! {
        <div class="evidence single">
            <dl class="figure-tiles">
                <div><dt>"Wait for review"</dt><dd class="num">{waiting}</dd></div>
                <div data-tone=(page.overdue > 0).then_some("bad")><dt>"Overdue"</dt><dd class="num">{page.overdue}</dd></div>
                <div><dt>"Decided in 30 days"</dt><dd class="num">{all.n}</dd></div>
                <div><dt>"Time to decision, half of them"</dt><dd class="num">{if all.n > 0 { time(all.p50) } else { "—".to_owned() }}</dd></div>
                <div><dt>"Slowest 5 of 100, from"</dt><dd class="num">{if all.n > 0 { time(all.p95) } else { "—".to_owned() }}</dd></div>
            </dl>
            {page.cut.then(|| view! { <p class="banner" data-tone="warn">"There are more decisions than are counted here: these are the newest 200,000."</p> })}
            <section class="panel" id="ageing">
                <header><h2>"How long those who wait have waited"</h2></header>
                <ul class="bars">{page.ageing.into_iter().map(|(label, n)| view! {
                    <li><span>{label}</span><meter min="0" max=most.to_string() value=n.to_string() aria-label=format!("{n} inquiries")></meter><span class="num right">{n}</span></li>
                }).collect_view()}</ul>
            </section>
            <section class="panel" id="throughput">
                <header><h2>"Decisions a day"</h2><span class="grow"></span>
                    <span class="bar-legend"><span data-part="approved">"Approved"</span><span data-part="declined">"Declined"</span><span data-part="marked">"Marked for review"</span></span></header>
                {if all.n == 0 {
                    view! { <Empty title="Nothing was decided yet" hint="Each decision of the last 30 days stands here as soon as it is made." /> }.into_any()
                } else {
                    view! { <Days days=found.days.clone() /> }.into_any()
                }}
            </section>
            {(all.n > 0).then(|| view! {
                <div class="pair">
                    <Table title="By reviewer" what="Reviewer" rows=found.by_reviewer />
                    <Table title="By template" what="Template" rows=found.by_template />
                </div>
            })}
            <Agreed found=page.agreement />
            <p class="muted small">"Time to decision runs from when the inquiry began to wait for a person until somebody decided; taken back decisions do not count."</p>
        </div>
    }
    .into_any()
}

/// A bar for each day, verdicts on top of each other.
#[component]
fn Days(days: Vec<Day>) -> impl IntoView {
    const HIGH: usize = 120;
    let most = days.iter().map(Day::total).max().unwrap_or(0).max(1);
    let wide = days.len() * 24;
    // From the ground up; whole units, so that a single decision is seen among thousands.
    let part = |n: usize| if n == 0 { 0 } else { (n * HIGH / most).max(2) };
    let bars = days.iter().enumerate().map(|(at, day)| {
        let mut ground = HIGH;
        let parts = [("approved", day.approved), ("declined", day.declined), ("marked", day.marked)];
        let drawn = parts.map(|(name, n)| {
            ground = ground.saturating_sub(part(n));
            view! { <rect data-part=name x=at * 24 + 3 y=ground width="18" height=part(n) /> }
        });
        let said = format!(
            "{}: {} approved, {} declined, {} marked for review",
            day.date, day.approved, day.declined, day.marked
        );
        view! { <g><title>{said}</title><rect class="ground" x=at * 24 y="0" width="24" height=HIGH />{drawn}</g> }
    });
    let (first, last) = (days.first().map(|day| day.date.clone()), days.last().map(|day| day.date.clone()));
    view! {
        <svg class="days" viewBox=format!("0 0 {wide} {HIGH}") role="img" aria-label=format!("Decisions a day; the most on one day are {most}") preserveAspectRatio="none">{bars.collect_view()}</svg>
        <p class="row small muted num"><span>{first}</span><span class="grow"></span><span>{format!("at most {most} a day")}</span><span class="grow"></span><span>{last}</span></p>
        <details><summary class="small">"The same as a table"</summary>
            <div class="scroll" tabindex="0" role="region" aria-label="Decisions a day"><table class="rows small-rows">
                <thead><tr><th scope="col">"Day"</th><th scope="col" class="right">"Approved"</th><th scope="col" class="right">"Declined"</th><th scope="col" class="right">"Marked"</th></tr></thead>
                <tbody>{days.into_iter().rev().map(|day| view! {
                    <tr><th scope="row" class="num">{day.date}</th><td class="right num">{day.approved}</td><td class="right num">{day.declined}</td><td class="right num">{day.marked}</td></tr>
                }).collect_view()}</tbody>
            </table></div>
        </details>
    }
}

/// How far two people who judge the same evidence apart agree.
#[component]
fn Agreed(found: Agreement) -> impl IntoView {
    let none = found.pairs == 0;
    view! {
        <section class="panel" id="agreement">
            <header><h2>"Blind second reviews"</h2><span class="grow"></span><span class="muted small">"The last year"</span></header>
            {if none {
                view! { <Empty title="Nothing was judged twice yet" hint="Which share of decisions a colleague judges once more, without knowing the verdict, stands in the policy under Rules." /> }.into_any()
            } else {
                view! {
                    <dl class="figure-tiles">
                        <div><dt>"Judged twice"</dt><dd class="num">{found.pairs}</dd></div>
                        <div><dt>"The same verdict"</dt><dd class="num">{format!("{} of 100", (found.same * 100 + found.pairs / 2) / found.pairs)}</dd></div>
                        <div><dt>"Beyond chance (Cohen’s kappa)"</dt><dd class="num">{match found.kappa {
                            Some(kappa) => format!("{}{}.{:03}, {}", if kappa < 0 { "−" } else { "" }, kappa.abs() / 1000, kappa.abs() % 1000, strength(kappa)),
                            None => "not to be told: all verdicts were the same".to_owned(),
                        }}</dd></div>
                    </dl>
                    <div class="scroll" tabindex="0" role="region" aria-label="Verdicts of both"><table class="rows small-rows">
                        <thead><tr><th scope="col">"First verdict"</th><th scope="col">"Second verdict"</th><th scope="col" class="right">"How often"</th></tr></thead>
                        <tbody>{found.table.into_iter().map(|(first, second, n)| {
                            let tone = (first != second).then_some("warn");
                            view! { <tr data-tone=tone><td>{words(&first)}</td><td>{if second == "mark-for-review" { "Could not tell".to_owned() } else { words(&second) }}</td><td class="right num">{n}</td></tr> }
                        }).collect_view()}</tbody>
                    </table></div>
                }.into_any()
            }}
            {(found.knew > 0).then(|| view! { <p class="muted small">{format!("{} more do not count: the second reviewer had opened the inquiry after it was decided.", found.knew)}</p> })}
        </section>
    }
}

#[component]
fn Table(title: &'static str, what: &'static str, rows: Vec<(String, Spread)>) -> impl IntoView {
    view! {
        <section class="panel">
            <header><h2>{title}</h2></header>
            <div class="scroll" tabindex="0" role="region" aria-label=title><table class="rows small-rows">
                <thead><tr><th scope="col">{what}</th><th scope="col" class="right">"Decided"</th><th scope="col" class="right">"Refused"</th>
                    <th scope="col" class="right" title="Half of them were decided within this time">"p50"</th><th scope="col" class="right">"p75"</th><th scope="col" class="right">"p95"</th></tr></thead>
                <tbody>{rows.into_iter().map(|(name, spread)| view! {
                    <tr><th scope="row" dir="auto">{name}</th><td class="right num">{spread.n}</td><td class="right num">{spread.refused}</td>
                        <td class="right num">{time(spread.p50)}</td><td class="right num">{time(spread.p75)}</td><td class="right num">{time(spread.p95)}</td></tr>
                }).collect_view()}</tbody>
            </table></div>
        </section>
    }
}
