//! Countersign rules.
#![expect(clippy::too_many_arguments, reason = "an argument is a field of a form, and a rule has many conditions")]

use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::page_data::rule::RulesPage;

#[server(prefix = "/api", endpoint = "rules", input = Json)]
pub async fn rules() -> Result<RulesPage, ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond_page(crate::server::usecase::rule::page(&app, &by).await)
}

/// `version` is the version of the rules on the page. An empty field is no condition; `share` is a percentage.
#[server(prefix = "/api", endpoint = "rule-add")]
pub async fn add_rule(
    version: i64,
    name: String,
    template: String,
    verdict: String,
    signal: String,
    declined_relation: Option<String>,
    share: String,
    hit: Option<String>,
    failed_check: Option<String>,
    countries: Option<String>,
) -> Result<(), ApiError> {
    use crate::domain::rule::{Rule, countries as codes, share as percent};
    let (app, by) = crate::server::http::guard::authorize().await?;
    let share = crate::server::http::respond::require(
        percent(&share),
        "A share must be a whole number from 1 to 100 percent.",
    )?;
    let declined_relation = declined_relation.is_some();
    let (template, verdict, signal) = (Some(template), Some(verdict), Some(signal));
    let (hit, failed_check) = (hit.is_some(), failed_check.is_some());
    let countries = codes(&countries.unwrap_or_default()).map_err(|bad| crate::server::Error::Invalid(bad.to_string()));
    let countries = crate::server::http::respond::respond(countries)?;
    let rule = Rule { name, template, verdict, signal, declined_relation, hit, failed_check, countries, share };
    crate::server::http::respond::respond(crate::server::usecase::rule::add(&app, &by, version, rule).await)
}

/// Proposes to remove a rule. A second person confirms it.
#[server(prefix = "/api", endpoint = "rule-remove")]
pub async fn remove_rule(version: i64, name: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(crate::server::usecase::rule::remove(&app, &by, version, name).await)
}

/// Sets the blocks: the conditions under which an approval is refused. Each is a box that is ticked or not.
#[server(prefix = "/api", endpoint = "rule-blocks")]
pub async fn set_blocks(
    version: i64,
    open_differences: Option<String>,
    hits: Option<String>,
    failed_checks: Option<String>,
    relations_not_read: Option<String>,
) -> Result<(), ApiError> {
    use crate::domain::block::BlockCode;
    let (app, by) = crate::server::http::guard::authorize().await?;
    let ticked = [open_differences, hits, failed_checks, relations_not_read];
    let blocks = BlockCode::ALL.into_iter().zip(ticked).filter(|(_, ticked)| ticked.is_some()).map(|(block, _)| block);
    crate::server::http::respond::respond(
        crate::server::usecase::rule::set_blocks(&app, &by, version, blocks.collect()).await,
    )
}

/// Adds the rules that a new installation begins with.
#[server(prefix = "/api", endpoint = "rule-defaults")]
pub async fn add_defaults(version: i64) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    crate::server::http::respond::respond(crate::server::usecase::rule::add_defaults(&app, &by, version).await)
}

/// Confirms a change that another person proposed.
#[server(prefix = "/api", endpoint = "rule-confirm")]
pub async fn confirm_change(proposal: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(proposal, "proposal")?;
    crate::server::http::respond::respond(crate::server::usecase::loosening::confirm(&app, &by, id).await)
}

#[server(prefix = "/api", endpoint = "rule-cancel")]
pub async fn cancel_change(proposal: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::authorize().await?;
    let id = crate::server::http::respond::parse_id(proposal, "proposal")?;
    crate::server::http::respond::respond(crate::server::usecase::loosening::cancel(&app, &by, id).await)
}
