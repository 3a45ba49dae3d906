//! The messages that tell in a conversation what happened to it (contract, sections 4.2 and 4.3). Clients put names in place of
//! `{0}`, `{1}`; the core's content has them in place already, for readers of other dialects.

use super::content::QUIET;
use super::ids::Ids;
use crate::domain::message::Draft;
use crate::domain::{AccountId, Content, Dialect};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// At most as many accounts are named one by one.
const MOST: usize = 100;

/// What accounts are called.
pub struct Names<'a> {
    /// Their uids.
    pub ids: &'a Ids,
    /// Their names.
    pub names: HashMap<AccountId, String>,
}

/// What changed about a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribute<'a> {
    /// Its name.
    Name(&'a str),
    /// Its announcement.
    Notice(&'a str),
    /// Whether only managers may speak.
    Forbidden(bool),
    /// Whether only managers may invite.
    Invite(bool),
}

impl Names<'_> {
    fn of(&self, account: AccountId) -> &str {
        self.names.get(&account).map_or("", String::as_str)
    }

    fn uids(&self, accounts: &[AccountId]) -> Value {
        let uids = accounts.iter().map(|account| json!(self.ids.uid(*account)));
        uids.collect()
    }

    /// A notice with the accounts that its text has places for.
    fn notice(&self, kind: u16, text: &str, extra: &[AccountId], others: Value) -> Draft {
        let extra = &extra[..extra.len().min(MOST)];
        let names: Vec<&str> = extra.iter().map(|account| self.of(*account)).collect();
        let mut payload = Map::new();
        payload.insert("type".to_owned(), kind.into());
        if let Value::Object(others) = others {
            payload.extend(others);
        }
        payload.insert("content".to_owned(), text.into());
        let people = extra.iter().zip(&names);
        let people = people.map(|(id, name)| json!({ "uid": self.ids.uid(*id), "name": name }));
        payload.insert("extra".to_owned(), people.collect());
        let content = Content::Notice {
            text: filled(text, &names),
        };
        Draft {
            raw: Some(Value::Object(payload).to_string()),
            ..Draft::plain(Dialect::Wukong, kind.to_string(), content)
        }
    }
}

/// 1001: a group was made. `version` is the group's.
pub fn created(by: AccountId, members: &[AccountId], version: i64, names: &Names<'_>) -> Draft {
    let name = names.of(by);
    let text = format!("{name}邀请{}加入群聊", places(members));
    let others = json!({ "creator": names.ids.uid(by), "creator_name": name, "version": version });
    names.notice(1001, &text, members, others)
}

/// 1002: members were added.
pub fn added(by: AccountId, members: &[AccountId], names: &Names<'_>) -> Draft {
    let text = format!("{}邀请{}加入群聊", names.of(by), places(members));
    names.notice(1002, &text, members, sender(by, names))
}

/// 1003: members were removed, as the rest is told.
pub fn removed(by: AccountId, members: &[AccountId], names: &Names<'_>) -> Draft {
    let text = format!("{}将{}移除群聊", names.of(by), places(members));
    names.notice(1003, &text, members, json!({}))
}

/// 1020: members were removed, as they themselves are told.
pub fn evicted(by: AccountId, members: &[AccountId], names: &Names<'_>) -> Draft {
    let draft = names.notice(
        1020,
        "你被{0}移除群聊",
        &[by],
        json!({ "visibles": names.uids(members) }),
    );
    Draft {
        marks: QUIET.into(),
        audience: Some(members.into()),
        ..draft
    }
}

/// 1005: something about the group was changed.
pub fn changed(by: AccountId, what: Attribute<'_>, names: &Names<'_>) -> Draft {
    let flag = |on| if on { "1" } else { "0" };
    let (key, value, text) = match what {
        Attribute::Name(name) => ("name", name, format!("{{0}}修改群名为\"{name}\"")),
        Attribute::Notice("") => ("notice", "", "{0}清空了群公告".to_owned()),
        Attribute::Notice(text) => ("notice", text, format!("{{0}}修改群公告为\"{text}\"")),
        Attribute::Forbidden(on) => {
            let text = if on {
                "{0}开启了群禁言"
            } else {
                "{0}关闭了群禁言"
            };
            ("forbidden", flag(on), text.to_owned())
        }
        Attribute::Invite(on) => {
            let text = if on {
                "{0}已启用“群聊邀请确认”，群成员需群主或管理员确认才能邀请朋友进群。"
            } else {
                "{0}已恢复默认进群方式。"
            };
            ("invite", flag(on), text.to_owned())
        }
    };
    names.notice(1005, &text, &[by], json!({ "data": { key: value } }))
}

/// 1007: somebody joined by a picture that another shows.
pub fn joined(member: AccountId, owner: AccountId, names: &Names<'_>) -> Draft {
    let text = "“{0}”通过“{1}”的二维码加入群聊";
    names.notice(1007, text, &[member, owner], json!({}))
}

/// 1008: the group has a new owner.
pub fn handed_over(to: AccountId, names: &Names<'_>) -> Draft {
    names.notice(1008, "“{0}”已成为新群主", &[to], json!({}))
}

/// 1009: somebody wants to invite so many, and the managers are asked.
pub fn invited(
    by: AccountId,
    count: usize,
    invite: &str,
    managers: &[AccountId],
    names: &Names<'_>,
) -> Draft {
    let text = format!("“{{0}}“想邀请{count}位朋友加入群聊");
    let others = json!({ "invite_no": invite, "visibles": names.uids(managers) });
    Draft {
        audience: Some(managers.into()),
        ..names.notice(1009, &text, &[by], others)
    }
}

/// 1021: a member left, as the managers are told.
pub fn left(member: AccountId, managers: &[AccountId], names: &Names<'_>) -> Draft {
    let others = json!({ "visibles": names.uids(managers) });
    Draft {
        audience: Some(managers.into()),
        ..names.notice(1021, "“{0}“退出群聊", &[member], others)
    }
}

/// 2000: two accounts have become contacts.
pub fn befriended(by: AccountId, names: &Names<'_>) -> Draft {
    let text = "我们已经是好友了，可以愉快的聊天了！";
    names.notice(2000, text, &[], sender(by, names))
}

/// 2000: the group is gone.
pub fn disbanded(by: AccountId, names: &Names<'_>) -> Draft {
    names.notice(2000, "{0}已解散该群聊", &[by], sender(by, names))
}

fn sender(by: AccountId, names: &Names<'_>) -> Value {
    json!({ "from_uid": names.ids.uid(by), "from_name": names.of(by) })
}

/// Places for names, `{0},{1}`. Of very many only some are named.
fn places(members: &[AccountId]) -> String {
    let named = (0..members.len().min(MOST)).map(|place| format!("{{{place}}}"));
    let mut text = named.collect::<Vec<_>>().join(",");
    if members.len() > MOST {
        text.push_str(&format!("等{}人", members.len()));
    }
    text
}

/// A text with names in their places. Places inside names stay what they are.
fn filled(text: &str, names: &[&str]) -> String {
    let mut full = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        full.push_str(before);
        let place = after.split_once('}').and_then(|(place, after)| {
            let name = names.get(place.parse::<usize>().ok()?)?;
            Some((*name, after))
        });
        match place {
            Some((name, after)) => {
                full.push_str(name);
                rest = after;
            }
            None => {
                full.push('{');
                rest = after;
            }
        }
    }
    full + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::opaque::{Opaque, System};
    use std::sync::Arc;

    const ANN: AccountId = AccountId::FIRST;
    const BOB: AccountId = AccountId(AccountId::FIRST.0 + 1);
    const CID: AccountId = AccountId(AccountId::FIRST.0 + 2);

    fn ids() -> Ids {
        Ids {
            opaque: Opaque::new([7; 16]),
            system: Arc::new(System::default()),
        }
    }

    fn names(ids: &Ids) -> Names<'_> {
        let names = [(ANN, "Ann"), (BOB, "Bob"), (CID, "{0}")];
        Names {
            ids,
            names: names.map(|(id, name)| (id, name.to_owned())).into(),
        }
    }

    fn text(draft: &Draft) -> &str {
        match &draft.content {
            Content::Notice { text } => text,
            _ => panic!("no notice"),
        }
    }

    fn payload(draft: &Draft) -> Value {
        serde_json::from_str(draft.raw.as_deref().unwrap()).unwrap()
    }

    #[test]
    fn an_added_member_is_told_of_as_the_contract_shows() {
        let ids = ids();
        let draft = added(ANN, &[CID], &names(&ids));
        let expected = json!({
            "type": 1002, "from_uid": ids.uid(ANN), "from_name": "Ann", "content": "Ann邀请{0}加入群聊",
            "extra": [{ "uid": ids.uid(CID), "name": "{0}" }],
        });
        assert_eq!(draft.raw.as_deref(), Some(expected.to_string().as_str()));
        assert_eq!(
            (draft.word.as_str(), text(&draft)),
            ("1002", "Ann邀请{0}加入群聊")
        );
    }

    #[test]
    fn every_notice_reads_well() {
        let ids = ids();
        let names = &names(&ids);
        let cases = [
            (
                created(ANN, &[BOB, CID], 7, names),
                "1001",
                "Ann邀请Bob,{0}加入群聊",
            ),
            (removed(ANN, &[BOB], names), "1003", "Ann将Bob移除群聊"),
            (evicted(ANN, &[BOB], names), "1020", "你被Ann移除群聊"),
            (
                changed(ANN, Attribute::Name("T"), names),
                "1005",
                "Ann修改群名为\"T\"",
            ),
            (
                changed(ANN, Attribute::Notice("N"), names),
                "1005",
                "Ann修改群公告为\"N\"",
            ),
            (
                changed(ANN, Attribute::Notice(""), names),
                "1005",
                "Ann清空了群公告",
            ),
            (
                changed(ANN, Attribute::Forbidden(true), names),
                "1005",
                "Ann开启了群禁言",
            ),
            (
                changed(ANN, Attribute::Invite(false), names),
                "1005",
                "Ann已恢复默认进群方式。",
            ),
            (
                joined(BOB, ANN, names),
                "1007",
                "“Bob”通过“Ann”的二维码加入群聊",
            ),
            (handed_over(BOB, names), "1008", "“Bob”已成为新群主"),
            (
                invited(BOB, 2, "no", &[ANN], names),
                "1009",
                "“Bob“想邀请2位朋友加入群聊",
            ),
            (left(BOB, &[ANN], names), "1021", "“Bob“退出群聊"),
            (
                befriended(BOB, names),
                "2000",
                "我们已经是好友了，可以愉快的聊天了！",
            ),
            (disbanded(ANN, names), "2000", "Ann已解散该群聊"),
        ];
        for (draft, word, expected) in cases {
            assert_eq!((draft.word.as_str(), text(&draft)), (word, expected));
            assert_eq!(payload(&draft)["type"].to_string(), word);
        }
    }

    #[test]
    fn what_some_alone_may_see_names_them() {
        let ids = ids();
        let names = &names(&ids);
        for draft in [evicted(ANN, &[BOB], names), left(CID, &[BOB], names)] {
            assert_eq!(draft.audience.as_deref(), Some(&[BOB][..]));
            assert_eq!(payload(&draft)["visibles"], json!([ids.uid(BOB)]));
        }
    }

    #[test]
    fn a_changed_attribute_is_told_as_text() {
        let ids = ids();
        let draft = changed(ANN, Attribute::Forbidden(true), &names(&ids));
        assert_eq!(payload(&draft)["data"], json!({ "forbidden": "1" }));
    }

    #[test]
    fn of_very_many_only_some_are_named() {
        let ids = ids();
        let many: Vec<AccountId> = (0..500).map(|n| AccountId(ANN.0 + n)).collect();
        let draft = added(ANN, &many, &names(&ids));
        assert!(text(&draft).ends_with("等500人加入群聊"));
        assert_eq!(
            payload(&draft)["extra"].as_array().map(Vec::len),
            Some(MOST)
        );
    }
}
