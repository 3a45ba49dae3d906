//! The store: the only module that names diesel. Reads go through a bounded pool off the async workers, writes through one
//! writer thread. Beside this plumbing there is one file of free functions per noun, each taking a connection.

pub mod account_extras;
pub mod accounts;
pub mod admins;
pub mod audit;
pub mod canned;
pub mod channel_invites;
pub mod channels;
pub mod client_ids;
pub mod client_settings;
pub mod conn;
pub mod contact_groups;
pub mod contact_requests;
pub mod contacts;
pub mod conversations;
pub mod devices;
pub mod discovers;
pub mod events;
pub mod favorites;
pub mod files;
pub mod grants;
pub mod invites;
pub mod join_requests;
pub mod mailboxes;
pub mod messages;
pub mod migrate;
pub mod pending;
pub mod places;
pub mod pool;
pub mod prefs;
pub mod relations;
pub mod reminders;
mod room;
pub mod schema;
pub mod secrets;
pub mod settings;
pub mod signup_addresses;
mod text;
pub mod versions;
pub mod web_sessions;
pub mod writer;

pub use conn::AnyConnection;
pub use pool::Store;
pub use room::Share;
pub use writer::{Append, Committed};

use crate::error::{Error, ErrorKind};

impl From<diesel::result::Error> for Error {
    #[track_caller]
    fn from(cause: diesel::result::Error) -> Self {
        match cause {
            diesel::result::Error::NotFound => Self::new(ErrorKind::NotFound),
            cause => Self::internal(cause),
        }
    }
}

/// Whether an error says that a unique key is taken.
pub fn is_taken(error: &Error) -> bool {
    use diesel::result::{DatabaseErrorKind, Error as Cause};
    let cause = std::error::Error::source(error).and_then(|c| c.downcast_ref::<Cause>());
    matches!(
        cause,
        Some(Cause::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
    )
}
