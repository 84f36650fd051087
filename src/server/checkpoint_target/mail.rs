//! Mails the day's checkpoint to the auditor.
use lettre::message::{Mailbox, Message};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};

use super::{Offer, PublishError, failed};

pub async fn send(server: &SecretString, from: &str, to: &str, offer: &Offer<'_>) -> Result<(), PublishError> {
    let subject = format!("Audit log checkpoint {} ({} entries)", offer.at.date(), offer.size);
    let body = format!(
        "This is the checkpoint of the audit log at {} UTC, after {} entries.\n\
         Keep it: `countersign audit verify EXPORT --checkpoint THIS-FILE` shows whether a later export \
         extends it.\n\n{}",
        offer.at.to_minute_text(),
        offer.size,
        offer.note
    );
    deliver(server, from, to, subject, body).await
}

/// Mails the auditor that the log has a discontinuity.
pub async fn tell(server: &SecretString, from: &str, to: &str, note: &str) -> Result<(), PublishError> {
    let body = format!(
        "The audit log does not simply continue from the checkpoints that you have. The note below says what was \
         published, how much of it still exists, and under which key the log continues.\n\
         Ask the operator of the desk for the reason, and for that key through another channel than this mail.\n\n{note}"
    );
    deliver(server, from, to, "Audit log: continued under another key".to_owned(), body).await
}

async fn deliver(
    server: &SecretString,
    from: &str,
    to: &str,
    subject: String,
    body: String,
) -> Result<(), PublishError> {
    let address = |text: &str| text.parse::<Mailbox>().map_err(|error| failed(format!("{text}: {error}")));
    let message =
        Message::builder().from(address(from)?).to(address(to)?).subject(subject).body(body).map_err(failed)?;
    let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(server.expose_secret())
        .map_err(|_| failed("not a mail server"))?;
    transport.build().send(message).await.map(|_| ()).map_err(failed)
}
