//! Connections that are lost: what was answered stays, once, and what was refused says so.

use super::bench::{Bench, account, all, direct, text};
use crate::support::database::{Backend, server};
use crate::support::eventually::eventually;
use crate::support::mysql_proxy::{Fault, Loss, MysqlProxy};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use parlance::domain::ConversationId;
use parlance::error::Result;
use parlance::store::{Committed, conversations};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Makes tests of functions that need a server.
macro_rules! on_mysql {
    ($($test:ident),+ $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            if server().is_none() {
                return eprintln!("NOT tested on MySQL: PARLANCE_TEST_MYSQL names no server");
            }
            tests::$test().await;
        }
    )+};
}

on_mysql!(
    connections_that_the_server_ended_are_renewed_before_they_are_used,
    what_was_answered_while_connections_are_killed_is_kept_and_nothing_is_there_twice,
    a_message_whose_commit_was_lost_either_way_is_stored_once_and_acknowledged,
    a_batch_whose_commit_was_lost_either_way_is_stored_once_and_acknowledged,
    a_message_is_never_acknowledged_with_the_place_of_one_that_was_refused,
);

/// Which connections a database has.
fn connections(admin: &mut MysqlConnection, database: &str) -> Vec<i64> {
    #[derive(QueryableByName)]
    struct Connection {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let sql = format!(
        "SELECT CAST(id AS SIGNED) AS id FROM information_schema.processlist WHERE db = '{database}'"
    );
    let found: Vec<Connection> = diesel::sql_query(sql).load(admin).unwrap();
    found.into_iter().map(|row| row.id).collect()
}

/// Ends all connections of a database and says which those were.
fn kill(admin: &mut MysqlConnection, database: &str) -> Vec<i64> {
    let doomed = connections(admin, database);
    for id in &doomed {
        // One that has just ended by itself is no mistake.
        let _ = diesel::sql_query(format!("KILL {id}")).execute(admin);
    }
    doomed
}

fn database(bench: &Bench) -> String {
    bench.url().rsplit_once('/').unwrap().1.to_owned()
}

/// Ends all connections of a bench's database, and comes back once they are gone.
async fn kill_connections(bench: &Bench) {
    let mut admin = MysqlConnection::establish(&server().unwrap()).unwrap();
    let doomed = kill(&mut admin, &database(bench));
    assert!(!doomed.is_empty());
    eventually(async || {
        let left = connections(&mut admin, &database(bench));
        !left.iter().any(|id| doomed.contains(id))
    })
    .await;
}

async fn open(bench: &Bench, place: ConversationId) -> Result<()> {
    let open = move |conn: &mut _| conversations::open_from(conn, &[(account(0), place)], 5, 1);
    bench.store.write(open).await
}

async fn is_open(bench: &Bench, place: ConversationId) -> bool {
    let cursors = move |conn: &mut _| conversations::cursors(conn, account(0), place);
    bench.store.read(cursors).await.unwrap() == (5, 5)
}

/// What the log holds, with places.
async fn log(bench: &Bench, place: ConversationId) -> Vec<(i64, String)> {
    let log = bench.log(place).await;
    log.iter().map(|m| (m.seq, text(m).to_owned())).collect()
}

fn seen(committed: &Committed) -> (i64, String) {
    (committed.message.seq, text(&committed.message).to_owned())
}

/// A bench whose store reaches its server through a proxy.
async fn proxied() -> (Bench, MysqlProxy) {
    let mut bench = Bench::on(Backend::Mysql);
    let proxy = MysqlProxy::start().await;
    bench.redirect(&proxy.url(bench.url()));
    (bench, proxy)
}

mod tests {
    use super::*;

    pub async fn connections_that_the_server_ended_are_renewed_before_they_are_used() {
        let bench = Bench::on(Backend::Mysql);
        let place = direct(0, 1);
        let first = bench.say(place, account(0), "first").await;
        for other in 2..10 {
            kill_connections(&bench).await;
            open(&bench, direct(0, other)).await.unwrap();
            assert!(is_open(&bench, direct(0, other)).await);
        }
        kill_connections(&bench).await;
        let second = bench.say(place, account(0), "second").await;
        assert_eq!((second.seq, second.id.0), (first.seq + 1, first.id.0 + 1));
        assert_eq!(bench.log(place).await.len(), 2);
    }

    pub async fn what_was_answered_while_connections_are_killed_is_kept_and_nothing_is_there_twice()
    {
        let bench = Bench::on(Backend::Mysql);
        let (stop, stopped) = mpsc::channel::<()>();
        let doomed = database(&bench);
        let killer = thread::spawn(move || {
            let mut admin = MysqlConnection::establish(&server().unwrap()).unwrap();
            let pause = Duration::from_millis(3);
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                kill(&mut admin, &doomed);
            }
        });
        let place = direct(0, 1);
        let (mut opened, mut said) = (Vec::new(), Vec::new());
        for number in 2..300 {
            if open(&bench, direct(0, number)).await.is_ok() {
                opened.push(direct(0, number));
            }
            let answer = bench.queue(place, account(0), &number.to_string());
            if let Ok(Ok(committed)) = answer.unwrap().await {
                assert_eq!(text(&committed.message), number.to_string());
                said.push(seen(&committed));
            }
        }
        drop(stop);
        killer.join().unwrap();
        // The last that were killed may be in the pool still.
        eventually(async || bench.store.read(|_| Ok(())).await.is_ok()).await;

        assert!(!opened.is_empty() && !said.is_empty());
        for place in opened {
            assert!(is_open(&bench, place).await, "{place} is lost");
        }
        let log = log(&bench, place).await;
        let places: Vec<i64> = log.iter().map(|(seq, _)| *seq).collect();
        assert_eq!(places, (1..=log.len() as i64).collect::<Vec<_>>());
        assert!(said.iter().all(|message| log.contains(message)));
        let mut texts: Vec<&String> = log.iter().map(|(_, text)| text).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), log.len());
    }

    pub async fn a_message_whose_commit_was_lost_either_way_is_stored_once_and_acknowledged() {
        for loss in [Loss::Commit, Loss::CommitSilently, Loss::Answer] {
            let (bench, proxy) = proxied().await;
            let place = direct(0, 1);
            bench.say(place, account(0), "before").await;
            proxy.expect(Fault {
                after: 0,
                loss,
                refusals: 0,
            });
            let message = bench.say(place, account(0), "lost").await;
            assert_eq!((message.seq, text(&message)), (2, "lost"), "{loss:?}");
            bench.say(place, account(0), "after").await;
            let expected = [(1, "before"), (2, "lost"), (3, "after")];
            assert_eq!(
                log(&bench, place).await,
                expected.map(|(seq, text)| (seq, text.to_owned())),
                "{loss:?}"
            );
        }
    }

    pub async fn a_batch_whose_commit_was_lost_either_way_is_stored_once_and_acknowledged() {
        for loss in [Loss::Commit, Loss::CommitSilently, Loss::Answer] {
            let (bench, proxy) = proxied().await;
            let (place, other, me) = (direct(0, 1), direct(0, 2), account(0));
            let first = bench.queue_as("known", place, me, "one").unwrap();
            first.await.unwrap().unwrap();
            let hold = bench.hold().await;
            let answers = [
                bench.queue(place, me, "two"),
                bench.queue_as("known", place, me, "one again"),
                bench.queue_as("new", other, me, "elsewhere"),
                bench.queue_as("new", other, me, "elsewhere again"),
                bench.queue(place, account(1), "three"),
            ];
            // The first transaction that ends is the one which holds the writer.
            proxy.expect(Fault {
                after: 1,
                loss,
                refusals: 0,
            });
            drop(hold);
            let outcomes = all(answers.map(Result::unwrap)).await;
            let outcomes: Vec<_> = outcomes.into_iter().map(Result::unwrap).collect();
            let told: Vec<_> = outcomes.iter().map(|c| (c.fresh, seen(c))).collect();
            let expected = [
                (true, 2, "two"),
                (false, 1, "one"),
                (true, 1, "elsewhere"),
                (false, 1, "elsewhere"),
                (true, 3, "three"),
            ];
            let expected = expected.map(|(fresh, seq, text)| (fresh, (seq, text.to_owned())));
            assert_eq!(told, expected, "{loss:?}");
            assert_eq!(bench.log(place).await.len(), 3, "{loss:?}");
            assert_eq!(bench.log(other).await.len(), 1, "{loss:?}");
        }
    }

    pub async fn a_message_is_never_acknowledged_with_the_place_of_one_that_was_refused() {
        // However long the server stays away.
        for refusals in 0..8 {
            let (bench, proxy) = proxied().await;
            let place = direct(0, 1);
            bench.say(place, account(0), "0").await;
            proxy.expect(Fault {
                after: 0,
                loss: Loss::Answer,
                refusals,
            });
            let mut acknowledged = vec![(1, "0".to_owned())];
            for number in 1..8 {
                let answer = bench.queue(place, account(0), &number.to_string());
                if let Ok(committed) = answer.unwrap().await.unwrap() {
                    assert_eq!(text(&committed.message), number.to_string());
                    acknowledged.push(seen(&committed));
                }
            }
            assert_eq!(acknowledged.last().unwrap().1, "7", "{refusals} refusals");
            let mut log = log(&bench, place).await;
            let places: Vec<i64> = log.iter().map(|(seq, _)| *seq).collect();
            assert_eq!(places, (1..=log.len() as i64).collect::<Vec<_>>());
            // The one whose commit was not answered may have been refused, and is there.
            log.retain(|(_, text)| text != "1");
            acknowledged.retain(|(_, text)| text != "1");
            assert_eq!(log, acknowledged, "{refusals} refusals");
        }
    }
}
