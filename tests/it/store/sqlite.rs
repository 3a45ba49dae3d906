//! What only a SQLite file needs.

use super::bench::Bench;
use crate::support::database::Backend;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use parlance::error::Result;
use parlance::store::{AnyConnection, Store, messages};

#[derive(QueryableByName)]
struct Journal {
    #[diesel(sql_type = Text)]
    journal_mode: String,
}

#[derive(QueryableByName)]
struct Synchronous {
    #[diesel(sql_type = BigInt)]
    synchronous: i64,
}

/// How a connection writes: the journal's kind, and how hard commits are pushed to the disk.
fn durability(conn: &mut AnyConnection) -> Result<(String, i64)> {
    match conn {
        AnyConnection::Sqlite(conn) => {
            let journal: Journal = diesel::sql_query("PRAGMA journal_mode").get_result(conn)?;
            let commits: Synchronous = diesel::sql_query("PRAGMA synchronous").get_result(conn)?;
            Ok((journal.journal_mode, commits.synchronous))
        }
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(_) => panic!("not SQLite"),
    }
}

#[tokio::test]
async fn commits_are_on_the_disk_before_they_are_acknowledged() {
    const FULL: i64 = 2;
    let bench = Bench::on(Backend::Sqlite);
    let expected = ("wal".to_owned(), FULL);
    assert_eq!(bench.store.write(durability).await.unwrap(), expected);
    assert_eq!(bench.store.read(durability).await.unwrap(), expected);
}

#[tokio::test]
async fn a_reader_is_not_held_up_by_the_writer() {
    let bench = Bench::on(Backend::Sqlite);
    let _hold = bench.hold().await;
    let read = bench.store.read(messages::count);
    assert_eq!(read.await.unwrap(), 0);
}

#[tokio::test]
async fn text_that_is_no_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("notes.txt");
    std::fs::write(&file, "buy milk, ".repeat(1000)).unwrap();
    let url = format!("sqlite:{}", file.display());
    let opened = Store::open(&Default::default(), &url);
    assert!(opened.is_err());
}
