//! Group commit: ids, places, and the order of answers.

use super::bench::{Bench, account, all, direct, draft, text};
use super::on_both_backends;
use crate::support::database::Backend;
use parlance::domain::message::Draft;
use parlance::domain::{ChannelId, Exchange, Message};
use parlance::error::ErrorKind;
use parlance::store::Append;
use std::sync::{Arc, Mutex};
use tokio::task::JoinSet;

on_both_backends!(
    many_at_once_get_places_without_gaps_and_ascending_ids,
    what_waits_is_committed_together_and_a_batch_has_a_limit,
    answers_come_in_the_order_of_commits,
    a_batch_stays_within_what_a_server_takes_as_one_statement,
    ids_and_places_go_on_after_a_restart,
    a_full_queue_answers_busy_and_stores_nothing,
    closing_writes_what_waits_and_refuses_the_rest,
    a_message_is_read_as_it_was_written,
);

async fn many_at_once_get_places_without_gaps_and_ascending_ids(backend: Backend) {
    let bench = Arc::new(Bench::on(backend));
    let mut senders = JoinSet::new();
    for sender in 0..16 {
        let bench = bench.clone();
        senders.spawn(async move {
            let place = direct(sender % 4, 100);
            for _ in 0..50 {
                bench.say(place, account(100), "hello").await;
            }
        });
    }
    while let Some(sender) = senders.join_next().await {
        sender.unwrap();
    }
    let mut ids = Vec::new();
    for number in 0..4 {
        let log = bench.log(direct(number, 100)).await;
        let places: Vec<_> = log.iter().map(|message| message.seq).collect();
        assert_eq!(places, Vec::from_iter(1..=200));
        assert!(log.is_sorted_by(|a, b| a.id < b.id));
        ids.extend(log.iter().map(|message| message.id.0));
    }
    ids.sort();
    assert_eq!(ids, Vec::from_iter(1..=800));
    assert!(bench.batches() < 800, "nothing was grouped");
}

async fn what_waits_is_committed_together_and_a_batch_has_a_limit(backend: Backend) {
    let bench = Bench::with(backend, |config| config.batch = 10);
    let hold = bench.hold().await;
    let queue = |n: i64| bench.queue(direct(n % 3, 9), account(9), "hi").unwrap();
    let answers: Vec<_> = (0..25).map(queue).collect();
    drop(hold);
    assert!(all(answers).await.iter().all(Result::is_ok));
    assert_eq!(bench.batches(), 3);
}

async fn answers_come_in_the_order_of_commits(backend: Backend) {
    let bench = Bench::with(backend, |config| config.batch = 16);
    let answered = Arc::new(Mutex::new(Vec::new()));
    for n in 0..300 {
        let answered = answered.clone();
        let append = Append {
            conversation: direct(n % 7, 9),
            sender: account(9),
            draft: Arc::new(draft("hi")),
            client_id: None,
            done: Box::new(move |outcome| {
                answered.lock().unwrap().push(outcome.unwrap().message.id);
            }),
        };
        bench.store.append(append).unwrap();
    }
    bench.store.close().await;
    let answered = answered.lock().unwrap();
    assert_eq!(answered.len(), 300);
    assert!(answered.is_sorted_by(|a, b| a < b));
}

async fn a_batch_stays_within_what_a_server_takes_as_one_statement(backend: Backend) {
    let bench = Bench::with(backend, |config| config.batch = 1000);
    let hold = bench.hold().await;
    let place = direct(0, 1);
    let long = "x".repeat(250_000);
    let answers = (0..100).map(|_| bench.queue(place, account(0), &long).unwrap());
    let answers = Vec::from_iter(answers);
    drop(hold);
    assert!(all(answers).await.iter().all(Result::is_ok));
    // Together they are 25 MB; a batch ends with the message that brings it to 4 MiB.
    assert_eq!(bench.batches(), 6);
}

async fn ids_and_places_go_on_after_a_restart(backend: Backend) {
    let mut bench = Bench::on(backend);
    let place = direct(0, 1);
    bench.say(direct(0, 2), account(0), "elsewhere").await;
    let before = bench.say(place, account(0), "before").await;
    bench.reopen().await;
    let after = bench.say(place, account(1), "after").await;
    assert_eq!((after.seq, after.id.0), (before.seq + 1, before.id.0 + 1));
}

async fn a_full_queue_answers_busy_and_stores_nothing(backend: Backend) {
    let bench = Bench::with(backend, |config| config.queue = 4);
    let place = direct(0, 1);
    let hold = bench.hold().await;
    let queue = |n: i32| bench.queue(place, account(0), &n.to_string());
    let taken: Vec<_> = (0..4).map(|n| queue(n).unwrap()).collect();
    assert_eq!(bench.store.queue_depth(), (4, 4));
    assert_eq!(queue(4).unwrap_err().kind(), ErrorKind::Busy);
    let unit = bench.store.write(|_| Ok(())).await;
    assert_eq!(unit.unwrap_err().kind(), ErrorKind::Busy);
    drop(hold);
    assert!(all(taken).await.iter().all(Result::is_ok));
    bench.say(place, account(0), "there is room again").await;
    let log = bench.log(place).await;
    let texts: Vec<_> = log.iter().map(text).collect();
    assert_eq!(texts, ["0", "1", "2", "3", "there is room again"]);
}

async fn closing_writes_what_waits_and_refuses_the_rest(backend: Backend) {
    let mut bench = Bench::on(backend);
    let place = direct(0, 1);
    let hold = bench.hold().await;
    let queue = |_| bench.queue(place, account(0), "last words").unwrap();
    let answers: Vec<_> = (0..10).map(queue).collect();
    let store = bench.store.clone();
    let closing = tokio::spawn(async move { store.close().await });
    drop(hold);
    closing.await.unwrap();
    assert!(all(answers).await.iter().all(Result::is_ok));
    let late = bench.queue(place, account(0), "too late");
    assert_eq!(late.unwrap_err().kind(), ErrorKind::Stopping);
    let late = bench.store.read(|_| Ok(())).await;
    assert_eq!(late.unwrap_err().kind(), ErrorKind::Stopping);
    bench.reopen().await;
    assert_eq!(bench.log(place).await.len(), 10);
}

async fn a_message_is_read_as_it_was_written(backend: Backend) {
    let bench = Bench::on(backend);
    let place = Exchange::Channel(ChannelId(7)).key();
    let hostile = "'); DROP TABLE messages; -- \\ \" % _ \0 \r\n \u{202e} 𝕴 👩‍👩‍👧 ";
    let written = Draft {
        word: "wörd 👋".to_owned(),
        raw: Some(hostile.to_owned()),
        sealed: true,
        ..draft(hostile)
    };
    let answer = bench.queue_draft(place, account(0), None, written.clone());
    let message = answer.unwrap().await.unwrap().unwrap().message;
    assert_eq!(bench.log(place).await, [Message::clone(&message)]);
    assert_eq!(*message.draft, written);
}
