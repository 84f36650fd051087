//! What the desk can do, one file per noun. Each public function that writes is one transaction, and appends to the audit
//! log in it; nothing else may do either. Who may is in the arguments: a `Permit`, or the system itself.
pub mod account;
pub mod amend;
pub mod audit;
pub mod budget;
pub mod case;
pub mod check;
pub mod claim;
pub mod countersign;
pub mod decision;
pub mod delivery;
pub mod evidence;
pub mod export;
pub mod frame;
pub mod holder;
pub mod ingest;
pub mod inquiry;
pub mod link;
pub mod log;
pub mod picture;
pub mod relation;
pub mod retention;
pub mod reviewer;
pub mod rule;
pub mod session;
pub mod sync;
pub mod webhook;
