//! A few people who know each other, as most cases need them.

use crate::support::TestNode;
use crate::support::popim::{Answers, Asker, PASSWORD, Person, gateway, node};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};

/// Every code of a node for worlds, in text messages and in pictures.
pub const CODE: &str = "1234";

/// Many fit on one node: nobody in one knows anybody in another.
pub struct World {
    /// Nobody yet.
    pub guest: Asker,
    /// Another server.
    pub server: Asker,
    /// A friend of Bob's and Cat's and the owner of the group.
    pub ann: Person,
    /// A friend of Ann's and a manager of the group.
    pub bob: Person,
    /// A friend of Ann's and an ordinary member of the group.
    pub cat: Person,
    /// A stranger to all of them.
    pub dan: Person,
    /// The number of the group.
    pub gid: i64,
    /// What Ann said to Bob.
    pub mid: i64,
    /// What Cat said in the group.
    pub group_mid: i64,
    number: u32,
}

impl World {
    /// A node on which worlds can be.
    pub async fn node() -> TestNode {
        let gateway = gateway().await;
        node(|config| {
            config.auth.fixed_code = CODE.to_owned();
            config.sms.gateway_url = gateway;
        })
        .await
    }

    /// A world.
    pub async fn new(node: &TestNode) -> Self {
        static NUMBERS: AtomicU32 = AtomicU32::new(1);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let guest = Asker::new(&node.guest());
        let server = Asker::server(&node.guest());
        let mut people = Vec::new();
        for name in ["ann", "bob", "cat", "dan"] {
            let name = format!("{name}{number}");
            people.push(added(&server, &guest, &name).await);
        }
        let [ann, bob, cat, dan] = people.try_into().unwrap_or_else(|_| unreachable!());
        ann.befriend(&bob).await;
        ann.befriend(&cat).await;
        let gid = ann.found(&[&bob, &cat]).await;
        let fields = json!({"gid": gid, "uid": bob.uid, "value": 1});
        ann.post("/group/manager", fields).await.is_ok();
        let mid = ann.say(&bob, "hello").await;
        let group_mid = cat.say_in(gid, "hello all").await;
        Self {
            guest,
            server,
            ann,
            bob,
            cat,
            dan,
            gid,
            mid,
            group_mid,
            number,
        }
    }

    /// Nobody's name.
    pub fn name(&self) -> String {
        format!("eve{}", self.number)
    }

    /// Nobody's phone number.
    pub fn phone(&self) -> String {
        format!("139{:08}", self.number)
    }

    /// What Eve registers with.
    pub fn eve_s(&self) -> Value {
        json!({
            "username": self.name(), "password": PASSWORD, "nickname": "Eve", "captcha": CODE,
            "phone": self.phone(), "code": CODE,
        })
    }

    /// Sends a code to this world's phone number.
    pub async fn send_code(&self, kind: &str) {
        let fields = json!({"phone": self.phone(), "type": kind});
        self.guest.post("/service/send_sms", fields).await.is_ok();
    }

    /// Somebody who registers by this world's phone number.
    pub async fn eve(&self) -> Person {
        self.send_code("register").await;
        self.guest.post("/login/join", self.eve_s()).await.is_ok();
        Person::log_in(&self.guest, &self.name()).await
    }

    /// What a sub-user of this world is made with.
    pub fn sub_user(&self) -> Value {
        json!({"username": self.name(), "nickname": "Eve", "password": PASSWORD})
    }

    /// Makes Ann one who pays.
    pub async fn ann_pays(&self) {
        let fields = json!({"login_uid": self.ann.uid, "is_member": 1});
        self.server.post("/user/update", fields).await.is_ok();
    }

    /// Takes an account's right to write.
    pub async fn disable(&self, person: &Person) {
        let fields = json!({"login_uid": person.uid, "account_state": "disabled"});
        self.server.post("/user/update", fields).await.is_ok();
    }
}

/// An account that a server makes, logged in: a phone number is nobody's business then.
async fn added(server: &Asker, guest: &Asker, name: &str) -> Person {
    let fields = json!({"username": name, "nickname": name, "password": PASSWORD});
    server.get("/user/add", fields).await.data();
    Person::log_in(guest, name).await
}
