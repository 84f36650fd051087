//! One file per noun; each page owns its resources and actions.
pub mod account;
pub mod audit;
pub mod case;
pub mod decision;
pub mod home;
pub mod inquiry;
pub mod inquiry_claim;
pub mod inquiry_evidence;
pub mod inquiry_link;
pub mod lazy;
pub mod login;
pub mod queue;
pub mod relation;
pub mod reviewer;
pub mod rule;
pub mod session;
pub mod sync;
