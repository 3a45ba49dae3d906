//! Groups in which an account sorts its contacts. Only their owner sees them.

use super::accounts::AccountView;
use super::views::{self, Seen};
use super::{Core, fields};
use crate::domain::{AccountId, Contact};
use crate::error::{Error, ErrorKind, Result};
use crate::store::contact_groups::GroupName;
use crate::store::{AnyConnection, contact_groups, contacts};
use std::collections::HashMap;
use std::sync::Arc;

/// How many accounts one request may name.
const NAMED: usize = 10_000;

/// A group with its members.
#[derive(Debug, Clone)]
pub struct ContactGroupView {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Those in it who are contacts and not blocked.
    pub friends: Vec<GroupedContact>,
}

/// A contact in a group.
#[derive(Debug, Clone)]
pub struct GroupedContact {
    /// The contact.
    pub contact: Contact,
    /// Their account.
    pub account: AccountView,
}

/// Groups as loaded.
struct Loaded {
    groups: Vec<GroupName>,
    memberships: Vec<(i64, AccountId)>,
    contacts: HashMap<AccountId, Contact>,
    seen: Seen,
}

/// The use cases.
pub struct ContactGroups {
    core: Arc<Core>,
}

impl ContactGroups {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Makes a group and returns its id. Members who are no contacts are skipped. [`ErrorKind::ContactGroupTaken`].
    pub async fn create(
        &self,
        caller: AccountId,
        name: String,
        members: Vec<AccountId>,
    ) -> Result<i64> {
        fields::filled("name", &name, 191)?;
        check_number(&members)?;
        let create = move |conn: &mut AnyConnection| {
            if contact_groups::named(conn, caller, &name)?.is_some() {
                return Err(ErrorKind::ContactGroupTaken.into());
            }
            let id = contact_groups::insert(conn, caller, &name)?;
            let members = contacts::listed_among(conn, caller, &members)?;
            contact_groups::add(conn, id, &members)?;
            Ok(id)
        };
        self.core.store.write(create).await
    }

    /// Removes a group; who was in it remains a contact. [`ErrorKind::ContactGroupUnknown`].
    pub async fn delete(&self, caller: AccountId, group: i64) -> Result<()> {
        let delete = move |conn: &mut AnyConnection| {
            known(conn, caller, group)?;
            contact_groups::delete(conn, group)
        };
        self.core.store.write(delete).await
    }

    /// The caller's groups, in the order in which they were made.
    pub async fn list(&self, caller: AccountId) -> Result<Vec<ContactGroupView>> {
        let load = move |conn: &mut AnyConnection| {
            let groups = contact_groups::of_account(conn, caller)?;
            load(conn, caller, groups)
        };
        let loaded = self.core.store.read(load).await?;
        Ok(self.show(caller, loaded))
    }

    /// One group. [`ErrorKind::ContactGroupUnknown`].
    pub async fn get(&self, caller: AccountId, group: i64) -> Result<ContactGroupView> {
        let load = move |conn: &mut AnyConnection| {
            let group = known(conn, caller, group)?;
            load(conn, caller, vec![group])
        };
        let loaded = self.core.store.read(load).await?;
        Ok(self
            .show(caller, loaded)
            .pop()
            .ok_or(ErrorKind::ContactGroupUnknown)?)
    }

    /// Puts contacts into a group; whoever is none is skipped. [`ErrorKind::ContactGroupUnknown`].
    pub async fn add_members(
        &self,
        caller: AccountId,
        group: i64,
        members: Vec<AccountId>,
    ) -> Result<()> {
        check_number(&members)?;
        let add = move |conn: &mut AnyConnection| {
            known(conn, caller, group)?;
            let members = contacts::listed_among(conn, caller, &members)?;
            contact_groups::add(conn, group, &members)
        };
        self.core.store.write(add).await
    }

    /// Takes contacts out of a group; whoever is not in it is skipped. [`ErrorKind::ContactGroupUnknown`].
    pub async fn remove_members(
        &self,
        caller: AccountId,
        group: i64,
        members: Vec<AccountId>,
    ) -> Result<()> {
        check_number(&members)?;
        let remove = move |conn: &mut AnyConnection| {
            known(conn, caller, group)?;
            contact_groups::remove(conn, group, &members)
        };
        self.core.store.write(remove).await
    }

    /// Changes a group's name. In this order: [`ErrorKind::ContactGroupUnknown`], [`ErrorKind::ContactGroupTaken`].
    pub async fn rename(
        &self,
        caller: AccountId,
        group: i64,
        name: String,
    ) -> Result<ContactGroupView> {
        fields::filled("name", &name, 50)?;
        let rename = move |conn: &mut AnyConnection| rename(conn, caller, group, &name);
        self.core.store.write(rename).await?;
        self.get(caller, group).await
    }

    /// Changes a group's name and who is in it; members who are no contacts are skipped.
    ///
    /// In this order: [`ErrorKind::ContactGroupUnknown`], [`ErrorKind::ContactGroupTaken`].
    pub async fn replace(
        &self,
        caller: AccountId,
        group: i64,
        name: String,
        members: Vec<AccountId>,
    ) -> Result<()> {
        fields::filled("name", &name, 191)?;
        check_number(&members)?;
        let replace = move |conn: &mut AnyConnection| {
            rename(conn, caller, group, &name)?;
            let members = contacts::listed_among(conn, caller, &members)?;
            let former: Vec<AccountId> = contact_groups::memberships(conn, caller)?
                .into_iter()
                .filter(|(id, peer)| *id == group && !members.contains(peer))
                .map(|(_, peer)| peer)
                .collect();
            contact_groups::remove(conn, group, &former)?;
            contact_groups::add(conn, group, &members)
        };
        self.core.store.write(replace).await
    }

    fn show(&self, caller: AccountId, loaded: Loaded) -> Vec<ContactGroupView> {
        let Loaded {
            groups,
            memberships,
            contacts,
            seen,
        } = loaded;
        let views = self.core.show(caller, seen);
        let mut friends: HashMap<i64, Vec<GroupedContact>> = HashMap::new();
        for (group, peer) in memberships {
            if let (Some(contact), Some(account)) = (contacts.get(&peer), views.get(&peer)) {
                let friend = GroupedContact {
                    contact: contact.clone(),
                    account: account.clone(),
                };
                friends.entry(group).or_default().push(friend);
            }
        }
        let view = |GroupName { id, name }| {
            let friends = friends.remove(&id).unwrap_or_default();
            ContactGroupView { id, name, friends }
        };
        groups.into_iter().map(view).collect()
    }
}

fn check_number(members: &[AccountId]) -> Result<()> {
    if members.len() > NAMED {
        return Err(Error::invalid("a request names at most 10000 accounts"));
    }
    Ok(())
}

fn known(conn: &mut AnyConnection, account: AccountId, group: i64) -> Result<GroupName> {
    Ok(contact_groups::find(conn, account, group)?.ok_or(ErrorKind::ContactGroupUnknown)?)
}

fn rename(conn: &mut AnyConnection, account: AccountId, group: i64, name: &str) -> Result<()> {
    known(conn, account, group)?;
    let other = contact_groups::named(conn, account, name)?.filter(|other| other.id != group);
    if other.is_some() {
        return Err(ErrorKind::ContactGroupTaken.into());
    }
    contact_groups::rename(conn, group, name)
}

/// Loads what is shown of some of the account's groups.
fn load(conn: &mut AnyConnection, account: AccountId, groups: Vec<GroupName>) -> Result<Loaded> {
    let mut memberships = contact_groups::memberships(conn, account)?;
    memberships.retain(|(id, _)| groups.iter().any(|group| group.id == *id));
    let mut peers: Vec<AccountId> = memberships.iter().map(|(_, peer)| *peer).collect();
    peers.sort_unstable();
    peers.dedup();
    let contacts = contacts::listed(conn, account)?;
    let contacts = contacts
        .into_iter()
        .map(|contact| (contact.peer, contact))
        .collect();
    let seen = views::look(conn, account, &peers)?;
    Ok(Loaded {
        groups,
        memberships,
        contacts,
        seen,
    })
}
