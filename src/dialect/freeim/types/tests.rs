use super::*;
use crate::domain::{
    Account as Known, AccountStatus, Channel, ChannelFlags, ChannelId, Contact, ContactRequest,
    Role,
};
use crate::service::channels::{ChannelInfo, JoinView, MemberView};
use crate::service::contact_groups::{ContactGroupView, GroupedContact};
use crate::service::contacts::{ContactView, GroupName, RequestView};

const ACCOUNT: &str = concat!(
    r#"{"id":10000000,"username":"ann","email":"a@b.example","mobile":"","nickname":"Ann","avatar":"","gender":"f","#,
    r#""birth":"","age":0,"intro":"hi","longitude":121.5,"latitude":0,"country":"","province":"","city":"","#,
    r#""district":"","onlineStatus":"online"}"#
);
const FLAGS: &str = r#""disableAddMember":true,"disableViewMember":false,"disbaleAddGroup":true,"enbaleBeforeMsg":false"#;
const FACE: &str = r#""name":"club","avatar":"","intro":"","members":2,"members_limit":500"#;
const PLACE: &str = r#""longitude":0,"latitude":-1.5,"country":"","province":"","city":"","district":"","address":"street""#;

fn account() -> AccountView {
    let profile = Profile {
        nickname: "Ann".to_owned(),
        gender: "f".to_owned(),
        intro: "hi".to_owned(),
        longitude: 121.5,
        ..Profile::default()
    };
    let account = Known {
        id: AccountId(10_000_000),
        name: "ann".to_owned(),
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

fn contact() -> Contact {
    Contact {
        id: 2,
        account: AccountId(10_000_001),
        peer: AccountId(10_000_000),
        remark: "r".to_owned(),
        label: "l".to_owned(),
        listed: true,
        blocked: false,
    }
}

fn channel() -> Channel {
    Channel {
        id: ChannelId(4),
        name: "club".to_owned(),
        avatar: String::new(),
        intro: String::new(),
        owner: AccountId(10_000_000),
        members: 2,
        members_limit: 500,
        longitude: 0.0,
        latitude: -1.5,
        country: String::new(),
        province: String::new(),
        city: String::new(),
        district: String::new(),
        address: "street".to_owned(),
        flags: ChannelFlags {
            contacts_off: true,
            join_closed: true,
            ..ChannelFlags::default()
        },
        created_at: 1_669_824_000_287,
        updated_at: 1_669_824_000_000,
        version: 0,
    }
}

fn json(view: impl Serialize) -> String {
    serde_json::to_string(&view).unwrap()
}

#[test]
fn an_account_shows_17_fields_in_order() {
    assert_eq!(json(Account::from(account())), ACCOUNT);
}

#[test]
fn a_near_account_also_has_its_distance_in_whole_metres() {
    let near = NearAccount {
        account: account(),
        metres: 245_948.4,
    };
    let open = ACCOUNT.trim_end_matches('}');
    assert_eq!(
        json(AccountNearby::from(near)),
        format!(r#"{open},"distance":"245948m"}}"#)
    );
}

#[test]
fn a_friend_is_shown_as_a_list_and_bare() {
    let groups = vec![GroupName {
        id: 17,
        name: "g".to_owned(),
    }];
    let friend = Friend::from(ContactView {
        contact: contact(),
        account: account(),
        groups,
    });
    let members = format!(
        r#""account":{ACCOUNT},"friendGroups":[{{"id":17,"friends":null,"name":"g"}}],"remark":"r","label":"l""#
    );
    assert_eq!(
        json(OneFriend::from(&friend)),
        format!(r#"{{"items":[{{{members}}}],"total":1,{members}}}"#)
    );
}

#[test]
fn a_friend_group_shows_the_ids_of_contacts() {
    let friends = vec![GroupedContact {
        contact: contact(),
        account: account(),
    }];
    let group = FriendGroup::from(ContactGroupView {
        id: 17,
        name: "g".to_owned(),
        friends,
    });
    let friend = format!(r#"{{"id":2,"account":{ACCOUNT},"remark":"r","label":"l"}}"#);
    assert_eq!(
        json(group),
        format!(r#"{{"id":17,"friends":[{friend}],"name":"g"}}"#)
    );
}

#[test]
fn a_request_shows_who_asks_but_no_id() {
    let request = ContactRequest {
        id: 3,
        from: AccountId(10_000_000),
        to: AccountId(10_000_001),
        reason: "please".to_owned(),
        answer: String::new(),
        status: RequestStatus::Waiting,
        created_at: 1_669_824_000_580,
    };
    let ends = r#""applyReason":"please","denyReason":"","status":"wait","replyTime":null"#;
    let shown =
        format!(r#"{{"createdAt":"2022-12-01T00:00:00.58+08:00","fromAccount":{ACCOUNT},{ends}}}"#);
    assert_eq!(
        json(FriendApply::from(RequestView {
            request,
            from: account()
        })),
        shown
    );
}

#[test]
fn a_channel_has_a_short_and_a_full_form() {
    assert_eq!(
        json(ChatGroup::from(channel())),
        format!(r#"{{"id":4,{FACE},{FLAGS}}}"#)
    );
    let times =
        r#""createdAt":"2022-12-01T00:00:00.287+08:00","updatedAt":"2022-12-01T00:00:00+08:00""#;
    assert_eq!(
        json(FullChatGroup::from(channel())),
        format!(r#"{{"id":4,{times},{FACE},{PLACE},{FLAGS}}}"#)
    );
}

#[test]
fn a_near_channel_also_has_its_place_and_distance() {
    let shown = format!(r#"{{"id":4,{FACE},{FLAGS},{PLACE},"distance":"7m"}}"#);
    assert_eq!(json(ChatGroupNearby::from((channel(), 7.0))), shown);
}

#[test]
fn members_stand_between_the_limit_and_the_flags() {
    let member = MemberView {
        account: account(),
        role: Role::Owner,
        alias: String::new(),
        muted: true,
        muted_until: 0,
        barred: false,
        inviter: None,
        joined_at: 0,
        updated_at: 0,
    };
    let info = ChannelInfo {
        channel: channel(),
        members: vec![member],
        my_role: Some(Role::General),
        muted: false,
    };
    let member = format!(r#"{{"account":{ACCOUNT},"role":"owner","remark":"","isBanned":true}}"#);
    let me = r#"{"chatGroupMemberRole":"general","isBanned":false}"#;
    let shown = format!(r#"{{"id":4,{FACE},"membersList":[{member}],"selfInfo":{me},{FLAGS}}}"#);
    assert_eq!(json(ChatGroupInfo::from(info)), shown);
}

#[test]
fn an_outsider_has_no_role() {
    let info = ChannelInfo {
        channel: channel(),
        members: vec![],
        my_role: None,
        muted: false,
    };
    let nobody = r#""membersList":[],"selfInfo":{"chatGroupMemberRole":"","isBanned":false}"#;
    assert_eq!(
        json(ChatGroupInfo::from(info)),
        format!(r#"{{"id":4,{FACE},{nobody},{FLAGS}}}"#)
    );
}

#[test]
fn a_request_to_join_shows_applicant_and_channel() {
    let request = crate::service::channels::JoinRequest {
        channel: ChannelId(4),
        account: AccountId(10_000_000),
        reason: "please".to_owned(),
        answer: String::new(),
        status: RequestStatus::Waiting,
        created_at: 1_669_824_000_150,
    };
    let view = JoinView {
        request,
        account: account(),
        channel: channel(),
    };
    let group = format!(r#"{{"id":4,{FACE},{FLAGS}}}"#);
    let ends = r#""applyReason":"please","denyReason":"","status":"wait","replyTime":null"#;
    let shown = format!(
        r#"{{"createdAt":"2022-12-01T00:00:00.15+08:00","account":{ACCOUNT},"chatGroup":{group},{ends}}}"#
    );
    assert_eq!(json(JoinRequest::from(view)), shown);
}

#[test]
fn a_link_shows_everything_but_its_place() {
    let link = discovers::Discover {
        id: 1,
        name: "n".to_owned(),
        logo: "l".to_owned(),
        url: "u".to_owned(),
        password: String::new(),
        position: 9,
        created_at: 1_669_824_000_000,
        updated_at: 1_669_824_000_000,
    };
    let time = r#""2022-12-01T00:00:00+08:00""#;
    let shown = format!(
        r#"{{"id":1,"createdAt":{time},"updatedAt":{time},"name":"n","logo":"l","url":"u","password":""}}"#
    );
    assert_eq!(json(Discover::from(link)), shown);
}
