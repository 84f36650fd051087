//! Setting a password through a link.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::page_data::reviewer::InvitationPage;

/// Returns whose link it is. Anyone who has the link may ask, and asking does not use it up.
#[server(prefix = "/api", endpoint = "invitation", input = Json)]
pub async fn invitation(token: String) -> Result<Option<InvitationPage>, ApiError> {
    crate::server::http::guard::invitation(&token).await
}

/// Anyone who has the link may set the password, once. Answers with a redirect.
#[server(prefix = "/api", endpoint = "redeem")]
pub async fn redeem(token: String, current: Option<String>, password: String, again: String) -> Result<(), ApiError> {
    crate::server::http::guard::redeem(&token, &current.unwrap_or_default(), password, &again).await
}
