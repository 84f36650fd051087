//! Reads the open sessions for streams that outlive their request: from the database twice a second, once for all streams,
//! so that a session that another replica has ended ends here as well.
use std::sync::Arc;
use std::time::Duration;

use crate::domain::id::ReviewerId;
use crate::domain::reviewer::Role;
use crate::server::App;
use crate::server::sessions::Followed;

/// Time between two reads. The end of a session is noticed within this time and the time that a read takes.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Follows a session that is known to be open now.
pub fn follow(app: &App, short: &str, who: (ReviewerId, Role)) -> Followed {
    let (followed, first) = app.sessions.follow(short, who);
    if first {
        tokio::spawn(read(app.clone()));
    }
    followed
}

/// Reads the open sessions as long as a stream follows one.
async fn read(app: App) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if !app.sessions.keep_reading() {
            return;
        }
        let open = super::session::all_open(&app).await.ok().map(Arc::new);
        app.sessions.publish(open);
    }
}
