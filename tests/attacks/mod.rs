//! Attacks that once succeeded, as flows: each is an attempt by an applicant, a stranger or a colleague, and none may succeed.
mod accounts;
mod alone;
mod blind;
mod canary;
mod connections;
mod erasure;
mod files;
mod guesses;
pub mod leaver;
mod markup;
mod masking;
mod mass;
mod parked;
mod picture;
mod restored;
pub mod restricted;
mod sessions;
pub mod sql;
