//! Checklists: the items that an admin requires, and the ticks of reviewers.
use super::audit::{actor, append};
use crate::domain::audit::Draft;
use crate::domain::checklist::{ChecklistLine, Checklists, Tick, lines, typed};
use crate::domain::decision::Refusal;
use crate::domain::id::InquiryId;
use crate::domain::reviewer::{Permit, permission};
use crate::domain::text::clean;
use crate::server::change_feed::ChangeTopic;
use crate::server::db::inquiry::MirroredInquiry;
use crate::server::db::{self, Conn};
use crate::server::{App, Error};

/// Returns the version of the checklists, and the list of an inquiry with who ticked what.
pub(super) async fn of(
    conn: &mut Conn,
    lists: &Checklists,
    row: &MirroredInquiry,
) -> Result<(i64, Vec<ChecklistLine>), Error> {
    let template = row.inquiry.template_id.as_ref().map(ToString::to_string);
    let items = lists.of(template.as_deref());
    if items.is_empty() {
        return Ok((lists.version, Vec::new()));
    }
    let ticks = db::checklist::ticks(conn, &row.inquiry.id).await?;
    Ok((lists.version, lines(items, &ticks, row.version)))
}

/// Ticks an item on the version of the evidence that was seen, or removes the tick.
pub async fn tick(
    app: &App,
    by: &Permit<permission::Decide>,
    id: InquiryId,
    item: String,
    seen: i64,
    on: bool,
) -> Result<(), Error> {
    let (now, permit, told) = (app.now(), by.clone(), id.clone());
    app.write(move |tx| {
        Box::pin(async move {
            db::inquiry::lock(tx, &id).await?;
            let row = db::inquiry::by_id(tx, &id).await?.ok_or(Error::NotFound("inquiry"))?;
            let lists = db::checklist::current(tx).await?;
            let (version, list) = of(tx, &lists, &row).await?;
            let line = list.into_iter().find(|line| line.item.id == item).ok_or(Error::NotFound("checklist item"))?;
            if row.version != seen {
                return Err(Error::Refused(Refusal::Stale { seen, now: row.version }));
            }
            let me = permit.reviewer();
            let action = match (on, line.counts) {
                (true, false) => {
                    let tick = Tick { item: item.clone(), by: me.name.clone(), at: now, version: row.version };
                    db::checklist::tick(tx, &id, &tick, me.id).await?;
                    "checklist.ticked"
                }
                (false, true) => {
                    db::checklist::untick(tx, &id, &item).await?;
                    "checklist.unticked"
                }
                _ => return Ok(()),
            };
            let draft = Draft::new(action, actor(&permit), "inquiry", id.to_string())
                .fact("item", line.item.text)
                .fact("checklist", version)
                .fact("version", row.version);
            append(tx, now, draft).await.map(|_| ())
        })
    })
    .await?;
    app.publish(ChangeTopic::Inquiry, told);
    Ok(())
}

/// Creates the next version, with another list for one template; an empty list removes it. An empty `template` means
/// all templates without a list of their own.
pub async fn set(
    app: &App,
    by: &Permit<permission::ManageRules>,
    seen: i64,
    template: String,
    text: String,
) -> Result<(), Error> {
    let items = typed(&clean(&text)).map_err(|bad| Error::Invalid(bad.to_string()))?;
    let (now, permit, template) = (app.now(), by.clone(), clean(template.trim()));
    let set = app
        .write(move |tx| {
            Box::pin(async move {
                let known = db::checklist::current(tx).await?;
                if known.version != seen {
                    return Err(changed_meanwhile());
                }
                let mut lists = Checklists { version: seen + 1, ..known };
                let words = items.iter().map(crate::domain::checklist::Item::line).collect::<Vec<_>>().join("; ");
                if items.is_empty() {
                    lists.by_template.remove(&template);
                } else {
                    lists.by_template.insert(template.clone(), items);
                }
                let admin = permit.reviewer();
                db::checklist::insert(tx, &lists, admin.id, &admin.name, now).await?;
                let draft = Draft::new("checklist.changed", actor(&permit), "checklist", lists.version.to_string())
                    .fact("template", template)
                    .fact("items", words);
                append(tx, now, draft).await.map(|_| ())
            })
        })
        .await;
    match set {
        Err(Error::Db(error)) if db::is_conflict(&error) => Err(changed_meanwhile()),
        other => other,
    }
}

fn changed_meanwhile() -> Error {
    Error::Invalid(
        "The checklists have changed since you opened this page. The current ones are shown now. Check them, then try again."
            .to_owned(),
    )
}
