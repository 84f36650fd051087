//! Countersign: a desk for compliance reviewers who use Persona.
//!
//! # The map
//! Four parts, named after where code runs and what it may use. Each has one file per noun, with the same name in all
//! of them, so that `find src style -name 'decision*'` lists everything about a noun.
//!
//! | part | runs | may use | holds |
//! | --- | --- | --- | --- |
//! | [`domain`] | anywhere | nothing of ours | facts and rules; pure |
//! | [`api`] | anywhere; bodies in the server | `domain`; `server` inside bodies | server functions |
//! | [`ui`] | anywhere | `domain`, `api` | what a reviewer sees |
//! | `server` | server | all but `ui` (its router names the pages) | sockets, files, secrets, clock: `http` → `usecase` → `db` → SQL; `jobs` → `usecase`, `persona` |
//!
//! `crates/persona-sandbox` is a stand-in for Persona. It speaks HTTP and shares only the contract with the rest.
//!
//! `crates/witness` countersigns checkpoints of the log on an auditor's machine. It shares only the formats of
//! `crates/tlog`, on which the log and its verification stand too.
//!
//! `docs/architecture.md` follows five requests through these parts, function by function.
pub mod api;
pub mod domain;
pub mod ui;

// Keeps the server out of the browser.
#[cfg(feature = "ssr")]
pub mod server;

#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_lazy(ui::app::App);
}
