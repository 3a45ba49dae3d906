//! Use cases: one file per noun, one method per verb; all a dialect may ask of the node. Services know no request, status code or
//! JSON. Where dialects differ in policy, a named parameter says which way.

pub mod accounts;
pub mod admins;
pub mod channels;
pub mod chat;
pub mod contact_groups;
pub mod contacts;
pub mod discovers;
pub mod failures;
mod fields;
pub mod files;
pub mod invites;
pub mod login;
pub mod nearby;
pub mod pace;
pub mod policy;
pub mod settings;
pub mod signup;
pub mod standings;
pub mod views;
pub mod words;

use crate::auth::{Codes, Passwords, Tokens};
use crate::config::Config;
use crate::domain::AccountId;
use crate::hub::Hub;
use crate::mail::Mailer;
use crate::media::{Blobs, UploadTokens};
use crate::sms::Texter;
use crate::store::Store;
use settings::Settings;
use std::sync::Arc;

/// What all services share.
pub struct Core {
    /// The configuration.
    pub config: Arc<Config>,
    /// Where files are fetched from: the node's public address.
    pub public_url: String,
    /// The store.
    pub store: Store,
    /// Everything live.
    pub hub: Hub,
    /// What administrators may change while the node runs.
    pub settings: Settings,
    /// Password hashing.
    pub passwords: Passwords,
    /// Proofs of login.
    pub tokens: Tokens,
    /// Who may still be let in, as last read.
    pub standings: standings::Standings,
    /// Wrong passwords in a row.
    pub failures: failures::Failures,
    /// Picture, e-mail and SMS codes.
    pub codes: Codes,
    /// Sends e-mail.
    pub mailer: Mailer,
    /// Sends text messages.
    pub texter: Texter,
    /// Keeps uploaded content.
    pub blobs: Blobs,
    /// Permissions to upload.
    pub uploads: UploadTokens,
}

/// Who asks: an account that has proved its login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub id: AccountId,
    /// Whether it belongs to the platform's staff.
    pub manager: bool,
    /// When its proof of login was issued, in Unix seconds.
    pub since: i64,
}

/// All use cases.
pub struct Services {
    /// What they share.
    pub core: Arc<Core>,
    /// Accounts and profiles.
    pub accounts: accounts::Accounts,
    /// Administrators.
    pub admins: admins::Admins,
    /// Channels and their members.
    pub channels: channels::Channels,
    /// Messages.
    pub chat: chat::Chat,
    /// Groups of contacts.
    pub contact_groups: contact_groups::ContactGroups,
    /// Contacts, requests and blocks.
    pub contacts: contacts::Contacts,
    /// Links on the discover page.
    pub discovers: discovers::Discovers,
    /// Uploaded files.
    pub files: files::Files,
    /// Invite codes.
    pub invites: invites::Invites,
    /// Login and password reset.
    pub login: login::Login,
    /// Who and what is near a place.
    pub nearby: nearby::Nearby,
    /// What administrators may change while the node runs.
    pub settings: Settings,
    /// Registration.
    pub signup: signup::Signup,
}

impl Services {
    /// The use cases over one core.
    pub fn new(core: Core) -> Self {
        let core = Arc::new(core);
        Self {
            accounts: accounts::Accounts::new(core.clone()),
            admins: admins::Admins::new(core.clone()),
            channels: channels::Channels::new(core.clone()),
            chat: chat::Chat::new(core.clone()),
            contact_groups: contact_groups::ContactGroups::new(core.clone()),
            contacts: contacts::Contacts::new(core.clone()),
            discovers: discovers::Discovers::new(core.clone()),
            files: files::Files::new(core.clone()),
            invites: invites::Invites::new(core.clone()),
            login: login::Login::new(core.clone()),
            nearby: nearby::Nearby::new(core.clone()),
            settings: core.settings.clone(),
            signup: signup::Signup::new(core.clone()),
            core,
        }
    }
}
