//! Families of components. They own looks and take plain values; `style/parts` mirrors their names.
pub mod badge;
pub mod change;
pub mod checklist;
pub mod decision;
pub mod failure;
pub mod frame;
pub mod graph;
pub mod icon;
pub mod integrity;
pub mod load;
pub mod note;
pub mod palette;
pub mod reveal;
pub mod table;
pub mod time;
pub mod travel;
pub mod viewer;
