//! The way of the tables up, down, and up again.

use super::bench::{Bench, account, direct};
use super::on_both_backends;
use crate::support::database::Backend;
use parlance::config;
use parlance::error::{ErrorKind, Result};
use parlance::store::conn::Target;
use parlance::store::{AnyConnection, Store, messages, migrate};

on_both_backends!(
    every_migration_can_be_taken_back_and_applied_again,
    a_database_that_is_up_to_date_is_left_as_it_is,
    a_database_of_a_newer_version_is_refused_and_left_as_it_is,
);

fn connect(bench: &Bench) -> AnyConnection {
    let target = Target::parse(bench.url()).unwrap();
    target.connect(2048).unwrap()
}

fn open(bench: &Bench) -> Result<Store> {
    Store::open(&config::Database::default(), bench.url())
}

async fn every_migration_can_be_taken_back_and_applied_again(backend: Backend) {
    let mut bench = Bench::on(backend);
    bench.say(direct(0, 1), account(0), "gone by then").await;
    bench.store.close().await;
    let mut conn = connect(&bench);
    let version = migrate::version(&mut conn).unwrap();
    assert!(version.is_some());
    migrate::redo_all(&mut conn).unwrap();
    assert_eq!(migrate::version(&mut conn).unwrap(), version);
    assert_eq!(messages::count(&mut conn).unwrap(), 0);
    bench.reopen().await;
    let message = bench.say(direct(0, 1), account(0), "anew").await;
    assert_eq!((message.id.0, message.seq), (1, 1));
}

async fn a_database_that_is_up_to_date_is_left_as_it_is(backend: Backend) {
    let bench = Bench::on(backend);
    bench.say(direct(0, 1), account(0), "still there").await;
    let mut conn = connect(&bench);
    let version = migrate::version(&mut conn).unwrap();
    migrate::run(&mut conn).unwrap();
    assert_eq!(migrate::version(&mut conn).unwrap(), version);
    assert_eq!(messages::count(&mut conn).unwrap(), 1);
}

async fn a_database_of_a_newer_version_is_refused_and_left_as_it_is(backend: Backend) {
    let bench = Bench::on(backend);
    let future = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231235959')";
    bench.execute(future).await.unwrap();
    let refused = open(&bench).err().expect("the newer database was opened");
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    let told = refused.info().unwrap();
    assert!(
        told.contains("newer version") && told.contains("99991231235959"),
        "{told}"
    );
    let version = migrate::version(&mut connect(&bench)).unwrap();
    assert_eq!(version.as_deref(), Some("99991231235959"));
}
