//! Rows that cannot be written, and what the tables themselves refuse.

use super::bench::{Bench, account, all, direct, draft, text};
use super::on_both_backends;
use crate::support::database::Backend;
use parlance::domain::ConversationId;
use parlance::domain::message::Draft;
use parlance::error::{ErrorKind, Result};
use parlance::store::is_taken;
use std::sync::atomic::Ordering;

on_both_backends!(
    a_message_that_cannot_be_written_harms_only_itself,
    the_client_id_of_a_message_that_could_not_be_written_stays_free,
    a_failed_write_shows_until_the_next_success,
    places_taken_behind_the_writers_back_cost_no_message,
    the_tables_refuse_a_second_message_at_one_place,
    the_tables_refuse_a_second_use_of_a_client_id,
);

/// From now on no message of the type `cursed` can be written.
async fn curse(bench: &Bench, backend: Backend) {
    let sql = match backend {
        Backend::Sqlite => {
            "CREATE TRIGGER curse BEFORE INSERT ON messages WHEN NEW.word = 'cursed' \
             BEGIN SELECT RAISE(ABORT, 'cursed'); END"
        }
        Backend::Mysql => {
            "CREATE TRIGGER curse BEFORE INSERT ON messages FOR EACH ROW \
             IF NEW.word = 'cursed' THEN SIGNAL SQLSTATE '45000'; END IF"
        }
    };
    bench.execute(sql).await.unwrap();
}

fn cursed() -> Draft {
    Draft {
        word: "cursed".to_owned(),
        ..draft("cursed")
    }
}

/// Writes a message past the writer.
async fn forge(bench: &Bench, id: i64, place: ConversationId, seq: i64) -> Result<()> {
    let sql = format!(
        "INSERT INTO messages (id, conversation, seq, sender, dialect, kind, word, content, sealed, status, \
         created_at, updated_at) VALUES ({id}, {place}, {seq}, 10000000, 1, 1, 'text', \
         '{{\"kind\":\"text\",\"text\":\"forged\"}}', 0, 0, 1, 1)"
    );
    bench.execute_one(&sql).await
}

async fn a_message_that_cannot_be_written_harms_only_itself(backend: Backend) {
    let bench = Bench::on(backend);
    let place = direct(0, 1);
    bench.say(place, account(0), "first").await;
    curse(&bench, backend).await;
    let hold = bench.hold().await;
    let answers = [
        bench.queue(place, account(0), "second"),
        bench.queue_draft(place, account(0), None, cursed()),
        bench.queue(place, account(1), "third"),
        bench.queue(direct(2, 3), account(2), "elsewhere"),
    ];
    drop(hold);
    let outcomes = all(answers.map(Result::unwrap)).await;
    let places = outcomes.into_iter().map(|outcome| match outcome {
        Ok(committed) => Ok(committed.message.seq),
        Err(error) => Err(error.kind()),
    });
    let expected = [Ok(2), Err(ErrorKind::Internal), Ok(3), Ok(1)];
    assert_eq!(Vec::from_iter(places), expected);
    bench.say(place, account(0), "fourth").await;
    let log = bench.log(place).await;
    let log: Vec<_> = log.iter().map(|m| (m.seq, text(m))).collect();
    let expected = [(1, "first"), (2, "second"), (3, "third"), (4, "fourth")];
    assert_eq!(log, expected);
}

async fn the_client_id_of_a_message_that_could_not_be_written_stays_free(backend: Backend) {
    let bench = Bench::on(backend);
    let (place, me) = (direct(0, 1), account(0));
    curse(&bench, backend).await;
    let answer = bench.queue_draft(place, me, Some("a"), cursed()).unwrap();
    assert!(answer.await.unwrap().is_err());
    let answer = bench.queue_as("a", place, me, "well").unwrap();
    let committed = answer.await.unwrap().unwrap();
    assert!(committed.fresh);
    assert_eq!(committed.message.seq, 1);
}

async fn a_failed_write_shows_until_the_next_success(backend: Backend) {
    let bench = Bench::on(backend);
    let place = direct(0, 1);
    let failing = || bench.store.writer().failing.load(Ordering::Relaxed);
    curse(&bench, backend).await;
    let answer = bench.queue_draft(place, account(0), None, cursed());
    assert!(answer.unwrap().await.unwrap().is_err());
    assert!(failing());
    bench.say(place, account(0), "well").await;
    assert!(!failing());
}

async fn places_taken_behind_the_writers_back_cost_no_message(backend: Backend) {
    let bench = Bench::on(backend);
    let place = direct(0, 1);
    bench.say(place, account(0), "first").await;
    forge(&bench, 1000, place, 2).await.unwrap();
    let hold = bench.hold().await;
    let queue = |text| bench.queue(place, account(0), text).unwrap();
    let answers = ["third", "fourth"].map(queue);
    drop(hold);
    assert!(all(answers).await.iter().all(Result::is_ok));
    let log = bench.log(place).await;
    let log: Vec<_> = log.iter().map(|m| (m.id.0, m.seq, text(m))).collect();
    let expected = [
        (1, 1, "first"),
        (1000, 2, "forged"),
        (1001, 3, "third"),
        (1002, 4, "fourth"),
    ];
    assert_eq!(log, expected);
}

async fn the_tables_refuse_a_second_message_at_one_place(backend: Backend) {
    let bench = Bench::on(backend);
    forge(&bench, 1, direct(0, 1), 1).await.unwrap();
    let same_place = forge(&bench, 2, direct(0, 1), 1).await;
    assert!(is_taken(&same_place.unwrap_err()));
    let same_id = forge(&bench, 1, direct(0, 1), 2).await;
    assert!(is_taken(&same_id.unwrap_err()));
    forge(&bench, 2, direct(0, 2), 1).await.unwrap();
}

async fn the_tables_refuse_a_second_use_of_a_client_id(backend: Backend) {
    let bench = Bench::on(backend);
    let claim = "INSERT INTO client_ids (digest, message, created_at) VALUES (1, 2, 3)";
    bench.execute_one(claim).await.unwrap();
    assert!(is_taken(&bench.execute_one(claim).await.unwrap_err()));
}
