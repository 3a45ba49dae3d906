//! Who writes to whom: everything about a message follows from its number.

use std::ops::Range;

/// Accounts are named by their place in the run's list of accounts.
#[derive(Clone, Copy, Debug)]
pub enum Plan {
    /// Accounts `0..accounts`, an even number, write in turn, each to its partner.
    Pairs {
        /// How many there are.
        accounts: usize,
    },
    /// Accounts `0..members` are in a channel; the first `senders` of them write in turn.
    Channel {
        /// How many there are.
        members: usize,
        /// How many write.
        senders: usize,
        /// Whether who writes a message hears it, too.
        echo: bool,
    },
    /// Accounts `0..absent` are written to in turn by the `writers` accounts that follow them.
    Absent {
        /// How many are written to.
        absent: usize,
        /// How many write.
        writers: usize,
    },
}

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// To an account, by its place.
    Account(usize),
    /// To the run's channel.
    Channel,
}

impl Plan {
    /// How many sessions must hear each message.
    pub fn fan(&self) -> usize {
        match *self {
            Self::Pairs { .. } | Self::Absent { .. } => 1,
            Self::Channel { members, echo, .. } => members - usize::from(!echo),
        }
    }

    /// The accounts that write.
    pub fn senders(&self) -> Range<usize> {
        match *self {
            Self::Pairs { accounts } => 0..accounts,
            Self::Channel { senders, .. } => 0..senders,
            Self::Absent { absent, writers } => absent..absent + writers,
        }
    }

    /// The account that writes message `number`.
    pub fn sender(&self, number: u64) -> usize {
        let senders = self.senders();
        senders.start + number as usize % senders.len()
    }

    /// Where message `number` goes.
    pub fn target(&self, number: u64) -> Target {
        match *self {
            Self::Pairs { accounts } => Target::Account((number as usize % accounts) ^ 1),
            Self::Channel { .. } => Target::Channel,
            Self::Absent { absent, .. } => Target::Account(number as usize % absent),
        }
    }

    /// Which of the [`fan`](Self::fan) deliveries of message `number` the account `who` stands for;
    /// none if it should not hear it.
    pub fn slot(&self, number: u64, who: usize) -> Option<usize> {
        match self.target(number) {
            Target::Account(recipient) => (recipient == who).then_some(0),
            Target::Channel => match *self {
                Self::Channel {
                    members,
                    echo: false,
                    ..
                } => {
                    let writer = self.sender(number);
                    let others = who < members && who != writer;
                    others.then_some(who - usize::from(who > writer))
                }
                _ => (who < self.fan()).then_some(who),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partners_write_to_each_other() {
        let plan = Plan::Pairs { accounts: 4 };
        let turns: Vec<_> = (0..5)
            .map(|number| (plan.sender(number), plan.target(number)))
            .collect();
        let to = Target::Account;
        assert_eq!(
            turns,
            [(0, to(1)), (1, to(0)), (2, to(3)), (3, to(2)), (0, to(1))]
        );
        assert_eq!((plan.slot(0, 1), plan.slot(0, 0)), (Some(0), None));
    }

    #[test]
    fn every_member_of_a_channel_hears_every_message() {
        let plan = Plan::Channel {
            members: 3,
            senders: 2,
            echo: true,
        };
        assert_eq!((plan.sender(3), plan.target(3)), (1, Target::Channel));
        assert_eq!(
            [0, 1, 2, 3].map(|who| plan.slot(3, who)),
            [Some(0), Some(1), Some(2), None]
        );
    }

    #[test]
    fn without_an_echo_the_others_hear() {
        let plan = Plan::Channel {
            members: 3,
            senders: 2,
            echo: false,
        };
        assert_eq!((plan.sender(3), plan.fan()), (1, 2));
        assert_eq!(
            [0, 1, 2, 3].map(|who| plan.slot(3, who)),
            [Some(0), None, Some(1), None]
        );
    }
}
