//! A database of its own for every node.

use parlance::config::Config;
use parlance::node;
use std::env;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::LazyLock;
use uuid::Uuid;

/// Names the server on which tests may make schemas: `mysql://user:password@host:port`.
const SERVER: &str = "PARLANCE_TEST_MYSQL";

/// What keeps the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Mysql,
}

impl Backend {
    /// The one that `PARLANCE_TEST_BACKEND` names, SQLite if it names none.
    pub fn chosen() -> Self {
        match env::var("PARLANCE_TEST_BACKEND").as_deref() {
            Err(_) | Ok("" | "sqlite") => Self::Sqlite,
            Ok("mysql") => Self::Mysql,
            Ok(other) => panic!("PARLANCE_TEST_BACKEND is {other:?}, neither sqlite nor mysql"),
        }
    }
}

/// The server, if this run has one.
pub fn server() -> Option<String> {
    let url = env::var(SERVER).ok().filter(|url| !url.is_empty());
    url.map(|url| url.trim_end_matches('/').to_owned())
}

/// One database. A schema on a server goes with this value, a file with its directory.
pub struct Database {
    url: String,
    schema: Option<String>,
}

impl Database {
    /// An empty database; a file has its tables already.
    pub fn create(backend: Backend, dir: &Path) -> Self {
        match backend {
            Backend::Sqlite => Self::file(dir),
            Backend::Mysql => Self::schema(),
        }
    }

    fn file(dir: &Path) -> Self {
        static TEMPLATE: LazyLock<Vec<u8>> = LazyLock::new(migrated);
        let file = dir.join("parlance.db");
        fs::write(&file, &*TEMPLATE).unwrap();
        Self {
            url: format!("sqlite:{}", file.display()),
            schema: None,
        }
    }

    fn schema() -> Self {
        let server = server().unwrap_or_else(|| panic!("{SERVER} names no server"));
        let name = format!("parlance_test_{}", Uuid::new_v4().simple());
        execute(&format!(
            "CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
        ));
        Self {
            url: format!("{server}/{name}"),
            schema: Some(name),
        }
    }

    /// What the configuration calls it.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(name) = &self.schema {
            execute(&format!("DROP DATABASE {name}"));
        }
    }
}

/// A file with all tables and nothing in them.
fn migrated() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.data.dir = dir.path().to_owned();
    node::migrate(&config).unwrap();
    fs::read(dir.path().join("parlance.db")).unwrap()
}

#[cfg(feature = "mysql")]
fn execute(sql: &str) {
    use diesel::connection::SimpleConnection;
    use diesel::{Connection, MysqlConnection};
    let mut conn = MysqlConnection::establish(&server().unwrap_or_default()).unwrap();
    conn.batch_execute(sql).unwrap();
}

#[cfg(not(feature = "mysql"))]
fn execute(_: &str) {
    panic!("this build has no MySQL: cargo test --features mysql");
}

/// Who reads that all tests passed has to know what they did not cover.
#[test]
fn mysql_was_not_tested() {
    if cfg!(not(feature = "mysql")) || server().is_none() {
        // Written directly: what a passing test prints is not shown.
        let text = format!(
            "\n*** MySQL was NOT tested. `scripts/test` does, or set {SERVER} and use `--features mysql`. ***\n"
        );
        std::io::stderr().write_all(text.as_bytes()).unwrap();
    }
}
