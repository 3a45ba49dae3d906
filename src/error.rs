//! The one error type of the node. It knows nothing of HTTP: dialects turn a [`ErrorKind`] into their own words.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::panic::Location;

/// What went wrong, in the core's terms. Closed on purpose: every dialect renders it with an exhaustive `match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// A field is missing, malformed, out of range or too long; `info` names it.
    Invalid,
    /// The request body is larger than the limit.
    TooLarge,
    /// No valid proof of login.
    NotLoggedIn,
    /// The login was good and was ended: by the account, by an administrator or with the password.
    SessionEnded,
    /// The account may log in and read, nothing else.
    ReadOnly,
    /// No such account.
    AccountUnknown,
    /// The password does not match.
    WrongPassword,
    /// The account was locked by an administrator.
    AccountLocked,
    /// Too many wrong passwords in a row; logins are refused for a while.
    LoginsExhausted,
    /// The address is not on the list from which this account may log in.
    AddressNotAllowed,
    /// The code does not match.
    CodeWrong,
    /// There is no live code under that key.
    CodeExpired,
    /// Codes were asked for too often.
    CodesTooOften,
    /// The name belongs to another account.
    NameTaken,
    /// The short number belongs to another account.
    HandleTaken,
    /// The account has chosen its short number already.
    HandleFixed,
    /// The account lets only devices in that it has confirmed.
    DeviceUnproven,
    /// The name holds characters that are not allowed.
    NameNotAllowed,
    /// The invite code is unknown or locked.
    InviteInvalid,
    /// Registration is barred for this network address.
    AddressBanned,
    /// Too many registrations from this network address.
    AddressLimited,
    /// Registration by name is switched off.
    SignupClosed,
    /// Registration by e-mail is switched off.
    EmailSignupClosed,
    /// Registration by phone number is switched off.
    MobileSignupClosed,
    /// The target is not in the caller's contact list.
    NotContact,
    /// The target is in the caller's contact list already.
    AlreadyContact,
    /// The caller's contact request is still waiting.
    RequestPending,
    /// There is no waiting contact request from that account.
    RequestUnknown,
    /// The caller sent too many contact requests today.
    RequestQuota,
    /// The target is not blocked by the caller.
    NotBlocked,
    /// The caller has a contact group of that name already.
    ContactGroupTaken,
    /// The contact group is unknown or belongs to somebody else.
    ContactGroupUnknown,
    /// Contact requests are switched off.
    ContactsClosed,
    /// This account may not be added as a contact.
    ContactNotAllowed,
    /// No such channel; where it does not matter, also one that was dissolved.
    ChannelUnknown,
    /// The channel was dissolved.
    ChannelDissolved,
    /// Ordinary members may not add others to this channel.
    InvitesClosed,
    /// The channel takes no new members.
    JoinClosed,
    /// The channel has as many members as it may have.
    ChannelFull,
    /// There is no waiting request to join.
    JoinRequestUnknown,
    /// The caller's request to join is still waiting.
    JoinRequestPending,
    /// The account is a member already.
    AlreadyMember,
    /// Only managers and the owner may do this.
    NotManager,
    /// Only the owner may do this.
    NotOwner,
    /// The caller is not a member of the channel.
    NotMember,
    /// The owner cannot leave without passing the channel on.
    OwnerMustStay,
    /// The target's role protects it from this.
    RankTooHigh,
    /// The target is not a member of the channel.
    TargetNotMember,
    /// The caller owns as many channels as allowed.
    ChannelQuota,
    /// The caller has made as many channels today as allowed.
    ChannelsPerDay,
    /// Creating channels is switched off.
    ChannelCreationClosed,
    /// Leaving channels is switched off.
    LeavingClosed,
    /// The message is unknown or was sent by somebody else.
    NotYourMessage,
    /// The message is too old to be revoked.
    RevokeTooLate,
    /// The caller is muted in the channel.
    Muted,
    /// The right to speak in the channel was taken from the caller.
    Barred,
    /// The recipient has blocked the caller.
    BlockedByPeer,
    /// Messages follow each other too fast.
    TooFast,
    /// The same content was sent a moment ago.
    Repeated,
    /// The message is too long.
    MessageTooLong,
    /// The message holds words that may not be sent.
    BannedWords,
    /// The caller cannot be the target of this.
    SelfTarget,
    /// The thing asked for does not exist or is not the caller's.
    NotFound,
    /// A queue of the node is full; nothing was stored, try again.
    Busy,
    /// A mail or text message could not be handed over.
    DeliveryFailed,
    /// The node is stopping.
    Stopping,
    /// A fault of the node itself; the cause is in the log only.
    Internal,
}

/// A failed operation: the kind for the client, the cause for the log, and where it arose.
pub struct Error {
    kind: ErrorKind,
    info: Option<Cow<'static, str>>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
    at: &'static Location<'static>,
}

/// The result of everything that can fail in the node.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error without a deeper cause.
    #[track_caller]
    pub fn new(kind: ErrorKind) -> Self {
        Self {
            kind,
            info: None,
            cause: None,
            at: Location::caller(),
        }
    }

    /// A client's mistake, with a text for its developer. The text must not quote secrets or message bodies.
    #[track_caller]
    pub fn invalid(info: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind: ErrorKind::Invalid,
            info: Some(info.into()),
            cause: None,
            at: Location::caller(),
        }
    }

    /// A fault of the node, with its cause.
    #[track_caller]
    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::caused(ErrorKind::Internal, cause)
    }

    /// An error of any kind with its cause.
    #[track_caller]
    pub fn caused(kind: ErrorKind, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            kind,
            info: None,
            cause: Some(cause.into()),
            at: Location::caller(),
        }
    }

    /// What went wrong, for `match`.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The text for the client's developer, if there is one. Safe to send.
    pub fn info(&self) -> Option<&str> {
        self.info.as_deref()
    }

    /// Whether the same request may well succeed a moment later, without anything having been done.
    pub fn is_passing(&self) -> bool {
        matches!(self.kind, ErrorKind::Busy | ErrorKind::Stopping)
    }

    /// Whether this is the node's own fault and belongs in the log.
    pub fn is_fault(&self) -> bool {
        matches!(self.kind, ErrorKind::Internal | ErrorKind::DeliveryFailed)
    }
}

impl From<ErrorKind> for Error {
    #[track_caller]
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind)
    }
}

/// Says what and where, with every cause, for the log.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.kind)?;
        if let Some(info) = &self.info {
            write!(f, " ({info})")?;
        }
        write!(f, " at {}:{}", self.at.file(), self.at.line())?;
        let mut cause = self.cause.as_deref().map(|c| c as &dyn StdError);
        while let Some(c) = cause {
            write!(f, ": {c}")?;
            cause = c.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_deref().map(|c| c as &dyn StdError)
    }
}
