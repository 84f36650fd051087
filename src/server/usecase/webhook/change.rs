//! What an event changed.
use crate::server::change_feed::ChangeTopic;

/// What events changed, to be published.
pub(in crate::server::usecase) type Changed = Vec<(ChangeTopic, String)>;
