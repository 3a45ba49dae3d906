//! What clients send again because they missed the answer.

use crate::support::TestNode;
use crate::support::eventually::eventually;
use crate::support::popim::{Answers, Person, friends, node};
use parlance::domain::MessageId;
use parlance::store::client_ids::Named;
use parlance::store::{AnyConnection, messages};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

fn friend(to: &Person, content: &str) -> Value {
    json!({"to": to.uid, "type": "friend", "content": content})
}

#[tokio::test]
async fn the_same_message_again_is_the_same_message() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let mut hearing = jerry.connect().await;
    let send = async |content: &str| {
        let mut fields = friend(&jerry, content);
        fields["uniqueId"] = json!("1700000000");
        tom.post("/message/send", fields).await.data()["mid"].clone()
    };
    let first = send("once").await;
    assert_eq!(send("once").await, first);
    // Of a bot, whose number is the second.
    assert_ne!(send("else").await, first);
    assert_eq!(hearing.next().await.data["content"], "once");
    assert_eq!(hearing.next().await.data["content"], "else");
}

#[tokio::test]
async fn the_same_message_again_is_the_same_message_where_another_would_be_too_soon() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    node.admin().await.set("chat_rate", "60").await;
    let mut fields = friend(&jerry, "once");
    fields["uniqueId"] = json!("u1");
    let send = async || tom.post("/message/send", fields.clone()).await.data()["mid"].clone();
    assert_eq!(send().await, send().await);
}

#[tokio::test]
async fn the_same_message_is_the_same_for_a_minute_whenever_that_began() {
    let node = node(|_| {}).await;
    let [tom, jerry] = friends(&node).await;
    let mut fields = friend(&jerry, "once");
    fields["uniqueId"] = json!("u1");
    let send = async || tom.post("/message/send", fields.clone()).await.data()["mid"].clone();
    // As if it had been said so long ago, in the minute before this one.
    let age = async |mid: &Value, seconds: u128| {
        let now = || {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            now.unwrap().as_millis()
        };
        eventually(async || now() % 60_000 < 50_000).await;
        let (minute, said) = (now() / 60_000, now() - seconds * 1000);
        let id = MessageId(mid.as_i64().unwrap());
        let find = move |conn: &mut AnyConnection| messages::find(conn, id);
        let message = node
            .services()
            .core
            .store
            .read(find)
            .await
            .unwrap()
            .unwrap();
        let in_minute = |minute| format!(".{minute}");
        let client_id = message
            .client_id
            .unwrap()
            .replace(&in_minute(minute), &in_minute(minute - 1));
        let named = Named {
            sender: message.sender,
            conversation: message.conversation,
            client_id: &client_id,
        };
        let digest = named.digest();
        for change in [
            format!("UPDATE client_ids SET digest = {digest} WHERE message = {mid}"),
            format!(
                "UPDATE messages SET client_id = '{client_id}', created_at = {said} WHERE id = {mid}"
            ),
        ] {
            run(&node, change).await;
        }
    };
    let first = send().await;
    age(&first, 40).await;
    assert_eq!(send().await, first);
    age(&first, 61).await;
    assert_ne!(send().await, first);
}

async fn run(node: &TestNode, sql: String) {
    let change = node.services().core.store.write(move |conn| {
        diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn)?;
        Ok(())
    });
    change.await.unwrap();
}
