//! Signatures (contract, sections 3.6, 3.7 and 3.14): lower-case hexadecimal HMAC-SHA256 under the app's secret.

use crate::dialect::popim::push::proto::quoted;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Signs and checks. Not `Debug`: it holds the secret.
#[derive(Clone)]
pub struct Signer {
    key: String,
    mac: Hmac<Sha256>,
}

impl Signer {
    /// With the app's key and secret.
    pub fn new(key: &str, secret: &str) -> Self {
        Self {
            key: key.to_owned(),
            mac: Hmac::new(&padded(secret.as_bytes())),
        }
    }

    /// The app's key.
    pub fn key(&self) -> &str {
        &self.key
    }

    fn hex(&self, message: &str) -> String {
        hex(&self
            .mac
            .clone()
            .chain_update(message)
            .finalize()
            .into_bytes())
    }

    /// What lets a socket hear a channel; on presence channels with who comes, as it will be sent.
    pub fn channel(&self, socket_id: &str, channel: &str, channel_data: Option<&str>) -> String {
        self.auth(&channel_message(socket_id, channel, channel_data))
    }

    /// What lets a socket be somebody.
    pub fn user(&self, socket_id: &str, user_data: &str) -> String {
        self.auth(&user_message(socket_id, user_data))
    }

    fn auth(&self, message: &str) -> String {
        format!("{}:{}", self.key, self.hex(message))
    }

    /// Whether [`Signer::channel`] says so under one of the keys.
    pub fn allows(
        &self,
        auth: &str,
        keys: &[&str],
        socket_id: &str,
        channel: &str,
        channel_data: Option<&str>,
    ) -> bool {
        self.holds(
            auth,
            keys,
            &channel_message(socket_id, channel, channel_data),
        )
    }

    /// Whether [`Signer::user`] says so under one of the keys.
    pub fn identifies(&self, auth: &str, keys: &[&str], socket_id: &str, user_data: &str) -> bool {
        self.holds(auth, keys, &user_message(socket_id, user_data))
    }

    fn holds(&self, auth: &str, keys: &[&str], message: &str) -> bool {
        let Some((key, signature)) = auth.split_once(':') else {
            return false;
        };
        keys.contains(&key) && self.is_of(signature, message)
    }

    /// Whether a signature is a request's.
    pub fn signed(&self, signature: &str, request: &str) -> bool {
        self.is_of(signature, request)
    }

    /// Compares in constant time.
    fn is_of(&self, signature: &str, message: &str) -> bool {
        let mac = self.mac.clone().chain_update(message);
        unhex(signature).is_some_and(|bytes| mac.verify_slice(&bytes).is_ok())
    }
}

/// A secret of whatever length as HMAC's own key: what is longer than a block is hashed, the rest filled with zeros.
fn padded(secret: &[u8]) -> hmac::digest::Key<Hmac<Sha256>> {
    let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
    let hashed;
    let secret = if secret.len() > block.len() {
        hashed = Sha256::digest(secret);
        &hashed[..]
    } else {
        secret
    };
    block[..secret.len()].copy_from_slice(secret);
    block
}

fn channel_message(socket_id: &str, channel: &str, channel_data: Option<&str>) -> String {
    match channel_data {
        Some(data) => format!("{socket_id}:{channel}:{data}"),
        None => format!("{socket_id}:{channel}"),
    }
}

fn user_message(socket_id: &str, user_data: &str) -> String {
    format!("{socket_id}::user::{user_data}")
}

/// What a request to the publish API signs: its fields in the order of their names, without the signature, not encoded.
pub fn request_message(method: &str, path: &str, fields: &[(String, String)]) -> String {
    let signed = fields.iter().filter(|(name, _)| name != "auth_signature");
    let mut pairs: Vec<String> = signed
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    // By name: `=` comes after the digits and before the letters, so whole pairs would not do.
    pairs.sort_by(|a, b| name_of(a).cmp(name_of(b)));
    format!("{}\n{path}\n{}", method.to_uppercase(), pairs.join("&"))
}

fn name_of(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(name, _)| name)
}

/// The MD5 of a body, in hexadecimal.
pub fn body_md5(body: &[u8]) -> String {
    hex(&Md5::digest(body))
}

/// Who comes to a presence channel, as it is signed.
pub fn channel_data(uid: i64, info: &str) -> String {
    let id = quoted(&uid.to_string());
    format!(r#"{{"user_id":{id},"user_info":{info}}}"#)
}

/// Who signs in, as it is signed.
pub fn user_data(uid: i64, info: &str) -> String {
    let id = quoted(&uid.to_string());
    format!(r#"{{"id":{id},"user_info":{info}}}"#)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "063a5f0aca64b1ba87c776b8f8343c1c";
    const SOCKET: &str = "1234.5678";
    const TOM: &str = r#"{"user_id":"9","user_info":{"name":"tom"}}"#;

    fn signer() -> Signer {
        Signer::new(KEY, "popim-secret-0123456789abcdef")
    }

    #[test]
    fn a_private_channel_is_signed_as_the_contract_shows() {
        let cases = [
            (
                "private-user-9",
                "769ea46081e528920f91ed81153af4b4330483553f6a77e2e3f30f48c9ebcc34",
            ),
            (
                "private-group-50",
                "d5b0e48e0be519a8e14808f61465a78b3a9656202dfc5f190185b4f53d530d36",
            ),
        ];
        for (channel, expected) in cases {
            let auth = signer().channel(SOCKET, channel, None);
            assert_eq!(auth, format!("{KEY}:{expected}"));
            assert!(signer().allows(&auth, &[KEY], SOCKET, channel, None));
        }
    }

    #[test]
    fn a_presence_channel_is_signed_with_who_comes() {
        let cases = [
            (
                r#"{"name":"tom"}"#,
                "9e3ddcf9023bf8bc6bae120f0989481e711fb658b5b71584d6dae0767cd0b6d4",
            ),
            (
                r#"{"name":"猫猫"}"#,
                "d3a54dd63da09be8aaee93293a7a9e095eb5f5df8014992ae8c1d55433efba55",
            ),
        ];
        for (info, expected) in cases {
            let data = channel_data(9, info);
            let auth = signer().channel(SOCKET, "presence-group-50", Some(&data));
            assert_eq!(auth, format!("{KEY}:{expected}"));
        }
        assert_eq!(channel_data(9, r#"{"name":"tom"}"#), TOM);
    }

    #[test]
    fn a_sign_in_is_signed_as_the_contract_shows() {
        let data = user_data(9, r#"{"name":"tom"}"#);
        let auth = signer().user(SOCKET, &data);
        let expected = "5e566bed6ec74cd337db0c693b42476dab1a4f6d1a6ce33de76a7adbc0ce30dd";
        assert_eq!(auth, format!("{KEY}:{expected}"));
        assert!(signer().identifies(&auth, &[KEY], SOCKET, &data));
    }

    fn fields(text: &str) -> Vec<(String, String)> {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    #[test]
    fn requests_are_signed_as_the_contract_shows() {
        let body = r#"{"name":"message","data":"{\"mid\":845,\"content\":\"hi\"}","channels":["user-10"]}"#;
        assert_eq!(
            body_md5(body.as_bytes()),
            "1c36b23b77b782e3278af6a454f07f8e"
        );
        let base = format!(
            "auth_key={KEY}&auth_timestamp=1700000000&body_md5=1c36b23b77b782e3278af6a454f07f8e"
        );
        let cases = [
            (
                "POST",
                "/apps/1024/events",
                format!("auth_version=1.0&{base}&auth_signature=x"),
                "061225d0d4a43b43d710da506e99c7746a5ed57190bc6476692004809f95b33e",
            ),
            (
                "post",
                "/apps/1024/events",
                base,
                "6cbeb32a2fa2a4eda9015ac9d0ccbd7d38056372b5b7ac8d63d82a35d3162935",
            ),
            (
                "GET",
                "/apps/1024/channels/presence-group-50",
                format!(
                    "info=subscription_count,user_count&auth_key={KEY}&auth_timestamp=1700000000&auth_version=1.0"
                ),
                "25b509251c856999045aef42e10c7b1de439a72c9eee00b5ea870f9c8c1d108e",
            ),
        ];
        for (method, path, query, expected) in cases {
            let message = request_message(method, path, &fields(&query));
            assert_eq!(signer().hex(&message), expected, "{message}");
            assert!(signer().signed(expected, &message));
        }
    }

    #[test]
    fn a_signature_is_good_for_one_socket_channel_and_comer() {
        let auth = signer().channel(SOCKET, "presence-group-50", Some(TOM));
        let allows = |auth: &str, socket: &str, channel: &str, data: Option<&str>| {
            signer().allows(auth, &[KEY, "other"], socket, channel, data)
        };
        assert!(allows(&auth, SOCKET, "presence-group-50", Some(TOM)));
        assert!(allows(
            &auth.replace(KEY, "other"),
            SOCKET,
            "presence-group-50",
            Some(TOM)
        ));
        assert!(!allows(
            &auth.replace(KEY, "third"),
            SOCKET,
            "presence-group-50",
            Some(TOM)
        ));
        assert!(!allows(&auth, "1234.5679", "presence-group-50", Some(TOM)));
        assert!(!allows(&auth, SOCKET, "presence-group-51", Some(TOM)));
        assert!(!allows(&auth, SOCKET, "presence-group-50", Some("{}")));
        assert!(!allows(&auth, SOCKET, "presence-group-50", None));
        assert!(!allows(
            &auth[..auth.len() - 1],
            SOCKET,
            "presence-group-50",
            Some(TOM)
        ));
        assert!(!allows(
            &auth[..auth.len() - 2],
            SOCKET,
            "presence-group-50",
            Some(TOM)
        ));
        for forged in ["", ":", KEY, &format!("{KEY}:"), &format!("{KEY}:zz")] {
            assert!(
                !allows(forged, SOCKET, "presence-group-50", Some(TOM)),
                "{forged}"
            );
        }
    }

    #[test]
    fn a_secret_longer_than_a_block_is_a_secret_too() {
        let (one, two) = (
            Signer::new(KEY, &"x".repeat(100)),
            Signer::new(KEY, &"x".repeat(101)),
        );
        assert_ne!(one.user(SOCKET, "{}"), two.user(SOCKET, "{}"));
    }

    #[test]
    fn fields_are_signed_in_the_order_of_their_names() {
        let fields = fields("b=1&a1=2&a=3");
        assert_eq!(
            request_message("GET", "/p", &fields),
            "GET\n/p\na=3&a1=2&b=1"
        );
    }
}
