//! Simulates the delivery of decisions: the real rule (`domain::delivery`), budget and circuit breaker, against a
//! Persona, a network, replicas, clocks and a dashboard that do the worst at random. One seed is one run, and always
//! the same run:
//!
//!     SEEDS=10000 cargo test --features demo --test simulation     # as many seeds
//!     SEED=4711 cargo test --features demo --test simulation       # one seed, printed step by step
#![expect(clippy::disallowed_methods, reason = "the test reads its settings from the environment")]

mod outbox;
mod persona;
mod world;

use world::World;

/// Number of seeds in CI; `make torture` runs more.
const SEEDS: u64 = 400;
const STEPS: usize = 500;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn every_decision_has_its_effect_once_whatever_breaks() {
    if let Some(seed) = number("SEED") {
        let mut world = World::new(seed);
        world.tell = true;
        world.run(STEPS);
        assert_eq!(world.violations(), Vec::<String>::new(), "seed {seed}");
        return;
    }
    let seeds = number("SEEDS").unwrap_or(SEEDS);
    let (mut decisions, mut calls, mut unknown, mut bad) = (0, 0, 0, Vec::new());
    for seed in 0..seeds {
        let mut world = World::new(seed);
        world.run(STEPS);
        let violations = world.violations();
        decisions += world.outbox.len();
        calls += world.persona.calls;
        unknown += world.outbox.iter().filter(|row| row.state == outbox::State::Unknown).count();
        if !violations.is_empty() {
            bad.push((seed, violations));
        }
    }
    println!(
        "{seeds} seeds, {decisions} decisions, {calls} calls, {unknown} left to a person, {} with violations",
        bad.len()
    );
    assert!(bad.is_empty(), "{:#?}", bad.iter().take(5).collect::<Vec<_>>());
}

/// Shows that the harness finds errors: a Persona that forgets keys at once applies decisions twice, and the test sees
/// it.
#[test]
fn a_persona_without_idempotency_keys_is_caught() {
    let doubled = (0..200).any(|seed| {
        let mut world = World::new(seed);
        world.persona.forgets_keys = true;
        world.run(STEPS);
        world.violations().iter().any(|violation| violation.contains("effects"))
    });
    assert!(doubled);
}
