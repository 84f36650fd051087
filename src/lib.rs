//! Countersign: a desk for compliance reviewers who use Persona.
//!
//! # The map
//! Four rooms, named by where code runs and what it may touch; each has one file per noun, spelled alike in all of them, so
//! `find src style -name 'decision*'` lists a whole slice.
//!
//! | room | runs | may use | holds |
//! | --- | --- | --- | --- |
//! | [`domain`] | anywhere | nothing of ours | facts and rules; pure |
//! | [`api`] | anywhere; bodies in the server | `domain`; `server` inside bodies | the door: server functions |
//! | [`ui`] | anywhere | `domain`, `api` | what a reviewer sees |
//! | `server` | server | all but `ui` (its router names the pages) | sockets, files, secrets, clock: `http` → `usecase` → `db` → SQL; `jobs` → `usecase`, `persona` |
//!
//! `sandbox` is a stand-in for Persona; it speaks HTTP and shares nothing with the rest but the contract.
//!
//! `witness` countersigns checkpoints of the log on an auditor's machine; it shares `domain`'s formats and nothing else.
//!
//! # The walks
//! 1. **A webhook arrives.** `server/http/webhook` (raw bytes, signature) → `usecase/webhook::keep` (durable, unique by event
//!    id) → 202 → `jobs/intake` → `usecase/webhook::apply_waiting` (only if newer) → `App::tell` → `http/live` (a ping, no
//!    data) → `ui/live` → the page fetches again by the same authorised read as a page load.
//! 2. **An analyst approves.** `ui/pages/inquiry` (a form that works without wasm; carries the version seen) → `api/decision` →
//!    `usecase/decision::decide`, one transaction: `domain::decision::judge`, decision, delivery, audit entry → commit, wake →
//!    `jobs/deliver`: claim → Persona, outside any transaction → `usecase/delivery::settle`, one transaction again.
//! 3. **Sign in.** `ui/pages/login` → `api/session` → `usecase/session::sign_in` (tries counted, argon2 on a blocking thread, audit) →
//!    new session id. Each later request: `http/guard` loads the current reviewer and hands out a `Permit`.
//! 4. **Relation graph.** `ui/pages/relation` → `api/relation` → `usecase/relation` → `db/relation` (recursive, bounded) →
//!    `domain::relation` (layout) → `ui/parts/graph`: the server's HTML already holds the picture.
//! 5. **An auditor exports and verifies.** `http/export` → `usecase/export` → `server/export/bundle` (a zip, streamed from one view
//!    of the log by `db/scan`); `domain::verify` is one function, used by the page, by `countersign audit verify` and by the tests.
pub mod api;
pub mod domain;
pub mod ui;

// The one line that keeps the server out of the browser; the sandbox comes with it.
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
