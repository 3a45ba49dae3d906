//! What an account has not received, however many conversations it is in.

use super::bench::{Bench, account, all, direct};
use super::on_both_backends;
use crate::support::database::Backend;
use parlance::domain::{AccountId, ChannelId, Exchange, MessageId, MessageStatus, time};
use parlance::store::{AnyConnection, conversations, messages};

on_both_backends!(
    a_backlog_is_what_came_after_the_cursor_in_every_conversation,
    pages_of_a_backlog_give_everything_once_and_in_order,
    the_first_new_message_is_found_wherever_it_is,
    those_who_join_see_what_is_said_from_then_on,
);

const ME: i64 = 5;

fn backlog(conn: &mut AnyConnection, after: MessageId, limit: i64) -> Vec<MessageId> {
    let backlog = messages::backlog(conn, account(ME), after, limit).unwrap();
    backlog.0.iter().map(|message| message.id).collect()
}

/// Says something for each pair of a sender and a recipient, in this order; gives the messages' ids.
async fn say_all(bench: &Bench, pairs: impl IntoIterator<Item = (i64, i64)>) -> Vec<MessageId> {
    let queue = |(from, to)| {
        let answer = bench.queue(direct(from, to), account(from), "hi");
        answer.unwrap()
    };
    let answers: Vec<_> = pairs.into_iter().map(queue).collect();
    let outcomes = all(answers).await.into_iter();
    outcomes
        .map(|outcome| outcome.unwrap().message.id)
        .collect()
}

/// Fills a log in which [`ME`] has 13 conversations, others have more, and every seventh message was taken back. Gives the
/// messages that a backlog from the beginning has.
async fn crowded(bench: &Bench) -> Vec<MessageId> {
    let pair = |n: i64| match n % 3 {
        0 => (ME, 100 + n * 7 % 13),
        1 => (200 + n % 5, 300 + n % 11),
        _ => (100 + n * 5 % 13, ME),
    };
    let ids = say_all(bench, (0..400).map(pair)).await;
    let (mut mine, mut revoked) = (Vec::new(), Vec::new());
    for (n, id) in ids.into_iter().enumerate() {
        match (n % 7, n % 3) {
            (0, _) => revoked.push(id),
            (_, 1) => {}
            _ => mine.push(id),
        }
    }
    let revoke = bench.store.write(move |conn| {
        for id in revoked {
            assert!(
                messages::take_back(conn, id, MessageStatus::Revoked, account(ME), time::now())?
                    .is_some()
            );
        }
        Ok(())
    });
    revoke.await.unwrap();
    mine
}

async fn a_backlog_is_what_came_after_the_cursor_in_every_conversation(backend: Backend) {
    let bench = Bench::on(backend);
    let mine = crowded(&bench).await;
    let look = bench.store.read(move |conn| {
        for after in (0..=400).step_by(9).map(MessageId) {
            for limit in [1, 10, 1000] {
                let newer = mine.iter().copied().filter(|id| *id > after);
                let expected: Vec<_> = newer.take(limit as usize).collect();
                assert_eq!(
                    backlog(conn, after, limit),
                    expected,
                    "after {after}, at most {limit}"
                );
            }
        }
        Ok(())
    });
    look.await.unwrap();
}

async fn pages_of_a_backlog_give_everything_once_and_in_order(backend: Backend) {
    let bench = Bench::on(backend);
    let mine = crowded(&bench).await;
    let look = bench.store.read(move |conn| {
        let mut read = Vec::new();
        loop {
            let after = read.last().copied().unwrap_or(MessageId(0));
            let page = backlog(conn, after, 7);
            let last = page.len() < 7;
            read.extend(page);
            if last {
                return Ok(read);
            }
        }
    });
    assert_eq!(look.await.unwrap(), mine);
}

async fn the_first_new_message_is_found_wherever_it_is(backend: Backend) {
    let bench = Bench::on(backend);
    // Among more and fewer messages elsewhere, so that places and ids ascend at different paces.
    let here = (1, ME);
    let pairs = (0..65).flat_map(|n| std::iter::repeat_n((1, 2), n % 4).chain([here]));
    let pairs: Vec<_> = pairs.collect();
    let ids = say_all(&bench, pairs.clone()).await;
    let ids = ids.into_iter().zip(pairs).filter(|(_, pair)| *pair == here);
    let ids: Vec<_> = ids.map(|(id, _)| id).collect();
    let last = ids.last().unwrap().0;
    let look = bench.store.read(move |conn| {
        for after in (0..=last + 1).map(MessageId) {
            let expected = ids.iter().copied().find(|id| *id > after);
            let found = backlog(conn, after, 1);
            assert_eq!(found, Vec::from_iter(expected), "after {after}");
        }
        Ok(())
    });
    look.await.unwrap();
}

async fn those_who_join_see_what_is_said_from_then_on(backend: Backend) {
    let bench = Bench::on(backend);
    let place = Exchange::Channel(ChannelId(3)).key();
    let join = async |who: AccountId| {
        let join = bench.store.write(move |conn| {
            let head = messages::head(conn, place)?;
            conversations::open_from(conn, &[(who, place)], head, time::now())
        });
        join.await.unwrap();
    };
    join(account(0)).await;
    bench.say(place, account(0), "too early").await;
    join(account(ME)).await;
    let seen = bench.say(place, account(0), "in time").await;
    let look = bench.store.read(|conn| Ok(backlog(conn, MessageId(0), 10)));
    assert_eq!(look.await.unwrap(), [seen.id]);
}
