//! The image viewer: one picture, or two side by side, with zoom, rotation and contrast, by mouse, finger or key. One
//! file, because buttons, keys and pointers change the same private state.
use leptos::html::Img;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, KeyboardEvent, PointerEvent, WheelEvent};

use crate::api::picture::picture_why;
use crate::domain::picture::{FileKind, Labelled, Shows};
use crate::ui::keys::{composing, of_the_browser};

/// A picture that the viewer can show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shot {
    pub src: String,
    /// Address of the small version: it is on the page already, and is shown until the full one has loaded.
    pub small: String,
    pub label: String,
    /// Code of the part.
    pub part: String,
    inquiry: String,
    object: String,
    /// Which page of a PDF.
    sheet: Option<u16>,
    shows: Shows,
}

impl Shot {
    /// `sheet`: which page of a PDF.
    pub fn new(inquiry: &str, file: Labelled, sheet: Option<u16>) -> Self {
        let Labelled { picture, label } = file;
        let part = picture.part.code().into_owned();
        let page = sheet.map(|n| format!("&sheet={n}")).unwrap_or_default();
        let src = format!("/documents/{}/{part}?inquiry={inquiry}{page}", picture.object_id);
        let shows = picture.part.shows();
        let small = format!("{src}&size=small");
        let object = picture.object_id.to_string();
        Self { src, small, label, part, inquiry: inquiry.to_owned(), object, sheet, shows }
    }
}

/// A picture that does not load. The browser reports only the failure; the desk is asked for the cause.
#[derive(Clone, Copy)]
pub struct Missed {
    pub image: NodeRef<Img>,
    asked: StoredValue<bool>,
    why: RwSignal<Option<String>>,
    shot: StoredValue<Shot>,
}

impl Missed {
    pub fn new(shot: &Shot) -> Self {
        let missed = Self {
            image: NodeRef::new(),
            asked: StoredValue::new(false),
            why: RwSignal::new(None),
            shot: StoredValue::new(shot.clone()),
        };
        // The picture may have failed to load before this code ran.
        Effect::new(move |_| {
            if missed.image.get().is_some_and(|image| image.complete() && image.natural_width() == 0) {
                missed.ask();
            }
        });
        missed
    }

    pub fn ask(self) {
        if self.asked.get_value() {
            return;
        }
        self.asked.set_value(true);
        self.why.set(Some("cannot be shown".to_owned()));
        let Shot { inquiry, object, part, sheet, .. } = self.shot.get_value();
        leptos::task::spawn_local(async move {
            let why = match picture_why(inquiry, object, part, sheet).await {
                Ok(()) => FileKind::Picture.why().to_owned(),
                Err(error) => error.to_string(),
            };
            // The reviewer may have left the page by now.
            self.why.try_set(Some(why));
        });
    }

    pub fn why(self) -> Option<String> {
        self.why.get()
    }
}

/// How a picture is shown in its half of the viewer.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stand {
    /// Index of the picture.
    shot: usize,
    zoom: f64,
    /// Quarter turns.
    turns: i32,
    contrast: bool,
    x: f64,
    y: f64,
}

const NEAREST: f64 = 8.0;

impl Stand {
    const fn of(shot: usize) -> Self {
        Self { shot, zoom: 1.0, turns: 0, contrast: false, x: 0.0, y: 0.0 }
    }

    fn zoomed(self, by: f64) -> Self {
        let zoom = (self.zoom * by).clamp(1.0, NEAREST);
        let kept = if zoom <= 1.0 { 0.0 } else { zoom / self.zoom };
        Self { zoom, x: self.x * kept, y: self.y * kept, ..self }
    }
}

#[derive(Clone, Copy)]
pub struct Viewer {
    left: RwSignal<Stand>,
    /// The second picture, when two are compared.
    right: RwSignal<Option<Stand>>,
    /// Whether keys act on the second half.
    second: RwSignal<bool>,
    opened: RwSignal<bool>,
}

fn dialog() -> Option<HtmlDialogElement> {
    document().get_element_by_id("viewer")?.dyn_into().ok()
}

impl Viewer {
    pub fn new() -> Self {
        Self {
            left: RwSignal::new(Stand::of(0)),
            right: RwSignal::new(None),
            second: RwSignal::new(false),
            opened: RwSignal::new(false),
        }
    }

    pub fn open(self, shot: usize) {
        self.left.set(Stand::of(shot));
        self.right.set(None);
        self.second.set(false);
        self.opened.set(true);
        if let Some(dialog) = dialog().filter(|dialog| !dialog.open()) {
            let _ = dialog.show_modal();
        }
    }

    fn close(self) {
        self.opened.set(false);
        if let Some(dialog) = dialog() {
            dialog.close();
        }
    }

    fn change(self, with: impl Fn(Stand) -> Stand) {
        if self.second.get_untracked() && self.right.with_untracked(Option::is_some) {
            self.right.update(|stand| *stand = stand.map(with));
        } else {
            self.left.update(|stand| *stand = with(*stand));
        }
    }

    /// Shows the next or the previous picture in the active half.
    fn step(self, by: isize, of: usize) {
        self.change(|stand| Stand::of((stand.shot + of).saturating_add_signed(by) % of.max(1)));
    }

    fn beside(self, shots: &[Shot]) {
        if self.right.with_untracked(Option::is_some) {
            self.right.set(None);
            self.second.set(false);
            return;
        }
        let now = self.left.get_untracked().shot;
        let shown: Vec<Shows> = shots.iter().map(|shot| shot.shows).collect();
        self.right.set(Some(Stand::of(counterpart(&shown, now))));
        self.second.set(true);
    }
}

/// Returns the picture to compare with: a selfie for a document and for the portrait cut out of it, the portrait for a
/// selfie. The portrait next to its own document would compare a face with itself.
fn counterpart(shown: &[Shows], now: usize) -> usize {
    let order: &[Shows] = match shown.get(now) {
        Some(Shows::Selfie) => &[Shows::Portrait, Shows::Document],
        _ => &[Shows::Selfie],
    };
    let found = order.iter().find_map(|wanted| shown.iter().position(|shows| shows == wanted));
    found.unwrap_or((now + 1) % shown.len().max(1))
}

impl Default for Viewer {
    fn default() -> Self {
        Self::new()
    }
}

#[component]
pub fn Look(shots: Vec<Shot>, viewer: Viewer) -> impl IntoView {
    let of = shots.len();
    let shots = StoredValue::new(shots);
    let press = move |event: KeyboardEvent| {
        if of_the_browser(&event) || composing(&event) {
            event.stop_propagation();
            return;
        }
        match event.key().as_str() {
            "+" | "=" => viewer.change(|stand| stand.zoomed(1.3)),
            "-" => viewer.change(|stand| stand.zoomed(1.0 / 1.3)),
            "0" => viewer.change(|stand| Stand::of(stand.shot)),
            "r" => viewer.change(|stand| Stand { turns: stand.turns + 1, ..stand }),
            "c" => viewer.change(|stand| Stand { contrast: !stand.contrast, ..stand }),
            "b" => shots.with_value(|shots| viewer.beside(shots)),
            "ArrowRight" | "n" => viewer.step(1, of),
            "ArrowLeft" => viewer.step(-1, of),
            // The page under the dialog must not receive keys that are meant for the dialog.
            _ => {
                event.stop_propagation();
                return;
            }
        }
        event.stop_propagation();
        event.prevent_default();
    };
    let two = move || viewer.right.with(Option::is_some);
    // The picture in the half that the keys act on.
    let at_hand = move || {
        let right = viewer.right.get().filter(|_| viewer.second.get());
        right.unwrap_or_else(|| viewer.left.get()).shot
    };
    let titled = move |at: usize| shots.with_value(|shots| shots.get(at).map(|shot| shot.label.clone()));
    view! {
        <dialog id="viewer" class="viewer" aria-label="Picture viewer" on:keydown=press on:close=move |_| viewer.opened.set(false)>
            <Show when=move || viewer.opened.get()>
                <div class="viewer-bar" role="toolbar" aria-label="Picture">
                    <span class="strong">{move || titled(at_hand())}</span>
                    <span class="muted num">{move || format!("{} of {of}", at_hand() + 1)}</span>
                    <span class="grow"></span>
                    <button type="button" on:click=move |_| viewer.step(-1, of)>"Previous"<kbd>"←"</kbd></button>
                    <button type="button" on:click=move |_| viewer.step(1, of)>"Next"<kbd>"→"</kbd></button>
                    <button type="button" on:click=move |_| viewer.change(|stand| stand.zoomed(1.0 / 1.3))>"Zoom out"<kbd>"-"</kbd></button>
                    <button type="button" on:click=move |_| viewer.change(|stand| stand.zoomed(1.3))>"Zoom in"<kbd>"+"</kbd></button>
                    <button type="button" on:click=move |_| viewer.change(|stand| Stand { turns: stand.turns + 1, ..stand })>"Rotate"<kbd>"r"</kbd></button>
                    <button type="button" on:click=move |_| viewer.change(|stand| Stand { contrast: !stand.contrast, ..stand })>"Contrast"<kbd>"c"</kbd></button>
                    <button type="button" on:click=move |_| viewer.change(|stand| Stand::of(stand.shot))>"Reset"<kbd>"0"</kbd></button>
                    {(of > 1).then(|| view! { <button type="button" aria-pressed=move || two().to_string() on:click=move |_| shots.with_value(|shots| viewer.beside(shots))>"Compare"<kbd>"b"</kbd></button> })}
                    <button type="button" on:click=move |_| viewer.close()>"Close"<kbd>"Esc"</kbd></button>
                </div>
                <div class="viewer-halves">
                    <Half shots viewer second=false />
                    <Show when=two><Half shots viewer second=true /></Show>
                </div>
            </Show>
        </dialog>
    }
}

#[component]
fn Half(shots: StoredValue<Vec<Shot>>, viewer: Viewer, second: bool) -> impl IntoView {
    let stand = move || if second { viewer.right.get().unwrap_or(Stand::of(0)) } else { viewer.left.get() };
    let shot = Memo::new(move |_| shots.with_value(|shots| shots.get(stand().shot).cloned()));
    let drag = RwSignal::new(None::<(i32, i32)>);
    let transform = move || {
        let Stand { zoom, turns, x, y, .. } = stand();
        format!("translate({x}px, {y}px) rotate({}deg) scale({zoom})", turns * 90)
    };
    let at_hand = move || viewer.second.get() == second;
    let down = move |event: PointerEvent| {
        viewer.second.set(second);
        drag.set(Some((event.client_x(), event.client_y())));
    };
    let moved = move |event: PointerEvent| {
        let Some((x, y)) = drag.get_untracked() else { return };
        drag.set(Some((event.client_x(), event.client_y())));
        let by = (f64::from(event.client_x() - x), f64::from(event.client_y() - y));
        viewer.change(
            |stand| if stand.zoom > 1.0 { Stand { x: stand.x + by.0, y: stand.y + by.1, ..stand } } else { stand },
        );
    };
    let wheel = move |event: WheelEvent| {
        event.prevent_default();
        viewer.second.set(second);
        viewer.change(|stand| stand.zoomed(if event.delta_y() < 0.0 { 1.15 } else { 1.0 / 1.15 }));
    };
    view! {
        <figure class="viewer-half" class:at=move || at_hand() && viewer.right.with(Option::is_some)
            on:pointerdown=down on:pointermove=moved on:pointerup=move |_| drag.set(None) on:pointerleave=move |_| drag.set(None) on:wheel=wheel>
            {move || shot.get().map(|shot| {
                let come = RwSignal::new(None::<bool>);
                let missed = Missed::new(&shot);
                let contrast = move || stand().contrast;
                view! {
                    {move || (come.get() != Some(true)).then(|| view! { <img src=shot.small.clone() alt="" draggable="false" class:contrast=contrast style:transform=transform /> })}
                    <img src=shot.src alt=format!("{}, enlarged", shot.label) draggable="false" class:contrast=contrast style:transform=transform
                        on:load=move |_| come.set(Some(true)) on:error=move |_| { come.set(Some(false)); missed.ask(); } />
                    <figcaption role="status">{shot.label}{move || match come.get() {
                        None => ": loading…".to_owned(),
                        Some(true) => String::new(),
                        Some(false) => missed.why().map(|why| format!(": only the small version is shown. {why}")).unwrap_or_default(),
                    }}</figcaption>
                }
            })}
        </figure>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_is_not_held_beside_itself() {
        let all = [Shows::Document, Shows::Document, Shows::Portrait, Shows::Selfie, Shows::Selfie];
        assert_eq!([0, 1, 2, 3, 4].map(|now| counterpart(&all, now)), [3, 3, 3, 2, 2]);
        assert_eq!(counterpart(&all[..3], 0), 1, "without a selfie, the next");
        assert_eq!(counterpart(&[Shows::Document, Shows::Selfie], 1), 0);
        assert_eq!(counterpart(&[Shows::Document], 0), 0);
    }

    #[test]
    fn zooming_out_brings_a_picture_back_to_its_place() {
        let near = Stand { x: 30.0, y: -10.0, ..Stand::of(2).zoomed(4.0) };
        assert!((near.zoomed(2.0).x - 60.0).abs() < 1e-9);
        let whole = near.zoomed(0.01);
        assert_eq!((whole.zoom, whole.x, whole.y, whole.shot), (1.0, 0.0, 0.0, 2));
        assert!(Stand::of(0).zoomed(100.0).zoom <= NEAREST);
    }
}
