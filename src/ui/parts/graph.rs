//! The relation graph, as a picture and as a table. The server renders the whole picture; panning, zooming and
//! selecting happen in the browser.
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, PointerEvent, WheelEvent};

use super::badge::{Key, badge};
use super::icon::{Glyph, Icon};
use crate::domain::account::AccountKind;
use crate::domain::evidence::Tone;
use crate::domain::relation::{Edge, Graph, Node, NodeKind, NodeState};
use crate::domain::text::{initials, words};
use crate::ui::keys::{of_the_browser, on_key};
use crate::ui::leptos_ext::static_html::inline_html;

/// The visible part of the plane: left, top, width, height.
type VisibleArea = (f64, f64, f64, f64);

fn radius(node: &Node) -> f64 {
    match (node.kind, node.hops) {
        (NodeKind::Attribute(_), _) => 7.0,
        (_, 0) => 26.0,
        (NodeKind::Account(AccountKind::Business), _) => 18.0,
        (NodeKind::Account(AccountKind::Person), _) => 16.0,
    }
}

fn kind_name(node: &Node) -> &'static str {
    match node.kind {
        NodeKind::Account(kind) => kind.as_str(),
        NodeKind::Attribute(_) => "attribute",
    }
}

/// The text after the name of a node, for screen readers.
fn spoken(node: &Node) -> String {
    match node.state {
        NodeState::Unknown => ", not known here".to_owned(),
        NodeState::Known | NodeState::Redacted => {
            node.status.as_deref().map(|status| format!(", {}", words(status).to_lowercase())).unwrap_or_default()
        }
    }
}

fn short(label: &str) -> String {
    if label.chars().count() > 24 {
        format!("{}…", label.chars().take(23).collect::<String>())
    } else {
        label.to_owned()
    }
}

fn zoomed((x, y, w, h): VisibleArea, by: f64, (at_x, at_y): (f64, f64)) -> VisibleArea {
    let by = by.clamp(0.2, 5.0);
    // Limits of the zoom: something is always visible, and one node never fills the whole picture.
    if !(120.0..=20_000.0).contains(&(w * by)) {
        return (x, y, w, h);
    }
    (at_x - (at_x - x) * by, at_y - (at_y - y) * by, w * by, h * by)
}

fn middle((x, y, w, h): VisibleArea) -> (f64, f64) {
    (x + w / 2.0, y + h / 2.0)
}

#[component]
pub fn Picture(graph: Graph, selected: RwSignal<usize>) -> impl IntoView {
    let whole = graph.bounds();
    let seen = RwSignal::new(whole);
    let frame = NodeRef::<leptos::svg::Svg>::new();
    // Where a drag began: the pointer position, and the part that was visible then.
    let drag = RwSignal::new(None::<(f64, f64, VisibleArea)>);
    let scale = move || {
        let (_, _, w, h) = seen.get_untracked();
        frame.get_untracked().map_or(1.0, |svg| {
            let rect = svg.unchecked_ref::<Element>().get_bounding_client_rect();
            (w / rect.width().max(1.0)).max(h / rect.height().max(1.0))
        })
    };
    let wheel = move |event: WheelEvent| {
        // Only with a modifier, so that the page itself can still be scrolled.
        if !event.ctrl_key() && !event.meta_key() {
            return;
        }
        event.prevent_default();
        let by = if event.delta_y() > 0.0 { 1.15 } else { 1.0 / 1.15 };
        seen.update(|view| *view = zoomed(*view, by, middle(*view)));
    };
    let down = move |event: PointerEvent| {
        drag.set(Some((f64::from(event.client_x()), f64::from(event.client_y()), seen.get_untracked())))
    };
    let moved = move |event: PointerEvent| {
        if let Some((from_x, from_y, (x, y, w, h))) = drag.get_untracked() {
            let scale = scale();
            seen.set((
                x - (f64::from(event.client_x()) - from_x) * scale,
                y - (f64::from(event.client_y()) - from_y) * scale,
                w,
                h,
            ));
        }
    };
    let up = move |_: PointerEvent| drag.set(None);
    let zoom = move |by: f64| seen.update(|view| *view = zoomed(*view, by, middle(*view)));
    on_key(&["Graph"], move |key| {
        match key {
            "+" | "=" => zoom(0.8),
            "-" => zoom(1.25),
            "f" | "0" => seen.set(whole),
            _ => return false,
        }
        true
    });

    let graph = StoredValue::new(graph);
    // Highlighted: the path from the root to the selected node.
    let path = Memo::new(move |_| graph.with_value(|graph| graph.path_to(selected.get())));
    let on_path = move |edge: &Edge| {
        let (from, to) = (edge.from, edge.to);
        move || path.with(|path| path.windows(2).any(|step| step == [from, to] || step == [to, from]))
    };
    let edges = graph.with_value(|graph| {
        graph.edges.iter().map(|edge| {
            let (a, b) = (&graph.nodes[edge.from], &graph.nodes[edge.to]);
            let lit = on_path(edge);
            let label_lit = on_path(edge);
            view! {
                <g class="edge" class:declared=edge.declared class:lit=lit>
                    <line x1=a.x y1=a.y x2=b.x y2=b.y />
                    <text x=f64::midpoint(a.x, b.x) y=f64::midpoint(a.y, b.y) - 4.0 class:lit=label_lit>{edge.label.clone()}</text>
                </g>
            }
        }).collect_view()
    });
    let nodes = graph.with_value(|graph| {
        graph.nodes.iter().enumerate().map(|(at, node)| {
            let (x, y, r) = (node.x, node.y, radius(node));
            let square = matches!(node.kind, NodeKind::Attribute(_));
            let name = format!("{}{}", node.label, spoken(node));
            let choose = move || selected.set(at);
            let title = name.clone();
            view! {
                <g class="node" data-kind=kind_name(node) class:declined=node.declined class:selected=move || selected.get() == at
                    tabindex="0" role="button" aria-label=name aria-pressed=move || if selected.get() == at { "true" } else { "false" }
                    on:click=move |_| choose()
                    on:keydown=move |event: ev::KeyboardEvent| if matches!(event.key().as_str(), "Enter" | " ") && !of_the_browser(&event) { event.prevent_default(); choose(); }
                >
                    <title>{title}</title>
                    {if square {
                        view! { <rect x=x - r y=y - r width=2.0 * r height=2.0 * r rx="2" /> }.into_any()
                    } else {
                        view! { <circle cx=x cy=y r=r /><text class="initials" x=x y=y + 4.0>{initials(&node.label)}</text> }.into_any()
                    }}
                    <text class="label" x=x y=y + r + 14.0>{short(&node.label)}</text>
                </g>
            }
        }).collect_view()
    });
    view! {
        <div class="graph">
            <div class="canvas">
                <svg node_ref=frame role="group" aria-label="Relation graph. The table below lists the same relations."
                    viewBox=move || { let (x, y, w, h) = seen.get(); format!("{x:.1} {y:.1} {w:.1} {h:.1}") }
                    on:wheel=wheel on:pointerdown=down on:pointermove=moved on:pointerup=up on:pointerleave=up
                >
                    <g class="edges">{edges}</g>
                    <g class="nodes">{nodes}</g>
                </svg>
                <div class="legend" aria-hidden="true">
                    <span><i data-kind="person"></i>"Person"</span><span><i data-kind="business"></i>"Business"</span>
                    <span><i data-kind="attribute"></i>"Device, phone, address"</span>
                </div>
                <div class="tools">
                    <button type="button" on:click=move |_| zoom(0.8)>"+"<span class="hidden">"Zoom in"</span></button>
                    <button type="button" on:click=move |_| zoom(1.25)><Glyph icon=Icon::Minus /><span class="hidden">"Zoom out"</span></button>
                    <button type="button" on:click=move |_| seen.set(whole)>"Fit"<Key of="fit" /></button>
                </div>
            </div>
            <aside class="side-panels" aria-label="Selected" aria-live="polite">
                {move || graph.with_value(|graph| chosen(graph, selected.get(), selected))}
            </aside>
        </div>
    }
}

/// The selected node, and why it is linked to the root.
fn chosen(graph: &Graph, at: usize, selected: RwSignal<usize>) -> AnyView {
    let Some(node) = graph.nodes.get(at) else { return ().into_any() };
    let account = matches!(node.kind, NodeKind::Account(_));
    let path = graph.path_to(at);
    let steps = path
        .windows(2)
        .map(|step| {
            // The label in front of the name of the next node.
            let label = graph.edge_between(step[0], step[1]).map(|edge| match edge.declared && edge.from != step[0] {
                true => format!("{} of", edge.label),
                false => edge.label.clone(),
            });
            (label.unwrap_or_default(), graph.nodes[step[1]].label.clone())
        })
        .collect::<Vec<_>>();
    let mut linked: Vec<(usize, String, String)> = graph
        .edges
        .iter()
        .filter_map(|edge| {
            let other = if edge.from == at {
                edge.to
            } else if edge.to == at {
                edge.from
            } else {
                return None;
            };
            Some((other, graph.nodes[other].label.clone(), edge.seen_from(at)))
        })
        .collect();
    linked.sort();
    let kind = match node.kind {
        NodeKind::Account(kind) => kind.label(),
        NodeKind::Attribute(kind) => kind.label(),
    };
    let count = linked.len();
    let root = graph.nodes.first().map(|root| root.label.clone()).unwrap_or_default();
    view! {
        <section class="panel">
            <h2 dir="auto">{node.label.clone()}</h2>
            <p>{account.then(|| view! { <span class="mono muted small">{node.id.clone()}</span> })}</p>
            <p>{node.status.clone().map(|status| view! { {inline_html(|| badge(if node.declined { Tone::Bad } else { Tone::Plain }, &words(&status)))}" " })}{inline_html(|| badge(Tone::Plain, kind))}</p>
            {node.state.note().map(|note| view! { <p class="muted small">{note}</p> })}
            {(account && at != 0 && node.state != NodeState::Unknown).then(|| view! { <p><a class="button primary block" href=format!("/accounts/{}", node.id)>"Open account"</a></p><p><a class="button block" href=format!("/accounts/{}/relations", node.id)>"Graph from here"</a></p> })}
        </section>
        {(!steps.is_empty()).then(|| view! {
            <section class="panel"><h2>"Why it is linked"</h2>
                <ol class="why"><li dir="auto">{root}</li>{steps.into_iter().map(|(label, name)| view! { <li><span class="muted">{label}</span>" "<span dir="auto">{name}</span></li> }).collect_view()}</ol>
            </section>
        })}
        <section class="panel"><header><h2>"Relations"</h2><span class="grow"></span><span class="muted">{count}</span></header>
            <ul class="plain">{linked.into_iter().map(|(other, name, label)| view! {
                <li><button type="button" class="link" on:click=move |_| selected.set(other)>{name}</button>" "<span class="muted">{label}</span></li>
            }).collect_view()}</ul>
        </section>
    }.into_any()
}

/// The relation graph as a table, for reviewers who read rather than look.
#[component]
pub fn Table(graph: Graph, selected: RwSignal<usize>) -> impl IntoView {
    let cell = |node: &Node| {
        match node.kind {
        NodeKind::Account(_) if node.state == NodeState::Unknown => {
            view! { <span class="mono">{node.label.clone()}</span>" "{inline_html(|| badge(Tone::Plain, "Not known here"))} }
                .into_any()
        }
        NodeKind::Account(_) => {
            let href = format!("/accounts/{}", node.id);
            view! { <a href=href dir="auto">{node.label.clone()}</a>{node.declined.then(|| view! { " "{inline_html(|| badge(Tone::Bad, "Declined"))} })} }.into_any()
        }
        NodeKind::Attribute(_) => view! { <span>{node.label.clone()}</span>{node.status.clone().map(|status| view! { " "<span class="muted">{status}</span> })} }.into_any(),
    }
    };
    view! {
        <section class="panel" id="table">
            <header><h2>"Relations as a table"</h2></header>
            <div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="rows small-rows">
                <thead><tr><th scope="col">"From"</th><th scope="col">"Relation"</th><th scope="col">"To"</th><th scope="col">"Source"</th></tr></thead>
                <tbody>{graph.edges.iter().map(|edge| {
                    let (from, to) = (edge.from, edge.to);
                    view! {
                        <tr class:at=move || { let at = selected.get(); at != 0 && (at == from || at == to) }>
                            <td>{cell(&graph.nodes[edge.from])}</td><td>{edge.label.clone()}</td><td>{cell(&graph.nodes[edge.to])}</td>
                            <td class="muted">{if edge.declared { "declared in Persona" } else { "inferred from a shared value" }}</td>
                        </tr>
                    }
                }).collect_view()}</tbody>
            </table></div>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooming_keeps_the_middle_and_has_ends() {
        let view = (0.0, 0.0, 1000.0, 500.0);
        assert_eq!(middle(zoomed(view, 0.5, middle(view))), middle(view));
        let far = (0..50).fold(view, |view, _| zoomed(view, 1.25, middle(view)));
        assert!(far.2 <= 20_000.0);
    }
}
