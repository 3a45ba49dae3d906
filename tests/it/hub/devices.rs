//! Connections by the device they come from: which give way to others, which are ended, and who is told.

use crate::support::eventually::eventually;
use crate::support::lines::{self, WAYS, Way};
use crate::support::{PATIENCE, TestNode};
use parlance::domain::{AccountId, DeviceKind};
use parlance::hub::wire::Farewell;

#[tokio::test]
async fn a_new_telephone_takes_the_place_of_the_old_one() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let lines = lines::serve(&node, PATIENCE).await;
    for way in WAYS {
        let tab = format!("tab {way:?}").replace(' ', "-");
        let mut browser = lines.enter(way, ann.id, "web", &tab).await;
        let old = lines.enter(way, ann.id, "app", "old").await;
        let new = lines.enter(way, ann.id, "app", "new").await;
        assert_eq!(old.rest().await, ["farewell Replaced"]);
        // The same telephone again: its old connection is dead, whether it knows or not.
        let again = lines.enter(way, ann.id, "app", "new").await;
        assert!(new.rest().await.is_empty());
        browser.is_quiet().await;
        drop(again);
    }
}

#[tokio::test]
async fn browsers_stay_beside_each_other() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let lines = lines::serve(&node, PATIENCE).await;
    let mut one = lines.enter(Way::Ws, ann.id, "web", "one").await;
    let mut two = lines.enter(Way::Ws, ann.id, "web", "two").await;
    one.is_quiet().await;
    two.is_quiet().await;
}

#[tokio::test]
async fn devices_are_expelled_by_what_they_are() {
    let node = TestNode::start().await;
    let ann = node.register("ann").await;
    let lines = lines::serve(&node, PATIENCE).await;
    let mut freeim = ann.connect().await;
    let phone = lines.enter(Way::Tcp, ann.id, "app", "phone").await;
    let mut one = lines.enter(Way::Ws, ann.id, "web", "one").await;
    let two = lines.enter(Way::Tcp, ann.id, "web", "two").await;
    let (hub, account) = (&node.services().core.hub, AccountId(ann.id));
    let seen = hub.presence(account);
    assert_eq!(seen.kinds, [DeviceKind::App, DeviceKind::Web]);

    hub.expel(account, |device| device.id == "two", Farewell::Refused);
    assert_eq!(two.rest().await, ["farewell Refused"]);
    let phones = |device: &parlance::domain::Device| device.kind == DeviceKind::App;
    hub.expel(account, phones, Farewell::Replaced);
    // A telephone hears of the account's browsers.
    let browser = format!("presence {} true Some(Web) false", ann.id);
    assert_eq!(phone.rest().await, [&*browser, "farewell Replaced"]);
    one.is_quiet().await;
    freeim.is_quiet().await;
    eventually(async || hub.presence(account).kinds == [DeviceKind::Web]).await;
}

#[tokio::test]
async fn friends_are_told_of_the_first_and_the_last_of_a_kind() {
    let node = TestNode::start().await;
    let [ann, bob] = node.users(["ann", "bob"]).await;
    ann.befriend(&bob).await;
    let lines = lines::serve(&node, PATIENCE).await;
    let mut watching = lines.enter(Way::Tcp, bob.id, "web", "tab").await;
    let hub = &node.services().core.hub;
    let sessions = async |count: usize| {
        eventually(async || hub.census().sessions == count).await;
    };
    let told = |online: bool, kind: &str, alone: bool| {
        format!("presence {} {online} {kind} {alone}", ann.id)
    };

    let one = lines.enter(Way::Ws, ann.id, "web", "one").await;
    assert_eq!(watching.next().await, told(true, "Some(Web)", true));
    let two = lines.enter(Way::Ws, ann.id, "web", "two").await;
    watching.is_quiet().await;
    let phone = lines.enter(Way::Tcp, ann.id, "app", "phone").await;
    assert_eq!(watching.next().await, told(true, "Some(App)", false));
    drop(one);
    sessions(3).await;
    drop(two);
    assert_eq!(watching.next().await, told(false, "Some(Web)", false));
    let freeim = ann.connect().await;
    drop(phone);
    assert_eq!(watching.next().await, told(false, "Some(App)", false));
    freeim.close().await;
    assert_eq!(watching.next().await, told(false, "None", true));

    let seen = hub.presence(AccountId(ann.id));
    assert!(!seen.online && seen.kinds.is_empty() && seen.left_at > 0);
}
