//! Brings the tables up to date and refuses a database written by a newer version.

use super::conn::{AnyConnection, on_each_backend};
use crate::error::{Error, Result};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
#[cfg(feature = "mysql")]
const MYSQL: EmbeddedMigrations = embed_migrations!("migrations/mysql");

/// Where the tables stand: the stamp of the last migration applied, or nothing for an empty database.
pub fn version(conn: &mut AnyConnection) -> Result<Option<String>> {
    on_each_backend!(conn, c => applied(c)).map(|all| all.into_iter().max())
}

/// Applies what is missing.
///
/// Fails when the database knows a migration this program does not: it belongs to a newer version.
pub fn run(conn: &mut AnyConnection) -> Result<()> {
    match conn {
        AnyConnection::Sqlite(c) => apply(c, SQLITE),
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(c) => apply(c, MYSQL),
    }
}

/// Takes every migration back and applies it again, so that a test can prove each way down.
pub fn redo_all(conn: &mut AnyConnection) -> Result<()> {
    match conn {
        AnyConnection::Sqlite(c) => c
            .revert_all_migrations(SQLITE)
            .map(drop)
            .map_err(Error::internal)?,
        #[cfg(feature = "mysql")]
        AnyConnection::Mysql(c) => c
            .revert_all_migrations(MYSQL)
            .map(drop)
            .map_err(Error::internal)?,
    }
    run(conn)
}

fn applied<DB: diesel::backend::Backend>(
    conn: &mut impl MigrationHarness<DB>,
) -> Result<Vec<String>> {
    let versions = conn.applied_migrations().map_err(Error::internal)?;
    Ok(versions.iter().map(ToString::to_string).collect())
}

fn apply<DB: diesel::backend::Backend>(
    conn: &mut impl MigrationHarness<DB>,
    source: EmbeddedMigrations,
) -> Result<()> {
    use diesel::migration::MigrationSource;
    let known: Vec<String> = MigrationSource::<DB>::migrations(&source)
        .map_err(Error::internal)?
        .iter()
        .map(|m| m.name().version().to_string())
        .collect();
    if let Some(newer) = applied(conn)?
        .into_iter()
        .find(|version| !known.contains(version))
    {
        return Err(Error::invalid(format!(
            "the database was written by a newer version of parlance (it has migration {newer}); run that version"
        )));
    }
    conn.run_pending_migrations(source)
        .map(drop)
        .map_err(Error::internal)
}
