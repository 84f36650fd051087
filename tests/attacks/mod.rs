//! Attacks that once succeeded, as flows: each is an attempt by an applicant, a stranger or a colleague, and none may succeed.
mod accounts;
mod alone;
mod canary;
mod erasure;
mod leaver;
mod markup;
mod masking;
pub mod restricted;
