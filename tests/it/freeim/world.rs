//! A few people who know each other, as most cases need them.

use crate::support::admin::Admin;
use crate::support::http::{Client, Encoding};
use crate::support::{TestNode, User};
use diesel::RunQueryDsl;
use parlance::domain::time::Millis;
use serde_json::json;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

/// The code in every picture, mail and text message of a node for worlds.
pub const CODE: &str = "12345";

/// Many fit on one node: nobody in one knows anybody in another.
pub struct World {
    /// Nobody yet.
    pub guest: Client,
    pub admin: Rc<Admin>,
    /// A friend of Bob's and the owner of the group.
    pub ann: User,
    /// A friend of Ann's and a manager of the group.
    pub bob: User,
    /// An ordinary member of the group.
    pub cat: User,
    /// A stranger to all of them.
    pub dan: User,
    pub group: i64,
    /// Ann's friend group, with Bob in it.
    pub circle: i64,
    pub circle_name: String,
    /// What Ann said to Bob.
    pub message: i64,
    number: u32,
}

impl World {
    /// A node on which worlds can be.
    pub async fn node() -> TestNode {
        TestNode::with(|config| {
            config.auth.fixed_code = CODE.to_owned();
            config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        })
        .await
    }

    /// A world whose people send their fields in one way, or in the usual ones.
    pub async fn new(node: &TestNode, admin: &Rc<Admin>, encoding: Option<Encoding>) -> Self {
        static NUMBERS: AtomicU32 = AtomicU32::new(1);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let names = ["ann", "bob", "cat", "dan"].map(|name| format!("{name}{number}"));
        let [ann, bob, cat, dan] = node.users(names.each_ref().map(String::as_str)).await;
        ann.befriend(&bob).await;
        let group = ann.found(&format!("group {number}")).await;
        ann.invite(group, [&bob, &cat]).await;
        let appoint = json!({"groupId": group, "toId": bob.id, "isManager": 1});
        let appointed = ann.post("/chatGroups/manager", appoint).await;
        appointed.succeeds("设置成功");
        let circle_name = format!("circle {number}");
        let new = json!({"name": circle_name, "members": [bob.id]});
        ann.post("/friends/groups", new).await.succeeds("添加成功");
        let circles = ann.get("/friends/groups", json!({})).await.items();
        let said = ann.say(&bob, "hello").await;

        let speak = |client: &Client| match encoding {
            Some(encoding) => client.speaking(encoding),
            None => client.clone(),
        };
        Self {
            guest: speak(&node.guest()),
            admin: admin.clone(),
            ann: ann.through(speak),
            bob: bob.through(speak),
            cat: cat.through(speak),
            dan: dan.through(speak),
            group,
            circle: circles[0]["id"].as_i64().unwrap(),
            circle_name,
            message: said["id"].as_i64().unwrap(),
            number,
        }
    }

    /// Nobody's e-mail address.
    pub fn email(&self) -> String {
        format!("eve{}@mail.example", self.number)
    }

    /// Nobody's phone number.
    pub fn mobile(&self) -> String {
        format!("138{:08}", self.number)
    }

    /// Nobody's name.
    pub fn name(&self) -> String {
        format!("eve{}", self.number)
    }

    /// A network address from which nothing came yet.
    pub fn address(&self) -> String {
        let [.., high, low] = self.number.to_be_bytes();
        format!("198.18.{high}.{low}")
    }

    /// An account that has an e-mail address.
    pub async fn eve(&self) -> User {
        let fields = json!({"email": self.email()});
        self.guest.get("/captcha/email", fields).await;
        let fields = json!({"email": self.email(), "captcha": CODE, "platform": "h5"});
        let answer = self.guest.post("/login/email", fields).await;
        User::of(&self.guest, &self.email(), answer.succeeds("登陆成功"))
    }

    /// Makes a message older.
    pub async fn age(&self, message: i64, by: Millis) {
        age(&self.guest, message, by).await;
    }
}

/// Makes a message of a client's node older.
pub async fn age(client: &Client, message: i64, by: Millis) {
    let older = format!("UPDATE messages SET created_at = created_at - {by} WHERE id = {message}");
    let update = client.services().core.store.write(move |conn| {
        diesel::sql_query(older).execute(conn)?;
        Ok(())
    });
    update.await.unwrap();
}
