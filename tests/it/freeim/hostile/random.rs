//! Random fields and random bytes at every operation.

use super::fields::fields;
use super::{assert_healthy, assert_orderly, operations, renew};
use crate::support::TestNode;
use crate::support::http::{BASE, send};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use serde_json::json;
use std::cell::RefCell;
use tokio::runtime::Runtime;

/// Requests per property.
const CASES: u32 = 600;

/// What is sent where.
#[derive(Debug, Clone)]
struct Request {
    method: Method,
    path: &'static str,
    logged_in: bool,
    query: Vec<(String, String)>,
    content_type: &'static str,
    body: Vec<u8>,
}

const BOUNDARY: &str = "multipart/form-data; boundary=bound";
const TYPES: &[&str] = &[
    "application/json",
    "application/json; charset=latin1",
    "application/x-www-form-urlencoded",
    BOUNDARY,
    "multipart/form-data",
    "text/plain",
    "application/cbor",
    "nonsense",
];

type Fields = [(String, String)];

fn json_body(fields: &Fields) -> Vec<u8> {
    let members: Vec<_> = fields
        .iter()
        .map(|(name, value)| format!("{}:{value}", json!(name)))
        .collect();
    format!("{{{}}}", members.join(",")).into_bytes()
}

fn form_body(fields: &Fields) -> Vec<u8> {
    let pairs: Vec<_> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", value.trim_matches('"')))
        .collect();
    pairs.join("&").into_bytes()
}

fn multipart_body(fields: &Fields) -> Vec<u8> {
    let mut body = String::new();
    for (name, value) in fields {
        let value = value.trim_matches('"');
        body += &format!(
            "--bound\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
    }
    (body + "--bound--\r\n").into_bytes()
}

/// A body with its type, well-formed but for what is in it.
fn well_formed() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    prop_oneof![
        fields().prop_map(|fields| ("application/json", json_body(&fields))),
        fields().prop_map(|fields| ("application/x-www-form-urlencoded", form_body(&fields))),
        fields().prop_map(|fields| (BOUNDARY, multipart_body(&fields))),
    ]
}

/// A body that was cut short or never made sense, under any type.
fn malformed() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let cut = (well_formed(), any::<prop::sample::Index>()).prop_map(|((kind, mut body), end)| {
        body.truncate(end.index(body.len() + 1));
        (kind, body)
    });
    let noise = (select(TYPES), vec(any::<u8>(), 0..500));
    let mistyped = (select(TYPES), well_formed()).prop_map(|(kind, (_, body))| (kind, body));
    prop_oneof![cut, noise, mistyped]
}

/// A field for the query: a longer head would be no request to the server at all.
fn short((name, value): (String, String)) -> (String, String) {
    (name, value.chars().take(60).collect())
}

fn request(body: impl Strategy<Value = (&'static str, Vec<u8>)>) -> impl Strategy<Value = Request> {
    let operation = select(operations().collect::<Vec<_>>());
    let some = fields().prop_map(|fields| fields.into_iter().map(short).collect::<Vec<_>>());
    let query = prop_oneof![3 => Just(Vec::new()), 1 => some];
    (operation, prop::bool::weighted(0.9), query, body).prop_map(|parts| {
        let ((_, method, path), logged_in, query, (content_type, body)) = parts;
        Request {
            method,
            path,
            logged_in,
            query,
            content_type,
            body,
        }
    })
}

/// Sends many such requests to one node.
fn throw(strategy: impl Strategy<Value = Request>) {
    let runtime = Runtime::new().unwrap();
    let (node, user) = runtime.block_on(async {
        let node = TestNode::start().await;
        let [ann, bob, _] = node.users(["ann", "bob", "cat"]).await;
        ann.befriend(&bob).await;
        let group = ann.found("hikers").await;
        ann.invite(group, [&bob]).await;
        (node, ann)
    });
    let token = RefCell::new(user.token.clone());
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&strategy, |request| {
        let client = match request.logged_in {
            true => user.with_token(&token.borrow()),
            false => node.guest(),
        };
        let built = client
            .request(request.method, &format!("{BASE}{}", request.path))
            .query(&request.query)
            .header("Content-Type", request.content_type)
            .body(request.body);
        let answer = runtime.block_on(send(built));
        assert_orderly(&answer);
        // A new password voids the token, and the answer brings another.
        renew(&mut token.borrow_mut(), &answer);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    runtime.block_on(assert_healthy(&node));
}

#[test]
fn random_fields_get_an_answer_of_the_contract() {
    throw(request(well_formed()));
}

#[test]
fn random_bodies_get_an_answer_of_the_contract() {
    throw(request(malformed()));
}
