//! What somebody wants to do to a channel, and what it comes to.

use super::{ChannelPatch, OwnerAfterTransfer, Role};
use crate::domain::ids::AccountId;
use crate::domain::time::Millis;

/// Whom somebody who leads may act upon. Dialects differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Ordinary members.
    General,
    /// Everybody but the owner.
    NotOwner,
    /// Members of a lower role.
    BelowOwn,
}

/// Something somebody wants to do to a channel.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Add accounts at once, without asking them.
    Invite {
        /// Who invites.
        by: AccountId,
        /// Whom; members, repetitions and former members who were barred are skipped.
        accounts: Vec<AccountId>,
        /// The least role that may. Where invitations are closed, ordinary members may not in any case.
        least: Role,
    },
    /// Answer a request to join.
    Answer {
        /// Who answers.
        by: AccountId,
        /// Who asked.
        account: AccountId,
        /// The answer.
        accept: bool,
        /// Its words.
        reason: String,
    },
    /// Leave.
    Leave {
        /// Who leaves.
        member: AccountId,
        /// Whether ordinary members may.
        allowed: bool,
    },
    /// Remove members.
    Kick {
        /// Who removes.
        by: AccountId,
        /// Whom; repetitions are skipped.
        members: Vec<AccountId>,
        /// Who of them can be removed.
        reach: Reach,
    },
    /// Appoint or dismiss managers.
    SetManagers {
        /// Who decides.
        by: AccountId,
        /// About whom; those who have the role, and repetitions, are skipped.
        members: Vec<AccountId>,
        /// Appoint, or dismiss.
        manager: bool,
    },
    /// Mute a member, or lift the mute.
    Mute {
        /// Who mutes.
        by: AccountId,
        /// Whom.
        member: AccountId,
        /// Until when; 0 lifts it.
        until: Millis,
        /// Who can be muted.
        reach: Reach,
    },
    /// Take the right to speak from members, or give it back; also to former ones, who cannot be invited while they are barred.
    Bar {
        /// Who decides.
        by: AccountId,
        /// About whom; those for whom it is so already, and repetitions, are skipped.
        members: Vec<AccountId>,
        /// Take, or give back.
        barred: bool,
    },
    /// Change the name a member carries. Managers may name others.
    SetAlias {
        /// Who names.
        by: AccountId,
        /// Whom.
        member: AccountId,
        /// The name; empty for none.
        alias: String,
    },
    /// Hand the channel over.
    Transfer {
        /// The owner, or `None` for an administrator.
        by: Option<AccountId>,
        /// The new owner.
        to: AccountId,
        /// What becomes of the old one.
        after: OwnerAfterTransfer,
    },
    /// Change the description.
    Update {
        /// Who changes.
        by: AccountId,
        /// What.
        patch: Box<ChannelPatch>,
        /// The least role that may.
        least: Role,
    },
    /// Dissolve.
    Dissolve {
        /// The owner, or `None` for an administrator.
        by: Option<AccountId>,
    },
    /// Change the member limit; only administrators get here.
    SetLimit {
        /// The new limit; 0 is none.
        limit: i32,
    },
}

/// What a command comes to, ready to be stored and applied.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Nothing to do.
    Nothing,
    /// Members come by invitation.
    Invited {
        /// Who invited.
        by: AccountId,
        /// Who comes.
        accounts: Vec<AccountId>,
    },
    /// A request to join was answered.
    Answered {
        /// Who answered.
        by: AccountId,
        /// Who asked.
        account: AccountId,
        /// The answer.
        accepted: bool,
        /// Its words.
        reason: String,
    },
    /// A member left.
    Left {
        /// Who.
        member: AccountId,
    },
    /// Members were removed.
    Kicked {
        /// By whom.
        by: AccountId,
        /// Who.
        members: Vec<AccountId>,
    },
    /// Roles changed.
    RolesSet {
        /// By whom.
        by: AccountId,
        /// Whose.
        members: Vec<AccountId>,
        /// To what.
        role: Role,
    },
    /// The right to speak was taken from members, or given back.
    Barred {
        /// By whom.
        by: AccountId,
        /// Whose.
        members: Vec<AccountId>,
        /// Taken.
        barred: bool,
    },
    /// The name a member carries changed.
    Renamed {
        /// By whom.
        by: AccountId,
        /// Whose.
        member: AccountId,
        /// To what.
        alias: String,
    },
    /// A mute changed.
    Muted {
        /// By whom.
        by: AccountId,
        /// Whose.
        member: AccountId,
        /// Until when.
        until: Millis,
    },
    /// The owner changed.
    Transferred {
        /// The old owner.
        from: AccountId,
        /// The new owner.
        to: AccountId,
        /// What becomes of the old one.
        after: OwnerAfterTransfer,
    },
    /// The description changed.
    Updated {
        /// By whom.
        by: AccountId,
        /// What changed.
        patch: Box<ChannelPatch>,
    },
    /// The channel is gone.
    Dissolved {
        /// By whom: the owner, also when an administrator did it.
        by: AccountId,
    },
    /// The limit changed.
    LimitSet {
        /// The new limit.
        limit: i32,
    },
}
