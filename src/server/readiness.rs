//! Why the desk is not ready to serve.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unready {
    Silent,
    Unwritable,
}
