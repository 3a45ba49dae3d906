//! A client's own id of a message: said twice under it, stored once.

use super::bench::{Bench, account, all, direct};
use super::on_both_backends;
use crate::support::database::Backend;
use parlance::domain::MessageId;
use parlance::domain::time;
use parlance::store::client_ids::{self, Named};

on_both_backends!(
    an_id_used_twice_in_one_batch_is_one_message,
    an_id_used_again_later_names_the_first_message,
    an_id_is_remembered_over_a_restart,
    an_id_belongs_to_one_sender_in_one_conversation,
    ids_differ_by_case_accents_and_spaces,
    an_id_is_free_again_once_it_is_forgotten,
    ids_that_share_a_key_do_not_stand_in_for_each_other,
);

async fn an_id_used_twice_in_one_batch_is_one_message(backend: Backend) {
    let bench = Bench::on(backend);
    let place = direct(0, 1);
    let hold = bench.hold().await;
    let say = |id| bench.queue_as(id, place, account(0), "hi").unwrap();
    let answers = ["a", "b", "a", "a", "c", "b"].map(say);
    drop(hold);
    let told: Vec<_> = all(answers).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(bench.batches(), 1);
    let fresh: Vec<_> = told.iter().map(|committed| committed.fresh).collect();
    assert_eq!(fresh, [true, true, false, false, true, false]);
    let [a, b, a2, a3, c, b2] = &*told else {
        panic!("six answers")
    };
    for (again, first) in [(a2, a), (a3, a), (b2, b)] {
        assert_eq!(again.message, first.message);
    }
    let log = bench.log(place).await;
    let ids: Vec<_> = log.iter().map(|message| message.id).collect();
    assert_eq!(ids, [a, b, c].map(|committed| committed.message.id));
    assert_eq!(
        log.iter().map(|message| message.seq).collect::<Vec<_>>(),
        [1, 2, 3]
    );
}

async fn an_id_used_again_later_names_the_first_message(backend: Backend) {
    let bench = Bench::on(backend);
    let place = direct(0, 1);
    let say = async |id, text| {
        let answer = bench.queue_as(id, place, account(0), text).unwrap();
        answer.await.unwrap().unwrap()
    };
    let first = say("a", "said first").await;
    let between = say("b", "said between").await;
    let again = say("a", "said otherwise").await;
    assert!(first.fresh && !again.fresh);
    assert_eq!(again.message, first.message);
    let next = say("c", "said last").await;
    assert_eq!(next.message.seq, between.message.seq + 1);
}

async fn an_id_is_remembered_over_a_restart(backend: Backend) {
    let mut bench = Bench::on(backend);
    let place = direct(0, 1);
    let answer = bench.queue_as("a", place, account(0), "hi").unwrap();
    let first = answer.await.unwrap().unwrap();
    bench.reopen().await;
    let answer = bench.queue_as("a", place, account(0), "hi").unwrap();
    let again = answer.await.unwrap().unwrap();
    assert!(!again.fresh);
    assert_eq!(again.message, first.message);
    assert_eq!(bench.log(place).await.len(), 1);
}

async fn an_id_belongs_to_one_sender_in_one_conversation(backend: Backend) {
    let bench = Bench::on(backend);
    let hold = bench.hold().await;
    let answers = [
        bench.queue_as("a", direct(0, 1), account(0), "hi"),
        bench.queue_as("a", direct(0, 1), account(1), "hi"),
        bench.queue_as("a", direct(0, 2), account(0), "hi"),
    ];
    drop(hold);
    for outcome in all(answers.map(Result::unwrap)).await {
        assert!(outcome.unwrap().fresh);
    }
}

async fn ids_differ_by_case_accents_and_spaces(backend: Backend) {
    let bench = Bench::on(backend);
    let hold = bench.hold().await;
    let say = |id| bench.queue_as(id, direct(0, 1), account(0), "hi").unwrap();
    let answers = ["a", "A", "ä", "a ", " a", "a\0"].map(say);
    drop(hold);
    for (number, outcome) in all(answers).await.into_iter().enumerate() {
        assert!(outcome.unwrap().fresh, "the id number {number}");
    }
}

async fn an_id_is_free_again_once_it_is_forgotten(backend: Backend) {
    let bench = Bench::on(backend);
    let (place, me) = (direct(0, 1), account(0));
    let answer = bench.queue_as("a", place, me, "hi").unwrap();
    let first = answer.await.unwrap().unwrap().message;
    let named = Named {
        sender: me,
        conversation: place,
        client_id: "a",
    };
    let find = async || {
        let find = bench.store.read(move |conn| client_ids::find(conn, named));
        find.await.unwrap().map(|message| message.id)
    };
    let prune = async |before| {
        let prune = bench
            .store
            .write(move |conn| client_ids::prune(conn, before));
        prune.await.unwrap()
    };
    assert_eq!(prune(first.created_at).await, 0);
    assert_eq!(find().await, Some(first.id));
    assert_eq!(prune(time::now() + 1).await, 1);
    assert_eq!(find().await, None::<MessageId>);
    let answer = bench.queue_as("a", place, me, "hi").unwrap();
    assert!(answer.await.unwrap().unwrap().fresh);
}

async fn ids_that_share_a_key_do_not_stand_in_for_each_other(backend: Backend) {
    let bench = Bench::on(backend);
    let (place, me) = (direct(0, 1), account(0));
    let say = async |id| {
        let answer = bench.queue_as(id, place, me, "hi").unwrap();
        answer.await.unwrap().unwrap()
    };
    let (a, b) = (say("a").await, say("b").await);
    // As if both ids had the key of the first, which leads to the message of the second.
    let (a, b) = (a.message.id, b.message.id);
    for change in [
        format!("DELETE FROM client_ids WHERE message = {b}"),
        format!("UPDATE client_ids SET message = {b} WHERE message = {a}"),
    ] {
        bench.execute_one(&change).await.unwrap();
    }
    let again = say("a").await;
    assert!(again.fresh && again.message.id > b);
}
