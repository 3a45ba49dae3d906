//! A node is killed in the middle of its work, again and again, while a crowd talks to it: what was acknowledged is there once,
//! and arrives.

mod crowd;

use crate::support::database::{Backend, Database};
use crate::support::eventually::eventually;
use crate::support::program::{Program, parlance};
use crowd::{Crowd, Ledger, Logs, Member};
use parlance::config::Config;
use parlance::store::Store;
use parlance::store::messages::{self, Slice};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use tokio::time::timeout;

/// How often the node is killed, unless `PARLANCE_KILL9_ROUNDS` says otherwise.
const ROUNDS: u32 = 5;
/// How many messages are acknowledged between two deaths; somewhere in this range, so that each comes at another moment.
const BETWEEN: std::ops::Range<usize> = 50..250;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_under_load_neither_loses_nor_doubles_an_acknowledged_message() {
    let rounds = std::env::var("PARLANCE_KILL9_ROUNDS");
    let rounds = rounds.map_or(ROUNDS, |rounds| rounds.parse().expect("a number of rounds"));
    let dir = tempfile::tempdir().unwrap();
    let database = Database::create(Backend::chosen(), dir.path());
    let mut node = start(dir.path(), &database).await;
    let mut crowd = Crowd::gather(&node).await;
    for _ in 0..rounds {
        talk(&crowd.ledger).await;
        node.kill().await;
        node = start(dir.path(), &database).await;
        crowd.meet_at(node.address());
    }
    talk(&crowd.ledger).await;
    let silence = timeout(Duration::from_secs(60), crowd.fall_silent()).await;
    silence.expect("a message is not acknowledged");

    for member in &crowd.members {
        eventually(async || crowd.ledger.missed_by(member.id).is_empty()).await;
        check_heard(&crowd.ledger, member);
    }
    let logs = crowd.ledger.logs();
    for (key, log) in &logs {
        let exchange = key.exchange();
        let mut members = crowd.members.iter();
        let reader = members.find(|member| member.takes_part_in(exchange));
        let history = reader.unwrap().history(node.address(), exchange).await;
        assert_eq!(&history, log, "{exchange:?} by operation 54");
    }
    let (status, _) = node.terminate().await;
    assert!(status.success());
    check_stored(&database, &logs).await;
}

async fn start(dir: &Path, database: &Database) -> Program {
    let mut command = parlance(dir, &["--listen", "127.0.0.1:0"]);
    command
        .env("PARLANCE__DATABASE__URL", database.url())
        .env("PARLANCE__LOG__LEVEL", "error")
        .env("PARLANCE__AUTH__BCRYPT_COST", "4")
        .env("PARLANCE__AUTH__FIXED_CODE", crowd::CODE);
    for limit in [
        "CONNECTIONS_PER_ADDRESS",
        "CONNECTS_PER_MINUTE_PER_ADDRESS",
        "SENDS_PER_SECOND",
        "LOGINS_PER_MINUTE",
        "REGISTRATIONS_PER_MINUTE",
        "CODES_PER_MINUTE",
        "CODE_INTERVAL_SECONDS",
        "CODES_PER_DAY",
        "CODES_PER_HOUR",
        "REQUESTS_PER_SECOND",
    ] {
        command.env(format!("PARLANCE__LIMITS__{limit}"), "0");
    }
    Program::start(&mut command).await
}

/// Lets the crowd talk for a while.
async fn talk(ledger: &Ledger) {
    let goal = ledger.count() + rand::random_range(BETWEEN);
    eventually(async || ledger.count() >= goal).await;
}

/// Nothing was heard that was not acknowledged in the end, and on one connection everything once and in order.
fn check_heard(ledger: &Ledger, member: &Member) {
    let said = ledger.said_to(member.id);
    for connection in ledger.heard_by(member.id) {
        assert!(
            connection.is_sorted_by(|a, b| a < b),
            "{} heard {connection:?}",
            member.id
        );
        let heard = BTreeSet::from_iter(connection);
        assert!(heard.is_subset(&said), "{} heard too much", member.id);
    }
}

/// The log itself has each message at its own place, without gaps.
async fn check_stored(database: &Database, logs: &Logs) {
    let store = Store::open(&Config::default().database, database.url()).unwrap();
    for (key, log) in logs {
        let slice = Slice {
            conversation: *key,
            viewer: parlance::domain::AccountId::FIRST,
            after_seq: 0,
            only: None,
            newest_first: false,
            offset: 0,
            limit: i64::MAX,
        };
        let stored = store.read(move |conn| messages::list(conn, &slice)).await;
        let (stored, _) = stored.unwrap();
        let places: Vec<_> = stored.iter().map(|m| (m.seq, m.id.0)).collect();
        let expected: Vec<_> = (1..).zip(log.iter().map(|(id, _)| *id)).collect();
        assert_eq!(places, expected, "{:?} in the store", key.exchange());
    }
    store.close().await;
}
