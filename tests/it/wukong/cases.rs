//! What every operation answers: the tables of all nouns against the list of all operations.

use super::world::World;
use super::{friends, groups, kept, login, members, messages, qr, users};
use crate::support::http::Answer;
use crate::support::wukong::{Answers, BASE};
use futures_util::future::LocalBoxFuture;
use parlance::dialect::wukong::{HELPERS, ROUTES};
use std::collections::BTreeSet;

/// Whether a request is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Succeeds,
    Fails,
}

/// One thing that can happen at one operation, to people who are as they are in a new world.
pub struct Case {
    /// Its number in the API's document.
    pub operation: u8,
    pub name: &'static str,
    pub outcome: Outcome,
    /// The text of a refusal.
    pub says: &'static str,
    /// Does whatever has to come before, and then the request itself.
    pub run: for<'a> fn(&'a World) -> LocalBoxFuture<'a, Answer>,
}

/// A table of cases: the operation, a name, how it ends and with which text, and what is done.
macro_rules! cases {
    ($($operation:literal $name:ident $outcome:ident $says:expr, |$world:ident| $run:expr;)*) => {
        pub const CASES: &[$crate::wukong::cases::Case] = &[$(
            $crate::wukong::cases::Case {
                operation: $operation,
                name: stringify!($name),
                outcome: $crate::wukong::cases::Outcome::$outcome,
                says: $says,
                run: |$world| Box::pin(async move { $run }),
            }
        ),*];
    };
}
pub(super) use cases;

/// Every table.
const TABLES: &[&[Case]] = &[
    login::CASES,
    users::CASES,
    friends::CASES,
    messages::CASES,
    groups::CASES,
    members::CASES,
    qr::CASES,
    kept::CASES,
];

fn all() -> impl Iterator<Item = &'static Case> {
    TABLES.iter().copied().flatten()
}

/// Runs cases, each in a world of its own.
pub async fn run(cases: &[Case]) {
    let node = World::node().await;
    for case in cases {
        // Shown when it fails.
        println!("{}. {}", case.operation, case.name);
        let world = World::new(&node).await;
        let answer = (case.run)(&world).await;
        case.check(&answer);
    }
}

impl Case {
    fn check(&self, answer: &Answer) {
        let (asked, path) = (answer.asked.0.as_str(), &answer.asked.1);
        let fits = |(number, method, pattern): &(u8, &str, &str)| {
            *number == self.operation && *method == asked && is_like(pattern, path)
        };
        let other_form =
            |(method, pattern): &(&str, &str)| *method == asked && is_like(pattern, path);
        let known = ROUTES.iter().any(fits) || HELPERS.iter().any(other_form);
        assert!(known, "{asked} {path} is not operation {}", self.operation);
        match self.outcome {
            Outcome::Succeeds => {
                answer.data();
            }
            Outcome::Fails => answer.refuses(self.says),
        }
    }
}

/// Whether a path is one of a pattern's.
fn is_like(pattern: &str, path: &str) -> bool {
    let Some(path) = path.strip_prefix(BASE) else {
        return false;
    };
    let (wanted, given): (Vec<&str>, Vec<&str>) =
        (pattern.split('/').collect(), path.split('/').collect());
    let same = |(wanted, given): (&&str, &&str)| wanted.starts_with('{') || wanted == given;
    wanted.len() == given.len() && wanted.iter().zip(&given).all(same)
}

/// Money comes later.
fn is_served(number: u8) -> bool {
    !(51..=79).contains(&number)
}

#[test]
fn every_operation_of_the_contract_has_a_route() {
    let table = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/docs/contracts/endpoints.tsv"
    ));
    let number = |line: &str| line.split('\t').next().unwrap().parse().unwrap();
    let contract: Vec<&str> = table
        .lines()
        .filter_map(|line| line.strip_prefix("wukong\t"))
        .filter(|line| is_served(number(line)))
        .collect();
    let node: Vec<String> = ROUTES
        .iter()
        .map(|(number, method, path)| format!("{number}\t{method}\t{BASE}{path}"))
        .collect();
    assert_eq!(node, contract);
}

#[test]
fn no_call_has_two_handlers() {
    let operations = ROUTES.iter().map(|(_, method, path)| (*method, *path));
    let mut seen = BTreeSet::new();
    for call in operations.chain(HELPERS.iter().copied()) {
        assert!(seen.insert(call), "{call:?}");
    }
}

#[test]
fn every_operation_has_a_case_that_succeeds_and_one_that_fails() {
    for outcome in [Outcome::Succeeds, Outcome::Fails] {
        let tested: BTreeSet<u8> = all()
            .filter(|case| case.outcome == outcome)
            .map(|case| case.operation)
            .collect();
        let missing: Vec<u8> = (1..=84)
            .filter(|number| is_served(*number) && !tested.contains(number))
            .collect();
        assert!(missing.is_empty(), "nothing {outcome:?} at {missing:?}");
    }
}

#[test]
fn no_two_cases_of_an_operation_have_the_same_name() {
    let mut names = BTreeSet::new();
    for case in all() {
        let new = names.insert((case.operation, case.name));
        assert!(new, "{}. {}", case.operation, case.name);
    }
}
