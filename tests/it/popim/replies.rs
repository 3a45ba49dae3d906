//! Operations 43 to 46: canned replies.

use super::cases::{self, cases};
use super::world::World;
use crate::support::popim::{Answers, NOBODY, Person};
use serde_json::{Value, json};

cases! {
    43 the_own Succeeds "", |w| w.ann.get("/reply/get", json!({})).await;
    43 nobody Fails "-1", |w| w.guest.get("/reply/get", json!({})).await;
    44 a_quick_one Succeeds "", |w| w.ann.post("/reply/add", quick("hi")).await;
    44 another_type Fails "2", |w| w.ann.post("/reply/add", json!({"type": 4, "title": "t", "content": "c"})).await;
    44 no_title Fails "1", |w| w.ann.post("/reply/add", json!({"type": 2, "content": "c"})).await;
    44 no_content Fails "1", |w| w.ann.post("/reply/add", json!({"type": 2, "title": "t"})).await;
    45 the_own Succeeds "", |w| {
        let mut fields = quick("bye");
        fields["rid"] = one(&w.ann).await;
        w.ann.post("/reply/update", fields).await
    };
    45 another_s Fails "2", |w| {
        let mut fields = quick("bye");
        fields["rid"] = one(&w.ann).await;
        w.bob.post("/reply/update", fields).await
    };
    45 none_named Fails "1", |w| w.ann.post("/reply/update", quick("bye")).await;
    46 the_own Succeeds "", |w| {
        let rid = one(&w.ann).await;
        w.ann.post("/reply/delete", json!({"rid": rid})).await
    };
    46 another_s Fails "2", |w| {
        let rid = one(&w.ann).await;
        w.bob.post("/reply/delete", json!({"rid": rid})).await
    };
    46 none_named Fails "1", |w| w.ann.post("/reply/delete", json!({})).await;
    46 no_such_one Fails "2", |w| w.ann.post("/reply/delete", json!({"rid": NOBODY})).await;
}

fn quick(content: &str) -> Value {
    json!({"type": 2, "title": "greeting", "content": content})
}

/// The number of a new one.
async fn one(person: &Person) -> Value {
    person.post("/reply/add", quick("hi")).await.is_ok();
    let answer = person.get("/reply/get", json!({})).await;
    answer.data()["2"][0]["id"].clone()
}

#[tokio::test]
async fn every_case_of_replies_holds() {
    cases::run(CASES).await;
}

#[tokio::test]
async fn replies_are_listed_by_type_and_weight() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let listed = async || world.ann.get("/reply/get", json!({})).await.data().clone();
    assert_eq!(listed().await, json!([]));
    for (kind, title, weights, default) in [(2, "low", 1, 1), (2, "high", 9, 1), (3, "why?", 0, 0)]
    {
        let fields = json!({
            "type": kind, "title": title, "content": "text", "weights": weights, "is_default": default,
        });
        world.ann.post("/reply/add", fields).await.is_ok();
    }
    let all = listed().await;
    let types: Vec<&String> = all.as_object().unwrap().keys().collect();
    assert_eq!(types, ["2", "3"]);
    let rows = all["2"].as_array().unwrap();
    let shown: Vec<_> = rows
        .iter()
        .map(|row| (&row["title"], &row["is_default"]))
        .collect();
    assert_eq!(
        shown,
        [(&json!("high"), &json!(1)), (&json!("low"), &json!(0))]
    );
    let row = &all["3"][0];
    let expected = json!({
        "type": 3, "title": "why?", "content": "text", "keyword": "", "is_show": 1, "weights": 0, "is_default": 0,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(row[name], *value, "{name}");
    }
    let fields =
        json!({"rid": row["id"], "type": 2, "title": "how?", "content": "so", "weights": 5});
    world.ann.post("/reply/update", fields).await.is_ok();
    let all = listed().await;
    let titles: Vec<_> = all["2"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["title"])
        .collect();
    assert_eq!(titles, ["high", "how?", "low"]);
    assert!(all.get("3").is_none());
}

#[tokio::test]
async fn replies_together_are_at_most_a_mebibyte() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let rid = one(&world.ann).await;
    let long = quick(&"界".repeat(20_000));
    for _ in 0..17 {
        world.ann.post("/reply/add", long.clone()).await.is_ok();
    }
    world.ann.post("/reply/add", long.clone()).await.refuses(2);
    let mut fields = long;
    fields["rid"] = rid;
    world
        .ann
        .post("/reply/update", fields.clone())
        .await
        .refuses(2);
    fields["content"] = json!("short");
    world.ann.post("/reply/update", fields).await.is_ok();
    world.bob.post("/reply/add", quick("hi")).await.is_ok();
}
