//! Dismissed matches whose content has changed since they were dismissed.
use super::{Match, Report};

/// Lines that each run writes again and that are not dismissed.
const BY_RUN: [&str; 2] = ["Present in last run: ", "Notify on change: "];

impl Match {
    fn told(&self, label: &str) -> Option<&str> {
        self.detail.iter().find_map(|line| line.strip_prefix(label))
    }

    /// When the record was reviewed, if Persona says so.
    fn reviewed(&self) -> Option<&str> {
        self.told("Reviewed at: ")
    }

    /// Whether everything that it says was said before.
    fn is_within(&self, before: &Self) -> bool {
        let by_run = |line: &str| BY_RUN.iter().any(|label| line.starts_with(label));
        self.name == before.name
            && self.source == before.source
            && self.what == before.what
            && self.birthdates.iter().all(|one| before.birthdates.contains(one))
            && self.countries.iter().all(|one| before.countries.contains(one))
            && self.links.iter().all(|one| before.links.contains(one))
            && self.detail.iter().all(|line| by_run(line) || before.detail.contains(line))
    }
}

impl Report {
    /// Reopens matches whose record grew while its review stayed the same: what was added was never dismissed, and not
    /// all of it has a time of its own. Compares with the last read; what is open by that stays open until it is
    /// reviewed again.
    pub fn open_what_grew(&mut self, before: &[Self]) {
        let Some(before) = before.iter().find(|before| before.id == self.id) else { return };
        for found in self.matches.iter_mut().filter(|found| found.dismissed.is_some()) {
            let Some(reviewed) = found.reviewed() else { continue };
            let token = found.told("Token: ");
            let mut known = before
                .matches
                .iter()
                .filter(|known| known.reviewed() == Some(reviewed) && known.told("Token: ") == token)
                .peekable();
            if known.peek().is_some() && !known.any(|known| known.dismissed.is_some() && found.is_within(known)) {
                found.dismissed = None;
            }
        }
    }
}
