//! Contacts as this API shows them.

use super::{Account, Null, status};
use crate::dialect::freeim::time::Time;
use crate::domain::Contact;
use crate::service::contact_groups::{ContactGroupView, GroupedContact};
use crate::service::contacts::{ContactView, GroupName, RequestView};
use serde::Serialize;

/// A contact on the caller's list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Friend {
    account: Account,
    friend_groups: Vec<FriendGroupName>,
    remark: String,
    label: String,
}

impl From<ContactView> for Friend {
    fn from(view: ContactView) -> Self {
        let Contact { remark, label, .. } = view.contact;
        let friend_groups = view.groups.into_iter().map(FriendGroupName::from).collect();
        Self {
            account: view.account.into(),
            friend_groups,
            remark,
            label,
        }
    }
}

/// One contact as the document shows it, a list, and as the original server sends it, bare.
#[derive(Serialize)]
pub struct OneFriend<'a> {
    items: [&'a Friend; 1],
    total: u8,
    #[serde(flatten)]
    friend: &'a Friend,
}

impl<'a> From<&'a Friend> for OneFriend<'a> {
    fn from(friend: &'a Friend) -> Self {
        Self {
            items: [friend],
            total: 1,
            friend,
        }
    }
}

/// A contact group without its members.
#[derive(Serialize)]
struct FriendGroupName {
    id: i64,
    friends: Null,
    name: String,
}

impl From<GroupName> for FriendGroupName {
    fn from(GroupName { id, name }: GroupName) -> Self {
        Self {
            id,
            friends: (),
            name,
        }
    }
}

/// A contact group.
#[derive(Serialize)]
pub struct FriendGroup {
    id: i64,
    friends: Vec<GroupedFriend>,
    name: String,
}

/// A member of a contact group. The id is the contact's own, not the account's.
#[derive(Serialize)]
struct GroupedFriend {
    id: i64,
    account: Account,
    remark: String,
    label: String,
}

impl From<ContactGroupView> for FriendGroup {
    fn from(ContactGroupView { id, name, friends }: ContactGroupView) -> Self {
        Self {
            id,
            friends: friends.into_iter().map(GroupedFriend::from).collect(),
            name,
        }
    }
}

impl From<GroupedContact> for GroupedFriend {
    fn from(GroupedContact { contact, account }: GroupedContact) -> Self {
        Self {
            id: contact.id,
            account: account.into(),
            remark: contact.remark,
            label: contact.label,
        }
    }
}

/// A request to become contacts.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FriendApply {
    created_at: Time,
    from_account: Account,
    apply_reason: String,
    deny_reason: String,
    status: &'static str,
    reply_time: Null,
}

impl From<RequestView> for FriendApply {
    fn from(RequestView { request, from }: RequestView) -> Self {
        Self {
            created_at: Time(request.created_at),
            from_account: from.into(),
            apply_reason: request.reason,
            deny_reason: request.answer,
            status: status(request.status),
            reply_time: (),
        }
    }
}
