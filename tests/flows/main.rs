//! Flow tests: the real router on a real database, with a clock that the test moves and the sandbox as Persona, over
//! HTTP. Each flow runs on SQLite, and on PostgreSQL when TEST_POSTGRES_URL names a cluster (`scripts/with-postgres`
//! starts one).
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests may panic")]
#![expect(clippy::disallowed_methods, reason = "tests act as the outside world: its clock, its settings, its clients")]

mod access;
#[path = "../attacks/mod.rs"]
mod attacks;
mod audit;
mod bad_input;
mod case;
mod checklist;
mod claim;
mod countersign;
mod decision;
mod desk;
mod doubt;
mod durable;
mod evidence;
mod export;
mod filled;
mod found;
mod holder;
mod intake;
mod ledger;
mod log;
mod monitoring;
mod note;
mod odd;
mod pages;
mod paper;
mod pdf;
mod published;
mod queue;
mod reconcile;
mod redacted;
mod refused;
mod relation;
mod retention;
mod reveal;
mod rounds;
mod seen;
mod settle;
mod shapes;
mod sign_in;
mod standin;
mod start;
mod trace;
mod undo;
mod verify;
mod warning;
