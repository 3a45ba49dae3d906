//! What clients are told of every event that concerns them.

use super::*;
use crate::domain::message::Draft;
use crate::domain::{Content, MessageStatus};
use crate::service::faces::{Face, Sign};
use std::collections::HashMap;

const TOM: AccountId = AccountId(AccountId::FIRST.0 + 9);
const JERRY: AccountId = AccountId(AccountId::FIRST.0 + 10);
const SPIKE: AccountId = AccountId(AccountId::FIRST.0 + 11);
const TEAM: ChannelId = ChannelId(50);

/// Tom, Jerry, whom Tom calls J., and Spike, who are the team.
struct World(HashMap<AccountId, &'static str>);

impl Default for World {
    fn default() -> Self {
        Self([(TOM, "tom"), (JERRY, "<jerry>"), (SPIKE, "spike")].into())
    }
}

impl Looks for World {
    fn account(&self, id: AccountId) -> Option<Face> {
        self.0.get(&id).map(|name| Face {
            username: (*name).into(),
            nickname: (*name).into(),
            avatar: "".into(),
        })
    }

    fn channel(&self, id: ChannelId) -> Option<Sign> {
        (id == TEAM).then(|| Sign {
            name: "team".into(),
            avatar: "https://node/upload/t.png".into(),
            owner: TOM,
        })
    }

    fn remark(&self, owner: AccountId, peer: AccountId) -> Option<Arc<str>> {
        ((owner, peer) == (TOM, JERRY)).then(|| "J.".into())
    }
}

fn told_to(me: AccountId, event: impl Into<Event>) -> Vec<(Place, &'static str, Value)> {
    let looks = World::default();
    let scene = Scene {
        me,
        hears: &|_| true,
        looks: &looks,
        escape: Escape::new(true),
        public_url: "https://node",
    };
    let told = told(&Envelope::new(event.into(), 7_000), &scene).into_iter();
    told.map(|told| {
        let text: String = serde_json::from_str(&told.data).unwrap();
        (told.place, told.event, serde_json::from_str(&text).unwrap())
    })
    .collect()
}

fn one(me: AccountId, event: impl Into<Event>) -> (Place, &'static str, Value) {
    let mut told = told_to(me, event);
    assert_eq!(told.len(), 1, "{told:?}");
    told.remove(0)
}

fn said(from: AccountId, to: Exchange, draft: Draft) -> Message {
    Message {
        id: MessageId(845),
        conversation: to.key(),
        seq: 1,
        sender: from,
        draft: Arc::new(draft),
        client_id: Some(content::client_id("u1", "a<b")),
        status: MessageStatus::Normal,
        created_at: 1_700_000_000_999,
        updated_at: 1_700_000_000_999,
    }
}

fn posted(message: Message) -> Event {
    Event::Posted(Arc::new(message))
}

#[test]
fn both_friends_are_told_of_a_message_in_their_own_words_for_each_other() {
    let message = said(JERRY, Exchange::direct(TOM, JERRY), content::plain("a<b"));
    let (place, event, data) = one(TOM, posted(message.clone()));
    assert_eq!((place, event), (Place::Own, "message"));
    let expected = json!({
        "from": JERRY.to_string(), "from_name": "J.", "from_avatar": "/static/img/avatar.jpg",
        "to": TOM.to_string(), "to_name": "tom", "to_avatar": "/static/img/avatar.jpg",
        "content": "a&lt;b", "timestamp": 1_700_000_000, "type": "friend", "sub_type": "message", "mid": 845,
        "uniqueId": "u1", "quote_mid": 0, "quote_content": "",
    });
    assert_eq!(data.to_string(), expected.to_string());
    let (_, _, echo) = one(JERRY, posted(message));
    assert_eq!(echo["from_name"], "&lt;jerry&gt;");
    assert_eq!(echo["to_name"], "tom");
}

#[test]
fn a_group_is_told_of_a_message_under_the_names_that_everybody_knows() {
    let message = said(JERRY, Exchange::Channel(TEAM), content::plain("hi"));
    for me in [TOM, JERRY, SPIKE] {
        let (place, event, data) = one(me, posted(message.clone()));
        assert_eq!((place, event), (Place::Group(TEAM), "message"));
        assert_eq!(
            (&data["type"], &data["to"]),
            (&json!("group"), &json!("50"))
        );
        assert_eq!(data["from_name"], "&lt;jerry&gt;");
        assert_eq!(data["to_name"], "team");
        assert_eq!(data["to_avatar"], "/upload/t.png");
    }
}

#[test]
fn what_others_do_not_see_is_told_to_nobody_else() {
    let draft = Draft {
        audience: Some([JERRY].into()),
        ..content::plain("hi")
    };
    let message = said(SPIKE, Exchange::Channel(TEAM), draft);
    assert_eq!(told_to(TOM, posted(message.clone())), []);
    assert_eq!(told_to(JERRY, posted(message)).len(), 1);
}

#[test]
fn members_hear_of_their_groups_founding_on_their_own_channels() {
    let draft = notices::created((TOM, "tom"), &[(JERRY, "jerry")]);
    let (place, _, data) = one(JERRY, posted(said(TOM, Exchange::Channel(TEAM), draft)));
    assert_eq!(place, Place::Own);
    assert_eq!(
        (&data["sub_type"], &data["type"]),
        (&json!("notice"), &json!("group"))
    );
    let draft = Draft {
        dialect: Dialect::Wukong,
        marks: TO_USERS,
        ..Draft::plain(
            Dialect::Wukong,
            "1",
            Content::Text {
                text: String::new(),
            },
        )
    };
    // To others the same bit means something else.
    let (place, ..) = one(JERRY, posted(said(TOM, Exchange::Channel(TEAM), draft)));
    assert_eq!(place, Place::Group(TEAM));
}

#[test]
fn a_message_that_is_taken_back_is_named_as_who_did_it_sees_it() {
    let direct = said(JERRY, Exchange::direct(TOM, JERRY), content::plain("x"));
    let message = Arc::new(direct);
    for me in [TOM, JERRY] {
        let revoked = Event::Revoked {
            message: message.clone(),
            by: JERRY,
        };
        let data = json!({ "type": "friend", "id": TOM, "mid": 845, "uid": JERRY });
        assert_eq!(one(me, revoked), (Place::Own, "revoke", data));
        let data = json!({ "type": "friend", "id": TOM, "mid": 845, "uid": JERRY, "ty": 2 });
        let deleted = Event::Deleted {
            message: message.clone(),
            by: JERRY,
        };
        assert_eq!(one(me, deleted), (Place::Own, "message_delete", data));
    }
    let message = said(JERRY, Exchange::Channel(TEAM), content::plain("x"));
    let revoked = Event::Revoked {
        message: Arc::new(message),
        by: TOM,
    };
    let data = json!({ "type": "group", "id": TEAM, "mid": 845, "uid": TOM });
    assert_eq!(one(SPIKE, revoked), (Place::Group(TEAM), "revoke", data));
}

#[test]
fn whoever_leads_a_group_is_named_when_they_delete_what_another_said() {
    let message = said(JERRY, Exchange::Channel(TEAM), content::plain("x"));
    let deleted = Event::Deleted {
        message: Arc::new(message),
        by: TOM,
    };
    let data = json!({ "type": "group", "id": TEAM, "mid": 845, "uid": TOM, "ty": 2 });
    let told = one(SPIKE, deleted);
    assert_eq!(told, (Place::Group(TEAM), "message_delete", data));
}

#[test]
fn a_message_that_one_hides_goes_from_the_own_devices() {
    let hidden = Lasting::Hidden {
        account: TOM,
        messages: vec![
            (MessageId(1), 1, Target::Account(JERRY)),
            (MessageId(2), 1, Target::Channel(TEAM)),
        ],
    };
    let told = told_to(TOM, hidden.clone());
    let data = json!({ "type": "friend", "id": JERRY, "mid": 1, "uid": TOM, "ty": 1 });
    assert_eq!(told[0], (Place::Own, "message_delete", data));
    assert_eq!(
        (&told[1].2["type"], &told[1].2["mid"]),
        (&json!("group"), &json!(2))
    );
    assert_eq!(told_to(JERRY, hidden), []);
}

#[test]
fn friends_come_and_go() {
    let asked = Lasting::ContactRequested {
        from: TOM,
        to: JERRY,
        request: 1,
        name: String::new(),
        reason: String::new(),
    };
    let data = json!({ "uid": TOM });
    assert_eq!(one(JERRY, asked), (Place::Own, "friendApply", data));
    let answered = |accepted| Event::ContactAnswered {
        by: JERRY,
        to: TOM,
        accepted,
        reason: String::new(),
        name: String::new(),
    };
    let avatar = "/static/img/avatar.jpg";
    for (me, other, name) in [(TOM, JERRY, "&lt;jerry&gt;"), (JERRY, TOM, "tom")] {
        let data = json!({ "uid": other, "name": name, "avatar": avatar });
        assert_eq!(one(me, answered(true)), (Place::Own, "addFriend", data));
        assert_eq!(told_to(me, answered(false)), []);
    }
    let removed = |account, peer| Lasting::ContactRemoved {
        account,
        peer,
        by: Some(TOM),
    };
    let data = json!({ "uid": TOM });
    assert_eq!(
        one(JERRY, removed(JERRY, TOM)),
        (Place::Own, "removeFriend", data)
    );
    assert_eq!(told_to(TOM, removed(TOM, JERRY)), []);
}

fn invited(founding: bool) -> Lasting {
    Lasting::Invited {
        channel: TEAM,
        by: TOM,
        members: vec![JERRY, SPIKE],
        founding,
    }
}

#[test]
fn whoever_comes_into_a_group_is_told_of_it() {
    let team =
        |by| json!({ "gid": TEAM, "groupname": "team", "avatar": "/upload/t.png", "uid": by });
    let founded = Event::Founded {
        channel: TEAM,
        by: TOM,
    };
    assert_eq!(one(TOM, founded), (Place::Own, "addGroup", team(TOM)));
    assert_eq!(
        one(JERRY, invited(true)),
        (Place::Own, "addGroup", team(TOM))
    );
    assert_eq!(told_to(TOM, invited(true)), []);
    let (_, event, mut data) = one(SPIKE, invited(false));
    let notice = data.as_object_mut().unwrap().remove("content").unwrap();
    assert_eq!((event, data), ("addGroup", team(TOM)));
    let link = |id: AccountId, name| format!("[{name}]({{POPBASEURI}}user/detail/{id})");
    let notice = notice.as_str().unwrap();
    assert!(notice.starts_with(&link(TOM, "tom")), "{notice}");
    assert!(notice.contains(&link(JERRY, "&lt;jerry&gt;")), "{notice}");
    let admitted = Event::JoinAnswered {
        channel: TEAM,
        to: JERRY,
        accepted: true,
        reason: String::new(),
    };
    assert_eq!(one(JERRY, admitted), (Place::Own, "addGroup", team(JERRY)));
}

#[test]
fn whoever_goes_from_a_group_is_told_of_it() {
    let kicked = Lasting::Kicked {
        channel: TEAM,
        by: TOM,
        member: JERRY,
    };
    let data = json!({ "gid": TEAM, "groupname": "team", "avatar": "/upload/t.png", "uid": TOM });
    assert_eq!(
        one(JERRY, kicked.clone()),
        (Place::Own, "removeGroup", data)
    );
    assert_eq!(lost(&kicked.clone().into(), JERRY), Some(TEAM));
    assert_eq!(lost(&kicked.into(), TOM), None);
    let parted = Event::Parted {
        channel: TEAM,
        member: JERRY,
    };
    assert_eq!(lost(&parted, JERRY), Some(TEAM));
    assert_eq!(one(JERRY, parted).1, "removeGroup");
    let dissolved = Lasting::Dissolved {
        channel: TEAM,
        by: TOM,
    };
    let data = json!({ "gid": TEAM });
    assert_eq!(lost(&dissolved.clone().into(), SPIKE), Some(TEAM));
    assert_eq!(
        one(SPIKE, dissolved),
        (Place::Group(TEAM), "removeGroup", data)
    );
}

#[test]
fn a_changed_group_is_told_of_by_what_changed_alone() {
    let updated = |patch: ChannelPatch| Event::ChannelUpdated {
        channel: TEAM,
        by: TOM,
        patch: Box::new(patch),
    };
    let renamed = ChannelPatch {
        name: Some("<T>".to_owned()),
        ..ChannelPatch::default()
    };
    let data = json!({ "gid": TEAM, "groupname": "&lt;T&gt;" });
    let expected = (Place::Group(TEAM), "updateGroup", data);
    assert_eq!(one(JERRY, updated(renamed)), expected);
    let repainted = ChannelPatch {
        avatar: Some("https://node/upload/n.png".to_owned()),
        ..ChannelPatch::default()
    };
    let data = json!({ "gid": TEAM, "avatar": "/upload/n.png" });
    let expected = (Place::Group(TEAM), "updateGroup", data);
    assert_eq!(one(JERRY, updated(repainted)), expected);
    let silenced = ChannelPatch {
        silenced: Some(true),
        ..ChannelPatch::default()
    };
    assert_eq!(told_to(JERRY, updated(silenced)), []);
}

#[test]
fn nobody_is_rendered_of_whom_nothing_was_asked() {
    let direct = said(JERRY, Exchange::direct(TOM, JERRY), content::plain("x"));
    let group = said(JERRY, Exchange::Channel(TEAM), content::plain("x"));
    let wanted = |event: Event| wanted(&Envelope::new(event, 0), TOM);
    assert_eq!(
        wanted(posted(direct)),
        Wanted {
            accounts: [TOM, JERRY].into(),
            remarks: [(TOM, JERRY)].into(),
            ..Wanted::default()
        }
    );
    assert_eq!(
        wanted(posted(group)),
        Wanted {
            accounts: [JERRY].into(),
            channels: [TEAM].into(),
            ..Wanted::default()
        }
    );
    assert_eq!(wanted(invited(false).into()), Wanted::default());
}
