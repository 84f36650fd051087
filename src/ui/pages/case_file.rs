//! Downloads of evidence: the case file, with a purpose that the log and the file record; and the access request.
use leptos::prelude::*;

use crate::domain::case_file::PURPOSES;

/// A plain form: the answer is a file, with or without JavaScript.
#[component]
pub fn CaseFile(inquiry: String) -> impl IntoView {
    view! {
        <section class="panel" id="file">
            <h2>"Case file"</h2>
            <form method="get" action=format!("/inquiries/{inquiry}/case-file") class="link-form">
                <label for="purpose">"Purpose"</label>
                <select id="purpose" name="purpose" required>
                    <option value="">"Choose"</option>
                    {PURPOSES.into_iter().map(|(code, label)| view! { <option value=code>{label}</option> }).collect_view()}
                </select>
                <button type="submit" id="case-file">"Download case file"</button>
            </form>
            <p class="muted small">"Contains the evidence as of each decision, the decisions, their deliveries, and log entries with proofs. The download is recorded with your name and the purpose."</p>
        </section>
    }
}

/// The file for a person who asks for their own data.
#[component]
pub fn AccessRequest(account: String) -> impl IntoView {
    view! {
        <section class="panel" id="access">
            <h2>"Access request"</h2>
            <p class="muted small">"For a person who asks for the data that is stored about them. The file leaves out other people, reviewers' names and what only reviewers may read. The download is recorded."</p>
            <form method="get" action=format!("/accounts/{account}/access-request") class="row">
                <label class="check"><input type="checkbox" name="comments" value="read" />"I have read the comments on the decisions: they name no other person and may be disclosed"</label>
                <button type="submit">"Download answer to the request"</button>
            </form>
        </section>
    }
}
