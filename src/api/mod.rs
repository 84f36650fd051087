//! Server functions: the only way from the browser to the server. Each is three lines: the guard's value, one use case,
//! return. The body stays on the server, so it may name `crate::server`; nothing outside a body does.
pub mod account;
pub mod audit;
pub mod blind;
pub mod case;
pub mod checklist;
pub mod claim;
pub mod connection;
pub mod decision;
pub mod discrepancy;
pub mod error;
pub mod inquiry;
pub mod invitation;
pub mod link;
pub mod note;
pub mod picture;
pub mod preference;
pub mod queue;
pub mod reason;
pub mod relation;
pub mod retention;
pub mod reviewer;
pub mod rule;
pub mod search;
pub mod session;
pub mod statistics;
pub mod timeline;

pub use error::ApiError;
