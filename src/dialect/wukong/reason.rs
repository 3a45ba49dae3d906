//! The reason codes of the protocol (contract, section 3.7).

use crate::error::ErrorKind;

/// Nothing that this protocol knows.
pub const UNKNOWN: u8 = 0;
/// The token does not prove the login.
pub const NOT_AUTHENTICATED: u8 = 2;
/// Not a member, or no such person.
pub const NOT_SUBSCRIBED: u8 = 3;
/// On the other side's list of the blocked.
pub const DENIED: u8 = 4;
/// No such channel.
pub const NO_CHANNEL: u8 = 5;
/// The payload does not decrypt, or is none.
pub const UNREADABLE: u8 = 9;
/// This may not be sent.
pub const NOT_ALLOWED: u8 = 11;
/// Another device has taken the place.
pub const KICKED: u8 = 12;
/// Only others may send there.
pub const NOT_ADMITTED: u8 = 13;
/// The node cannot, at the moment.
pub const SYSTEM_ERROR: u8 = 15;
/// That is no name of a channel, or one's own.
pub const BAD_CHANNEL: u8 = 16;
/// Clients may not send that header.
pub const HEADER_NOT_ALLOWED: u8 = 20;
/// There is no public key.
pub const NO_CLIENT_KEY: u8 = 21;
/// Too much at a time.
pub const TOO_FAST: u8 = 22;
/// Channels of that type are not kept.
pub const TYPE_UNKNOWN: u8 = 23;
/// The group was disbanded.
pub const DISBANDED: u8 = 24;
/// The sender was locked out.
pub const SENDER_BANNED: u8 = 25;
/// There are no more places in the channel.
pub const SEQUENCE_EXHAUSTED: u8 = 29;

/// What the one app of an account is told when the account logs in with another.
pub const LOGGED_IN_ANEW: &str = "账号在其他设备上登录";

/// The reason for which something was not said.
pub fn of(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::NotMember | ErrorKind::AccountUnknown => NOT_SUBSCRIBED,
        ErrorKind::BlockedByPeer | ErrorKind::Barred => DENIED,
        ErrorKind::ChannelUnknown => NO_CHANNEL,
        ErrorKind::Invalid | ErrorKind::TooLarge => UNREADABLE,
        ErrorKind::BannedWords | ErrorKind::MessageTooLong | ErrorKind::Repeated => NOT_ALLOWED,
        ErrorKind::NotContact | ErrorKind::Muted => NOT_ADMITTED,
        ErrorKind::Busy | ErrorKind::Stopping | ErrorKind::Internal | ErrorKind::DeliveryFailed => {
            SYSTEM_ERROR
        }
        ErrorKind::SelfTarget => BAD_CHANNEL,
        ErrorKind::TooFast => TOO_FAST,
        ErrorKind::ChannelDissolved => DISBANDED,
        ErrorKind::AccountLocked
        | ErrorKind::NotLoggedIn
        | ErrorKind::SessionEnded
        | ErrorKind::ReadOnly => SENDER_BANNED,
        // None of these comes of saying something.
        ErrorKind::WrongPassword
        | ErrorKind::LoginsExhausted
        | ErrorKind::AddressNotAllowed
        | ErrorKind::CodeWrong
        | ErrorKind::CodeExpired
        | ErrorKind::CodesTooOften
        | ErrorKind::NameTaken
        | ErrorKind::HandleTaken
        | ErrorKind::HandleFixed
        | ErrorKind::DeviceUnproven
        | ErrorKind::NameNotAllowed
        | ErrorKind::InviteInvalid
        | ErrorKind::AddressBanned
        | ErrorKind::AddressLimited
        | ErrorKind::SignupClosed
        | ErrorKind::EmailSignupClosed
        | ErrorKind::MobileSignupClosed
        | ErrorKind::AlreadyContact
        | ErrorKind::RequestPending
        | ErrorKind::RequestUnknown
        | ErrorKind::RequestQuota
        | ErrorKind::NotBlocked
        | ErrorKind::ContactGroupTaken
        | ErrorKind::ContactGroupUnknown
        | ErrorKind::ContactsClosed
        | ErrorKind::ContactNotAllowed
        | ErrorKind::InvitesClosed
        | ErrorKind::JoinClosed
        | ErrorKind::ChannelFull
        | ErrorKind::JoinRequestUnknown
        | ErrorKind::JoinRequestPending
        | ErrorKind::AlreadyMember
        | ErrorKind::NotManager
        | ErrorKind::NotOwner
        | ErrorKind::OwnerMustStay
        | ErrorKind::RankTooHigh
        | ErrorKind::TargetNotMember
        | ErrorKind::ChannelQuota
        | ErrorKind::ChannelsPerDay
        | ErrorKind::ChannelCreationClosed
        | ErrorKind::LeavingClosed
        | ErrorKind::NotYourMessage
        | ErrorKind::RevokeTooLate
        | ErrorKind::NotFound => UNKNOWN,
    }
}

/// A reason in words, for developers of clients.
pub fn words(code: u8) -> &'static str {
    match code {
        NOT_AUTHENTICATED => "authentication failed",
        NOT_SUBSCRIBED => "not a subscriber",
        DENIED => "in the deny-list",
        NO_CHANNEL => "channel does not exist",
        UNREADABLE => "payload cannot be decoded",
        NOT_ALLOWED => "not allowed to send",
        KICKED => "login in other device",
        NOT_ADMITTED => "not in the allow-list",
        SYSTEM_ERROR => "system error",
        BAD_CHANNEL => "bad channel id",
        HEADER_NOT_ALLOWED => "header flag not allowed",
        NO_CLIENT_KEY => "client key empty",
        TOO_FAST => "rate limit",
        TYPE_UNKNOWN => "channel type not supported",
        DISBANDED => "channel disbanded",
        SENDER_BANNED => "sender banned",
        SEQUENCE_EXHAUSTED => "sequence exhausted",
        _ => "unknown reason",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_have_the_reasons_of_the_contract() {
        let cases = [
            (ErrorKind::NotMember, 3),
            (ErrorKind::BlockedByPeer, 4),
            (ErrorKind::Barred, 4),
            (ErrorKind::ChannelUnknown, 5),
            (ErrorKind::Invalid, 9),
            (ErrorKind::NotContact, 13),
            (ErrorKind::Muted, 13),
            (ErrorKind::TooFast, 22),
            (ErrorKind::ChannelDissolved, 24),
        ];
        for (kind, code) in cases {
            assert_eq!(of(kind), code, "{kind:?}");
            assert_ne!(words(code), words(UNKNOWN));
        }
    }
}
