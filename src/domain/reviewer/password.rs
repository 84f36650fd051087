//! What a password has to be.

/// Minimum length of a password, in characters. OWASP ASVS 5.0 6.2.1 recommends 15, NIST SP 800-63B calls fewer weak
/// without a second factor.
pub const SHORTEST_PASSWORD: usize = 15;
/// Maximum length, in bytes: enough for any passphrase, and a limit on the work of hashing.
pub const LONGEST_PASSWORD: usize = 256;

/// Why a password is not accepted, or `None`. By length, the reviewer's own name and obvious words only: composition
/// rules make passwords worse.
pub fn password_fault(password: &str, email: &str, name: &str) -> Option<&'static str> {
    if password.chars().count() < SHORTEST_PASSWORD {
        return Some("Use at least 15 characters, for example a few words in a row.");
    }
    if password.len() > LONGEST_PASSWORD {
        return Some("The password is too long: at most 256 bytes. Shorten it.");
    }
    let folded = password.to_lowercase();
    let own = email.split('@').chain(name.split_whitespace()).map(str::to_lowercase);
    if own.filter(|word| word.len() >= 4).any(|word| folded.contains(&word)) {
        return Some("Do not use your own name or e-mail address in the password.");
    }
    let first = folded.chars().next();
    if folded.chars().all(|c| Some(c) == first) || folded.contains("password") || folded.contains("123456789") {
        return Some("This password is easy to guess. Choose another one.");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_judged_by_length_and_guessability() {
        assert!(password_fault("short", "a@b.cd", "A").is_some());
        assert!(password_fault("aaaaaaaaaaaaaaaa", "a@b.cd", "A").is_some());
        assert!(password_fault("oyelaran likes tea", "mara@desk.example", "Mara Oyelaran").is_some());
        assert!(password_fault("seven green kettles sing", "mara@desk.example", "Mara Oyelaran").is_none());
    }
}
