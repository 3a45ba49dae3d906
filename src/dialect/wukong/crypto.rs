//! How message bodies are hidden and their frames proved on a WuKongIM connection. The protocol's own design, not ours: one key
//! and one initialisation vector for all of a connection, both ways.

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use aes::{Aes128Dec, Aes128Enc};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use rand::distr::{Alphanumeric, SampleString};
use std::fmt;
use x25519_dalek::{X25519_BASEPOINT_BYTES, x25519};

/// How long a salt, a key and an initialisation vector are, in bytes.
const SALT: usize = 16;

/// The other side's key or salt is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a public key")]
pub struct BadKey;

/// A key pair for one connection.
pub struct KeyPair {
    secret: [u8; 32],
    public: [u8; 32],
}

impl KeyPair {
    /// The pair of 32 random bytes.
    pub fn new(random: [u8; 32]) -> Self {
        Self {
            secret: random,
            public: x25519(random, X25519_BASEPOINT_BYTES),
        }
    }

    /// The public key as it is told, base64.
    pub fn public(&self) -> String {
        STANDARD.encode(self.public)
    }
}

/// A new salt: letters and digits.
pub fn fresh_salt() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), SALT)
}

/// The secrets of one connection.
pub struct Cipher {
    key: [u8; SALT],
    iv: [u8; SALT],
}

impl Cipher {
    /// What both sides make of their own pair, the other's public key and the server's salt.
    ///
    /// # Errors
    /// When the public key is not base64 of 32 bytes or one that makes every secret the same, or the salt is too short.
    pub fn agree(mine: &KeyPair, theirs: &str, salt: &str) -> Result<Self, BadKey> {
        let theirs = STANDARD.decode(theirs).map_err(|_| BadKey)?;
        let theirs: [u8; 32] = theirs.try_into().map_err(|_| BadKey)?;
        let shared = x25519(mine.secret, theirs);
        if shared == [0; 32] {
            return Err(BadKey);
        }
        let digest = hex(&Md5::digest(STANDARD.encode(shared)));
        let mut key = [0; SALT];
        key.copy_from_slice(&digest[..SALT]);
        let iv = salt.as_bytes().first_chunk().copied().ok_or(BadKey)?;
        Ok(Self { key, iv })
    }

    /// A payload as it is on the wire: encrypted, in base64.
    pub fn seal(&self, plain: &[u8]) -> Vec<u8> {
        STANDARD.encode(self.encrypt(plain)).into_bytes()
    }

    /// What a payload on the wire says, if it was made with these secrets.
    pub fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let cipher_text = STANDARD.decode(sealed).ok()?;
        cbc::Decryptor::<Aes128Dec>::new(&self.key.into(), &self.iv.into())
            .decrypt_padded_vec::<Pkcs7>(&cipher_text)
            .ok()
    }

    /// The proof of what a frame says in the parts that are signed.
    pub fn message_key(&self, sign: impl AsRef<[u8]>) -> String {
        let digest = hex(&Md5::digest(STANDARD.encode(self.encrypt(sign.as_ref()))));
        digest.iter().map(|digit| char::from(*digit)).collect()
    }

    fn encrypt(&self, plain: &[u8]) -> Vec<u8> {
        cbc::Encryptor::<Aes128Enc>::new(&self.key.into(), &self.iv.into())
            .encrypt_padded_vec::<Pkcs7>(plain)
    }
}

/// Tells nothing of the secrets.
impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cipher")
    }
}

fn hex(digest: &[u8]) -> [u8; 32] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 32];
    for (pair, byte) in text.chunks_exact_mut(2).zip(digest) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 0x0f)];
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: &str = "ABCDEFGHIJKLMNOP";

    fn client() -> KeyPair {
        KeyPair::new(*b"0123456789abcdef0123456789abcdef")
    }

    fn server() -> KeyPair {
        KeyPair::new(std::array::from_fn(|place| place as u8 + 1))
    }

    fn cipher() -> Cipher {
        Cipher::agree(&server(), &client().public(), SALT).unwrap()
    }

    #[test]
    fn both_sides_agree_on_one_key() {
        let (client, server) = (client(), server());
        assert_eq!(
            client.public(),
            "hlF7wMOf6Ha3ZGy1407gPa9xzLrWdFDBapcK2MvAPn4="
        );
        assert_eq!(
            server.public(),
            "B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9/AsrhtHHw="
        );
        let there = Cipher::agree(&client, &server.public(), SALT).unwrap();
        let here = cipher();
        assert_eq!(&there.key, b"4989ad64ccaf943d");
        assert_eq!((there.key, there.iv), (here.key, here.iv));
    }

    #[test]
    fn every_payload_of_the_contract_is_reproduced() {
        let cases = [
            (
                r#"{"content":"hi","type":1}"#,
                "0h5VprN8ZLf7DwzsQB//qUrUlDvp1EWvxAerKXKgHhI=",
            ),
            (
                r#"{"content":"你好，悟空","type":1,"mention":{"uids":["u2"]}}"#,
                "q9jKpHbfe1ZOxIgOgtKYV/M4EGTTzjTMfjJ9febGODcBbd63yoaj1hNPcWyLj60A1oU3Q3L8XSsHU78LgjVhwY+Pu/VpzNDBay7QWIdoR/g=",
            ),
            (
                r#"{"cmd":"channelUpdate","param":{"channel_id":"g1","channel_type":2},"type":99}"#,
                "2mllStqAQZGoHJihDnLL73ivz4iu8SDIuWr2Ip8CAOd2aGO443mEK+tkupLCjh4oMW2SS/rt7eoUvzfLB/NQLRBbEEZblarWLs9wQTpspbQ=",
            ),
        ];
        let cipher = cipher();
        for (plain, field) in cases {
            assert_eq!(cipher.seal(plain.as_bytes()), field.as_bytes());
            assert_eq!(
                cipher.open(field.as_bytes()).as_deref(),
                Some(plain.as_bytes())
            );
        }
    }

    #[test]
    fn every_message_key_of_the_contract_is_reproduced() {
        let hi = "0h5VprN8ZLf7DwzsQB//qUrUlDvp1EWvxAerKXKgHhI=";
        let cases = [
            (format!("1c1u21{hi}"), "9a27b79fbc8d33ae4bd739be7d1185d8"),
            (
                format!("12345678901234567897c11700000001u1u11{hi}"),
                "7f3222ee6aa18d01131e880fef6472eb",
            ),
        ];
        for (sign, key) in cases {
            assert_eq!(cipher().message_key(sign), key);
        }
    }

    #[test]
    fn a_low_order_key_is_refused() {
        let one: [u8; 32] = std::array::from_fn(|place| u8::from(place == 0));
        for key in [[0; 32], one] {
            let agreed = Cipher::agree(&server(), &STANDARD.encode(key), SALT);
            assert_eq!(agreed.err(), Some(BadKey));
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let long = STANDARD.encode([9; 33]);
        for key in ["", "u1", "%%%%", long.as_str()] {
            assert!(
                Cipher::agree(&server(), key, SALT).is_err(),
                "{key} was taken"
            );
        }
        assert!(Cipher::agree(&server(), &client().public(), "short").is_err());
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let (cipher, sign) = (cipher(), b"1c1u21payload".to_vec());
        let key = cipher.message_key(&sign);
        for place in 0..sign.len() {
            let mut changed = sign.clone();
            changed[place] ^= 1;
            assert_ne!(cipher.message_key(&changed), key);
        }
    }

    #[test]
    fn padding_that_is_wrong_decrypts_to_nothing() {
        let cipher = cipher();
        let sealed = [0; 32].map(|_| 7_u8);
        for garbage in [
            &b""[..],
            b"x",
            b"AAAA",
            STANDARD.encode(sealed).as_bytes(),
            &[0xff; 44],
        ] {
            assert_eq!(cipher.open(garbage), None);
        }
    }

    #[test]
    fn a_salt_is_of_sixteen_letters_and_digits() {
        let salt = fresh_salt();
        assert_eq!(salt.len(), 16);
        assert!(salt.chars().all(|c| c.is_ascii_alphanumeric()));
        assert_ne!(salt, fresh_salt());
    }
}
