//! The store's contract, the same on both backends.

mod appends;
mod backlog;
pub mod bench;
mod changes;
mod client_ids;
mod contacts;
mod conversations;
#[cfg(feature = "mysql")]
mod durable;
mod events;
mod faults;
mod keeping;
mod logins;
#[cfg(feature = "mysql")]
mod lost;
mod members;
mod migrations;
mod sight;
mod sqlite;
mod units;
mod web_logins;

/// Makes two tests of each function that takes a backend. Without a server to test on, MySQL's passes without doing anything.
macro_rules! on_both_backends {
    ($($test:ident),+ $(,)?) => {$(
        mod $test {
            use crate::support::database::Backend;

            #[tokio::test]
            async fn sqlite() {
                super::$test(Backend::Sqlite).await;
            }

            #[cfg(feature = "mysql")]
            #[tokio::test]
            async fn mysql() {
                if crate::support::database::server().is_none() {
                    return eprintln!("NOT tested on MySQL: PARLANCE_TEST_MYSQL names no server");
                }
                super::$test(Backend::Mysql).await;
            }
        }
    )+};
}
pub(crate) use on_both_backends;
