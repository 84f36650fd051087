//! The day's checkpoint, mailed to the auditor.
use lettre::message::{Mailbox, Message};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};

use super::{Offer, PublishError, failed};

pub async fn send(server: &SecretString, from: &str, to: &str, offer: &Offer<'_>) -> Result<(), PublishError> {
    let subject = format!("Audit log checkpoint {} ({} entries)", offer.at.date(), offer.size);
    let body = format!(
        "This is the checkpoint of the audit log as it was at {} UTC, after {} entries.\n\
         Keep it: `countersign audit verify EXPORT --checkpoint THIS-FILE` shows whether a later export goes on from it.\n\n{}",
        offer.at.to_minute_text(),
        offer.size,
        offer.note
    );
    deliver(server, from, to, subject, body).await
}

/// Says that the log does not simply go on.
pub async fn tell(server: &SecretString, from: &str, to: &str, note: &str) -> Result<(), PublishError> {
    let body = format!(
        "The audit log does not simply go on from the checkpoints that you have. The note below says what was published, what of it \
         is still there, and under which key the log goes on.\nAsk whoever runs the desk for that key by another way than this mail, \
         and for the reason.\n\n{note}"
    );
    deliver(server, from, to, "Audit log: it goes on under another key".to_owned(), body).await
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
