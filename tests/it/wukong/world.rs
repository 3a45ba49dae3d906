//! A few people who know each other, as most cases need them.

use crate::support::TestNode;
use crate::support::wukong::{Asker, Heard, PERSON, Person, WEB};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};

/// The code in every text message of a node for worlds.
pub const CODE: &str = "1234";
/// A uid and a group number that nobody has.
pub const NOBODY: &str = "00000000000000000000000000000000";

/// Many fit on one node: nobody in one knows anybody in another.
pub struct World {
    /// Nobody yet.
    pub guest: Asker,
    /// A friend of Bob's and Cat's and the creator of the group.
    pub ann: Person,
    /// A friend of Ann's and a manager of the group.
    pub bob: Person,
    /// A friend of Ann's and an ordinary member of the group.
    pub cat: Person,
    /// A stranger to all of them.
    pub dan: Person,
    /// The number of the group.
    pub group: String,
    /// The id of what Ann said to Bob.
    pub message: i64,
    /// The client's own number of that.
    pub message_no: String,
    number: u32,
}

impl World {
    /// A node on which worlds can be.
    pub async fn node() -> TestNode {
        TestNode::with(|config| {
            config.auth.fixed_code = CODE.to_owned();
            config.wukong.groups_per_day = 0;
        })
        .await
    }

    /// A world.
    pub async fn new(node: &TestNode) -> Self {
        static NUMBERS: AtomicU32 = AtomicU32::new(1);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let guest = Asker::new(&node.guest());
        let mut people = Vec::new();
        for name in ["ann", "bob", "cat", "dan"] {
            let name = format!("{name}{number}");
            people.push(Person::register_through(&guest, &name, WEB).await);
        }
        let [ann, bob, cat, dan] = people.try_into().unwrap_or_else(|_| unreachable!());
        ann.befriend(&bob).await;
        ann.befriend(&cat).await;
        let group = ann.found(&format!("team{number}"), &[&bob, &cat]).await;
        let appoint = json!([bob.uid]);
        let managers = format!("/groups/{group}/managers");
        assert_eq!(ann.post(&managers, appoint).await.status, 200);
        let (mut line, mut hearing) = (ann.connect().await, bob.connect().await);
        let payload = json!({"type": 1, "content": "hello"});
        let mut said = line.draft(&bob.uid, PERSON, &payload);
        let message_no = format!("hello{number}");
        said.client_msg_no = message_no.as_str().into();
        line.sign(&mut said);
        let message = line.exchange(said).await.message_id;
        // Told last: whoever connects from now on hears nothing of all this.
        let told = |heard: &Heard| heard.recv.message_id == message;
        hearing.next_where(told).await;
        Self {
            guest,
            ann,
            bob,
            cat,
            dan,
            group,
            message,
            message_no,
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

    /// Somebody who registers by this world's phone number.
    pub async fn eve(&self) -> Person {
        let phone = self.phone();
        let number = json!({"zone": "0086", "phone": phone});
        self.guest.post("/user/sms/registercode", number).await;
        let fields = json!({
            "zone": "0086", "phone": phone, "code": CODE, "password": "correct horse", "name": "Eve", "flag": 1,
        });
        let answer = self.guest.post("/user/register", fields).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        Person::of(&self.guest, &answer.body, WEB)
    }

    /// A path below the group's.
    pub fn in_group(&self, rest: &str) -> String {
        format!("/groups/{}{rest}", self.group)
    }

    /// What one of them puts away.
    pub fn favorite(&self) -> Value {
        json!({
            "type": 1, "unique_key": self.message.to_string(), "author_uid": self.ann.uid, "author_name": "Ann",
            "payload": {"content": "keep this"},
        })
    }
}
