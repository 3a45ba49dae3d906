//! Units of writes: whole or not at all, in turn with the messages.

use super::bench::{Bench, account, direct};
use super::on_both_backends;
use crate::support::database::Backend;
use futures_util::poll;
use parlance::domain::{AccountId, MessageId};
use parlance::error::{Error, ErrorKind};
use parlance::store::{AnyConnection, Store, conversations, mailboxes, messages};
use std::pin::pin;
use std::sync::mpsc;
use tokio::sync::oneshot;

/// How many connections a bench reads on.
const POOL: usize = 2;

on_both_backends!(
    units_and_messages_are_written_in_the_order_in_which_they_came,
    a_unit_that_fails_is_undone_whole,
    a_unit_that_panics_is_undone_and_leaves_the_writer_alive,
    a_unit_whose_asker_is_gone_is_done_nevertheless,
    notes_of_delivery_are_kept,
    a_read_that_nobody_polls_keeps_no_other_waiting,
    an_abandoned_read_leaves_the_queue,
);

async fn units_and_messages_are_written_in_the_order_in_which_they_came(backend: Backend) {
    let bench = Bench::on(backend);
    let place = direct(0, 1);
    let head = || bench.store.write(move |conn| messages::head(conn, place));
    let hold = bench.hold().await;
    let queue = |text| bench.queue(place, account(0), text).unwrap();

    let (first, second) = (queue("one"), queue("two"));
    let mut two = pin!(head());
    assert!(poll!(&mut two).is_pending());
    let third = queue("three");
    let mut three = pin!(head());
    assert!(poll!(&mut three).is_pending());
    drop(hold);
    assert_eq!((two.await.unwrap(), three.await.unwrap()), (2, 3));
    for (answer, seq) in [(first, 1), (second, 2), (third, 3)] {
        assert_eq!(answer.await.unwrap().unwrap().message.seq, seq);
    }
}

async fn a_unit_that_fails_is_undone_whole(backend: Backend) {
    let bench = Bench::on(backend);
    let (me, place) = (account(0), direct(0, 1));
    let unit = bench.store.write(move |conn| {
        conversations::open_from(conn, &[(me, place)], 5, 1)?;
        Err::<(), _>(Error::new(ErrorKind::Muted))
    });
    assert_eq!(unit.await.unwrap_err().kind(), ErrorKind::Muted);
    assert_eq!(cursors(&bench, me).await, (0, 0));
}

async fn a_unit_that_panics_is_undone_and_leaves_the_writer_alive(backend: Backend) {
    let bench = Bench::on(backend);
    let (me, place) = (account(0), direct(0, 1));
    let before = bench.say(direct(0, 2), me, "before").await;
    let unit = bench.store.write(move |conn| {
        conversations::open_from(conn, &[(me, place)], 5, 1)?;
        if me.0 > 0 {
            panic!("injected");
        }
        Ok(())
    });
    assert_eq!(unit.await.unwrap_err().kind(), ErrorKind::Internal);
    assert_eq!(cursors(&bench, me).await, (0, 0));
    let after = bench.say(direct(0, 2), me, "after").await;
    assert_eq!((after.seq, after.id.0), (before.seq + 1, before.id.0 + 1));
}

async fn a_unit_whose_asker_is_gone_is_done_nevertheless(backend: Backend) {
    let bench = Bench::on(backend);
    let (me, place) = (account(0), direct(0, 1));
    let hold = bench.hold().await;
    {
        let open =
            move |conn: &mut AnyConnection| conversations::open_from(conn, &[(me, place)], 5, 1);
        let mut unit = pin!(bench.store.write(open));
        assert!(poll!(&mut unit).is_pending());
    }
    drop(hold);
    bench.store.write(|_| Ok(())).await.unwrap();
    assert_eq!(cursors(&bench, me).await, (5, 5));
}

async fn notes_of_delivery_are_kept(backend: Backend) {
    let mut bench = Bench::on(backend);
    let noted = async |bench: &Bench, account: AccountId| {
        let noted = move |conn: &mut AnyConnection| mailboxes::delivered(conn, account);
        bench.store.read(noted).await.unwrap()
    };
    assert_eq!(noted(&bench, account(0)).await, MessageId(0));
    let hold = bench.hold().await;
    for (number, note) in [(0, 7), (1, 9), (0, 3)] {
        bench.store.advance(account(number), MessageId(note));
    }
    drop(hold);
    bench.reopen().await;
    assert_eq!(noted(&bench, account(0)).await, MessageId(7));
    assert_eq!(noted(&bench, account(1)).await, MessageId(9));
    bench.store.advance(account(0), MessageId(8));
    bench.reopen().await;
    assert_eq!(noted(&bench, account(0)).await, MessageId(8));
    assert_eq!(noted(&bench, account(1)).await, MessageId(9));
}

async fn cursors(bench: &Bench, me: AccountId) -> (i64, i64) {
    let place = direct(0, 1);
    let cursors = bench
        .store
        .read(move |conn| conversations::cursors(conn, me, place));
    cursors.await.unwrap()
}

/// Reads that take up every connection until what they return is dropped.
async fn read_on_every_connection(store: &Store) -> Vec<mpsc::Sender<()>> {
    let mut held = Vec::new();
    for _ in 0..POOL {
        let (release, released) = mpsc::channel::<()>();
        let (begin, begun) = oneshot::channel();
        let store = store.clone();
        tokio::spawn(async move {
            let read = store.read(move |_| {
                let _ = begin.send(());
                // Ends when the other end is dropped.
                let _ = released.recv();
                Ok(())
            });
            read.await
        });
        begun.await.unwrap();
        held.push(release);
    }
    held
}

async fn a_read_that_nobody_polls_keeps_no_other_waiting(backend: Backend) {
    let bench = Bench::on(backend);
    let held = read_on_every_connection(&bench.store).await;
    let mut idle: Vec<_> = (0..2 * POOL)
        .map(|_| Box::pin(bench.store.read(|_| Ok(()))))
        .collect();
    for read in &mut idle {
        assert!(poll!(read).is_pending());
    }
    drop(held);
    bench.look(|_| Ok(())).await;
    for read in idle {
        read.await.unwrap();
    }
}

async fn an_abandoned_read_leaves_the_queue(backend: Backend) {
    let bench = Bench::on(backend);
    let held = read_on_every_connection(&bench.store).await;
    let (done, was_done) = oneshot::channel();
    let mut abandoned = Box::pin(bench.store.read(move |_| Ok(done.send(()))));
    assert!(poll!(&mut abandoned).is_pending());
    // It takes its place.
    tokio::task::yield_now().await;
    drop(abandoned);
    drop(held);
    bench.look(|_| Ok(())).await;
    // It was first in the queue, and is gone with what it would have told.
    assert!(was_done.await.is_err());
}
