//! What depends on how Leptos 0.8 works inside: when Leptos is updated, look at these first. Each file says which
//! behaviour it relies on.
pub mod deferred;
pub mod persistent_attribute;
pub mod static_html;
