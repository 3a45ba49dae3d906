//! One connection type over both backends, and how a connection is opened.

use crate::error::{Error, Result};
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

pub use any::AnyConnection;

/// Apart, because the derived items carry no documentation.
mod any {
    #![allow(missing_docs)]
    use diesel::prelude::*;

    /// A connection to whichever database the URL names.
    #[derive(diesel::MultiConnection)]
    pub enum AnyConnection {
        /// SQLite, bundled.
        Sqlite(SqliteConnection),
        /// MySQL or MariaDB.
        #[cfg(feature = "mysql")]
        Mysql(MysqlConnection),
    }
}

/// Runs one expression against the concrete connection: for the statements diesel has per backend only.
macro_rules! on_each_backend {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::store::conn::AnyConnection::Sqlite($c) => $body,
            #[cfg(feature = "mysql")]
            $crate::store::conn::AnyConnection::Mysql($c) => $body,
        }
    };
}
pub(crate) use on_each_backend;

/// Which database, and how to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A file of ours.
    Sqlite(String),
    /// A server, by its whole URL.
    #[cfg(feature = "mysql")]
    Mysql(String),
}

impl Target {
    /// Reads `sqlite:PATH` or `mysql://user:password@host/database`.
    pub fn parse(url: &str) -> Result<Self> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            return Ok(Self::Sqlite(
                path.strip_prefix("//").unwrap_or(path).to_owned(),
            ));
        }
        #[cfg(feature = "mysql")]
        if url.starts_with("mysql://") {
            return Ok(Self::Mysql(url.to_owned()));
        }
        Err(Error::invalid(
            "the database URL must begin with `sqlite:` or, in a build with the feature `mysql`, `mysql://`",
        ))
    }

    /// The file, if it is one of ours.
    pub(super) fn path(&self) -> Option<&str> {
        match self {
            Self::Sqlite(path) => Some(path),
            #[cfg(feature = "mysql")]
            Self::Mysql(_) => None,
        }
    }

    /// Opens a connection. `cache_kib` is the page cache of a SQLite connection.
    pub fn connect(&self, cache_kib: usize) -> Result<AnyConnection, diesel::ConnectionError> {
        match self {
            Self::Sqlite(path) => {
                let mut conn = SqliteConnection::establish(path)?;
                // FULL: a commit is on the disk before it is acknowledged. No checkpoint of its own: the writer has a thread for them.
                conn.batch_execute(&format!(
                    "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                     PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 536870912; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -{cache_kib};"
                ))
                .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                Ok(AnyConnection::Sqlite(conn))
            }
            #[cfg(feature = "mysql")]
            Self::Mysql(url) => {
                let mut conn = MysqlConnection::establish(url)?;
                conn.batch_execute(
                    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO'",
                )
                .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                Ok(AnyConnection::Mysql(conn))
            }
        }
    }
}

/// What SQLite says of a checkpoint.
#[derive(QueryableByName)]
struct Checkpoint {
    /// Somebody was in the way.
    #[diesel(sql_type = BigInt)]
    busy: i64,
    /// Pages in the write-ahead log.
    #[diesel(sql_type = BigInt)]
    log: i64,
}

impl AnyConnection {
    /// Whether the server has a commit on its disk before it answers, as far as it says. SQLite is told to.
    pub(super) fn is_durable(&mut self) -> Result<bool> {
        match self {
            Self::Sqlite(_) => Ok(true),
            #[cfg(feature = "mysql")]
            Self::Mysql(conn) => {
                let flush = diesel::dsl::sql::<BigInt>("@@innodb_flush_log_at_trx_commit");
                Ok(diesel::select(flush).get_result::<i64>(conn)? == 1)
            }
        }
    }

    /// What the server calls this connection, where there is a server.
    pub(super) fn thread(&mut self) -> QueryResult<Option<i64>> {
        match self {
            Self::Sqlite(_) => Ok(None),
            #[cfg(feature = "mysql")]
            Self::Mysql(conn) => {
                let thread = diesel::dsl::sql::<BigInt>("CAST(CONNECTION_ID() AS SIGNED)");
                diesel::select(thread).get_result(conn).map(Some)
            }
        }
    }

    /// Whether the other end is there.
    pub(super) fn answers(&mut self) -> QueryResult<()> {
        diesel::sql_query("SELECT 1").execute(self).map(drop)
    }

    /// Ends another connection of ours that may still look alive to the server, with the locks it holds.
    pub(super) fn end(&mut self, thread: i64) {
        // Mostly it has ended by itself, which is as good.
        let _ = self.batch_execute(&format!("KILL {thread}"));
    }

    /// Begins a transaction that takes the write lock at once.
    pub(super) fn begin(&mut self) -> Result<()> {
        match self {
            // A deferred transaction that reads first could not be upgraded after another process wrote.
            Self::Sqlite(conn) => {
                AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE")?;
            }
            #[cfg(feature = "mysql")]
            Self::Mysql(conn) => AnsiTransactionManager::begin_transaction(conn)?,
        }
        Ok(())
    }

    /// Runs `work` in the transaction that was begun, and commits or undoes it.
    pub(super) fn finish<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        type Manager = <AnyConnection as Connection>::TransactionManager;
        match work(self) {
            Ok(value) => {
                Manager::commit_transaction(self)?;
                Ok(value)
            }
            Err(error) => {
                // The first error is the one to tell; a failed rollback shows in the next statement.
                let _ = Manager::rollback_transaction(self);
                Err(error)
            }
        }
    }

    /// Writes SQLite's write-ahead log back as far as it goes without anybody waiting; its length in pages.
    pub(super) fn write_back_wal(&mut self) -> Result<i64> {
        Ok(self.checkpoint("PASSIVE")?.map_or(0, |done| done.log))
    }

    /// Begins SQLite's write-ahead log anew; readers of old data are waited for a moment only. Whether that worked.
    pub(super) fn restart_wal(&mut self) -> Result<bool> {
        self.batch_execute("PRAGMA busy_timeout = 20")?;
        let done = self.checkpoint("RESTART");
        self.batch_execute("PRAGMA busy_timeout = 10000")?;
        Ok(done?.is_none_or(|done| done.busy == 0))
    }

    fn checkpoint(&mut self, mode: &str) -> Result<Option<Checkpoint>> {
        match self {
            Self::Sqlite(conn) => {
                let done = diesel::sql_query(format!("PRAGMA wal_checkpoint({mode})"));
                Ok(Some(done.get_result(conn)?))
            }
            #[cfg(feature = "mysql")]
            Self::Mysql(_) => Ok(None),
        }
    }

    /// The id the last insert on this connection was given.
    pub(super) fn last_id(&mut self) -> QueryResult<i64> {
        match self {
            Self::Sqlite(c) => {
                diesel::select(diesel::dsl::sql::<BigInt>("last_insert_rowid()")).get_result(c)
            }
            #[cfg(feature = "mysql")]
            Self::Mysql(c) => {
                diesel::select(diesel::dsl::sql::<BigInt>("LAST_INSERT_ID()")).get_result(c)
            }
        }
    }
}
