//! What every operation answers: the tables of all nouns against the list of all operations.

use super::world::World;
use super::{friends, groups, kept, login, members, messages, qr, users};
pub(super) use crate::support::cases::cases;
use crate::support::cases::{self as table, Outcome};
use crate::support::http::Answer;
use crate::support::wukong::{Answers, BASE};
use parlance::dialect::wukong::{HELPERS, ROUTES};
use std::collections::BTreeSet;

type Case = table::Case<World>;

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

fn all() -> impl Iterator<Item = &'static Case> + Clone {
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
        check(case, &answer);
    }
}

fn check(case: &Case, answer: &Answer) {
    let (asked, path) = (answer.asked.0.as_str(), answer.asked.1.as_str());
    let fits = |(number, method, pattern): &(u8, &str, &str)| {
        *number == case.operation && *method == asked && is_like(pattern, path)
    };
    let other_form = |(method, pattern): &(&str, &str)| *method == asked && is_like(pattern, path);
    let known = ROUTES.iter().any(fits) || HELPERS.iter().any(other_form);
    assert!(known, "{asked} {path} is not operation {}", case.operation);
    match case.outcome {
        Outcome::Succeeds => {
            answer.data();
        }
        Outcome::Fails => answer.refuses(case.says),
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
    let contract: Vec<&str> = table::contract("wukong")
        .into_iter()
        .filter(|(number, _)| is_served(*number))
        .map(|(_, line)| line)
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
    table::assert_covered((1..=84).filter(|number| is_served(*number)), all());
}

#[test]
fn no_two_cases_of_an_operation_have_the_same_name() {
    table::assert_named_apart(all());
}
