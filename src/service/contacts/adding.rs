//! What it comes to when somebody wants to add a contact.

use crate::domain::Contact;
use crate::error::ErrorKind;
use crate::service::policy::{ContactMode, Policy};

/// What is done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The target is asked.
    Ask,
    /// Both are contacts at once.
    Befriend {
        /// The target had asked and gets this as the answer.
        answers: bool,
    },
    /// Nothing: the target has blocked the caller.
    Ignore,
}

/// What asking again comes to while the first request waits. Dialects differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// It is refused.
    Refused,
    /// The new request takes the place of the old one.
    Replaces,
    /// The new request takes the place of whatever was asked before, answered or not.
    Supersedes,
}

/// What it depends on.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// The caller belongs to the platform's staff.
    pub by_manager: bool,
    /// The target belongs to it.
    pub of_manager: bool,
    /// What the caller holds of the target.
    pub mine: Option<Contact>,
    /// What the target holds of the caller.
    pub theirs: Option<Contact>,
    /// The caller has asked and waits.
    pub asked: bool,
    /// The target has asked and waits.
    pub was_asked: bool,
    /// How often the caller has asked anybody today.
    pub asked_today: i64,
}

/// Decides. The order of the errors is the contract's: [`ErrorKind::AlreadyContact`], [`ErrorKind::ContactNotAllowed`],
/// [`ErrorKind::RequestPending`], [`ErrorKind::RequestQuota`].
pub(super) fn decide(facts: &Facts, policy: &Policy, repeat: Repeat) -> Result<Step, ErrorKind> {
    let lists = |contact: &Option<Contact>| contact.as_ref().is_some_and(|contact| contact.listed);
    let blocks =
        |contact: &Option<Contact>| contact.as_ref().is_some_and(|contact| contact.blocked);
    // Whom the other side has removed may ask again, although the removed one's own list does not show it.
    if blocks(&facts.mine) || (lists(&facts.mine) && lists(&facts.theirs)) {
        return Err(ErrorKind::AlreadyContact);
    }
    let answers = facts.was_asked && !blocks(&facts.theirs);
    if answers {
        return Ok(Step::Befriend { answers });
    }
    if policy.contact_mode == ContactMode::Managers && !facts.by_manager && !facts.of_manager {
        return Err(ErrorKind::ContactNotAllowed);
    }
    let free = facts.of_manager && policy.manager_contacts_free;
    if (free || policy.contact_mode == ContactMode::Auto) && !blocks(&facts.theirs) {
        return Ok(Step::Befriend { answers });
    }
    if facts.asked && repeat == Repeat::Refused {
        return Err(ErrorKind::RequestPending);
    }
    let most = policy.contact_requests_per_day;
    if most > 0 && facts.asked_today >= most {
        return Err(ErrorKind::RequestQuota);
    }
    Ok(if blocks(&facts.theirs) {
        Step::Ignore
    } else {
        Step::Ask
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::AccountId;

    fn decide(facts: &Facts, policy: &Policy) -> Result<Step, ErrorKind> {
        super::decide(facts, policy, Repeat::Refused)
    }

    const BEFRIEND: Step = Step::Befriend { answers: false };

    fn policy(settings: &'static [(&'static str, &'static str)]) -> Policy {
        let of = |name: &str| {
            settings
                .iter()
                .find(|(known, _)| *known == name)
                .map_or("", |(_, value)| *value)
        };
        Policy::parse(of).unwrap()
    }

    fn contact(listed: bool, blocked: bool) -> Option<Contact> {
        Some(Contact {
            id: 1,
            account: AccountId::FIRST,
            peer: AccountId(AccountId::FIRST.0 + 1),
            remark: String::new(),
            label: String::new(),
            listed,
            blocked,
        })
    }

    #[test]
    fn a_stranger_is_asked() {
        assert_eq!(decide(&Facts::default(), &policy(&[])), Ok(Step::Ask));
    }

    #[test]
    fn who_is_listed_by_both_or_blocked_is_not_added_again() {
        let friends = Facts {
            mine: contact(true, false),
            theirs: contact(true, false),
            ..Facts::default()
        };
        let blocked = Facts {
            mine: contact(false, true),
            ..Facts::default()
        };
        for facts in [friends, blocked] {
            assert_eq!(decide(&facts, &policy(&[])), Err(ErrorKind::AlreadyContact));
        }
    }

    #[test]
    fn after_a_removal_either_side_may_ask_again() {
        let removed = Facts {
            mine: contact(true, false),
            ..Facts::default()
        };
        let remover = Facts {
            theirs: contact(true, false),
            ..Facts::default()
        };
        for facts in [removed, remover] {
            assert_eq!(decide(&facts, &policy(&[])), Ok(Step::Ask));
        }
    }

    #[test]
    fn asking_whoever_has_asked_is_an_answer() {
        let facts = Facts {
            was_asked: true,
            asked_today: 9,
            ..Facts::default()
        };
        let strict = policy(&[
            ("add_friend_mode", "manager"),
            ("add_friend_apply_limit", "1"),
        ]);
        assert_eq!(
            decide(&facts, &strict),
            Ok(Step::Befriend { answers: true })
        );
    }

    #[test]
    fn nobody_can_tell_that_they_are_blocked() {
        let blocked = Facts {
            theirs: contact(false, true),
            ..Facts::default()
        };
        for settings in [policy(&[]), policy(&[("add_friend_mode", "auto")])] {
            assert_eq!(decide(&blocked, &settings), Ok(Step::Ignore));
        }
        let had_asked = Facts {
            was_asked: true,
            ..blocked.clone()
        };
        assert_eq!(decide(&had_asked, &policy(&[])), Ok(Step::Ignore));
        let limited = Facts {
            asked_today: 1,
            ..blocked
        };
        assert_eq!(
            decide(&limited, &policy(&[("add_friend_apply_limit", "1")])),
            Err(ErrorKind::RequestQuota)
        );
    }

    #[test]
    fn one_request_waits_at_a_time() {
        let facts = Facts {
            asked: true,
            ..Facts::default()
        };
        assert_eq!(decide(&facts, &policy(&[])), Err(ErrorKind::RequestPending));
    }

    #[test]
    fn a_request_may_take_the_place_of_the_one_that_waits() {
        let facts = Facts {
            asked: true,
            ..Facts::default()
        };
        let step = super::decide(&facts, &policy(&[]), Repeat::Replaces);
        assert_eq!(step, Ok(Step::Ask));
    }

    #[test]
    fn requests_are_limited_per_day() {
        let limited = policy(&[("add_friend_apply_limit", "2")]);
        let asked = |asked_today| {
            decide(
                &Facts {
                    asked_today,
                    ..Facts::default()
                },
                &limited,
            )
        };
        assert_eq!(asked(1), Ok(Step::Ask));
        assert_eq!(asked(2), Err(ErrorKind::RequestQuota));
    }

    #[test]
    fn managers_are_added_without_their_approval_when_that_is_free() {
        let manager = Facts {
            of_manager: true,
            ..Facts::default()
        };
        assert_eq!(
            decide(&manager, &policy(&[("add_manager_free", "true")])),
            Ok(BEFRIEND)
        );
        assert_eq!(
            decide(&manager, &policy(&[("add_manager_free", "false")])),
            Ok(Step::Ask)
        );
    }

    #[test]
    fn in_the_mode_of_managers_a_manager_is_on_one_side() {
        let managers = policy(&[("add_friend_mode", "manager")]);
        let of = |by_manager, of_manager| {
            decide(
                &Facts {
                    by_manager,
                    of_manager,
                    ..Facts::default()
                },
                &managers,
            )
        };
        assert_eq!(of(false, false), Err(ErrorKind::ContactNotAllowed));
        assert_eq!(of(true, false), Ok(Step::Ask));
        assert_eq!(of(false, true), Ok(Step::Ask));
    }

    #[test]
    fn in_the_mode_auto_nobody_is_asked() {
        assert_eq!(
            decide(&Facts::default(), &policy(&[("add_friend_mode", "auto")])),
            Ok(BEFRIEND)
        );
    }
}
