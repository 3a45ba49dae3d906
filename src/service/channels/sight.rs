//! What an account may see of a channel.

use super::{ChannelInfo, MemberView};
use crate::domain::time::Millis;
use crate::domain::{AccountId, Channel, Member, Profile, Role};
use crate::service::accounts::AccountView;
use crate::service::policy::Policy;
use std::collections::HashMap;

/// A channel and its members as far as one account may see them.
pub(super) struct Sight {
    viewer: AccountId,
    channel: Channel,
    my_role: Option<Role>,
    pub(super) members: Vec<Member>,
}

impl Sight {
    /// Leaves away what the viewer may not see. `members` is everybody, or nobody for an outsider.
    pub(super) fn new(
        viewer: AccountId,
        channel: Channel,
        members: Vec<Member>,
        policy: &Policy,
    ) -> Self {
        let my_role = members.iter().find(|m| m.account == viewer).map(|m| m.role);
        let mut sight = Self {
            viewer,
            channel,
            my_role,
            members,
        };
        if sight.leads() {
            return sight;
        }
        if !policy.channel_info_shown {
            sight.conceal();
        }
        let shown = |m: &Member| {
            policy.channel_info_shown && (policy.channel_members_shown || m.role >= Role::Manager)
        };
        sight.members.retain(|m| m.account == viewer || shown(m));
        sight
    }

    /// Owners and managers see everything.
    fn leads(&self) -> bool {
        self.my_role >= Some(Role::Manager)
    }

    fn conceal(&mut self) {
        let Channel {
            intro,
            longitude,
            latitude,
            country,
            province,
            city,
            district,
            address,
            ..
        } = &mut self.channel;
        for text in [intro, country, province, city, district, address] {
            text.clear();
        }
        (*longitude, *latitude) = (0.0, 0.0);
    }

    /// Joins the members with what is known of their accounts.
    pub(super) fn into_info(
        self,
        mut accounts: HashMap<AccountId, AccountView>,
        now: Millis,
    ) -> ChannelInfo {
        let hidden = self.channel.flags.profiles_hidden && !self.leads();
        let muted = self
            .members
            .iter()
            .any(|m| m.account == self.viewer && m.muted_until > now);
        let members = self.members.into_iter().filter_map(|member| {
            let account = accounts.remove(&member.account)?;
            let reduce = hidden && member.account != self.viewer;
            Some(MemberView {
                account: if reduce { reduced(account) } else { account },
                role: member.role,
                alias: member.alias,
                muted: member.muted_until > now,
                muted_until: member.muted_until,
                barred: member.barred,
                inviter: member.inviter,
                joined_at: member.joined_at,
                updated_at: member.updated_at,
            })
        });
        ChannelInfo {
            members: members.collect(),
            channel: self.channel,
            my_role: self.my_role,
            muted,
        }
    }
}

/// The account with its names and picture only.
fn reduced(mut view: AccountView) -> AccountView {
    let Profile {
        nickname, avatar, ..
    } = view.account.profile;
    view.account.profile = Profile {
        nickname,
        avatar,
        ..Profile::default()
    };
    view.account.email = None;
    view.account.mobile = None;
    AccountView {
        online: false,
        mine_or_friend: false,
        ..view
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Account, AccountStatus, ChannelFlags, ChannelId};

    const OWNER: AccountId = AccountId(1);
    const MANAGER: AccountId = AccountId(2);
    const ME: AccountId = AccountId(3);
    const OTHER: AccountId = AccountId(4);

    fn policy(name: &'static str) -> Policy {
        Policy::parse(|asked| if asked == name { "false" } else { "true" }).unwrap()
    }

    fn member((account, role): (AccountId, Role)) -> Member {
        Member {
            account,
            role,
            alias: String::new(),
            muted_until: 50,
            barred: false,
            inviter: None,
            joined_at: 0,
            updated_at: 0,
        }
    }

    fn channel(profiles_hidden: bool) -> Channel {
        Channel {
            id: ChannelId(1),
            name: "name".to_owned(),
            avatar: String::new(),
            intro: "intro".to_owned(),
            owner: OWNER,
            members: 4,
            members_limit: 0,
            longitude: 1.0,
            latitude: 1.0,
            country: String::new(),
            province: String::new(),
            city: "city".to_owned(),
            district: String::new(),
            address: String::new(),
            flags: ChannelFlags {
                profiles_hidden,
                ..ChannelFlags::default()
            },
            created_at: 0,
            updated_at: 0,
            version: 0,
        }
    }

    fn everybody() -> Vec<Member> {
        let all = [
            (OWNER, Role::Owner),
            (MANAGER, Role::Manager),
            (ME, Role::General),
            (OTHER, Role::General),
        ];
        all.map(member).to_vec()
    }

    fn seen(viewer: AccountId, members: Vec<Member>, policy: &Policy) -> (String, Vec<AccountId>) {
        let sight = Sight::new(viewer, channel(false), members, policy);
        (
            sight.channel.intro,
            sight.members.iter().map(|m| m.account).collect(),
        )
    }

    fn intro() -> String {
        "intro".to_owned()
    }

    #[test]
    fn an_ordinary_member_sees_everybody_unless_that_is_switched_off() {
        assert_eq!(
            seen(ME, everybody(), &policy("nothing")),
            (intro(), vec![OWNER, MANAGER, ME, OTHER])
        );
        assert_eq!(
            seen(ME, everybody(), &policy("chatgroup_display_members")),
            (intro(), vec![OWNER, MANAGER, ME])
        );
        assert_eq!(
            seen(ME, everybody(), &policy("chatgroup_display_info")),
            (String::new(), vec![ME])
        );
    }

    #[test]
    fn owners_and_managers_see_everybody_always() {
        for viewer in [OWNER, MANAGER] {
            for switch in ["chatgroup_display_members", "chatgroup_display_info"] {
                assert_eq!(seen(viewer, everybody(), &policy(switch)).1.len(), 4);
            }
        }
    }

    #[test]
    fn an_outsider_sees_nobody() {
        assert_eq!(
            seen(AccountId(9), vec![], &policy("nothing")),
            (intro(), vec![])
        );
        assert_eq!(
            seen(AccountId(9), vec![], &policy("chatgroup_display_info")),
            (String::new(), vec![])
        );
    }

    #[test]
    fn hidden_profiles_leave_names_and_picture_to_ordinary_members() {
        let views = || {
            everybody()
                .iter()
                .map(|m| (m.account, view(m.account)))
                .collect::<HashMap<_, _>>()
        };
        let info = |viewer| {
            let sight = Sight::new(viewer, channel(true), everybody(), &policy("nothing"));
            sight.into_info(views(), 49)
        };
        let as_member = info(ME);
        assert!(as_member.muted);
        assert_eq!(as_member.my_role, Some(Role::General));
        for shown in &as_member.members {
            let mine = shown.account.account.id == ME;
            assert_eq!(shown.account.account.profile.nickname, "nick");
            assert_eq!(shown.account.account.profile.intro.is_empty(), !mine);
            assert_eq!(shown.account.online, mine);
        }
        assert!(
            info(MANAGER)
                .members
                .iter()
                .all(|shown| shown.account.online)
        );
    }

    fn view(id: AccountId) -> AccountView {
        let profile = Profile {
            nickname: "nick".to_owned(),
            intro: "hello".to_owned(),
            ..Profile::default()
        };
        let account = Account {
            id,
            name: "name".to_owned(),
            email: Some("a@b.example".to_owned()),
            mobile: None,
            short_no: None,
            profile,
            status: AccountStatus::Normal,
            manager: false,
            has_password: true,
            created_at: 0,
            valid_from: 0,
        };
        AccountView {
            account,
            online: true,
            mine_or_friend: true,
        }
    }
}
