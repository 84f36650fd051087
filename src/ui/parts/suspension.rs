//! Why nothing is signed, decided or sent: a checkpoint target has a checkpoint that this log does not continue. For
//! admins and auditors.
use maud::{Markup, html};

use crate::domain::log::{Resumed, Suspension, TargetAnswer};
use crate::domain::time::Timestamp;
use crate::ui::parts::time::ago;

pub fn suspended(suspension: &Suspension, now: Timestamp) -> Markup {
    html! {
        p.strong { "The audit log is suspended: nothing is signed, decided or sent" }
        p {
            "This database has " (suspension.size) " entries, and a published checkpoint does not match them. The most frequent cause is that an older backup was \
             restored. Other causes: this is another database with this log’s key, or the checkpoint folder is the wrong one."
        }
        (asked(&suspension.asked, now))
        h3 { "Decisions that are in Persona but not in this log" }
        @if suspension.missing.is_empty() {
            p.muted { "The desk has found none so far in what it has read from Persona. It continues to read what changed there." }
        } @else {
            ul.plain {
                @for missing in &suspension.missing {
                    li {
                        span.mono { (missing.decision) } " on "
                        a.mono href={ "/inquiries/" (missing.inquiry) } { (missing.inquiry) } " (" (missing.status) ")"
                    }
                }
            }
            @if suspension.more { p.muted { "Not all inquiries were searched. There may be more." } }
        }
        p.muted.small {
            "Found by the decision ID in the comment at Persona. Marks for review and case statuses have no ID there, so they cannot be \
             recognised."
        }
        h3 { "What to do" }
        p {
            "If a newer copy of the database exists, stop the desk and restore that copy. If not, an admin resumes the log on the machine where \
             the desk runs, and confirms it with their password. What is lost is recorded in the log and reported to the checkpoint targets:"
        }
        pre.mono {
            "countersign audit key --name NEW-NAME --output new.key\n"
            "countersign audit resume --new-key new.key --by ADMIN@EXAMPLE.COM --reason \"…\""
        }
    }
}

/// The last answers of the checkpoint targets. A target that could not be asked is "not known", which does not mean
/// that it agrees.
pub fn asked(asked: &[TargetAnswer], now: Timestamp) -> Markup {
    html! {
        @if !asked.is_empty() {
            ul.plain {
                @for said in asked {
                    li {
                        span.muted { (said.kind) " " } (said.name) ": "
                        @match said.state.as_str() {
                            "agrees" => { "agrees, up to " (said.size) " entries" }
                            "empty" => { "has no checkpoint" }
                            "contradicts" => { strong data-tone="bad" { "contradicts this log" } }
                            "mute" => { "not known" }
                            _ => { span data-tone="warn" { "not known" } }
                        }
                        @if let Some(why) = &said.why { ": " (why) }
                        " " span.muted { (ago(said.at, now)) }
                    }
                }
            }
        }
    }
}

/// The discontinuities of the log.
pub fn resumed(resumed: &[Resumed], now: Timestamp) -> Markup {
    html! {
        @for gap in resumed {
            p.small data-tone="warn" {
                @if gap.lost_key {
                    "The key " span.mono { (gap.old) } " was lost. " span.mono { (gap.new) } " has signed since entry " (gap.size) ". "
                } @else {
                    "Resumed at entry " (gap.size) " under " span.mono { (gap.new) } ": " (gap.published) " entries had been published under "
                    span.mono { (gap.old) } ", and those after the checkpoint of " (gap.kept) " entries are gone. "
                }
                (ago(gap.at, now))
            }
        }
    }
}
