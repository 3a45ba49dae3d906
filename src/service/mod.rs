//! Use cases: one file per noun, one method per verb; all a dialect may ask of the node. Services know no request, status code or
//! JSON. Where dialects differ in policy, a named parameter says which way.

pub mod accounts;
pub mod admins;
pub mod canned;
pub mod channel_invites;
pub mod channels;
pub mod chat;
pub mod client_settings;
pub mod collages;
pub mod contact_groups;
pub mod contacts;
pub mod conversations;
pub mod devices;
pub mod discovers;
pub mod faces;
pub mod failures;
pub mod favorites;
mod fields;
pub mod files;
pub mod grants;
pub mod invites;
pub mod login;
pub mod nearby;
pub mod numbers;
pub mod opaque;
pub mod pace;
pub mod policy;
pub mod qr_login;
pub mod reminders;
pub mod settings;
pub mod signup;
pub mod standings;
pub mod sync;
mod telling;
pub mod views;
pub mod vouchers;
pub mod web_sessions;
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
    /// What proofs of login that can be withdrawn are made with.
    pub grant_key: grants::GrantKey,
    /// Names in place of ids.
    pub opaque: opaque::Opaque,
    /// The platform's own accounts.
    pub system: Arc<opaque::System>,
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
    /// What accounts keep ready to be said.
    pub canned: canned::CannedReplies,
    /// Proposals to take others into a channel.
    pub channel_invites: channel_invites::ChannelInvites,
    /// Channels and their members.
    pub channels: channels::Channels,
    /// Messages.
    pub chat: chat::Chat,
    /// What clients keep with the node.
    pub client_settings: client_settings::ClientSettings,
    /// Pictures of several accounts' faces.
    pub collages: collages::Collages,
    /// Groups of contacts.
    pub contact_groups: contact_groups::ContactGroups,
    /// Contacts, requests and blocks.
    pub contacts: contacts::Contacts,
    /// Each account's own view of its conversations.
    pub conversations: conversations::Conversations,
    /// The devices that accounts log in from.
    pub devices: devices::Devices,
    /// Links on the discover page.
    pub discovers: discovers::Discovers,
    /// What accounts and channels look like to others.
    pub faces: faces::Faces,
    /// What accounts keep for themselves of what was said.
    pub favorites: favorites::Favorites,
    /// Uploaded files.
    pub files: files::Files,
    /// Proofs of login that can be withdrawn.
    pub grants: Arc<grants::Grants>,
    /// Invite codes.
    pub invites: invites::Invites,
    /// Login and password reset.
    pub login: login::Login,
    /// Who and what is near a place.
    pub nearby: nearby::Nearby,
    /// Logging in by scanning a picture.
    pub qr_login: qr_login::QrLogin,
    /// Who was called upon.
    pub reminders: reminders::Reminders,
    /// What administrators may change while the node runs.
    pub settings: Settings,
    /// Registration.
    pub signup: signup::Signup,
    /// What happened while devices were away.
    pub sync: sync::Sync,
    /// Who is on a socket, as the node has said of late.
    pub vouchers: vouchers::Vouchers,
    /// Logins of web pages.
    pub web_sessions: web_sessions::WebSessions,
}

impl Services {
    /// The use cases over one core.
    pub fn new(core: Core) -> Self {
        let core = Arc::new(core);
        let grants = Arc::new(grants::Grants::new(core.clone()));
        Self {
            accounts: accounts::Accounts::new(core.clone()),
            admins: admins::Admins::new(core.clone()),
            canned: canned::CannedReplies::new(core.clone()),
            channel_invites: channel_invites::ChannelInvites::new(core.clone()),
            channels: channels::Channels::new(core.clone()),
            chat: chat::Chat::new(core.clone()),
            client_settings: client_settings::ClientSettings::new(core.clone()),
            collages: collages::Collages::new(core.clone()),
            contact_groups: contact_groups::ContactGroups::new(core.clone()),
            contacts: contacts::Contacts::new(core.clone()),
            conversations: conversations::Conversations::new(core.clone()),
            devices: devices::Devices::new(core.clone(), grants.clone()),
            discovers: discovers::Discovers::new(core.clone()),
            faces: faces::Faces::new(core.clone()),
            favorites: favorites::Favorites::new(core.clone()),
            files: files::Files::new(core.clone()),
            grants,
            invites: invites::Invites::new(core.clone()),
            login: login::Login::new(core.clone()),
            nearby: nearby::Nearby::new(core.clone()),
            qr_login: qr_login::QrLogin::new(),
            reminders: reminders::Reminders::new(core.clone()),
            settings: core.settings.clone(),
            signup: signup::Signup::new(core.clone()),
            sync: sync::Sync::new(core.clone()),
            vouchers: vouchers::Vouchers::default(),
            web_sessions: web_sessions::WebSessions::new(core.clone()),
            core,
        }
    }
}
