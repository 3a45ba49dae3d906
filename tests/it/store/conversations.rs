//! Each account's view of its conversations.

use super::bench::{Bench, account, direct};
use super::on_both_backends;
use crate::support::database::Backend;
use parlance::domain::{AccountId, ConversationId};
use parlance::error::Result;
use parlance::store::{AnyConnection, conversations, messages};

on_both_backends!(
    a_direct_conversation_opens_for_both_with_its_first_message,
    reading_moves_one_accounts_cursor_and_opening_again_moves_none,
    a_view_that_was_closed_begins_anew,
    what_was_written_after_a_place_is_told_by_sender,
);

type Pair = (i64, i64);

fn cursors(conn: &mut AnyConnection, me: AccountId, place: ConversationId) -> Pair {
    conversations::cursors(conn, me, place).unwrap()
}

/// Looks at the tables.
async fn look<T: Send + 'static>(
    bench: &Bench,
    look: impl FnOnce(&mut AnyConnection) -> T + Send + 'static,
) -> T {
    bench.store.read(move |conn| Ok(look(conn))).await.unwrap()
}

/// Changes the tables.
async fn change(
    bench: &Bench,
    change: impl FnOnce(&mut AnyConnection) -> Result<()> + Send + 'static,
) {
    bench.store.write(change).await.unwrap();
}

async fn a_direct_conversation_opens_for_both_with_its_first_message(backend: Backend) {
    let bench = Bench::on(backend);
    let (me, peer, place) = (account(0), account(1), direct(0, 1));
    let backlogs = async || {
        look(&bench, move |conn| {
            [me, peer, account(2)].map(|account| {
                let backlog = messages::backlog(conn, account, parlance::domain::MessageId(0), 9);
                backlog.unwrap().0.len()
            })
        })
        .await
    };
    assert_eq!(backlogs().await, [0, 0, 0]);
    bench.say(place, me, "hi").await;
    assert_eq!(backlogs().await, [1, 1, 0]);
    bench.say(place, peer, "hello").await;
    assert_eq!(backlogs().await, [2, 2, 0]);
}

async fn reading_moves_one_accounts_cursor_and_opening_again_moves_none(backend: Backend) {
    let bench = Bench::on(backend);
    let (me, peer, place) = (account(0), account(1), direct(0, 1));
    let both =
        move |conn: &mut AnyConnection| (cursors(conn, me, place), cursors(conn, peer, place));
    assert_eq!(look(&bench, both).await, ((0, 0), (0, 0)));
    change(&bench, move |conn| {
        conversations::open_from(conn, &[(me, place), (peer, place)], 2, 1)?;
        assert_eq!(conversations::read_up_to(conn, me, place, 7)?, Some(2));
        assert_eq!(conversations::read_up_to(conn, me, place, 6)?, None);
        Ok(())
    })
    .await;
    assert_eq!(look(&bench, both).await, ((2, 7), (2, 2)));
    change(&bench, move |conn| {
        conversations::open(conn, &[(me, place), (peer, place)], 1)
    })
    .await;
    assert_eq!(look(&bench, both).await, ((2, 7), (2, 2)));
}

async fn a_view_that_was_closed_begins_anew(backend: Backend) {
    let bench = Bench::on(backend);
    let (all, place) = ([0, 1, 2].map(account), direct(0, 1));
    let views = move |conn: &mut AnyConnection| all.map(|account| cursors(conn, account, place));
    change(&bench, move |conn| {
        conversations::open_from(conn, &all.map(|account| (account, place)), 3, 1)?;
        conversations::close_all(conn, &all[..1], place)
    })
    .await;
    assert_eq!(look(&bench, views).await, [(0, 0), (3, 3), (3, 3)]);
    change(&bench, move |conn| {
        conversations::close_all(conn, &all[..2], place)
    })
    .await;
    assert_eq!(look(&bench, views).await, [(0, 0), (0, 0), (3, 3)]);
    change(&bench, move |conn| {
        conversations::open_from(conn, &[(all[0], place)], 8, 1)
    })
    .await;
    assert_eq!(look(&bench, views).await, [(8, 8), (0, 0), (3, 3)]);
}

async fn what_was_written_after_a_place_is_told_by_sender(backend: Backend) {
    let bench = Bench::on(backend);
    let (me, peer, place) = (account(0), account(1), direct(0, 1));
    for (sender, text) in [(me, "one"), (peer, "two"), (me, "three")] {
        bench.say(place, sender, text).await;
    }
    let told = look(&bench, move |conn| {
        let mut after = |sender, seq| messages::wrote_after(conn, place, sender, seq).unwrap();
        [
            after(me, 0),
            after(me, 2),
            after(me, 3),
            after(peer, 1),
            after(peer, 2),
        ]
    });
    assert_eq!(told.await, [true, true, false, true, false]);
    assert_eq!(
        look(&bench, move |conn| messages::head(conn, place).unwrap()).await,
        3
    );
}
