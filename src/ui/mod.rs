//! What a reviewer sees; runs in the server and in the browser. `pages` own data (resources, actions), one file per route;
//! `parts` own looks and take plain values. Nothing here names the server: data comes through `api`.
pub mod app;
pub mod fetch;
pub mod field;
pub mod keys;
pub mod lasting;
pub mod later;
pub mod live;
pub mod pages;
pub mod parts;
pub mod plain;
pub mod query;
pub mod send;
