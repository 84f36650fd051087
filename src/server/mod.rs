//! Native only: every socket, file, secret and clock. `usecase` is what the desk can do; `db` all SQL; `http` the routes
//! that are not server functions; `jobs` what happens without a request; `persona` the other side; `export`
//! files that leave, `pdf` PDF files, `checkpoint_target` where checkpoints are published.
pub mod app;
pub mod change_feed;
pub mod checkpoint_target;
pub mod clock;
pub mod config;
pub mod counters;
pub mod db;
#[cfg(feature = "demo")]
pub mod demo;
pub mod error;
pub mod export;
pub mod http;
pub mod id;
pub mod jobs;
pub mod pdf;
pub mod persona;
pub mod private_file;
pub mod process;
pub mod readiness;
pub mod run;
pub mod sessions;
pub mod sign_in_queue;
pub mod usecase;
pub mod webhook_queue;

pub use app::App;
pub use error::Error;
