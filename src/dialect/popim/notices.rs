//! The messages that tell in a group what happened to it (contract, section 4.3). Clients make links of the names in them; the core's
//! content has the names alone, for readers of other dialects.

use super::content::NOTICE;
use super::push::events::TO_USERS;
use crate::domain::message::Draft;
use crate::domain::time::{DAY, Millis};
use crate::domain::{AccountId, Content, Dialect};
use serde_json::json;
use std::collections::HashMap;

/// At most as many accounts are named one by one.
const MOST: usize = 50;
/// What would make a link, or end one, within a text.
const MARKS: [char; 4] = ['[', ']', '(', ')'];
const HOUR: Millis = DAY / 24;
const MINUTE: Millis = HOUR / 60;

/// Somebody, and what they are called.
pub type Named<'a> = (AccountId, &'a str);

/// What accounts are called.
pub struct Names(HashMap<AccountId, String>);

impl Names {
    /// Some accounts with their names.
    pub fn new(names: HashMap<AccountId, String>) -> Self {
        Self(names)
    }

    /// An account with its name.
    pub fn one(&self, account: AccountId) -> Named<'_> {
        (account, self.0.get(&account).map_or("", String::as_str))
    }

    /// Accounts with their names.
    pub fn all(&self, accounts: &[AccountId]) -> Vec<Named<'_>> {
        accounts.iter().map(|account| self.one(*account)).collect()
    }
}

/// A text being written, in both forms.
#[derive(Default)]
struct Line {
    marked: String,
    plain: String,
}

impl Line {
    fn name(mut self, (account, name): Named<'_>) -> Self {
        let mut label = unmarked(name);
        if label.trim().is_empty() {
            label = account.to_string();
        }
        let link = format!("[{label}]({{POPBASEURI}}user/detail/{account})");
        self.marked.push_str(&link);
        self.plain.push_str(name);
        self
    }

    fn names(mut self, named: &[Named<'_>]) -> Self {
        for (nth, one) in named.iter().take(MOST).enumerate() {
            if nth > 0 {
                self = self.text("、");
            }
            self = self.name(*one);
        }
        if named.len() > MOST {
            self = self.text(&format!("等{}人", named.len()));
        }
        self
    }

    fn text(mut self, text: &str) -> Self {
        self.marked.push_str(text);
        self.plain.push_str(text);
        self
    }

    /// What somebody made up, which shall be no link.
    fn quoted(mut self, text: &str) -> Self {
        self.marked.push_str(&unmarked(text));
        self.plain.push_str(text);
        self
    }

    fn draft(self) -> Draft {
        let content = Content::Notice { text: self.plain };
        Draft {
            raw: Some(json!({ "content": self.marked }).to_string()),
            quiet: true,
            ..Draft::plain(Dialect::Popim, NOTICE, content)
        }
    }
}

fn unmarked(text: &str) -> String {
    text.replace(MARKS, "")
}

fn invitation(by: Named<'_>, members: &[Named<'_>]) -> Line {
    let line = Line::default().name(by).text(" 邀请 ").names(members);
    line.text(" 加入了群聊")
}

/// The text of [`invited`] as clients show it, not escaped.
pub fn invited_text(by: Named<'_>, members: &[Named<'_>]) -> String {
    invitation(by, members).marked
}

/// A group was made with members. Nobody listens to it yet.
pub fn created(by: Named<'_>, members: &[Named<'_>]) -> Draft {
    Draft {
        marks: TO_USERS,
        ..invited(by, members)
    }
}

/// Members were added.
pub fn invited(by: Named<'_>, members: &[Named<'_>]) -> Draft {
    invitation(by, members).draft()
}

/// Somebody joined by the group's code.
pub fn joined(member: Named<'_>) -> Draft {
    let line = Line::default().name(member);
    line.text(" 通过扫码加入了群聊").draft()
}

/// Members were removed.
pub fn removed(by: Named<'_>, members: &[Named<'_>]) -> Draft {
    let line = Line::default().name(by).text(" 将 ").names(members);
    line.text(" 移出了群聊").draft()
}

/// A member left; an owner is succeeded.
pub fn left(member: Named<'_>, heir: Option<Named<'_>>) -> Draft {
    let line = Line::default().name(member).text(" 退出了群聊");
    match heir {
        Some(heir) => line.text("，").name(heir).text(" 成为新群主").draft(),
        None => line.draft(),
    }
}

/// A member may not speak for so long.
pub fn muted(member: Named<'_>, length: Millis) -> Draft {
    let line = Line::default().name(member).text(" 被禁言");
    line.text(&lasting(length)).draft()
}

/// A member may speak again.
pub fn unmuted(member: Named<'_>) -> Draft {
    Line::default().name(member).text(" 被解除禁言").draft()
}

/// Only those who lead may speak, or everybody again.
pub fn silenced(by: Named<'_>, on: bool) -> Draft {
    let line = Line::default().name(by);
    line.text(if on {
        " 开启了全员禁言"
    } else {
        " 关闭了全员禁言"
    })
    .draft()
}

/// The group has another name.
pub fn renamed(by: Named<'_>, name: &str) -> Draft {
    let line = Line::default().name(by).text(" 修改群名称为 ");
    line.quoted(name).draft()
}

/// The group has another picture.
pub fn pictured(by: Named<'_>) -> Draft {
    Line::default().name(by).text(" 修改了群头像").draft()
}

/// Days, hours and minutes, the last rounded up; what is nothing is not said.
fn lasting(length: Millis) -> String {
    let minutes = length.max(1).saturating_add(MINUTE - 1) / MINUTE;
    let parts = [
        (minutes / (DAY / MINUTE), "天"),
        (minutes % (DAY / MINUTE) / (HOUR / MINUTE), "小时"),
        (minutes % (HOUR / MINUTE), "分钟"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    parts
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    const ANN: Named<'_> = (AccountId(9), "Ann");
    const BOB: Named<'_> = (AccountId(10), "Bob");

    fn plain(draft: &Draft) -> &str {
        match &draft.content {
            Content::Notice { text } => text,
            _ => panic!("no notice"),
        }
    }

    fn marked(draft: &Draft) -> String {
        let raw: Value = serde_json::from_str(draft.raw.as_deref().unwrap()).unwrap();
        raw["content"].as_str().unwrap().to_owned()
    }

    #[test]
    fn clients_see_links_and_others_the_names() {
        let draft = invited(ANN, &[BOB]);
        let expected =
            "[Ann]({POPBASEURI}user/detail/9) 邀请 [Bob]({POPBASEURI}user/detail/10) 加入了群聊";
        assert_eq!(marked(&draft), expected);
        assert_eq!(invited_text(ANN, &[BOB]), expected);
        assert_eq!(plain(&draft), "Ann 邀请 Bob 加入了群聊");
        assert!(draft.quiet && draft.word == "notice" && draft.marks == 0);
    }

    #[test]
    fn nobody_forges_a_link_by_a_name() {
        let eve = (AccountId(11), "[me](http://x)");
        assert_eq!(
            marked(&joined(eve)),
            "[mehttp://x]({POPBASEURI}user/detail/11) 通过扫码加入了群聊"
        );
        let nameless = (AccountId(11), "[]");
        assert!(marked(&joined(nameless)).starts_with("[11]("));
        assert!(marked(&renamed(ANN, "[a](b)")).ends_with(" ab"));
    }

    #[test]
    fn every_notice_reads_well() {
        let cases = [
            (created(ANN, &[BOB, ANN]), "Ann 邀请 Bob、Ann 加入了群聊"),
            (joined(BOB), "Bob 通过扫码加入了群聊"),
            (removed(ANN, &[BOB]), "Ann 将 Bob 移出了群聊"),
            (left(BOB, None), "Bob 退出了群聊"),
            (left(ANN, Some(BOB)), "Ann 退出了群聊，Bob 成为新群主"),
            (muted(BOB, HOUR), "Bob 被禁言1小时"),
            (unmuted(BOB), "Bob 被解除禁言"),
            (silenced(ANN, true), "Ann 开启了全员禁言"),
            (silenced(ANN, false), "Ann 关闭了全员禁言"),
            (renamed(ANN, "Team (1)"), "Ann 修改群名称为 Team (1)"),
            (pictured(ANN), "Ann 修改了群头像"),
        ];
        for (draft, expected) in cases {
            assert_eq!(plain(&draft), expected);
        }
    }

    #[test]
    fn only_the_first_notice_goes_to_everybody_by_themselves() {
        assert_eq!(created(ANN, &[BOB]).marks, TO_USERS);
        assert_eq!(removed(ANN, &[BOB]).marks, 0);
    }

    #[test]
    fn a_mute_lasts_days_hours_and_minutes() {
        let cases = [
            (1, "1分钟"),
            (MINUTE + 1, "2分钟"),
            (2 * HOUR + 5 * MINUTE, "2小时5分钟"),
            (DAY + 30 * MINUTE, "1天30分钟"),
            (3 * DAY, "3天"),
            (HOUR - 1, "1小时"),
        ];
        for (length, expected) in cases {
            assert_eq!(lasting(length), expected);
        }
    }

    #[test]
    fn of_very_many_only_some_are_named() {
        let many: Vec<Named<'_>> = (0..200).map(|n| (AccountId(n), "x")).collect();
        let draft = invited(ANN, &many);
        assert!(plain(&draft).ends_with("x等200人 加入了群聊"));
        assert_eq!(marked(&draft).matches("user/detail").count(), MOST + 1);
    }
}
