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
//! `sandbox` is a stand-in for Persona. It speaks HTTP and shares only the contract with the rest.
//!
//! `witness` countersigns checkpoints of the log on an auditor's machine. It shares only `domain`'s formats.
//!
//! # The walks
//! 1. **A webhook arrives.** `server/http/webhook` (raw bytes, signature) → `usecase/webhook::keep` (durable, unique by event
//!    id) → 202 → `jobs/intake` → `usecase/webhook::apply_waiting` (only if newer) → `App::publish` → `http/live`
//!    (a notice, no data) → `ui/live` → the page fetches again by the same authorised read as a page load.
//! 2. **An analyst approves.** `ui/pages/inquiry` (a form that works without wasm; carries the version seen) → `api/decision` →
//!    `usecase/decision::decide`, one transaction: `domain::decision::judge`, decision, delivery, audit entry → commit, wake →
//!    `jobs/deliver`: claim → Persona, outside any transaction → `usecase/delivery::settle`, one transaction again.
//! 3. **Sign in.** `ui/pages/login` → `api/session` → `usecase/session::sign_in` (tries counted, argon2 on a blocking thread, audit) →
//!    new session id. Each later request: `http/guard` loads the current reviewer and hands out a `Permit`.
//! 4. **Relation graph.** `ui/pages/relation` → `api/relation` → `usecase/relation` → `db/relation` (recursive, bounded) →
//!    `domain::relation` (layout) → `ui/parts/graph`: the server's HTML already contains the graph.
//! 5. **An auditor exports and verifies.** `http/export` → `usecase/export` → `server/export/bundle` (a zip, streamed from one view
//!    of the log by `db/scan`); `domain::verify` is one function, used by the page, by `countersign audit verify` and by the tests.
pub mod api;
pub mod domain;
pub mod ui;

// Keeps the server, the sandbox and the witness out of the browser.
#[cfg(feature = "ssr")]
pub mod sandbox;
#[cfg(feature = "ssr")]
pub mod server;
#[cfg(feature = "ssr")]
pub mod witness;

#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_lazy(ui::app::App);
}
