//! What accounts' clients keep with the node: switches, where to push, the password before chats.

pub use super::numbers::Numbers;
pub use crate::store::client_settings::Record;

use super::{Core, fields, numbers};
use crate::domain::conversation::Target;
use crate::domain::{AccountId, Lasting};
use crate::error::Result;
use crate::service::telling::Telling;
use crate::store::{AnyConnection, client_settings};
use std::sync::Arc;

/// The switch by which others find the account by its phone number; on unless 0.
pub const BY_MOBILE: &str = "search_by_phone";
/// The switch by which others find the account by its short number; on unless 0.
pub const BY_SHORT_NO: &str = "search_by_short";

/// Where pushes go.
#[derive(Clone)]
pub struct PushTarget {
    /// The device's address at the service.
    pub token: String,
    /// The service.
    pub kind: String,
    /// The program.
    pub bundle: String,
}

/// The use cases.
pub struct ClientSettings {
    core: Arc<Core>,
}

impl ClientSettings {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// All of it; empty when nothing was kept yet.
    pub async fn get(&self, account: AccountId) -> Result<Record> {
        let found = self
            .core
            .store
            .read(move |conn| client_settings::find(conn, account))
            .await?;
        Ok(found.unwrap_or_default())
    }

    /// Pushes go there from now on, and nowhere else.
    pub async fn set_push(&self, account: AccountId, target: PushTarget) -> Result<()> {
        fields::filled("device_token", &target.token, 512)?;
        fields::filled("device_type", &target.kind, 32)?;
        fields::filled("bundle_id", &target.bundle, 191)?;
        self.change(account, move |record| {
            record.push_token = target.token;
            record.push_kind = target.kind;
            record.push_bundle = target.bundle;
        })
        .await
    }

    /// Pushes go nowhere.
    pub async fn clear_push(&self, account: AccountId) -> Result<()> {
        self.change(account, |record| {
            for text in [
                &mut record.push_token,
                &mut record.push_kind,
                &mut record.push_bundle,
            ] {
                text.clear();
            }
        })
        .await
    }

    /// Keeps the number on the program's picture.
    pub async fn set_badge(&self, account: AccountId, badge: i32) -> Result<()> {
        self.change(account, move |record| {
            record.badge = badge;
        })
        .await
    }

    /// Changes the password before chats, which clients ask for and the node only keeps.
    ///
    /// In this order: [`crate::error::ErrorKind::Invalid`], [`crate::error::ErrorKind::LoginsExhausted`],
    /// [`crate::error::ErrorKind::WrongPassword`] when the password of the account is another.
    pub async fn set_chat_password(
        &self,
        account: AccountId,
        chat: String,
        login: String,
    ) -> Result<()> {
        fields::filled("chat_pwd", &chat, 255)?;
        self.core.check_own_password(account, login).await?;
        self.change(account, move |record| {
            record.chat_password = chat;
        })
        .await
    }

    /// Changes switches, and tells the account's clients.
    pub async fn patch(&self, account: AccountId, switches: Numbers) -> Result<()> {
        let patch = move |conn: &mut AnyConnection| {
            let mut record = client_settings::find(conn, account)?.unwrap_or_default();
            record.prefs = numbers::merged(&record.prefs, switches)?;
            client_settings::put(conn, account, &record)?;
            let event = Lasting::PrefsChanged {
                account,
                place: Target::Account(account),
            };
            Telling::one(conn, account, event)
        };
        let telling = self.core.store.write(patch).await?;
        self.core.tell(telling).await;
        Ok(())
    }

    async fn change<F>(&self, account: AccountId, change: F) -> Result<()>
    where
        F: FnOnce(&mut Record) + Send + 'static,
    {
        let put = move |conn: &mut AnyConnection| {
            let mut record = client_settings::find(conn, account)?.unwrap_or_default();
            change(&mut record);
            client_settings::put(conn, account, &record)
        };
        self.core.store.write(put).await
    }
}
