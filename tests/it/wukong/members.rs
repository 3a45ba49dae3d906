//! Operations 35 to 40: the members of groups.

use super::cases::{self, cases};
use super::world::{NOBODY, World};
use crate::support::wukong::{Answers, GROUP, Person};
use serde_json::{Value, json};

fn alias(w: &World, of: &Person) -> String {
    w.in_group(&format!("/members/{}", of.uid))
}

cases! {
    35 a_stranger Succeeds "", |w| w.cat.post(&w.in_group("/members"), json!({"members": [w.dan.uid]})).await;
    35 nobody Fails "群成员不能为空！", |w| w.ann.post(&w.in_group("/members"), json!({"members": []})).await;
    35 members Fails "添加的成员已在群内或在群黑名单内", |w| w.ann.post(&w.in_group("/members"), json!({"members": [w.bob.uid]})).await;
    35 by_an_outsider Fails "群成员不存在群里，不能添加别人！", |w| w.dan.post(&w.in_group("/members"), json!({"members": [w.dan.uid]})).await;
    35 no_group Fails "群不存在", |w| w.ann.post(&format!("/groups/{NOBODY}/members"), json!({"members": [w.dan.uid]})).await;
    35 while_only_managers_may Fails "群开启了邀请模式，不能添加群成员！", |w| {
        w.ann.put(&w.in_group(""), json!({"invite": 1})).await.is_ok();
        w.cat.post(&w.in_group("/members"), json!({"members": [w.dan.uid]})).await
    };

    36 the_document_s_form Succeeds "", |w| w.ann.delete(&w.in_group("/members"), json!({"members": [w.bob.uid, w.cat.uid]})).await;
    36 the_clients_form Succeeds "", |w| w.bob.post(&w.in_group("/members_delete"), json!({"members": [w.cat.uid]})).await;
    36 by_a_member Fails "普通成员无法删除群成员", |w| w.cat.delete(&w.in_group("/members"), json!({"members": [w.bob.uid]})).await;
    36 oneself Fails "不能删除自己", |w| w.bob.delete(&w.in_group("/members"), json!({"members": [w.bob.uid]})).await;
    36 a_creator Fails "管理员不能删除群主", |w| w.bob.delete(&w.in_group("/members"), json!({"members": [w.ann.uid]})).await;
    36 a_manager_by_a_manager Fails "管理员不能删除管理员", |w| {
        w.ann.post(&w.in_group("/managers"), json!([w.cat.uid])).await.is_ok();
        w.bob.delete(&w.in_group("/members"), json!({"members": [w.cat.uid]})).await
    };
    36 an_outsider Fails "被删除者不在此群内", |w| w.ann.delete(&w.in_group("/members"), json!({"members": [w.dan.uid]})).await;
    36 by_an_outsider Fails "操作者不再此群", |w| w.dan.delete(&w.in_group("/members"), json!({"members": [w.cat.uid]})).await;

    37 oneself Succeeds "", |w| w.cat.put(&alias(w, &w.cat), json!({"remark": "Kitty"})).await;
    37 a_member_by_a_manager Succeeds "", |w| w.bob.put(&alias(w, &w.cat), json!({"remark": "Kitty"})).await;
    37 others_by_a_member Fails "只有管理员才能修改其他人的成员信息！", |w| w.cat.put(&alias(w, &w.bob), json!({"remark": "B"})).await;
    37 an_outsider Fails "成员信息不存在！", |w| w.ann.put(&alias(w, &w.dan), json!({"remark": "D"})).await;

    38 a_member Succeeds "", |w| w.cat.get(&w.in_group("/membersync?version=0&limit=10000")).await;
    38 no_group Fails "群不存在不能同步成员！", |w| w.ann.get(&format!("/groups/{NOBODY}/membersync")).await;

    39 a_member Succeeds "", |w| w.ann.post(&w.in_group("/managers"), json!([w.cat.uid])).await;
    39 by_a_manager Fails "只有创建者才能设置管理员！", |w| w.bob.post(&w.in_group("/managers"), json!([w.cat.uid])).await;
    39 nobody Fails "请选择需要添加的成员！", |w| w.ann.post(&w.in_group("/managers"), json!([])).await;
    39 oneself Fails "不能将自己设置为管理员！", |w| w.ann.post(&w.in_group("/managers"), json!([w.ann.uid])).await;

    40 a_manager Succeeds "", |w| w.ann.delete(&w.in_group("/managers"), json!([w.bob.uid])).await;
    40 by_a_member Fails "只有创建者才能设置管理员！", |w| w.cat.delete(&w.in_group("/managers"), json!([w.bob.uid])).await;
}

#[tokio::test]
async fn every_case_of_members_holds() {
    cases::run(CASES).await;
}

async fn synced(person: &Person, w: &World, version: i64) -> Vec<Value> {
    let answer = person
        .get(&w.in_group(&format!("/membersync?version={version}")))
        .await;
    answer.data().as_array().unwrap().clone()
}

#[tokio::test]
async fn a_removed_member_is_synced_as_deleted() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let (mut bob, mut cat) = (world.bob.connect().await, world.cat.connect().await);
    let all = synced(&world.ann, &world, 0).await;
    let mut roles: Vec<i64> = all
        .iter()
        .map(|member| member["role"].as_i64().unwrap())
        .collect();
    roles.sort_unstable();
    assert_eq!(roles, [0, 1, 2]);
    let version = all
        .iter()
        .map(|member| member["version"].as_i64().unwrap())
        .max()
        .unwrap();
    let remove = json!({"members": [world.cat.uid]});
    world
        .ann
        .delete(&world.in_group("/members"), remove)
        .await
        .is_ok();
    let news = synced(&world.ann, &world, version).await;
    assert_eq!(news.len(), 1, "{news:?}");
    assert_eq!(
        (&news[0]["uid"], &news[0]["is_deleted"]),
        (&json!(world.cat.uid), &json!(1))
    );
    let told = bob.next_where(|heard| heard.payload["type"] == 1003).await;
    assert_eq!(told.payload["extra"][0]["uid"], *world.cat.uid);
    let told = cat.next_where(|heard| heard.payload["type"] == 1020).await;
    assert_eq!(told.payload["content"], "你被{0}移除群聊");
    let payload = json!({"type": 1, "content": "hey"});
    assert_eq!(cat.send(&world.group, GROUP, &payload).await.reason, 3);
    assert!(synced(&world.cat, &world, 0).await.is_empty());
    let heard = bob.flush().await;
    assert!(
        heard.iter().all(|heard| heard.payload["type"] != 1020),
        "{heard:?}"
    );
}

#[tokio::test]
async fn a_member_s_name_is_synced_and_searched_for() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut bob = world.bob.connect().await;
    let name = json!({"remark": "Kitty"});
    world
        .cat
        .put(&alias(&world, &world.cat), name)
        .await
        .is_ok();
    let told = bob.hears_command("memberUpdate").await;
    assert_eq!(told.payload["param"]["uid"], *world.cat.uid);
    let found = world
        .bob
        .get(&world.in_group("/members?keyword=kitt"))
        .await;
    let found = found.data().as_array().unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (&found[0]["uid"], &found[0]["invite_uid"]),
        (&json!(world.cat.uid), &json!(world.ann.uid))
    );
    assert!(found[0]["vercode"].as_str().unwrap().ends_with("@2"));
}

#[tokio::test]
async fn a_barred_member_gets_4_and_a_muted_one_13() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut cat = world.cat.connect().await;
    let payload = json!({"type": 1, "content": "hey"});
    let bar = json!({"uids": [world.cat.uid]});
    world
        .bob
        .post(&world.in_group("/blacklist/add"), bar.clone())
        .await
        .is_ok();
    assert_eq!(cat.send(&world.group, GROUP, &payload).await.reason, 4);
    let all = synced(&world.ann, &world, 0).await;
    let of_cat = all
        .iter()
        .find(|member| member["uid"] == *world.cat.uid)
        .unwrap();
    assert_eq!(of_cat["status"], 2);
    world
        .bob
        .post(&world.in_group("/blacklist/remove"), bar)
        .await
        .is_ok();
    let path = world.in_group("/forbidden_with_member");
    let mute = json!({"member_uid": world.cat.uid, "action": 1, "key": 1});
    world.bob.post(&path, mute).await.is_ok();
    assert_eq!(cat.send(&world.group, GROUP, &payload).await.reason, 13);
    let until = world.cat.get(&world.in_group("")).await;
    assert!(until.data()["forbidden_expir_time"].as_i64().unwrap() > 0);
    let lift = json!({"member_uid": world.cat.uid, "action": 0});
    world.bob.post(&path, lift).await.is_ok();
    cat.say(&world.group, GROUP, "back").await;
    let mute = json!({"member_uid": world.ann.uid, "action": 1, "key": 1});
    world
        .bob
        .post(&path, mute)
        .await
        .refuses("操作用户权限不够");
    world.bob.get("/group/forbidden_times").await.data();
}

#[tokio::test]
async fn who_was_barred_comes_back_only_when_that_is_lifted() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut cat = world.cat.connect().await;
    let uids = json!({"uids": [world.cat.uid]});
    let bar = world.in_group("/blacklist/add");
    world.bob.post(&bar, uids.clone()).await.is_ok();
    let picture = world.bob.get(&world.in_group("/qrcode")).await;
    let code = picture.data()["qrcode"].as_str().unwrap();
    let code = code.rsplit('/').next().unwrap().to_owned();
    let leave = world.in_group("/exit");
    world.cat.post(&leave, Value::Null).await.is_ok();

    let refusal = "添加的成员已在群内或在群黑名单内";
    let add = json!({"members": [world.cat.uid]});
    let members = world.in_group("/members");
    world.bob.post(&members, add.clone()).await.refuses(refusal);
    let seen = world.cat.get(&format!("/qrcode/{code}")).await;
    let url = seen.data()["data"]["url"].as_str().unwrap();
    let auth_code = url.split("auth_code=").nth(1).unwrap();
    let join = world.in_group(&format!("/scanjoin?auth_code={auth_code}"));
    world.guest.get(&join).await.refuses(refusal);

    let lift = world.in_group("/blacklist/remove");
    world.bob.post(&lift, uids).await.is_ok();
    world.bob.post(&members, add).await.is_ok();
    cat.say(&world.group, GROUP, "back").await;
}

#[tokio::test]
async fn leaving_and_coming_back_does_not_end_a_mute() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut cat = world.cat.connect().await;
    let mute = json!({"member_uid": world.cat.uid, "action": 1, "key": 6});
    let path = world.in_group("/forbidden_with_member");
    world.bob.post(&path, mute).await.is_ok();
    let leave = world.in_group("/exit");
    world.cat.post(&leave, Value::Null).await.is_ok();
    let add = json!({"members": [world.cat.uid]});
    world
        .bob
        .post(&world.in_group("/members"), add)
        .await
        .is_ok();
    let payload = json!({"type": 1, "content": "hey"});
    assert_eq!(cat.send(&world.group, GROUP, &payload).await.reason, 13);
    let all = synced(&world.ann, &world, 0).await;
    let of_cat = all.iter().find(|member| member["uid"] == *world.cat.uid);
    assert!(of_cat.unwrap()["forbidden_expir_time"].as_i64().unwrap() > 0);
}

#[tokio::test]
async fn who_inherits_a_group_may_speak_in_it() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let mut cat = world.cat.connect().await;
    let bar = json!({"uids": [world.cat.uid]});
    let path = world.in_group("/blacklist/add");
    world.bob.post(&path, bar).await.is_ok();
    let mute = json!({"member_uid": world.cat.uid, "action": 1, "key": 6});
    let path = world.in_group("/forbidden_with_member");
    world.bob.post(&path, mute).await.is_ok();
    let hand_over = world.in_group(&format!("/transfer/{}", world.cat.uid));
    world.ann.post(&hand_over, Value::Null).await.is_ok();
    cat.say(&world.group, GROUP, "mine now").await;
    let group = world.cat.get(&world.in_group("")).await;
    assert_eq!(group.data()["forbidden_expir_time"], 0);
}
