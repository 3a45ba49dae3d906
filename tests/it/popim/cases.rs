//! What every operation answers: the tables of all nouns against the list of all operations.

use super::world::World;
use super::{account, friends, groups, home, login, members, messages, push, replies, uploads};
pub(super) use crate::support::cases::cases;
use crate::support::cases::{self as table, Outcome};
use crate::support::http::Answer;
use crate::support::popim::Answers;
use parlance::dialect::popim::ROUTES;
use std::collections::BTreeSet;

type Case = table::Case<World>;

/// Every table.
const TABLES: &[&[Case]] = &[
    login::CASES,
    account::CASES,
    friends::CASES,
    groups::CASES,
    members::CASES,
    messages::CASES,
    replies::CASES,
    uploads::CASES,
    home::CASES,
    push::CASES,
];

/// The prefixes under each of which there is every operation.
const PREFIXES: [&str; 3] = ["/api", "/h5", "/web"];
/// Those that answer with a picture.
const PICTURES: [u8; 4] = [50, 56, 57, 65];
/// Those whose answers are for Pusher libraries: no envelope, and a status that says how it went.
const AUTH: [u8; 2] = [66, 67];

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
    let (asked, path) = (answer.asked.0.as_str(), below(&answer.asked.1));
    let fits = |(number, _, pattern): &(u8, &str, &str)| {
        *number == case.operation && pattern.eq_ignore_ascii_case(path)
    };
    assert!(
        ROUTES.iter().any(fits),
        "{asked} {path} is not operation {}",
        case.operation
    );
    match case.outcome {
        Outcome::Succeeds if PICTURES.contains(&case.operation) => is_picture(answer),
        Outcome::Succeeds if AUTH.contains(&case.operation) => {
            assert_eq!(answer.status, 200, "{}", answer.text());
            assert!(answer.body["auth"].is_string(), "{}", answer.text());
        }
        Outcome::Succeeds => {
            answer.data();
        }
        Outcome::Fails if AUTH.contains(&case.operation) => {
            assert_eq!(answer.status.to_string(), case.says, "{}", answer.text());
        }
        Outcome::Fails => answer.refuses(case.says.parse().expect("a code")),
    }
}

/// It is a picture, and says so.
#[track_caller]
pub fn is_picture(answer: &Answer) {
    let kind = answer.header("content-type");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(kind.starts_with("image/"), "{kind}: {}", answer.text());
    let found = infer::get(&answer.bytes).expect("the bytes are a picture");
    assert_eq!(found.mime_type(), kind);
}

/// A path without its prefix.
fn below(path: &str) -> &str {
    PREFIXES
        .iter()
        .find_map(|prefix| path.strip_prefix(prefix))
        .unwrap_or(path)
}

#[test]
fn every_operation_of_the_contract_has_a_route() {
    let contract: Vec<String> = table::contract("popim")
        .into_iter()
        .map(|(_, line)| {
            let [number, method, path] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("{line}");
            };
            format!("{number}\t{method}\t{}", below(path))
        })
        .collect();
    let node: Vec<String> = ROUTES
        .iter()
        .filter(|(number, _, _)| *number <= 53)
        .map(|(number, method, path)| format!("{number}\t{method}\t{path}"))
        .collect();
    assert_eq!(node, contract);
}

#[test]
fn what_clients_need_besides_has_a_route() {
    let served: BTreeSet<u8> = ROUTES.iter().map(|(number, _, _)| *number).collect();
    assert_eq!(served, (1..=68).collect());
}

#[test]
fn no_call_has_two_handlers() {
    let mut seen = BTreeSet::new();
    for (_, method, path) in ROUTES {
        assert!(
            seen.insert((method, path.to_lowercase())),
            "{method} {path}"
        );
    }
}

#[test]
fn every_operation_has_a_case_that_succeeds_and_one_that_fails() {
    table::assert_covered(1..=68, all());
}

#[test]
fn no_two_cases_of_an_operation_have_the_same_name() {
    table::assert_named_apart(all());
}
