//! Why nothing is signed, decided or sent: somebody outside holds a checkpoint that the log does not go on from. For admins and auditors.
use maud::{Markup, html};

use crate::domain::log::{Resumed, Suspension, TargetAnswer};
use crate::domain::time::Timestamp;
use crate::ui::parts::time::ago;

pub fn suspended(suspension: &Suspension, now: Timestamp) -> Markup {
    html! {
        p.strong { "The audit log is suspended: nothing is signed, decided or sent" }
        p {
            "This database has " (suspension.size) " entries, and a checkpoint outside does not fit them. Most often an older backup was brought \
             back; it can also be another database with this log’s key, or the wrong folder."
        }
        (asked(&suspension.asked, now))
        h3 { "Decisions that Persona has and this log does not know" }
        @if suspension.missing.is_empty() {
            p.muted { "None that the desk has read from Persona so far. It goes on reading what changed there." }
        } @else {
            ul.plain {
                @for missing in &suspension.missing {
                    li {
                        span.mono { (missing.decision) } " on "
                        a.mono href={ "/inquiries/" (missing.inquiry) } { (missing.inquiry) } " (" (missing.status) ")"
                    }
                }
            }
            @if suspension.more { p.muted { "Not all inquiries were looked through: there may be more." } }
        }
        p.muted.small {
            "Found by the decision’s number in Persona’s comment. A mark for review and the status of a case leave no number there, and cannot be \
             recognised."
        }
        h3 { "What to do" }
        p {
            "If a newer copy of the database exists, stop the desk and bring that one back. If not, an admin takes the log up again where the \
             desk runs, and confirms it with their password; the log and everybody who is given checkpoints are told what is gone:"
        }
        pre.mono {
            "countersign audit key --name NEW-NAME --output new.key\n"
            "countersign audit resume --new-key new.key --by ADMIN@EXAMPLE.COM --reason \"…\""
        }
    }
}

/// What holders of checkpoints said. Whoever could not be asked is not known, and not fine.
pub fn asked(asked: &[TargetAnswer], now: Timestamp) -> Markup {
    html! {
        @if !asked.is_empty() {
            ul.plain {
                @for said in asked {
                    li {
                        span.muted { (said.kind) " " } (said.name) ": "
                        @match said.state.as_str() {
                            "agrees" => { "agrees, up to " (said.size) " entries" }
                            "empty" => { "holds none" }
                            "contradicts" => { strong data-tone="bad" { "contradicts" } }
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

/// Where the log does not simply go on.
pub fn resumed(resumed: &[Resumed], now: Timestamp) -> Markup {
    html! {
        @for gap in resumed {
            p.small data-tone="warn" {
                @if gap.lost_key {
                    "The key " span.mono { (gap.old) } " was lost; " span.mono { (gap.new) } " signs since entry " (gap.size) ". "
                } @else {
                    "Resumed at entry " (gap.size) " under " span.mono { (gap.new) } ": " (gap.published) " entries had been published under "
                    span.mono { (gap.old) } ", and those after the checkpoint of " (gap.kept) " entries are gone. "
                }
                (ago(gap.at, now))
            }
        }
    }
}
