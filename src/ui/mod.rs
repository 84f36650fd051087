//! The user interface; it runs on the server and in the browser. `pages` hold data (resources, actions), one file per
//! route; `parts` are components that take plain values. Nothing here uses the server's code: data comes through `api`.
pub mod access;
pub mod app;
pub mod context;
pub mod field;
pub mod form;
pub mod keys;
pub mod leptos_ext;
pub mod live;
pub mod pages;
pub mod parts;
pub mod query;
pub mod resource;
