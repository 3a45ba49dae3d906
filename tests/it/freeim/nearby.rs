//! Operations 32 and 48: people and groups near a place.

use super::cases::{self, cases};
use super::me::{FIELDS, names};
use crate::support::http::INVALID;
use crate::support::{TestNode, User};
use serde_json::{Value, json};

cases! {
    32 people_near_a_place Succeeds "", |w| {
        w.ann.get("/friends/near", json!({"longitude": 121.5, "latitude": 31.25})).await
    };
    32 people_near_no_place Fails "参数不合法", |w| w.ann.get("/friends/near", json!({"longitude": 121.5})).await;
    32 people_near_a_place_off_the_globe Fails "参数不合法", |w| {
        w.ann.get("/friends/near", json!({"longitude": 181, "latitude": 31.25})).await
    };
    48 groups_near_a_place Succeeds "", |w| {
        w.ann.get("/chatGroups/near", json!({"longitude": 121.5, "latitude": 31.25, "name": "hik"})).await
    };
    48 groups_near_no_place Fails "参数不合法", |w| {
        w.ann.get("/chatGroups/near", json!({"longitude": 121.5, "latitude": 0})).await
    };
    48 groups_near_a_place_off_the_globe Fails "参数不合法", |w| {
        w.ann.get("/chatGroups/near", json!({"longitude": 121.5, "latitude": 90.5})).await
    };
}

#[tokio::test]
async fn every_case_of_places_holds() {
    cases::run(CASES).await;
}

fn place(longitude: f64, latitude: f64) -> Value {
    json!({"longitude": longitude, "latitude": latitude})
}

/// Who is near, in order, with the distance.
async fn near(user: &User, longitude: f64, latitude: f64) -> Vec<(i64, String)> {
    let found = user.get("/friends/near", place(longitude, latitude)).await;
    found.items().iter().map(found_at).collect()
}

fn found_at(item: &Value) -> (i64, String) {
    let distance = item["distance"].as_str().unwrap();
    (item["id"].as_i64().unwrap(), distance.to_owned())
}

/// The whole metres of a distance.
fn metres(distance: &str) -> f64 {
    let digits = distance.strip_suffix('m').expect("metres");
    assert!(digits.bytes().all(|b| b.is_ascii_digit()), "{distance}");
    digits.parse().unwrap()
}

#[tokio::test]
async fn people_are_listed_from_near_to_far_in_metres_and_without_the_caller() {
    let node = TestNode::start().await;
    let [ann, bob, cat, dan] = node.users(["ann", "bob", "cat", "dan"]).await;
    bob.put("/me/update/info", place(121.5, 31.26))
        .await
        .succeeds("设置成功");
    near(&cat, 121.5, 31.251).await;
    // One coordinate is no place.
    dan.put("/me/update/info", json!({"longitude": 121.5}))
        .await
        .succeeds("设置成功");
    let found = near(&ann, 121.5, 31.25).await;
    let ids: Vec<i64> = found.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, [cat.id, bob.id]);
    // A degree of latitude is some 111 km.
    for ((_, distance), expected) in found.iter().zip([111.0, 1112.0]) {
        let metres = metres(distance);
        assert!(
            (metres - expected).abs() < expected * 0.02,
            "{metres}, not {expected}"
        );
    }
}

#[tokio::test]
async fn whoever_looks_around_can_be_found_there() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    assert!(near(&ann, 121.5, 31.25).await.is_empty());
    assert_eq!(near(&bob, 121.5, 31.25).await, [(ann.id, "0m".to_owned())]);
    // Having moved, she is found where she is now.
    near(&ann, -70.25, -33.5).await;
    assert!(near(&bob, 121.5, 31.25).await.is_empty());
    let found = bob.get("/friends/near", place(-70.25, -33.5)).await.items();
    let mut fields = FIELDS.to_vec();
    fields.push("distance");
    assert_eq!(names(&found[0]), fields);
    assert_eq!(
        (&found[0]["longitude"], &found[0]["latitude"]),
        (&json!(-70.25), &json!(-33.5))
    );
    let me = ann.get("/me/info", json!({})).await;
    assert_eq!(me.succeeds("")["account"]["latitude"], -33.5);
}

#[tokio::test]
async fn the_radius_is_a_setting_in_kilometres() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    near(&bob, 121.5, 31.25).await;
    let admin = node.admin().await;
    // 10 km to the north.
    for (km, found) in [("9.5", false), ("10.5", true), ("0", true), ("wide", true)] {
        admin.set("near_friend_distance", km).await;
        assert_eq!(near(&ann, 121.5, 31.34).await.len() == 1, found, "{km}");
    }
    // 1000 km are no radius of the world.
    assert!(near(&ann, 121.5, 51.25).await.is_empty());
}

#[tokio::test]
async fn a_neighbourhood_goes_on_beyond_the_date_line() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    near(&bob, -179.999, -16.5).await;
    let found = near(&ann, 179.999, -16.5).await;
    assert_eq!(found.len(), 1);
    assert!(metres(&found[0].1) < 300.0, "{found:?}");
}

#[tokio::test]
async fn no_more_than_a_hundred_are_found_and_those_are_the_nearest() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let mut nearest = Vec::new();
    for n in 0..105 {
        let user = node.register(&format!("user{n}")).await;
        let distance = 0.0001 * f64::from(n + 1);
        user.put("/me/update/info", place(121.5 + distance, 31.25))
            .await
            .succeeds("设置成功");
        nearest.push(user.id);
    }
    nearest.truncate(100);
    let found = near(&ann, 121.5, 31.25).await;
    let ids: Vec<i64> = found.into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, nearest);
}

async fn found_at_place(user: &User, name: &str, longitude: f64, latitude: f64) -> i64 {
    let mut new = place(longitude, latitude);
    new["name"] = name.into();
    let answer = user.post("/chatGroups", new).await;
    answer.succeeds("创建成功")["id"].as_i64().unwrap()
}

#[tokio::test]
async fn groups_are_listed_from_near_to_far_and_by_a_part_of_their_name() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    let far = found_at_place(&ann, "Far hikers", 121.5, 31.27).await;
    let close = found_at_place(&ann, "Close climbers", 121.5, 31.26).await;
    ann.found("hikers nowhere").await;
    for (name, expected) in [
        (None, vec![close, far]),
        (Some(""), vec![close, far]),
        (Some("hikers"), vec![far]),
        (Some("%"), vec![]),
    ] {
        let mut fields = place(121.5, 31.25);
        if let Some(name) = name {
            fields["name"] = name.into();
        }
        let found = bob.get("/chatGroups/near", fields).await.items();
        let ids: Vec<i64> = found.iter().map(|item| found_at(item).0).collect();
        assert_eq!(ids, expected, "{name:?}");
        for item in &found {
            metres(item["distance"].as_str().unwrap());
            assert_eq!(item["longitude"], 121.5);
        }
    }
    // Whoever asks is not put on the map by it.
    assert!(near(&ann, 121.5, 31.25).await.is_empty());
}

#[tokio::test]
async fn the_name_may_come_in_a_multipart_body_beside_the_query() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let hikers = found_at_place(&ann, "hikers", 121.5, 31.25).await;
    found_at_place(&ann, "climbers", 121.5, 31.25).await;
    let request = ann.request(
        reqwest::Method::GET,
        "/api/v1/chatGroups/near?longitude=121.5&latitude=31.25",
    );
    let form = reqwest::multipart::Form::new().text("name", "hikers");
    let found = crate::support::http::send(request.multipart(form))
        .await
        .items();
    assert_eq!(
        found
            .iter()
            .map(|item| found_at(item).0)
            .collect::<Vec<_>>(),
        [hikers]
    );
}

#[tokio::test]
async fn a_group_moves_with_its_owners_words() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let group = found_at_place(&ann, "hikers", 121.5, 31.25).await;
    let admin = node.admin().await;
    admin.set("near_chatgroup_distance", "5").await;
    let mut change = place(121.5, 32.25);
    change["groupId"] = group.into();
    ann.put("/chatGroups", change).await.succeeds("修改成功");
    for (latitude, found) in [(31.25, 0), (32.25, 1)] {
        let groups = ann
            .get("/chatGroups/near", place(121.5, latitude))
            .await
            .items();
        assert_eq!(groups.len(), found, "{latitude}");
    }
}

#[tokio::test]
async fn coordinates_are_numbers_on_the_globe() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    for (longitude, latitude) in [
        ("180.1", "1"),
        ("1", "-90.1"),
        ("NaN", "1"),
        ("inf", "1"),
        ("1e400", "1"),
        ("0", "1"),
        ("", "1"),
        ("1,5", "1"),
    ] {
        let fields = || json!({"longitude": longitude, "latitude": latitude});
        ann.get("/friends/near", fields()).await.fails(INVALID);
        ann.get("/chatGroups/near", fields()).await.fails(INVALID);
    }
}
