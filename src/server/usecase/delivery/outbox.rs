//! Adds deliveries.
use crate::domain::delivery::{Action, DeliveryCause};
use crate::domain::id::DeliveryId;
use crate::domain::time::Timestamp;
use crate::server::change_feed::ChangeTopic;
use crate::server::db::delivery::Delivery;
use crate::server::db::{self, Tx};
use crate::server::id::new_id;
use crate::server::{App, Error};

/// Queues a delivery. `not_before` is the earliest time at which it may be sent.
pub(in crate::server::usecase) async fn enqueue(
    tx: &mut Tx,
    now: Timestamp,
    not_before: Timestamp,
    cause: DeliveryCause,
    subject_id: &str,
    action: Action,
) -> Result<(), Error> {
    let delivery = Delivery {
        id: DeliveryId(new_id()),
        cause,
        subject_id: subject_id.to_owned(),
        action,
        generation: 1,
        attempts: 0,
        lease: 0,
        lease_until: None,
        first_sent_at: None,
        last_sent_at: None,
        created_at: now,
    };
    Ok(db::delivery::insert(tx, &delivery, not_before).await?)
}

/// Publishes a change of this object and of its decisions, so that open pages refetch.
pub(in crate::server::usecase) fn publish(app: &App, subject_id: &str) {
    app.publish(ChangeTopic::Decision, subject_id);
    app.publish(if subject_id.starts_with("case_") { ChangeTopic::Case } else { ChangeTopic::Inquiry }, subject_id);
}
