//! Measures how long comparisons take: `cargo bench --bench comparison`. The limit is 20 µs for a pair of names, and 5
//! ms for 1,000 aliases.
#![expect(clippy::disallowed_methods, reason = "benches measure time")]
use std::hint::black_box;
use std::time::{Duration, Instant};

use countersign::domain::comparison::{
    Address, Name, NameReading, Number, address, business, date, document_number, name, phone,
};

const PAIRS: [(&str, &str, &str, &str); 6] = [
    ("Emma", "Daniels", "EMMA", "DANIELS"),
    ("Jürgen", "Müller", "JUERGEN", "MUELLER"),
    ("Sinéad", "O'Connor", "SINEAD", "OCONNOR"),
    ("María José", "García Márquez", "MARIA", "GARCIA MARQUEZ"),
    ("Иван", "Сидоров", "IVAN", "SIDOROV"),
    ("Oluwaseun Adebayo", "Oyelaran-Williams", "TUNDE ADEBAYO", "OKONKWO"),
];

/// The time of one run, as the minimum of several rounds.
fn time(runs: u32, mut run: impl FnMut()) -> Duration {
    let round = |run: &mut dyn FnMut()| {
        let start = Instant::now();
        for _ in 0..runs {
            run();
        }
        start.elapsed() / runs
    };
    (0..5).map(|_| round(&mut run)).min().unwrap_or_default()
}

fn main() {
    for (given_a, family_a, given_b, family_b) in PAIRS {
        let a = Name { given: Some(given_a), family: Some(family_a), ..Name::default() };
        let b = Name { given: Some(given_b), family: Some(family_b), ..Name::default() };
        let took = time(2000, || drop(black_box(name(black_box(&a), black_box(&b)))));
        println!("name {given_a} {family_a} / {given_b} {family_b}: {took:?} ({})", name(&a, &b).sentence());
    }
    let names: Vec<(String, String)> = (0..1000)
        .map(|n: usize| (format!("Given{n} Möller{}", n % 7), format!("Family{} van der Berg{}", n * 31 % 977, n % 13)))
        .collect();
    let one = Name { given: Some("Jürgen Peter"), family: Some("van der Berg"), ..Name::default() };
    let took = time(20, || {
        let one = NameReading::new(black_box(&one));
        let best = names
            .iter()
            .map(|(given, family)| {
                let alias = Name { given: Some(given), family: Some(family), ..Name::default() };
                one.outcome(&NameReading::new(&alias)).rank()
            })
            .max();
        black_box(best);
    });
    println!("1,000 aliases against one name: {took:?}");
    let (a, b) = (
        Address { line: Some("4 High Street, Flat 12, LS1, Leeds"), ..Address::default() },
        Address { line: Some("12 High St, Flat 4, LS1 4AP, LEEDS, UK"), ..Address::default() },
    );
    println!("address: {:?}", time(2000, || drop(black_box(address(black_box(&a), black_box(&b))))));
    println!("date: {:?}", time(2000, || drop(black_box(date(black_box("1991-04-12"), black_box("12 APR 1991"))))));
    let (a, b) = (
        Number { number: "D8841207", class: Some("pp"), country: Some("GB") },
        Number { number: "D884 1207", class: Some("passport"), country: Some("United Kingdom") },
    );
    println!("document number: {:?}", time(2000, || drop(black_box(document_number(black_box(&a), black_box(&b))))));
    println!(
        "phone: {:?}",
        time(2000, || drop(black_box(phone(black_box("+44 (0)20 7946 0000"), black_box("020 7946 0000"), Some("GB")))))
    );
    println!(
        "business: {:?}",
        time(2000, || drop(black_box(business(
            black_box("Müller & Söhne GmbH"),
            black_box("MUELLER UND SOEHNE GMBH")
        ))))
    );
}
