//! Names that tell nothing: what dialects show in place of ids when clients expect 32 hexadecimal digits. One block of AES
//! each, so that nothing is looked up to read one and nobody can make one up.

use crate::domain::AccountId;
use crate::domain::time::Millis;
use crate::error::{Error, Result};
use crate::store::{AnyConnection, Store, accounts, secrets};
use aes::Aes128;
use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use serde::{Serialize, Serializer};
use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

const HOUR: Millis = 3_600_000;
const DIGITS: &[u8; 16] = b"0123456789abcdef";
/// What the key is called in the database, which has it because the names are in stored messages.
const KEY: &str = "opaque";
/// Who speaks for the platform, and to whom everybody sends what they want to keep: name, name that is shown, short number.
const NOTICES: (&str, &str, &str) = ("u_10000", "系统账号", "10000");
const FILES: (&str, &str, &str) = ("fileHelper", "文件传输助手", "20000");
/// A name that clients take for the platform's, too. Nobody has it.
const ADMIN: &str = "admin";

/// What is named. A name of one kind is none of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// An account.
    Account = 1,
    /// A channel.
    Channel,
    /// A request to become contacts.
    ContactRequest,
    /// Where somebody's profile was found.
    Vercode,
    /// A picture that invites into a channel.
    GroupQr,
    /// A proposal to take somebody into a channel.
    Invite,
    /// A favourite.
    Favorite,
    /// A message without a client id.
    MessageNo,
}

/// A name. It needs no memory of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Uid {
    /// 32 lower-case hexadecimal digits.
    Hex([u8; 32]),
    /// A name that clients know beforehand.
    Named(&'static str),
}

impl Uid {
    fn new(block: &[u8; 16]) -> Self {
        let mut hex = [0; 32];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(block) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        Self::Hex(hex)
    }
}

impl Deref for Uid {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            // Hexadecimal digits are text.
            Self::Hex(digits) => std::str::from_utf8(digits).unwrap_or_default(),
            Self::Named(name) => name,
        }
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl Serialize for Uid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

/// Makes and reads names.
#[derive(Clone)]
pub struct Opaque(Aes128);

impl Opaque {
    /// Names under a key.
    pub fn new(key: [u8; 16]) -> Self {
        Self(Aes128::new(&Array::from(key)))
    }

    /// Names under the database's key, which is made the first time.
    pub async fn load(store: &Store) -> Result<Self> {
        let fresh = Uid::new(&rand::random());
        let load = move |conn: &mut AnyConnection| secrets::get_or_insert(conn, KEY, &fresh);
        let key = store.write(load).await?;
        let key = block_of(&key)
            .ok_or_else(|| Error::internal("the key of the names in the database is damaged"))?;
        Ok(Self::new(key))
    }

    /// The name of an id below 2^40, which is good for ever or until its hour is over.
    pub fn seal(&self, kind: Kind, id: i64, expires: Option<Millis>) -> Uid {
        let hours = expires.map_or(0, |at| at.max(1).div_euclid(HOUR) as u32 + 1);
        let mut block = [0; 16];
        block[0] = kind as u8;
        block[1..5].copy_from_slice(&hours.to_be_bytes());
        block[5..10].copy_from_slice(&id.to_be_bytes()[3..]);
        let mut block = Array::from(block);
        self.0.encrypt_block(&mut block);
        Uid::new(&block.into())
    }

    /// The id behind a name of that kind, unless its time is over.
    pub fn open(&self, kind: Kind, text: &str, now: Millis) -> Option<i64> {
        let mut block = Array::from(block_of(text)?);
        self.0.decrypt_block(&mut block);
        let block: [u8; 16] = block.into();
        let (head, rest) = block.split_first()?;
        let (hours, rest) = rest.split_first_chunk::<4>()?;
        let (id, rest) = rest.split_first_chunk::<5>()?;
        let hours = i64::from(u32::from_be_bytes(*hours));
        let forged = *head != kind as u8 || rest.iter().any(|byte| *byte != 0);
        if forged || (hours != 0 && now >= hours * HOUR) {
            return None;
        }
        Some(id.iter().fold(0, |id, byte| id << 8 | i64::from(*byte)))
    }
}

/// The block behind 32 lower-case hexadecimal digits: one name has one spelling.
fn block_of(text: &str) -> Option<[u8; 16]> {
    let digits: &[u8; 32] = text.as_bytes().try_into().ok()?;
    let value = |digit: u8| DIGITS.iter().position(|known| *known == digit);
    let mut block = [0; 16];
    for (byte, pair) in block.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = (value(pair[0])? << 4 | value(pair[1])?) as u8;
    }
    Some(block)
}

/// The accounts that belong to nobody and whose names clients know beforehand. They are made when the first account needs them.
#[derive(Debug, Default)]
pub struct System(OnceLock<SystemAccounts>);

/// Their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SystemAccounts {
    /// Speaks for the platform.
    pub notices: AccountId,
    /// Takes what somebody wants to keep.
    pub files: AccountId,
}

impl SystemAccounts {
    /// Makes those that are missing.
    pub(super) fn ensure(conn: &mut AnyConnection, now: Millis) -> Result<Self> {
        let mut ensure = |(name, nickname, short_no)| {
            accounts::ensure_system(conn, name, nickname, short_no, now)
        };
        Ok(Self {
            notices: ensure(NOTICES)?,
            files: ensure(FILES)?,
        })
    }
}

/// Whether a name is theirs, so that nobody else may have it.
pub(super) fn is_reserved(name: &str) -> bool {
    [NOTICES.0, FILES.0, ADMIN].contains(&name)
}

impl System {
    /// Those that were made before. Fails when one of their names is somebody's.
    pub async fn load(store: &Store) -> Result<Self> {
        let find = |conn: &mut AnyConnection| {
            let notices = accounts::find_system(conn, NOTICES.0)?;
            Ok((notices, accounts::find_system(conn, FILES.0)?))
        };
        let system = Self::default();
        if let (Some(notices), Some(files)) = store.read(find).await? {
            system.note(SystemAccounts { notices, files });
        }
        Ok(system)
    }

    /// Notes those that were made. Call it once that is committed.
    pub(super) fn note(&self, made: SystemAccounts) {
        // They are the same ever after.
        let _ = self.0.set(made);
    }

    /// Speaks for the platform; `None` as long as nobody needed it.
    pub fn notices(&self) -> Option<AccountId> {
        self.0.get().map(|system| system.notices)
    }

    /// Takes what somebody wants to keep; `None` as long as nobody needed it.
    pub fn files(&self) -> Option<AccountId> {
        self.0.get().map(|system| system.files)
    }

    /// Whether an account is one of them.
    pub fn holds(&self, account: AccountId) -> bool {
        self.name_of(account).is_some()
    }

    /// The name that clients know one of them by.
    pub fn name_of(&self, account: AccountId) -> Option<&'static str> {
        let system = self.0.get()?;
        let names = [(system.notices, NOTICES.0), (system.files, FILES.0)];
        let found = names.into_iter().find(|(id, _)| *id == account);
        found.map(|(_, name)| name)
    }

    /// The one of them that clients know by a name.
    pub fn named(&self, name: &str) -> Option<AccountId> {
        let system = self.0.get()?;
        let ids = [(NOTICES.0, system.notices), (FILES.0, system.files)];
        let found = ids.into_iter().find(|(known, _)| *known == name);
        found.map(|(_, id)| id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_800_000_000_000;

    fn names() -> Opaque {
        Opaque::new([7; 16])
    }

    #[test]
    fn a_name_is_32_digits_and_leads_back_to_its_id() {
        for id in [0, 1, 10_000_000, (1 << 40) - 1] {
            let name = names().seal(Kind::Account, id, None);
            assert!(
                name.len() == 32 && name.bytes().all(|b| DIGITS.contains(&b)),
                "{name}"
            );
            assert_eq!(names().open(Kind::Account, &name, NOW), Some(id));
        }
    }

    #[test]
    fn a_name_of_one_kind_is_none_of_another() {
        let name = names().seal(Kind::Account, 1, None);
        assert_eq!(names().open(Kind::Channel, &name, NOW), None);
    }

    #[test]
    fn a_name_with_an_end_is_good_until_its_hour_is_over() {
        let name = names().seal(Kind::GroupQr, 5, Some(NOW));
        assert_eq!(names().open(Kind::GroupQr, &name, NOW), Some(5));
        assert_eq!(names().open(Kind::GroupQr, &name, NOW + HOUR), None);
    }

    #[test]
    fn what_was_made_up_is_no_name() {
        let name = names().seal(Kind::Account, 1, None);
        let forged = [
            String::new(),
            "0".repeat(32),
            name.to_uppercase(),
            format!("{}g", &name[..31]),
            format!("{}é", &name[..30]),
            Opaque::new([8; 16])
                .seal(Kind::Account, 1, None)
                .to_string(),
        ];
        for text in forged {
            assert_eq!(names().open(Kind::Account, &text, NOW), None, "{text}");
        }
    }
}
