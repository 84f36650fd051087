//! The stored row of an inquiry.
use crate::server::Error;
use crate::server::db::inquiry::MirroredInquiry;
use crate::server::db::{self, Tx};

/// Writes the current row. Returns whether a reviewer sees something different from before, here and in the cases that
/// hold the inquiry.
pub(in crate::server::usecase) async fn upsert(tx: &mut Tx, row: &mut MirroredInquiry) -> Result<bool, Error> {
    let changed = renew(row);
    super::super::queue::priority::put(tx, row).await?;
    if changed {
        db::case::count_up_with(tx, &row.inquiry.id).await?;
    }
    Ok(changed)
}

/// Increases the version when a reviewer would see something different from before.
fn renew(row: &mut MirroredInquiry) -> bool {
    let fingerprint = row.seen().fingerprint();
    let changed = row.fingerprint.as_deref() != Some(&fingerprint);
    if changed {
        row.version += 1;
        row.fingerprint = Some(fingerprint);
    }
    changed
}
