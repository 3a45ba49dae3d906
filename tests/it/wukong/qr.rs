//! Operations 9 and 47: what pictures stand for, and logging in by one.

use super::cases::{self, cases};
use super::world::{NOBODY, World};
use crate::support::wukong::{Answers, Asker, Person, WEB};
use serde_json::{Value, json};

const GONE: &str = "二维码或已过期！";

/// Begins to log in by a picture; gives its code.
async fn begun(guest: &Asker) -> String {
    let begun = guest
        .get("/user/loginuuid?device_id=d1&device_name=Desk")
        .await;
    let uuid = begun.data()["uuid"].as_str().unwrap();
    assert!(
        begun.data()["qrcode"]
            .as_str()
            .unwrap()
            .ends_with(&format!("/v1/qrcode/{uuid}"))
    );
    uuid.to_owned()
}

/// Somebody scans it; gives the code to agree with.
async fn scanned(person: &Person, uuid: &str) -> String {
    let seen = person.get(&format!("/qrcode/{uuid}")).await;
    assert_eq!(
        (&seen.data()["forward"], &seen.data()["type"]),
        (&json!("native"), &json!("loginConfirm"))
    );
    seen.data()["data"]["auth_code"]
        .as_str()
        .unwrap()
        .to_owned()
}

cases! {
    9 what_was_scanned Succeeds "", |w| {
        let code = scanned(&w.ann, &begun(&w.guest).await).await;
        w.ann.get(&format!("/user/grant_login?auth_code={code}&encrypt=x")).await
    };
    9 no_code Fails "授权码不能为空！", |w| w.ann.get("/user/grant_login").await;
    9 no_such_code Fails "授权码失效或不存在！", |w| w.ann.get("/user/grant_login?auth_code=1").await;
    9 a_code_of_another_kind Fails "授权码不是登录授权码！", |w| {
        let picture = w.ann.get(&w.in_group("/qrcode")).await;
        let code = picture.data()["qrcode"].as_str().unwrap().rsplit('/').next().unwrap();
        let seen = w.dan.get(&format!("/qrcode/{code}")).await;
        let url = seen.data()["data"]["url"].as_str().unwrap();
        let auth_code = url.split("auth_code=").nth(1).unwrap();
        w.dan.get(&format!("/user/grant_login?auth_code={auth_code}")).await
    };
    9 somebody_else Fails "扫描者与授权者不是同一个用户！", |w| {
        let code = scanned(&w.ann, &begun(&w.guest).await).await;
        w.bob.get(&format!("/user/grant_login?auth_code={code}")).await
    };

    47 a_user Succeeds "", |w| w.ann.get(&format!("/qrcode/user_{}", w.dan.uid)).await;
    47 a_card Succeeds "", |w| {
        let card = w.bob.get("/user/qrcode").await;
        let url = card.data()["data"].as_str().unwrap();
        let code = url.rsplit('/').next().unwrap();
        w.ann.get(&format!("/qrcode/{code}")).await
    };
    47 a_login Succeeds "", |w| {
        let uuid = begun(&w.guest).await;
        w.ann.get(&format!("/qrcode/{uuid}")).await
    };
    47 nothing Fails GONE, |w| w.ann.get(&format!("/qrcode/{NOBODY}")).await;
    47 no_user Fails "用户不存在！", |w| w.ann.get(&format!("/qrcode/user_{NOBODY}")).await;
    47 another_kind Fails "不支持的扫码类型！", |w| w.ann.get("/qrcode/pay_1").await;
}

#[tokio::test]
async fn every_case_of_pictures_holds() {
    cases::run(CASES).await;
}

#[tokio::test]
async fn a_client_is_logged_in_by_its_picture() {
    let node = World::node().await;
    let world = World::new(&node).await;
    let uuid = begun(&world.guest).await;
    let status = format!("/user/loginstatus?uuid={uuid}");
    // The client waits while somebody scans.
    let (waiting, code) = tokio::join!(world.guest.get(&status), async {
        scanned(&world.ann, &uuid).await
    });
    assert!(["waitScan", "scanned"].contains(&waiting.data()["status"].as_str().unwrap()));
    let grant = format!("/user/grant_login?auth_code={code}");
    world.ann.get(&grant).await.is_ok();
    let authed = world.guest.get(&status).await;
    let authed = authed.data();
    assert_eq!(
        (&authed["status"], &authed["uid"]),
        (&json!("authed"), &json!(world.ann.uid))
    );
    let path = format!(
        "/user/login_authcode/{}",
        authed["auth_code"].as_str().unwrap()
    );
    let login = world.guest.post(&path, Value::Null).await;
    let ann = Person::of(&world.guest, login.data(), WEB);
    assert_eq!(ann.uid, world.ann.uid);
    let devices = ann.get("/user/devices").await;
    assert_eq!(devices.data()[0]["device_id"], "d1");
    let again = world.guest.post(&path, Value::Null).await;
    again.refuses("授权码失效或不存在！");
    let over = world.guest.get("/user/loginstatus?uuid=none").await;
    assert_eq!(over.data()["status"], "expired");
}
