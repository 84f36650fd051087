//! Which passwords are accepted.
use zxcvbn::{Score, zxcvbn};

use crate::domain::password::prepared;
use crate::domain::reviewer::password::password_fault;

/// Characters that are looked at: estimating the guesses takes time that grows with the length.
const LOOKED_AT: usize = 64;

/// Returns why a password is refused: by the rules of the desk, or by the number of guesses that zxcvbn (Wheeler,
/// USENIX Security 2016) gives it, since fifteen characters may be a row of the keyboard or one word three times.
pub(super) fn fault(password: &str, email: &str, name: &str) -> Option<&'static str> {
    let password = prepared(password);
    password_fault(&password, email, name).or_else(|| {
        let start: String = password.chars().take(LOOKED_AT).collect();
        let own: Vec<&str> = email.split(['@', '.']).chain(name.split_whitespace()).collect();
        let easy = zxcvbn(&start, &own).score() < Score::Three;
        easy.then_some("This password is easy to guess: it repeats itself or follows the keyboard. Use a few words that do not belong together.")
    })
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn long_passwords_that_are_guessed_first_are_refused() {
        for easy in
            ["qwertyuiopasdfgh", "iloveyouiloveyou", "letmeinletmeinletmein", "aaaaaaaaaaaaaab", "abcdefghijklmnop"]
        {
            assert!(fault(easy, "maya@desk.example", "Maya Okafor").is_some(), "{easy}");
        }
        for fine in ["seven green kettles sing", "fünf grüne Kessel", "зелёный чайник поёт"] {
            assert_eq!(fault(fine, "maya@desk.example", "Maya Okafor"), None, "{fine}");
        }
    }
}
