//! A few Lucide icons (ISC licence), drawn in the colour of the text around them.
use leptos::prelude::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    Queue,
    Case,
    Relations,
    Check,
    Audit,
    Reviewers,
    Connection,
    Account,
    Menu,
    Note,
    Cross,
    Minus,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Queue => "M3 6h18M3 12h18M3 18h12",
            Self::Case => {
                "M4 8h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1zM8 8V5a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v3"
            }
            Self::Relations => {
                "M12 16a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM5 2a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM19 2a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM6.5 7.5l4 9M17.5 7.5l-4 9M8 5h8"
            }
            Self::Check => "M20 6 9 17l-5-5",
            Self::Audit => "M6 3h12a1 1 0 0 1 1 1v17l-7-4-7 4V4a1 1 0 0 1 1-1z",
            Self::Reviewers => {
                "M16 21v-2a4 4 0 0 0-4-4H6a4 4 0 0 0-4 4v2M9 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM22 21v-2a4 4 0 0 0-3-3.9M16 3.1a4 4 0 0 1 0 7.8"
            }
            Self::Connection => "M12 2v6M12 16v6M2 12h6M16 12h6",
            Self::Account => "M20 21v-2a4 4 0 0 0-4-4H8a4 4 0 0 0-4 4v2M12 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
            Self::Note => "M21 15a2 2 0 0 1-2 2H7l-4 4V5a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2z",
            Self::Menu => "M4 6h16M4 12h16M4 18h16",
            Self::Cross => "M18 6 6 18M6 6l12 12",
            Self::Minus => "M5 12h14",
        }
    }
}

/// An icon as decoration: the text next to it says what it means.
#[component]
pub fn Glyph(icon: Icon) -> impl IntoView {
    view! {
        <svg class="glyph" viewBox="0 0 24 24" width="16" height="16" aria-hidden="true" focusable="false">
            <path d=icon.path() fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" />
        </svg>
    }
}
