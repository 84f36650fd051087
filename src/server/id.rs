//! Random bytes and new ids: the only place that draws them.
use uuid::Uuid;

use super::error::Error;

/// Random bytes from the operating system.
#[expect(clippy::disallowed_methods, reason = "this is the one place that draws random bytes")]
pub fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::Internal(format!("no randomness: {error}")))?;
    Ok(bytes)
}

/// A new id that sorts by age.
#[expect(clippy::disallowed_methods, reason = "this is the one place that makes ids")]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// A random reference that a page shows and the server log repeats, so that one leads to the other. It carries no other
/// information.
#[expect(clippy::disallowed_methods, reason = "this is the one place that makes ids")]
pub fn reference() -> String {
    Uuid::new_v4().simple().to_string().chars().take(10).collect()
}
