//! Names in the inflection that the desk asks Persona for.

/// Returns a name in the inflection that the desk asks Persona for: `botScore`, `bot_score` and `Bot-Score` become
/// `bot-score`.
pub(super) fn kebab(name: &str) -> String {
    let mut kebab = String::with_capacity(name.len() + 4);
    let mut within = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && within {
            kebab.push('-');
        }
        within = c.is_ascii_lowercase() || c.is_ascii_digit();
        kebab.push(if c == '_' { '-' } else { c.to_ascii_lowercase() });
    }
    kebab
}
