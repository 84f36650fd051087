//! Random bytes and new ids: the only place that draws them.
use uuid::Uuid;

/// Random bytes from the operating system.
#[expect(clippy::disallowed_methods, reason = "this is the one place that draws random bytes")]
pub fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
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
