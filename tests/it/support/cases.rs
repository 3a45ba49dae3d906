//! Tables of what can happen at the operations of a dialect. Each dialect has its own world in which its cases play.

use super::http::Answer;
use futures_util::future::LocalBoxFuture;
use std::collections::BTreeSet;

/// Whether a request is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Succeeds,
    Fails,
}

/// One thing that can happen at one operation, to people who are as they are in a new world.
pub struct Case<World: 'static> {
    /// Its number in the API's document.
    pub operation: u8,
    pub name: &'static str,
    pub outcome: Outcome,
    /// The text of the answer, or of a refusal.
    pub says: &'static str,
    /// Does whatever has to come before, and then the request itself.
    pub run: for<'a> fn(&'a World) -> LocalBoxFuture<'a, Answer>,
}

/// A table of cases: the operation, a name, how it ends and with which text, and what is done. Next to where it stands there is
/// a module `world`.
macro_rules! cases {
    ($($operation:literal $name:ident $outcome:ident $says:expr, |$world:ident| $run:expr;)*) => {
        pub const CASES: &[$crate::support::cases::Case<super::world::World>] = &[$(
            $crate::support::cases::Case::<super::world::World> {
                operation: $operation,
                name: stringify!($name),
                outcome: $crate::support::cases::Outcome::$outcome,
                says: $says,
                run: |$world| Box::pin(async move { $run }),
            }
        ),*];
    };
}
pub(crate) use cases;

/// The numbers in the table of all dialects' operations, each with its line below a dialect's name.
pub fn contract(dialect: &str) -> Vec<(u8, &'static str)> {
    let table = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/docs/contracts/endpoints.tsv"
    ));
    let lines = table.lines().filter_map(|line| line.split_once('\t'));
    let own = lines.filter(|(name, _)| *name == dialect);
    own.map(|(_, line)| (line.split('\t').next().unwrap().parse().unwrap(), line))
        .collect()
}

/// Each of these operations has a case that succeeds and one that fails.
pub fn assert_covered<World: 'static>(
    operations: impl Iterator<Item = u8> + Clone,
    cases: impl Iterator<Item = &'static Case<World>> + Clone,
) {
    for outcome in [Outcome::Succeeds, Outcome::Fails] {
        let tested: BTreeSet<u8> = cases
            .clone()
            .filter(|case| case.outcome == outcome)
            .map(|case| case.operation)
            .collect();
        let missing: Vec<u8> = operations
            .clone()
            .filter(|number| !tested.contains(number))
            .collect();
        assert!(missing.is_empty(), "nothing {outcome:?} at {missing:?}");
    }
}

/// No two cases of an operation have the same name.
pub fn assert_named_apart<World: 'static>(cases: impl Iterator<Item = &'static Case<World>>) {
    let mut names = BTreeSet::new();
    for case in cases {
        let new = names.insert((case.operation, case.name));
        assert!(new, "{}. {}", case.operation, case.name);
    }
}
