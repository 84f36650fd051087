//! Page data: what the pages of the desk show, put together by use cases, and sent to the browser as it is.
pub mod account;
pub mod blind;
pub mod case;
pub mod connection;
pub mod decision;
pub mod inquiry;
pub mod layout;
pub mod queue;
pub mod relation;
pub mod reviewer;
pub mod rule;
pub mod session;
pub mod statistics;
pub mod timeline;
