//! The pages as routes. Besides the code that every page loads there are four parts: work (queue, evidence, cases),
//! graph, office (log, accounts, connection) and proof. Each is fetched when one of its pages is first opened. There is
//! not one part per page: code that two parts share becomes a file of its own, and fourteen parts made two hundred.
use leptos::lazy;
use leptos::prelude::*;
use leptos_router::LazyRoute;

use super::{
    account, audit, audit::entry, audit::verify, blind, case, cases, connection, decision, decision::returned, home,
    inquiry, invitation, login, mention, queue, relation, retention, reviewer, rule, session, statistics,
};
use crate::domain::reviewer::Permission;
use crate::ui::access::{Access, Guarded, refused};

#[derive(Debug, Clone, Copy)]
enum PagePart {
    Queue,
    Inquiry,
    Cases,
    Case,
    Decisions,
    Blind,
    Mentions,
    Returned,
    Account,
    Relations,
    Relation,
    Audit,
    AuditEntry,
    AuditVerify,
    OwnAccount,
    Retention,
    Reviewers,
    Rules,
    Connection,
    Figures,
}

#[lazy]
fn work(part: PagePart) -> AnyView {
    match part {
        PagePart::Inquiry => inquiry::Inquiry().into_any(),
        PagePart::Cases => cases::Cases().into_any(),
        PagePart::Case => case::Case().into_any(),
        PagePart::Decisions => decision::Decisions().into_any(),
        PagePart::Mentions => mention::Mentions().into_any(),
        PagePart::Returned => returned::Returned().into_any(),
        PagePart::Blind => blind::Blind().into_any(),
        PagePart::Account => account::Account().into_any(),
        _ => queue::Queue().into_any(),
    }
}

#[lazy]
fn graph(part: PagePart) -> AnyView {
    match part {
        PagePart::Relation => relation::Relation().into_any(),
        _ => relation::Relations().into_any(),
    }
}

#[lazy]
fn office(part: PagePart) -> AnyView {
    match part {
        PagePart::Audit => audit::Audit().into_any(),
        PagePart::AuditEntry => entry::AuditEntry().into_any(),
        PagePart::Retention => retention::Retention().into_any(),
        PagePart::Reviewers => reviewer::Reviewers().into_any(),
        PagePart::Rules => rule::Rules().into_any(),
        PagePart::Connection => connection::Connection().into_any(),
        PagePart::Figures => statistics::Figures().into_any(),
        _ => session::OwnAccount().into_any(),
    }
}

/// Separate from the office part: hashes and signatures are half of its size, and few reviewers verify files.
#[lazy]
fn proof(_: PagePart) -> AnyView {
    verify::AuditVerify().into_any()
}

macro_rules! pages {
    ($($name:ident: $need:ident in $part:ident, $preload:ident),+ $(,)?) => {$(
        #[derive(Debug)]
        pub struct $name;

        impl Guarded for $name {
            const ACCESS: Access = Access::Only(Permission::$need);
        }

        impl LazyRoute for $name {
            fn data() -> Self {
                Self
            }

            async fn view(_page: Self) -> AnyView {
                match refused(Self::ACCESS) {
                    Some(view) => view,
                    None => $part(PagePart::$name).await,
                }
            }

            async fn preload() {
                #[cfg(target_arch = "wasm32")]
                $preload().await;
            }
        }
    )+};
}

pages! {
    Queue: ReadQueue in work, __preload_work,
    Inquiry: ReadEvidence in work, __preload_work,
    Cases: ReadQueue in work, __preload_work,
    Case: ReadEvidence in work, __preload_work,
    Decisions: ReadQueue in work, __preload_work,
    Mentions: ReadEvidence in work, __preload_work,
    Returned: Decide in work, __preload_work,
    Blind: Decide in work, __preload_work,
    Account: ReadEvidence in work, __preload_work,
    Relations: ReadEvidence in graph, __preload_graph,
    Relation: ReadEvidence in graph, __preload_graph,
    Audit: ReadAudit in office, __preload_office,
    AuditEntry: ReadAudit in office, __preload_office,
    AuditVerify: ReadAudit in proof, __preload_proof,
    OwnAccount: OwnPassword in office, __preload_office,
    Retention: ReadRetention in office, __preload_office,
    Reviewers: ReadReviewers in office, __preload_office,
    Rules: ReadRules in office, __preload_office,
    Connection: ReadConnection in office, __preload_office,
    Figures: ReadFigures in office, __preload_office,
}

/// Small enough to be part of the code that every page loads.
#[derive(Debug)]
pub struct Login;

impl Guarded for Login {
    const ACCESS: Access = Access::Anyone;
}

impl LazyRoute for Login {
    fn data() -> Self {
        Self
    }

    async fn view(_page: Self) -> AnyView {
        login::Login().into_any()
    }
}

/// Open to anyone who has the link, signed in or not.
#[derive(Debug)]
pub struct Invitation;

impl Guarded for Invitation {
    const ACCESS: Access = Access::Anyone;
}

impl LazyRoute for Invitation {
    fn data() -> Self {
        Self
    }

    async fn view(_page: Self) -> AnyView {
        invitation::Invitation().into_any()
    }
}

#[derive(Debug)]
pub struct Home;

impl Guarded for Home {
    const ACCESS: Access = Access::Only(Permission::SignedIn);
}

impl LazyRoute for Home {
    fn data() -> Self {
        Self
    }

    async fn view(_page: Self) -> AnyView {
        match refused(Self::ACCESS) {
            Some(view) => view,
            None => home::Home().into_any(),
        }
    }
}
