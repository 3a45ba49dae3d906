//! The names of channels (contract, sections 3.3 and 3.13): which of them the product itself speaks on, and under which other
//! names the same is heard.

use crate::domain::{AccountId, ChannelId};

/// The channel of everybody.
pub const GLOBAL: &str = "global";
const PRIVATE: &str = "private-";
const PRESENCE: &str = "presence-";
const ENCRYPTED: &str = "private-encrypted-";
const OWN: &str = "#server-to-user-";
/// Characters of a name.
const LONGEST: usize = 200;

/// What a channel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// For everybody.
    Global,
    /// What concerns one account.
    User(AccountId, Kind),
    /// What is said in a group.
    Group(ChannelId, Kind),
    /// A channel that an app makes for itself.
    Other(Kind),
}

/// What it takes to hear a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// To be somebody.
    Plain,
    /// A signature.
    Private,
    /// A signature, with who comes.
    Presence,
    /// To have signed in.
    Own,
}

impl Name {
    /// What a name means; `None` if nobody may hear it.
    pub fn read(name: &str) -> Option<Self> {
        if let Some(uid) = name.strip_prefix(OWN) {
            return id(uid).map(|uid| Self::User(AccountId(uid), Kind::Own));
        }
        let fits = !name.is_empty() && name.len() <= LONGEST && name.bytes().all(is_allowed);
        if !fits || name.starts_with(ENCRYPTED) {
            return None;
        }
        if name == GLOBAL {
            return Some(Self::Global);
        }
        let (kind, rest) = if let Some(rest) = name.strip_prefix(PRIVATE) {
            (Kind::Private, rest)
        } else if let Some(rest) = name.strip_prefix(PRESENCE) {
            (Kind::Presence, rest)
        } else {
            (Kind::Plain, name)
        };
        match rest
            .split_once('-')
            .map(|(noun, number)| (noun, id(number)))
        {
            Some(("user", Some(uid))) if kind != Kind::Presence => {
                Some(Self::User(AccountId(uid), kind))
            }
            Some(("group", Some(gid))) => Some(Self::Group(ChannelId(gid), kind)),
            _ if kind == Kind::Plain => None,
            _ => Some(Self::Other(kind)),
        }
    }

    /// What it takes to hear it.
    pub fn kind(self) -> Kind {
        match self {
            Self::Global => Kind::Plain,
            Self::User(_, kind) | Self::Group(_, kind) | Self::Other(kind) => kind,
        }
    }

    /// Whether clients may say something there themselves.
    pub fn takes_client_events(self) -> bool {
        matches!(self.kind(), Kind::Private | Kind::Presence)
    }
}

fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-=@,.;".contains(&byte)
}

/// A positive number in its one spelling, so that one channel has one name.
fn id(text: &str) -> Option<i64> {
    let number = text.parse().ok().filter(|number: &i64| *number > 0)?;
    (number.to_string() == text).then_some(number)
}

/// The names under which an account hears what concerns it.
pub fn of_account(account: AccountId) -> [String; 3] {
    [
        format!("user-{account}"),
        format!("{PRIVATE}user-{account}"),
        format!("{OWN}{account}"),
    ]
}

/// The names under which members hear what is said in a group.
pub fn of_group(channel: ChannelId) -> [String; 3] {
    [
        format!("group-{channel}"),
        format!("{PRIVATE}group-{channel}"),
        format!("{PRESENCE}group-{channel}"),
    ]
}

/// The names under which everybody hears what concerns everybody.
pub fn of_all() -> [String; 2] {
    [GLOBAL.to_owned(), format!("{PRIVATE}{GLOBAL}")]
}

/// The names under which something is heard that is published on one: on the product's own plain channels all of them.
pub fn heard_on(name: &str) -> Vec<String> {
    match Name::read(name) {
        Some(Name::Global) => of_all().into(),
        Some(Name::User(account, Kind::Plain)) => of_account(account).into(),
        Some(Name::Group(channel, Kind::Plain)) => of_group(channel).into(),
        _ => vec![name.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOM: AccountId = AccountId(9);
    const TEAM: ChannelId = ChannelId(50);

    #[test]
    fn the_products_channels_have_several_names() {
        let kinds = [Kind::Plain, Kind::Private, Kind::Own];
        for (name, kind) in of_account(TOM).iter().zip(kinds) {
            assert_eq!(Name::read(name), Some(Name::User(TOM, kind)), "{name}");
        }
        let kinds = [Kind::Plain, Kind::Private, Kind::Presence];
        for (name, kind) in of_group(TEAM).iter().zip(kinds) {
            assert_eq!(Name::read(name), Some(Name::Group(TEAM, kind)), "{name}");
        }
        assert_eq!(Name::read(GLOBAL), Some(Name::Global));
        assert_eq!(heard_on("user-9"), of_account(TOM));
        assert_eq!(heard_on("group-50"), of_group(TEAM));
        assert_eq!(heard_on("private-group-50"), ["private-group-50"]);
    }

    #[test]
    fn apps_have_private_and_presence_channels_of_their_own() {
        let cases = [
            ("private-x", Kind::Private),
            ("private-global", Kind::Private),
            ("private-user-x", Kind::Private),
            ("presence-user-9", Kind::Presence),
            ("presence-a_b=c@d,e.f;g", Kind::Presence),
        ];
        for (name, kind) in cases {
            assert_eq!(Name::read(name), Some(Name::Other(kind)), "{name}");
        }
    }

    #[test]
    fn no_other_name_can_be_heard() {
        let long = format!("private-{}", "x".repeat(193));
        for name in [
            "",
            "admin",
            "user-",
            "user-0",
            "user-09",
            "user-+9",
            "user--9",
            "user-9 ",
            "user-9x",
            "user-99999999999999999999",
            "group-x",
            "Global",
            "#server-to-user-",
            "#server-to-user-x",
            "#x",
            "private-encrypted-x",
            "private-a b",
            "private-é",
            &long,
        ] {
            assert_eq!(Name::read(name), None, "{name}");
        }
        assert!(Name::read(&long[1..]).is_none());
        assert!(Name::read(&long[..200]).is_some());
    }

    #[test]
    fn clients_speak_where_a_signature_is_needed() {
        let speaks = |name: &str| Name::read(name).is_some_and(Name::takes_client_events);
        for name in [
            "private-user-9",
            "private-group-50",
            "presence-group-50",
            "private-x",
        ] {
            assert!(speaks(name), "{name}");
        }
        for name in ["user-9", "group-50", GLOBAL, "#server-to-user-9"] {
            assert!(!speaks(name), "{name}");
        }
    }
}
