//! The command line of the sandbox.
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use tokio::net::TcpListener;
use url::Url;

use crate::{Error, WebhookTarget, clock, start};

/// What the command line says.
#[derive(Debug, Args)]
pub struct Options {
    /// Address and port to listen on
    #[arg(long, default_value = "127.0.0.1:4010")]
    listen: String,
    /// Inquiries to create at the first start
    #[arg(long, default_value_t = 120)]
    inquiries: u32,
    /// Seed; the same seed gives the same data
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// SQLite file for all data; without it, the data is lost at the end
    #[arg(long)]
    file: Option<PathBuf>,
    /// URL to which webhooks are sent
    #[arg(long, requires = "webhook_secret")]
    webhook_url: Option<String>,
    /// Factor for the waits between the attempts of a webhook: 0.001 turns hours into seconds
    #[arg(long, default_value_t = 1.0)]
    retry_scale: f64,
    /// Secret with which webhooks are signed; two, separated by a comma, while rotating
    #[arg(long, env = "PERSONA_WEBHOOK_SECRET", hide_env_values = true)]
    webhook_secret: Option<String>,
    /// Seconds between new inquiries; 0 for none
    #[arg(long, default_value_t = 0)]
    arrivals: u64,
    /// Rate limit, in requests a minute
    #[arg(long, default_value_t = 300)]
    requests_per_minute: u32,
    /// How many inquiries, verifications, reports and cases may each be created in a minute
    #[arg(long, default_value_t = 150)]
    quota_per_minute: u32,
    /// Time at which the generated history ends, such as 2026-11-01; with it, the same seed gives the same bytes
    /// [default: now]
    #[arg(long)]
    until: Option<String>,
    /// Seconds that the sandbox's clock is ahead
    #[arg(long, default_value_t = 0, allow_hyphen_values = true)]
    clock_offset: i64,
    /// A fault to cause from the start, as JSON: {"kind": "latency", "ms": 300, "times": 0}
    #[arg(long)]
    fault: Vec<String>,
    /// A choice from the start, such as forbidden-transition=422
    #[arg(long)]
    choice: Vec<String>,
    /// Base of the links to pictures, if clients reach the sandbox at another address
    #[arg(long)]
    public_url: Option<Url>,
}

/// Runs the sandbox until the process is asked to stop.
pub async fn run(options: Options) -> Result<(), Error> {
    let until = match &options.until {
        None => None,
        Some(text) => {
            let refused = || Error::Option(format!("--until {text}: not a date (use 2026-11-01)"));
            Some(clock::parse(text).ok_or_else(refused)?)
        }
    };
    let faults = options
        .fault
        .iter()
        .map(|text| serde_json::from_str(text).map_err(|error| Error::Option(format!("--fault {text}: {error}"))))
        .collect::<Result<_, _>>()?;
    let choices = options
        .choice
        .iter()
        .map(|text| match text.split_once('=') {
            Some((name, option)) => Ok((name.to_owned(), option.to_owned())),
            None => Err(Error::Option(format!("--choice {text}: write it like forbidden-transition=422"))),
        })
        .collect::<Result<_, _>>()?;
    let listener = TcpListener::bind(&options.listen).await.map_err(|cause| {
        Error::Option(format!("cannot listen on {}: {cause}. Choose another address with --listen.", options.listen))
    })?;
    let secrets: Vec<String> =
        options.webhook_secret.iter().flat_map(|text| text.split(',')).map(|secret| secret.trim().to_owned()).collect();
    let running = start(
        listener,
        crate::Options {
            inquiries: options.inquiries,
            seed: options.seed,
            file: options.file,
            webhooks: options
                .webhook_url
                .into_iter()
                .map(|url| WebhookTarget { url, secrets: secrets.clone() })
                .collect(),
            arrivals: (options.arrivals > 0).then(|| Duration::from_secs(options.arrivals)),
            requests_per_minute: options.requests_per_minute,
            quota_per_minute: options.quota_per_minute,
            retry_scale: options.retry_scale,
            public_url: options.public_url,
            until,
            clock_offset: options.clock_offset,
            faults,
            choices,
        },
    )
    .await?;
    say(&format!(
        "Persona sandbox at http://{0}, API at http://{0}/api/v1, any key that begins with persona_sandbox_",
        running.addr
    ));
    asked_to_stop().await;
    running.stop().await;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "output for the person who starts the program")]
fn say(line: &str) {
    println!("{line}");
}

/// Waits for Ctrl-C or, on Unix, SIGTERM.
async fn asked_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    let _ = interrupt.await;
}
