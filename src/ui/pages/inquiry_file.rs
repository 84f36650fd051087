//! Taking the evidence out: the case file, for a purpose that stands in the log and in the file.
use leptos::prelude::*;

use crate::domain::case_file::PURPOSES;

/// A plain form: the answer is a file, with or without JavaScript.
#[component]
pub fn CaseFile(inquiry: String) -> impl IntoView {
    view! {
        <section class="panel" id="file">
            <h2>"Case file"</h2>
            <form method="get" action=format!("/inquiries/{inquiry}/case-file") class="link-form">
                <label for="purpose">"What for"</label>
                <select id="purpose" name="purpose" required>
                    <option value="">"Choose"</option>
                    {PURPOSES.into_iter().map(|(code, label)| view! { <option value=code>{label}</option> }).collect_view()}
                </select>
                <button type="submit" id="case-file">"Download PDF"</button>
            </form>
            <p class="muted small">"Evidence as of each decision, decisions, deliveries and log entries with proofs. Who took it, and what for, is recorded."</p>
        </section>
    }
}

/// What a person may have of what is held about them.
#[component]
pub fn AccessRequest(account: String) -> impl IntoView {
    view! {
        <section class="panel" id="access">
            <h2>"Access request"</h2>
            <p class="muted small">"The person asks what is held about them. The file leaves out other people, reviewers' names and what only reviewers may read. It is recorded."</p>
            <form method="get" action=format!("/accounts/{account}/access-request") class="row">
                <label class="check"><input type="checkbox" name="comments" value="read" />"I have read the comments on the decisions: they name nobody else and may be given out"</label>
                <button type="submit">"Download PDF"</button>
            </form>
        </section>
    }
}
