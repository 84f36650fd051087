//! Asks for a password at the command line.
use std::io::{BufRead, IsTerminal, Write};

use countersign::server::run::StartError;

/// Reads the password of `by` from standard input, so that it is neither in the list of processes nor in the shell's
/// history. It is not shown while it is typed.
pub fn ask(by: &str) -> Result<String, StartError> {
    let failed = |error: std::io::Error| StartError::Other(format!("the password cannot be read: {error}"));
    let input = std::io::stdin();
    let typed = input.is_terminal();
    if typed {
        let mut out = std::io::stderr();
        write!(out, "Password of {by}: ").and_then(|()| out.flush()).map_err(failed)?;
    }
    let _unseen = if typed { Unseen::begin(&input) } else { None };
    let mut line = String::new();
    input.lock().read_line(&mut line).map_err(failed)?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        return Err(StartError::Other(format!("no password was given: type the password of {by}, or pipe it in")));
    }
    Ok(password)
}

/// A terminal that does not show what is typed, until this is dropped.
struct Unseen(rustix::termios::Termios);

impl Unseen {
    fn begin(input: &std::io::Stdin) -> Option<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(input).ok()?;
        let mut now = before.clone();
        now.local_modes.remove(LocalModes::ECHO);
        tcsetattr(input, OptionalActions::Now, &now).ok()?;
        Some(Self(before))
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing restored.
        let _ = rustix::termios::tcsetattr(std::io::stdin(), rustix::termios::OptionalActions::Now, &self.0);
    }
}
