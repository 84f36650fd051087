//! Asks a witness for its signature (c2sp.org/tlog-witness).
use std::time::Duration;

use url::Url;

use super::{Offer, PublishError, failed};
use tlog::signed_note::{Note, Signature, VerifierKey, base64};

/// Returns the note with the witness's signature below it.
#[expect(clippy::disallowed_methods, reason = "a witness is not Persona: its limits do not apply, and no key is sent")]
pub async fn ask(url: &Url, key: &VerifierKey, offer: &Offer<'_>) -> Result<String, PublishError> {
    let mut body = format!("old {}\n", offer.old);
    for hash in &offer.proof {
        body.push_str(&base64(hash));
        body.push('\n');
    }
    body.push('\n');
    body.push_str(offer.note);
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(20))
        .build()
        .map_err(failed)?;
    let address = format!("{}/add-checkpoint", url.as_str().trim_end_matches('/'));
    let answer = client.post(address).body(body).send().await.map_err(|error| failed(error.without_url()))?;
    let status = answer.status().as_u16();
    let text = answer.text().await.map_err(|error| failed(error.without_url()))?;
    match status {
        200 => {
            let mut note: Note = offer.note.parse().map_err(failed)?;
            let signatures =
                text.lines().map(str::parse::<Signature>).collect::<Result<Vec<_>, _>>().map_err(failed)?;
            note.signatures.extend(signatures);
            match note.witnessed_by(key) {
                Some(_) => Ok(note.to_string()),
                None => Err(failed(format!("it answered without the signature of {}", key.short()))),
            }
        }
        409 => match text.trim().parse() {
            Ok(size) if size != offer.old => Err(PublishError::Has(size)),
            _ => Err(PublishError::Differs),
        },
        _ => Err(PublishError::Answered(status, text.trim().chars().take(200).collect())),
    }
}
