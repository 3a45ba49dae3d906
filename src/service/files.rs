//! Uploaded files: permission, keeping under a name, reading.

pub use crate::media::Upload;

use super::{Core, fields};
use crate::domain::{AccountId, AccountStatus, time};
use crate::error::{Error, ErrorKind, Result};
use crate::media::{Blob, picture};
use crate::store::files::File;
use crate::store::{AnyConnection, accounts, files};
use std::sync::Arc;

/// Characters of a key, which are what the store's `name` holds.
const KEY: usize = 191;
/// Stands for other servers among those who upload.
const SERVER: AccountId = AccountId(0);

/// A picture as one of at most so many pixels a side, without what its maker's camera put in; one that is no larger, or may be
/// animated, as it is.
///
/// [`ErrorKind::Invalid`] when it is no picture, or too large to be unpacked.
pub async fn reduced(sent: Vec<u8>, side: u32) -> Result<Vec<u8>> {
    picture::in_turn(move || Ok(picture::reduced(&sent, side)?.unwrap_or(sent))).await
}

/// What a client needs to upload and to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadGrant {
    /// Where files are read: this, a slash and the key.
    pub access_domain: String,
    /// The permission to upload.
    pub upload_token: String,
}

/// A file that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its name.
    pub key: String,
    /// The SHA-256 of its content, in hexadecimal.
    pub hash: String,
}

/// A file to read.
#[derive(Debug)]
pub struct Opened {
    /// The content. Reading it blocks.
    pub content: std::fs::File,
    /// Its bytes.
    pub size: u64,
    /// Its media type, told from the content; to be served with `nosniff`.
    pub media_type: String,
    /// The SHA-256 of the content, in hexadecimal: what is behind a key never changes.
    pub hash: String,
}

/// The use cases.
pub struct Files {
    core: Arc<Core>,
}

impl Files {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// A permission to upload.
    pub fn grant(&self, caller: AccountId) -> UploadGrant {
        UploadGrant {
            access_domain: format!("{}/files", self.core.public_url),
            upload_token: self.core.uploads.issue(caller.0, time::now()),
        }
    }

    /// Whose permission it is; [`ErrorKind::NotLoggedIn`] when it is forged or has expired.
    pub fn check(&self, token: &str) -> Result<AccountId> {
        self.core.uploads.verify(token, time::now()).map(AccountId)
    }

    /// Begins to take a content in. Nothing of it stays unless it is kept.
    pub async fn begin(&self) -> Result<Upload> {
        self.core.blobs.begin().await
    }

    /// Keeps a content under a key, or under its hash when none is given. The same again is no error.
    ///
    /// [`ErrorKind::NotLoggedIn`] without permission; [`ErrorKind::Invalid`] for a key that cannot be;
    /// [`ErrorKind::NameTaken`] when the key belongs to another content or account.
    pub async fn keep(&self, token: &str, key: Option<String>, upload: Upload) -> Result<Kept> {
        let account = self.check(token)?;
        self.keep_for(Some(account), key.filter(|key| !key.is_empty()), upload)
            .await
    }

    /// As [`Self::keep`], for an account that has shown in another way who it is; `None` for a server that has.
    pub async fn keep_for(
        &self,
        account: Option<AccountId>,
        key: Option<String>,
        upload: Upload,
    ) -> Result<Kept> {
        if let Some(key) = &key {
            check_key(key)?;
        }
        let Blob { hash, size, kind } = upload.finish().await?;
        let file = File {
            name: key.unwrap_or_else(|| hash.clone()),
            hash,
            size: size as i64,
            media_type: kind.to_owned(),
            account: account.unwrap_or(SERVER),
            created_at: time::now(),
        };
        self.core.store.write(move |conn| keep(conn, file)).await
    }

    /// The file under a key; [`ErrorKind::NotFound`] when there is none.
    pub async fn open(&self, key: String) -> Result<Opened> {
        let found = self
            .core
            .store
            .read(move |conn| files::find(conn, &key))
            .await?;
        let File {
            hash, media_type, ..
        } = found.ok_or(ErrorKind::NotFound)?;
        let (content, size) = self.core.blobs.open(&hash).await?;
        Ok(Opened {
            content,
            size,
            media_type,
            hash,
        })
    }
}

/// A key is part of an address: it has no part that would lead elsewhere.
fn check_key(key: &str) -> Result<()> {
    fields::at_most("key", key, KEY)?;
    let leads_elsewhere = key.split('/').any(|part| matches!(part, "" | "." | ".."));
    if leads_elsewhere || key.contains(char::is_control) {
        return Err(Error::invalid("key must be the path of a file"));
    }
    Ok(())
}

fn keep(conn: &mut AnyConnection, file: File) -> Result<Kept> {
    // The permission may be older than the lock.
    if file.account != SERVER {
        accounts::find(conn, file.account)?
            .filter(|account| account.status == AccountStatus::Normal)
            .ok_or(ErrorKind::NotLoggedIn)?;
    }
    let under_hash = file.name == file.hash;
    if looks_like_hash(&file.name) && !under_hash {
        // It would stand in the way of the content that has this hash.
        return Err(ErrorKind::NameTaken.into());
    }
    match files::find(conn, &file.name)? {
        None => files::insert(conn, &file)?,
        Some(known) if known.hash == file.hash && (known.account == file.account || under_hash) => {
        }
        Some(_) => return Err(ErrorKind::NameTaken.into()),
    }
    Ok(Kept {
        key: file.name,
        hash: file.hash,
    })
}

fn looks_like_hash(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_path_that_stays_where_it_is() {
        for key in ["a.png", "2023/01/图片.png", "a..b", "..."] {
            assert!(check_key(key).is_ok(), "{key}");
        }
        for key in ["/a", "a//b", "../a", "a/./b", "a/", "a\nb"] {
            assert!(check_key(key).is_err(), "{key}");
        }
        assert!(check_key(&"k".repeat(192)).is_err());
    }
}
