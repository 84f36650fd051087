//! The day's checkpoint, mailed to the auditor.
use lettre::message::{Mailbox, Message};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};

use super::{Offer, Refused, failed};

pub async fn send(server: &SecretString, from: &str, to: &str, offer: &Offer<'_>) -> Result<(), Refused> {
    let address = |text: &str| text.parse::<Mailbox>().map_err(|error| failed(format!("{text}: {error}")));
    let body = format!(
        "This is the checkpoint of the audit log as it was at {} UTC, after {} entries.\n\
         Keep it: `countersign audit verify EXPORT --checkpoint THIS-FILE` shows whether a later export goes on from it.\n\n{}",
        offer.at.to_minute_text(),
        offer.size,
        offer.note
    );
    let message = Message::builder()
        .from(address(from)?)
        .to(address(to)?)
        .subject(format!("Audit log checkpoint {} ({} entries)", offer.at.date(), offer.size))
        .body(body)
        .map_err(failed)?;
    let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(server.expose_secret())
        .map_err(|_| failed("not a mail server"))?;
    transport.build().send(message).await.map(|_| ()).map_err(failed)
}
