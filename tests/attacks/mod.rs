//! Attacks that once succeeded, as flows: each is an attempt by an applicant, a stranger or a colleague, and each must
//! fail.
mod accounts;
mod ahead;
pub mod alone;
mod beside;
mod blind;
mod canary;
mod connections;
mod erasure;
mod files;
mod guesses;
mod hands;
mod hits;
pub mod leaver;
mod markup;
mod masking;
mod mass;
mod parked;
mod picture;
mod refused_person;
mod restored;
pub mod restricted;
mod rules;
pub mod sessions;
mod since;
pub mod sql;
mod unasked;
