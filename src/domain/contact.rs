//! Contacts: one directed row per side, with flags that do not depend on each other.

use super::ids::AccountId;
use super::time::Millis;

/// What one account holds of another.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    /// The row's own id, which some dialects show.
    pub id: i64,
    /// Whose list it is.
    pub account: AccountId,
    /// Who is on it.
    pub peer: AccountId,
    /// The name the owner gave.
    pub remark: String,
    /// A text of the client's own.
    pub label: String,
    /// On the contact list.
    pub listed: bool,
    /// On the block list.
    pub blocked: bool,
}

/// How a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestStatus {
    /// Not answered yet.
    Waiting,
    /// Accepted.
    Passed,
    /// Refused.
    Denied,
}

/// A request to become contacts.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactRequest {
    /// Its number.
    pub id: i64,
    /// Who asks.
    pub from: AccountId,
    /// Who is asked.
    pub to: AccountId,
    /// The applicant's words.
    pub reason: String,
    /// The answer's words.
    pub answer: String,
    /// How it stands.
    pub status: RequestStatus,
    /// When it was made.
    pub created_at: Millis,
}
