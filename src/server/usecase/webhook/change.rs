//! What an event changed.
use crate::server::change_feed::Topic;

/// What events changed, to be published.
pub(in crate::server::usecase) type Changed = Vec<(Topic, String)>;
