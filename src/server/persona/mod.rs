//! Persona's API, as CONTRACT.md describes it. `client` speaks HTTP and keeps to the rate limit, `json_api` turns JSON:API
//! into the domain's shapes, `signature` checks webhooks. Only jobs call Persona, except that pictures are streamed to
//! pages.
pub mod check;
pub mod client;
mod dismissal;
pub mod evidence;
mod failure;
pub mod files;
mod hits;
mod inflection;
pub mod json_api;
pub mod limiter;
pub mod lossless_json;
pub mod picture;
pub mod record;
pub mod related_object;
mod repeated_member;
pub mod report;
pub mod report_subject;
pub mod signal;
pub mod signature;
mod value;

pub use crate::domain::budget::Lane;
pub use client::{CallAnswer, LONGEST_CALL, Persona, PictureStream};
pub use failure::Failure;
pub use limiter::CallLimiter;
