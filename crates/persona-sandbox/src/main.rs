//! The Persona sandbox as a program of its own.
use std::process::ExitCode;

use clap::Parser;
use persona_sandbox::command;

/// A stand-in for Persona's sandbox environment, with invented people
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    options: command::Options,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("PERSONA_SANDBOX_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info")),
        )
        .init();
    match command::run(Cli::parse().options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

#[expect(clippy::print_stderr, reason = "output for the person who starts the program")]
fn failed(error: &persona_sandbox::Error) -> ExitCode {
    eprintln!("persona-sandbox: {error}");
    ExitCode::FAILURE
}
