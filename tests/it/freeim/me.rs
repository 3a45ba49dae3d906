//! Operations 10 to 12: the caller's own account.

use super::cases::{self, cases};
use crate::support::TestNode;
use crate::support::http::{INVALID, LOG_IN};
use crate::support::user::PASSWORD;
use serde_json::{Value, json};

cases! {
    10 the_callers_account Succeeds "", |w| w.ann.get("/me/info", json!({})).await;
    10 nobodys_account Fails "登录超时", |w| w.guest.get("/me/info", json!({})).await;
    11 a_new_password Succeeds "设置成功", |w| {
        w.ann.put("/me/update/password", json!({"password": "battery staple"})).await
    };
    11 a_password_of_five_characters Fails "参数不合法", |w| {
        w.ann.put("/me/update/password", json!({"password": "12345"})).await
    };
    11 no_password Fails "参数不合法", |w| w.ann.put("/me/update/password", json!({})).await;
    12 a_new_profile Succeeds "设置成功", |w| {
        let profile = json!({"nickname": "Ann", "gender": "女", "longitude": 121.5, "latitude": 31.25});
        w.ann.put("/me/update/info", profile).await
    };
    12 a_nickname_of_fifty_one_characters Fails "参数不合法", |w| {
        w.ann.put("/me/update/info", json!({"nickname": "安".repeat(51)})).await
    };
    12 a_place_off_the_globe Fails "参数不合法", |w| {
        w.ann.put("/me/update/info", json!({"longitude": 121, "latitude": 91})).await
    };
    12 a_place_in_words Fails "参数不合法", |w| {
        w.ann.put("/me/update/info", json!({"longitude": "east", "latitude": "north"})).await
    };
}

#[tokio::test]
async fn every_case_of_me_holds() {
    cases::run(CASES).await;
}

/// The fields of an account in the contract's order.
pub const FIELDS: [&str; 17] = [
    "id",
    "username",
    "email",
    "mobile",
    "nickname",
    "avatar",
    "gender",
    "birth",
    "age",
    "intro",
    "longitude",
    "latitude",
    "country",
    "province",
    "city",
    "district",
    "onlineStatus",
];

/// The names of an object's members, in order.
pub fn names(object: &Value) -> Vec<&str> {
    let object = object.as_object().expect("an object");
    object.keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_new_account_shows_all_its_fields_though_most_are_empty() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let me = ann.get("/me/info", json!({})).await;
    let account = &me.succeeds("")["account"];
    assert_eq!(names(account), FIELDS);
    let expected = json!({
        "id": ann.id, "username": "ann", "email": "", "mobile": "", "nickname": "ann", "avatar": "", "gender": "",
        "birth": "", "age": 0, "intro": "", "longitude": 0, "latitude": 0, "country": "", "province": "",
        "city": "", "district": "", "onlineStatus": "offline",
    });
    assert_eq!(*account, expected);
    // A coordinate of nothing is written as an integer.
    assert!(
        me.text().contains(r#""longitude":0,"latitude":0,"#),
        "{}",
        me.text()
    );
}

#[tokio::test]
async fn a_profile_changes_where_something_is_given_and_nowhere_else() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let mut profile = json!({
        "nickname": "Ann", "avatar": "https://a.example/a.png", "intro": "hello 😀", "gender": "女",
        "country": "中国", "province": "上海", "city": "上海市", "district": "浦东新区",
        "longitude": 121.123_456_789, "latitude": -31.5,
    });
    ann.put("/me/update/info", profile.clone())
        .await
        .succeeds("设置成功");
    profile["longitude"] = json!(121.123457);
    let empty = json!({"nickname": "", "intro": "", "longitude": 0, "latitude": ""});
    for change in [json!({}), empty, json!({"nickname": "Ännchen"})] {
        ann.put("/me/update/info", change)
            .await
            .succeeds("设置成功");
        let me = ann.get("/me/info", json!({})).await;
        let account = &me.succeeds("")["account"];
        for (name, value) in profile.as_object().unwrap() {
            let changed = name == "nickname" && account[name] == "Ännchen";
            assert!(changed || account[name] == *value, "{name}: {account}");
        }
    }
}

#[tokio::test]
async fn a_profile_takes_texts_up_to_their_length() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    for (field, most) in [
        ("nickname", 50),
        ("avatar", 500),
        ("gender", 10),
        ("intro", 1000),
        ("country", 50),
        ("province", 50),
        ("city", 50),
        ("district", 50),
    ] {
        let change = |length: usize| json!({field: "安".repeat(length)});
        ann.put("/me/update/info", change(most))
            .await
            .succeeds("设置成功");
        ann.put("/me/update/info", change(most + 1))
            .await
            .fails(INVALID);
    }
}

#[tokio::test]
async fn a_new_password_voids_every_token_but_the_one_the_answer_brings() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let socket = ann.connect().await;
    let new = json!({"password": "battery staple"});
    let answer = ann.put("/me/update/password", new).await;
    answer.succeeds("设置成功");
    ann.get("/me/info", json!({})).await.fails(LOG_IN);
    assert_eq!(socket.closed().await, Some(1008));
    let fresh = ann.with_token(answer.header("authorization"));
    fresh.get("/me/info", json!({})).await.succeeds("");

    let login = |password: &str| json!({"account": "ann", "password": password, "platform": "h5"});
    let old = node.guest().post("/login/basic", login(PASSWORD)).await;
    old.fails("账号或密码错误");
    let new = node
        .guest()
        .post("/login/basic", login("battery staple"))
        .await;
    new.succeeds("登陆成功");
}
