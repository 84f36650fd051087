//! Facts and rules. Pure: no clock, no I/O, no framework, nothing of ours from outside this folder; runs in the
//! server and in the browser alike. Times and random values are handed in.
pub mod account;
pub mod amend;
pub mod audit;
pub mod breaker;
pub mod budget;
pub mod case;
pub mod change;
pub mod claim;
pub mod decision;
pub mod delivery;
pub mod desk;
pub mod evidence;
pub mod id;
pub mod inquiry;
pub mod mirror;
pub mod page;
pub mod reason;
pub mod relation;
pub mod report;
pub mod reviewer;
pub mod rule;
pub mod text;
pub mod time;
pub mod verification;
