//! Relations: a search for accounts, and the graph of one account, also as a table.
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::api;
use crate::domain::evidence::Tone;
use crate::domain::page_data::account::AccountRow;
use crate::domain::page_data::relation::RelationPage;
use crate::domain::relation::{DeclinedNear, MOST_HOPS};
use crate::domain::search_link::SearchPlace;
use crate::ui::keys::{focus, on_key};
use crate::ui::leptos_ext::static_html::inline_html;
use crate::ui::live::live;
use crate::ui::parts::badge::badge;
use crate::ui::parts::graph::{Picture, Table};
use crate::ui::parts::layout::Bar;
use crate::ui::parts::load_state::load;
use crate::ui::parts::search::Search;
use crate::ui::parts::table::Empty;
use crate::ui::parts::time::ago;
use crate::ui::query::use_query;
use crate::ui::resource::fetched;

#[component]
pub fn Relations() -> impl IntoView {
    let params = use_query();
    let search = Memo::new(move |_| params.with(|params| params.get("search").filter(|text| !text.is_empty())));
    let rows = fetched(move || search.get(), api::account::accounts);
    on_key(&["Lists"], |key| key == "/" && focus("#search"));
    view! {
        <Bar title="Relations">
            <span class="grow"></span>
            <Search place=SearchPlace::Relations label="Search accounts by name or ID" hint="Name or ID of an account"
                title="Searches are recorded." in_address=search words=RwSignal::new(None) />
        </Bar>
        {load(rows, 10, list)}
    }
}

fn list(rows: Vec<AccountRow>) -> AnyView {
    if rows.is_empty() {
        return view! { <Empty title="No matching account" hint="Search by another part of the name, or by the ID." /> }
            .into_any();
    }
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="rows">
            <caption class="hidden">"Accounts, those with the most known relations first"</caption>
            <thead><tr><th scope="col">"Account"</th><th scope="col">"Kind"</th><th scope="col" class="right">"Known relations"</th><th scope="col"><span class="hidden">"Graph"</span></th></tr></thead>
            <tbody>{rows.into_iter().map(|row| view! {
                <tr>
                    <th scope="row"><a class="strong" href=format!("/accounts/{}", row.id) dir="auto">{row.name.clone()}</a><span class="mono muted id">{row.id.to_string()}</span></th>
                    <td>{row.kind.label()}</td><td class="right num">{row.relations}</td>
                    <td class="right"><a class="button" href=format!("/accounts/{}/relations", row.id) aria-label=format!("Graph of {}", row.name)>"Graph"</a></td>
                </tr>
            }).collect_view()}</tbody>
        </table></div>
    }.into_any()
}

#[component]
pub fn Relation() -> impl IntoView {
    let params = use_params_map();
    let query = use_query();
    let key = Memo::new(move |_| {
        let id = params.with(|params| params.get("id").unwrap_or_default());
        let hops = query
            .with(|query| query.get("hops").and_then(|hops| hops.parse::<u32>().ok()))
            .unwrap_or(2)
            .clamp(1, MOST_HOPS);
        (id, hops)
    });
    let again = StoredValue::new(None::<bool>);
    let page = fetched(
        move || key.get(),
        move |(id, hops)| api::relation::relations(id, hops, again.try_update_value(Option::take).flatten()),
    );
    // While the desk asks Persona, relations arrive account by account, and the reader waits for them.
    live().on_change(move |topic, _| {
        let pending = page.with_untracked(|page| matches!(page, Some(Ok(page)) if page.pending));
        if topic == "account" && pending {
            again.set_value(Some(true));
            page.refetch();
        }
    });
    load(page, 10, draw)
}

fn draw(page: RelationPage) -> AnyView {
    let now = page.now;
    let declined = page.declined.text();
    let tone = if page.declined == DeclinedNear::NotKnown { Tone::Warn } else { Tone::Bad };
    let account = page.account.clone();
    let (nodes, edges) = (page.graph.nodes.len(), page.graph.edges.len());
    let (drawn, found, further) = (page.graph.accounts(), page.graph.found, page.graph.further);
    let selected = RwSignal::new(0_usize);
    view! {
        <Bar title=page.name.clone() tab=format!("Relations of {account}") trail=("/relations", "Relations")>
            <span class="mono muted">{account.to_string()}</span>
            {declined.map(|text| inline_html(|| badge(tone, &text)))}
            <span class="grow"></span>
            <nav class="chips" aria-label="Distance">
                {(1..=MOST_HOPS).map(|hops| view! {
                    <a class="chip" href=format!("/accounts/{account}/relations?hops={hops}") aria-current=(hops == page.hops).then_some("page")>{format!("{hops} {}", if hops == 1 { "hop" } else { "hops" })}</a>
                }).collect_view()}
            </nav>
            <a class="button" href=format!("/accounts/{account}")>"Open account"</a>
        </Bar>
        {page.error.clone().map(|why| view! { <p class="banner" data-tone="warn">{format!("Persona: {why}. Some relations may be missing.")}</p> })}
        {(drawn < found).then(|| view! { <p class="banner" data-tone="warn">{format!("{drawn} of {found}{} accounts are shown: the nearest first, and at equal distance the declined ones first.", if further { " or more" } else { "" })}</p> })}
        {page.graph.cut.then(|| view! { <p class="banner" data-tone="warn">"The graph does not show everything that these accounts share."</p> })}
        <p class="graph-note muted small" role="status">
            {format!("{nodes} nodes, {edges} relations. ")}
            {match (page.pending, page.as_of) {
                (true, _) => view! { "Still asking Persona. The graph grows as answers arrive." }.into_any(),
                (false, Some(at)) => view! { "Persona was asked "{inline_html(|| ago(at, now))}"." }.into_any(),
                (false, None) => view! { "Persona has not been asked yet." }.into_any(),
            }}
        </p>
        <Picture graph=page.graph.clone() selected />
        <Table graph=page.graph selected />
    }.into_any()
}
