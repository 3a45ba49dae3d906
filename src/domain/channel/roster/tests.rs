//! What members may do to each other.

use super::*;

const OWNER: AccountId = AccountId(1);
const MANAGER: AccountId = AccountId(2);
const GENERAL: AccountId = AccountId(3);
const STRANGER: AccountId = AccountId(4);

fn roster(limit: i32) -> Roster {
    Roster::new(
        limit,
        ChannelFlags::default(),
        [
            (OWNER, Seat::new(Role::Owner)),
            (MANAGER, Seat::new(Role::Manager)),
            (GENERAL, Seat::new(Role::General)),
        ],
        [],
    )
}

fn decide(command: Command) -> Result<Change, ErrorKind> {
    roster(0).decide(command)
}

#[test]
fn only_managers_remove_and_only_general_members_are_removed() {
    let kick = |by, member| {
        decide(Command::Kick {
            by,
            members: vec![member],
            reach: Reach::General,
        })
    };
    assert_eq!(kick(GENERAL, GENERAL), Err(ErrorKind::NotManager));
    assert_eq!(kick(STRANGER, GENERAL), Err(ErrorKind::NotManager));
    assert_eq!(kick(OWNER, MANAGER), Err(ErrorKind::RankTooHigh));
    assert_eq!(kick(MANAGER, OWNER), Err(ErrorKind::RankTooHigh));
    assert_eq!(kick(MANAGER, STRANGER), Err(ErrorKind::TargetNotMember));
    assert_eq!(
        kick(MANAGER, GENERAL),
        Ok(Change::Kicked {
            by: MANAGER,
            members: vec![GENERAL]
        })
    );
}

#[test]
fn a_muted_member_cannot_post_until_the_mute_ends() {
    let mut roster = roster(0);
    let change = roster
        .decide(Command::Mute {
            by: MANAGER,
            member: GENERAL,
            until: 50,
            reach: Reach::NotOwner,
        })
        .unwrap();
    roster.apply(&change);
    assert_eq!(roster.may_post(GENERAL, 49), Err(ErrorKind::Muted));
    assert_eq!(roster.may_post(GENERAL, 50), Ok(()));
    assert_eq!(roster.may_post(STRANGER, 50), Err(ErrorKind::NotMember));
    assert_eq!(
        decide(Command::Mute {
            by: MANAGER,
            member: OWNER,
            until: 50,
            reach: Reach::NotOwner,
        }),
        Err(ErrorKind::RankTooHigh)
    );
}

#[test]
fn an_owner_leaves_only_by_handing_over() {
    let mut roster = roster(0);
    assert_eq!(
        roster.decide(Command::Leave {
            member: OWNER,
            allowed: true
        }),
        Err(ErrorKind::OwnerMustStay)
    );
    let hand = |by, to| Command::Transfer {
        by: Some(by),
        to,
        after: OwnerAfterTransfer::Leaves,
    };
    assert_eq!(
        roster.decide(hand(OWNER, OWNER)),
        Err(ErrorKind::SelfTarget)
    );
    assert_eq!(
        roster.decide(hand(OWNER, STRANGER)),
        Err(ErrorKind::TargetNotMember)
    );
    assert_eq!(
        roster.decide(hand(MANAGER, GENERAL)),
        Err(ErrorKind::NotOwner)
    );
    let change = roster.decide(hand(OWNER, GENERAL)).unwrap();
    roster.apply(&change);
    assert_eq!(roster.seat(OWNER), None);
    assert_eq!(roster.seat(GENERAL).map(|s| s.role), Some(Role::Owner));
}

#[test]
fn an_invitation_skips_members_and_fits_whole_or_not_at_all() {
    let invite = |accounts: &[AccountId]| Command::Invite {
        by: MANAGER,
        accounts: accounts.to_vec(),
        least: Role::Manager,
    };
    let full = roster(4);
    assert_eq!(full.decide(invite(&[GENERAL, OWNER])), Ok(Change::Nothing));
    assert_eq!(
        full.decide(invite(&[STRANGER, STRANGER, GENERAL])),
        Ok(Change::Invited {
            by: MANAGER,
            accounts: vec![STRANGER]
        })
    );
    assert_eq!(
        full.decide(invite(&[STRANGER, AccountId(5)])),
        Err(ErrorKind::ChannelFull)
    );
}

#[test]
fn ordinary_members_leave_only_while_leaving_is_open() {
    let leave = |member, allowed| decide(Command::Leave { member, allowed });
    assert_eq!(leave(GENERAL, false), Err(ErrorKind::LeavingClosed));
    assert_eq!(leave(MANAGER, false), Ok(Change::Left { member: MANAGER }));
    assert_eq!(leave(GENERAL, true), Ok(Change::Left { member: GENERAL }));
    assert_eq!(leave(STRANGER, true), Err(ErrorKind::NotMember));
}

#[test]
fn an_owner_cannot_demote_themselves() {
    assert_eq!(
        decide(Command::SetManagers {
            by: OWNER,
            members: vec![OWNER],
            manager: false
        }),
        Err(ErrorKind::SelfTarget)
    );
}

#[test]
fn whom_a_leader_reaches_is_up_to_the_dialect() {
    let other = AccountId(5);
    let seats = [
        (OWNER, Role::Owner),
        (MANAGER, Role::Manager),
        (other, Role::Manager),
        (GENERAL, Role::General),
    ];
    let seats = seats.map(|(account, role)| (account, Seat::new(role)));
    let roster = Roster::new(0, ChannelFlags::default(), seats, []);
    let reached = |by, member, reach| {
        let mute = Command::Mute {
            by,
            member,
            until: 1,
            reach,
        };
        roster.decide(mute).is_ok()
    };
    use Reach::{BelowOwn, General, NotOwner};
    for (by, member, reaches) in [
        (OWNER, GENERAL, [true, true, true]),
        (OWNER, MANAGER, [false, true, true]),
        (MANAGER, GENERAL, [true, true, true]),
        (MANAGER, other, [false, true, false]),
        (MANAGER, OWNER, [false, false, false]),
    ] {
        let found = [General, NotOwner, BelowOwn].map(|reach| reached(by, member, reach));
        assert_eq!(found, reaches, "{by} on {member}");
    }
}

#[test]
fn several_are_removed_whole_or_not_at_all() {
    let kick = |members: &[AccountId]| {
        decide(Command::Kick {
            by: OWNER,
            members: members.to_vec(),
            reach: Reach::BelowOwn,
        })
    };
    let all = Change::Kicked {
        by: OWNER,
        members: vec![MANAGER, GENERAL],
    };
    assert_eq!(kick(&[GENERAL, MANAGER, GENERAL]), Ok(all.clone()));
    assert_eq!(kick(&[GENERAL, STRANGER]), Err(ErrorKind::TargetNotMember));
    assert_eq!(kick(&[GENERAL, OWNER]), Err(ErrorKind::RankTooHigh));
    assert_eq!(kick(&[]), Ok(Change::Nothing));
    let mut roster = roster(0);
    roster.apply(&all);
    assert_eq!(roster.members().collect::<Vec<_>>(), [OWNER]);
}

#[test]
fn a_silenced_channel_hears_its_leaders_only() {
    let mut roster = roster(0);
    let silence = |silenced| Command::Update {
        by: MANAGER,
        patch: Box::new(ChannelPatch {
            silenced: Some(silenced),
            ..ChannelPatch::default()
        }),
        least: Role::Manager,
    };
    let may_post = |roster: &Roster| {
        [OWNER, MANAGER, GENERAL].map(|account| roster.may_post(account, 0).err())
    };
    let change = roster.decide(silence(true)).unwrap();
    roster.apply(&change);
    assert_eq!(may_post(&roster), [None, None, Some(ErrorKind::Muted)]);
    let change = roster.decide(silence(false)).unwrap();
    roster.apply(&change);
    assert_eq!(may_post(&roster), [None; 3]);
}

#[test]
fn a_barred_member_cannot_post_until_it_is_lifted() {
    let mut roster = roster(0);
    let bar = |by, member, barred| Command::Bar {
        by,
        members: vec![member],
        barred,
    };
    let change = roster.decide(bar(MANAGER, GENERAL, true)).unwrap();
    roster.apply(&change);
    assert_eq!(roster.may_post(GENERAL, 0), Err(ErrorKind::Barred));
    let again = roster.decide(bar(OWNER, GENERAL, true));
    assert_eq!(again, Ok(Change::Nothing));
    let change = roster.decide(bar(OWNER, GENERAL, false)).unwrap();
    roster.apply(&change);
    assert_eq!(roster.may_post(GENERAL, 0), Ok(()));
    let refused = [
        (GENERAL, GENERAL, ErrorKind::NotManager),
        (MANAGER, MANAGER, ErrorKind::RankTooHigh),
        (MANAGER, STRANGER, ErrorKind::TargetNotMember),
    ];
    for (by, member, kind) in refused {
        assert_eq!(roster.decide(bar(by, member, true)), Err(kind));
    }
}

#[test]
fn ordinary_members_invite_until_that_is_closed() {
    let mut roster = roster(0);
    let invite = |by| Command::Invite {
        by,
        accounts: vec![STRANGER],
        least: Role::General,
    };
    assert!(roster.decide(invite(GENERAL)).is_ok());
    assert_eq!(roster.decide(invite(STRANGER)), Err(ErrorKind::NotMember));
    roster.apply(&Change::Updated {
        by: OWNER,
        patch: Box::new(ChannelPatch {
            invites_closed: Some(true),
            ..ChannelPatch::default()
        }),
    });
    let refused = roster.decide(invite(GENERAL));
    assert_eq!(refused, Err(ErrorKind::InvitesClosed));
    assert!(roster.decide(invite(MANAGER)).is_ok());
}

#[test]
fn members_name_themselves_and_managers_name_others() {
    let name = |by, member| {
        let alias = "Al".to_owned();
        decide(Command::SetAlias { by, member, alias }).err()
    };
    assert_eq!(name(GENERAL, GENERAL), None);
    assert_eq!(name(MANAGER, GENERAL), None);
    assert_eq!(name(GENERAL, MANAGER), Some(ErrorKind::NotManager));
    assert_eq!(name(MANAGER, STRANGER), Some(ErrorKind::TargetNotMember));
    assert_eq!(name(STRANGER, STRANGER), Some(ErrorKind::TargetNotMember));
}

/// Decides a command and makes it true.
fn obey(roster: &mut Roster, command: Command) -> Change {
    let change = roster.decide(command).unwrap();
    roster.apply(&change);
    change
}

fn bar(barred: bool) -> Command {
    Command::Bar {
        by: MANAGER,
        members: vec![GENERAL],
        barred,
    }
}

fn invite_back() -> Command {
    Command::Invite {
        by: MANAGER,
        accounts: vec![GENERAL],
        least: Role::Manager,
    }
}

fn leave() -> Command {
    Command::Leave {
        member: GENERAL,
        allowed: true,
    }
}

#[test]
fn whoever_was_barred_does_not_come_back_until_that_is_lifted() {
    let mut roster = roster(0);
    obey(&mut roster, bar(true));
    obey(&mut roster, leave());
    assert_eq!(roster.decide(invite_back()), Ok(Change::Nothing));
    assert_ne!(obey(&mut roster, bar(false)), Change::Nothing);
    obey(&mut roster, invite_back());
    assert_eq!(roster.may_post(GENERAL, 0), Ok(()));
}

#[test]
fn an_accepted_request_does_not_lift_what_was_taken() {
    let mut roster = roster(0);
    obey(&mut roster, bar(true));
    obey(&mut roster, leave());
    let accept = Command::Answer {
        by: MANAGER,
        account: GENERAL,
        accept: true,
        reason: String::new(),
    };
    obey(&mut roster, accept);
    assert_eq!(roster.may_post(GENERAL, 0), Err(ErrorKind::Barred));
}

#[test]
fn a_mute_outlasts_leaving_and_coming_back() {
    let mut roster = roster(0);
    let mute = Command::Mute {
        by: OWNER,
        member: GENERAL,
        until: 50,
        reach: Reach::BelowOwn,
    };
    obey(&mut roster, mute);
    let kick = Command::Kick {
        by: OWNER,
        members: vec![GENERAL],
        reach: Reach::BelowOwn,
    };
    obey(&mut roster, kick);
    obey(&mut roster, invite_back());
    assert_eq!(roster.may_post(GENERAL, 49), Err(ErrorKind::Muted));
    assert_eq!(roster.may_post(GENERAL, 50), Ok(()));
}

#[test]
fn a_new_owner_may_speak_at_once() {
    let mut roster = roster(0);
    obey(&mut roster, bar(true));
    let hand_over = Command::Transfer {
        by: Some(OWNER),
        to: GENERAL,
        after: OwnerAfterTransfer::Leaves,
    };
    obey(&mut roster, hand_over);
    assert_eq!(roster.seat(GENERAL), Some(Seat::new(Role::Owner)));
}

#[test]
fn a_manager_may_speak_in_a_silenced_channel_but_not_while_muted() {
    let mut roster = roster(0);
    roster.apply(&Change::Updated {
        by: OWNER,
        patch: Box::new(ChannelPatch {
            silenced: Some(true),
            ..ChannelPatch::default()
        }),
    });
    assert_eq!(roster.may_post(GENERAL, 49), Err(ErrorKind::Muted));
    assert_eq!(roster.may_post(MANAGER, 49), Ok(()));
    let mute = Command::Mute {
        by: OWNER,
        member: MANAGER,
        until: 50,
        reach: Reach::BelowOwn,
    };
    obey(&mut roster, mute);
    assert_eq!(roster.may_post(MANAGER, 49), Err(ErrorKind::Muted));
}
