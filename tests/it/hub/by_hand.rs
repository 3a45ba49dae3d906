//! Sessions that a test drives itself, in place of a transport.

use crate::support::echo::NoCommands;
use crate::support::{PATIENCE, TestNode, User};
use futures_util::StreamExt;
use parlance::dialect::freeim::wire::{FreeimWire, Options};
use parlance::domain::AccountId;
use parlance::hub::session::{Out, Session};
use std::sync::Arc;
use tokio::time::timeout;

/// A session that is on its account's list. One that replays has yet to catch up.
pub async fn attach(node: &TestNode, user: &User, options: Options) -> Session {
    let (services, account) = (node.services(), AccountId(user.id));
    let mut session = Session::new(
        services.core.hub.clone(),
        Some(account),
        None,
        Box::new(FreeimWire::new(account, options, services.settings.clone())),
        Box::new(NoCommands),
        Arc::default(),
    );
    let live = session.attach().await.unwrap();
    assert_eq!(session.attached(live), options.replay);
    session
}

/// What a live session has to write next. Not all that it is told has a frame.
pub async fn hear(session: &mut Session) -> Vec<Out> {
    loop {
        let queued = timeout(PATIENCE, session.outgoing().next()).await;
        let queued = queued.expect("nothing comes").expect("the session ended");
        let out = session.render(queued);
        if !out.is_empty() {
            return out;
        }
    }
}
