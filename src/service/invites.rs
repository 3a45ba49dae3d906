//! Invite codes.

pub use crate::store::invites::Invite;

use super::{Core, fields};
use crate::domain::time;
use crate::error::{Error, ErrorKind, Result};
use crate::store::{AnyConnection, invites, is_taken};
use rand::distr::{Alphanumeric, SampleString};
use std::sync::Arc;

/// Characters of a generated code.
const GENERATED: usize = 10;

/// The use cases.
pub struct Invites {
    core: Arc<Core>,
}

impl Invites {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Every code.
    pub async fn list(&self) -> Result<Vec<Invite>> {
        self.core.store.read(invites::list).await
    }

    /// Adds a code, generated when none is given. [`ErrorKind::NameTaken`] when it exists.
    pub async fn create(&self, code: Option<String>, note: String) -> Result<Invite> {
        let code = code.unwrap_or_else(|| Alphanumeric.sample_string(&mut rand::rng(), GENERATED));
        fields::filled("code", &code, 50)?;
        fields::at_most("note", &note, 1000)?;
        let add = move |conn: &mut AnyConnection| {
            invites::insert(conn, &code, &note, time::now())?;
            known(conn, &code)
        };
        let taken = |error: Error| {
            if is_taken(&error) {
                ErrorKind::NameTaken.into()
            } else {
                error
            }
        };
        self.core.store.write(add).await.map_err(taken)
    }

    /// Locks or unlocks a code and returns it as it was. [`ErrorKind::NotFound`] when there is none.
    pub async fn set_locked(&self, code: String, locked: bool) -> Result<Invite> {
        let change = move |conn: &mut AnyConnection| {
            let before = known(conn, &code)?;
            invites::set_locked(conn, &code, locked)?;
            Ok(before)
        };
        self.core.store.write(change).await
    }

    /// Changes the note on a code and returns it as it was. [`ErrorKind::NotFound`] when there is none.
    pub async fn set_note(&self, code: String, note: String) -> Result<Invite> {
        fields::at_most("note", &note, 1000)?;
        let change = move |conn: &mut AnyConnection| {
            let before = known(conn, &code)?;
            invites::set_note(conn, &code, &note)?;
            Ok(before)
        };
        self.core.store.write(change).await
    }

    /// Removes a code and returns it as it was. [`ErrorKind::NotFound`] when there is none.
    pub async fn delete(&self, code: String) -> Result<Invite> {
        let change = move |conn: &mut AnyConnection| {
            let before = known(conn, &code)?;
            invites::delete(conn, &code)?;
            Ok(before)
        };
        self.core.store.write(change).await
    }
}

fn known(conn: &mut AnyConnection, code: &str) -> Result<Invite> {
    Ok(invites::find(conn, code)?.ok_or(ErrorKind::NotFound)?)
}
