//! Everything in HTTP that is not a server function: the router with its layers, the guard that turns a session into a
//! permission, webhooks, the change feed, exports, PDF files, pictures and health checks.
pub mod case_file;
pub mod dimensions;
pub mod document;
pub mod export;
pub mod form_error;
pub mod guard;
pub mod health;
pub mod invitation;
pub mod listen;
pub mod live;
pub mod markup;
pub mod places;
pub mod preview;
pub mod respond;
pub mod router;
pub mod session;
pub mod sheet;
pub mod unencrypted;
pub mod webhook;
