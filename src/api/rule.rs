//! Countersign rules.
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

use super::ApiError;
use crate::domain::desk::RulesPage;

#[server(prefix = "/api", endpoint = "rules", input = Json)]
pub async fn rules() -> Result<RulesPage, ApiError> {
    let (app, by) = crate::server::http::guard::enter().await?;
    crate::server::http::answer::give(crate::server::usecase::rule::page(&app, &by).await)
}

/// `version` is that of the rules on the page. What is empty is no condition; `share` is a percentage.
#[server(prefix = "/api", endpoint = "rule-add")]
pub async fn add_rule(
    version: i64,
    name: String,
    template: String,
    verdict: String,
    signal: String,
    declined_relation: Option<String>,
    share: String,
) -> Result<(), ApiError> {
    use crate::domain::rule::{Rule, share as percent};
    let (app, by) = crate::server::http::guard::enter().await?;
    let share = crate::server::http::answer::some(percent(&share), "A share is a whole number of 1 to 100 percent.")?;
    let declined_relation = declined_relation.is_some();
    let (template, verdict, signal) = (Some(template), Some(verdict), Some(signal));
    let rule = Rule { name, template, verdict, signal, declined_relation, share };
    crate::server::http::answer::give(crate::server::usecase::rule::add(&app, &by, version, rule).await)
}

#[server(prefix = "/api", endpoint = "rule-remove")]
pub async fn remove_rule(version: i64, name: String) -> Result<(), ApiError> {
    let (app, by) = crate::server::http::guard::enter().await?;
    crate::server::http::answer::give(crate::server::usecase::rule::remove(&app, &by, version, name).await)
}
