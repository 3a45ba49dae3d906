//! Operations 48 to 50 and 80 to 84: favourites and labels; files.

use super::cases::{self, cases};
use super::world::{NOBODY, World};
use crate::support::http::send;
use crate::support::wukong::{Answers, Person};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

const NO_LABEL: &str = "标签不存在";

/// Makes a label of Ann's with Bob in it; gives its id.
async fn label(w: &World) -> i64 {
    let made = w
        .ann
        .post(
            "/label",
            json!({"name": "Family", "member_uids": [w.bob.uid, NOBODY]}),
        )
        .await;
    made.data()["id"].as_i64().unwrap()
}

fn without(w: &World, field: &str) -> Value {
    let mut favorite = w.favorite();
    favorite.as_object_mut().unwrap().remove(field);
    favorite
}

cases! {
    48 a_page Succeeds "", |w| w.ann.get("/favorite/my?page_index=1&page_size=10").await;
    48 no_page Fails "数据格式有误！", |w| w.ann.get("/favorite/my?page_index=first").await;

    49 a_text_twice Succeeds "", |w| {
        w.ann.post("/favorites?page_size=5", w.favorite()).await.is_ok();
        w.ann.post("/favorites", w.favorite()).await
    };
    49 no_key Fails "收藏唯一key不能为空！", |w| w.ann.post("/favorites", without(w, "unique_key")).await;
    49 no_author Fails "作者uid不能为空！", |w| w.ann.post("/favorites", without(w, "author_uid")).await;
    49 no_name Fails "作者名称不能为空！", |w| w.ann.post("/favorites", without(w, "author_name")).await;
    49 nothing Fails "收藏内容不能为空！", |w| w.ann.post("/favorites", without(w, "payload")).await;

    50 an_unknown_one Succeeds "", |w| w.ann.delete(&format!("/favorites/{NOBODY}"), Value::Null).await;
    50 a_guest Fails "token不能为空，请先登录！", |w| w.guest.delete("/favorites/1", Value::Null).await;

    80 friends Succeeds "", |w| w.ann.post("/label", json!({"name": "Friends", "member_uids": [w.bob.uid]})).await;
    80 no_name Fails "标签名字不能为空", |w| w.ann.post("/label", json!({"member_uids": []})).await;
    80 the_name_of_another Fails "标签名字已存在", |w| {
        label(w).await;
        w.ann.post("/label", json!({"name": "Family"})).await
    };

    81 the_own_ones Succeeds "", |w| w.ann.get("/label").await;
    81 a_guest Fails "token不能为空，请先登录！", |w| w.guest.get("/label").await;

    82 others Succeeds "", |w| {
        let id = label(w).await;
        w.ann.put(&format!("/label/{id}"), json!({"name": "Work", "member_uids": [w.cat.uid]})).await
    };
    82 no_label Fails NO_LABEL, |w| w.ann.put("/label/1234567", json!({"name": "Work"})).await;
    82 somebody_else_s Fails NO_LABEL, |w| {
        let id = label(w).await;
        w.bob.put(&format!("/label/{id}"), json!({"name": "Work"})).await
    };

    83 the_own_one Succeeds "", |w| {
        let id = label(w).await;
        w.ann.delete(&format!("/label/{id}"), Value::Null).await
    };
    83 no_label Fails NO_LABEL, |w| w.ann.delete("/label/x", Value::Null).await;

    84 the_own_one Succeeds "", |w| {
        let id = label(w).await;
        w.ann.get(&format!("/label/{id}")).await
    };
    84 somebody_else_s Fails NO_LABEL, |w| {
        let id = label(w).await;
        w.bob.get(&format!("/label/{id}")).await
    };
}

#[tokio::test]
async fn every_case_of_what_is_kept_holds() {
    cases::run(CASES).await;
}

#[tokio::test]
async fn a_favourite_is_kept_once_and_removed_by_its_owner_only() {
    let node = World::node().await;
    let world = World::new(&node).await;
    for _ in 0..2 {
        world.bob.post("/favorites", world.favorite()).await.is_ok();
    }
    let kept = async || {
        let list = world.bob.get("/favorite/my").await;
        list.data().as_array().unwrap().clone()
    };
    let all = kept().await;
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(
        (&all[0]["author_uid"], &all[0]["payload"]["content"]),
        (&json!(world.ann.uid), &json!("keep this"))
    );
    let path = format!("/favorites/{}", all[0]["no"].as_str().unwrap());
    world.cat.delete(&path, Value::Null).await.is_ok();
    assert_eq!(kept().await.len(), 1);
    world.bob.delete(&path, Value::Null).await.is_ok();
    assert!(kept().await.is_empty());
}

#[tokio::test]
async fn a_label_groups_friends() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let id = label(&world).await;
    let path = format!("/label/{id}");
    let seen = world.ann.get(&path).await;
    let member = json!([{"uid": world.bob.uid, "name": world.bob.name, "remark": ""}]);
    assert_eq!(
        *seen.data(),
        json!({"id": id, "name": "Family", "count": 1, "members": member})
    );
    let change = json!({"name": "Work", "member_uids": [world.cat.uid]});
    world.ann.put(&path, change).await.is_ok();
    let seen = world.ann.get("/label").await;
    let shown = &seen.data()[0];
    assert_eq!(
        (&shown["name"], &shown["members"][0]["uid"]),
        (&json!("Work"), &json!(world.cat.uid))
    );
    world.ann.delete(&path, Value::Null).await.is_ok();
    assert_eq!(*world.ann.get("/label").await.data(), json!([]));
}

fn file() -> Form {
    let part = Part::bytes(&b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"[..]).file_name("a.gif");
    Form::new().part("file", part)
}

async fn upload(person: &Person, path: &str) -> crate::support::http::Answer {
    let request = person.client().request(Method::POST, path);
    send(request.header("token", &person.token).multipart(file())).await
}

#[tokio::test]
async fn a_file_is_uploaded_and_read() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let granted = world.ann.get("/file/upload?path=/2/x.gif&type=chat").await;
    let url = granted.data()["url"].as_str().unwrap();
    let path = &url[url.find("/v1/").unwrap()..];
    let request = world.ann.client().request(Method::POST, path);
    let kept = send(request.multipart(file())).await;
    let kept = kept.data()["path"].as_str().unwrap();
    assert!(kept.starts_with("file/preview/"), "{kept}");
    let read = world.guest.get(&format!("/{kept}")).await;
    assert_eq!(
        (read.status, read.header("content-type")),
        (200, "image/gif")
    );
    let forged = world
        .ann
        .client()
        .request(Method::POST, "/v1/file/upload?token=x");
    let refused = send(forged.multipart(file())).await;
    refused.refuses("上传地址已失效！");
}

#[tokio::test]
async fn accounts_and_groups_have_pictures() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut bob = world.bob.connect().await;
    let of_ann = format!("/users/{}/avatar", world.ann.uid);
    let none = world.guest.get(&of_ann).await;
    assert_eq!(
        (none.status, none.header("content-type")),
        (200, "image/svg+xml")
    );
    upload(&world.ann, &format!("/v1{of_ann}")).await.is_ok();
    let told = bob.hears_command("userAvatarUpdate").await;
    assert_eq!(told.payload["param"]["uid"], *world.ann.uid);
    assert_eq!(world.guest.get(&of_ann).await.status, 302);
    let of_bob = format!("/v1/users/{}/avatar", world.bob.uid);
    upload(&world.ann, &of_bob).await.refuses("没有权限！");
    let of_group = world.in_group("/avatar");
    upload(&world.cat, &format!("/v1{of_group}"))
        .await
        .refuses("没有权限！");
    upload(&world.bob, &format!("/v1{of_group}")).await.is_ok();
    assert_eq!(world.guest.get(&of_group).await.status, 302);
}

#[tokio::test]
async fn a_page_of_favourites_is_never_longer_than_a_hundred() {
    let node = World::node().await;
    let world = World::new(&node).await;
    for number in 0..=100 {
        let mut favorite = world.favorite();
        favorite["unique_key"] = number.to_string().into();
        world.ann.post("/favorites", favorite).await.is_ok();
    }
    for (page, keys) in [(1, 100), (2, 1)] {
        let path = format!("/favorite/my?page_index={page}&page_size=1000");
        let kept = world.ann.get(&path).await;
        let kept = kept.data().as_array().unwrap();
        assert_eq!(kept.len(), keys);
        let oldest = &kept[keys - 1];
        assert_eq!(oldest["unique_key"], (2 - page).to_string());
        assert_eq!(oldest["payload"], json!({"content": "keep this"}));
    }
}
