//! Answers pairs of names from standard input, one a line: kind (`person`, `business`), tab, name, tab, name. Prints the kind of
//! outcome, tab, the sentence. Used by `benches/comparison_agreement.py`.
use std::io::{BufRead, Write};

use countersign::domain::comparison::{Name, Outcome, business, name};

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let mut columns = line.split('\t');
        let (Some(kind), Some(a), Some(b)) = (columns.next(), columns.next(), columns.next()) else { continue };
        let whole = |text| Name { given: Some(text), ..Name::default() };
        let compared = if kind == "business" { business(a, b) } else { name(&whole(a), &whole(b)) };
        let short = match compared.outcome {
            Outcome::Same => "same",
            Outcome::SameWrittenDifferently { .. } => "written differently",
            Outcome::Incomplete { .. } => "incomplete",
            Outcome::NotComparable { .. } => "not comparable",
            Outcome::Differs { .. } => "differs",
        };
        writeln!(out, "{short}\t{}", compared.sentence())?;
    }
    Ok(())
}
