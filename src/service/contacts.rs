//! Contacts: asking, answering, listing, blocking. Of removals and blocks the dialects tell, or do not.

mod adding;
mod asking;
mod between;
mod mutual;

pub use crate::store::contact_groups::GroupName;
pub use crate::store::contacts::{ContactsSince, SyncedContact};
pub use adding::Repeat;
pub use asking::{Accepted, Added};
pub use between::Between;

use super::accounts::AccountView;
use super::telling::Telling;
use super::{Core, fields, views};
use crate::domain::{AccountId, Contact, ContactRequest, Lasting, time};
use crate::error::{ErrorKind, Result};
use crate::store::{AnyConnection, accounts, contact_groups, contact_requests, contacts};
use std::collections::HashMap;
use std::sync::Arc;

/// How many waiting requests are listed at most.
const LISTED: i64 = 500;

/// A contact as its owner sees it.
#[derive(Debug, Clone)]
pub struct ContactView {
    /// The contact.
    pub contact: Contact,
    /// Their account.
    pub account: AccountView,
    /// Those of the owner's groups that they are in.
    pub groups: Vec<GroupName>,
}

/// A waiting request as the one who is asked sees it.
#[derive(Debug, Clone)]
pub struct RequestView {
    /// The request.
    pub request: ContactRequest,
    /// Who asks.
    pub from: AccountView,
}

/// One of the two lists; nobody is on both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactList {
    /// Contacts who are not blocked.
    Listed,
    /// Who is blocked, contact or not.
    Blocked,
}

/// On which of somebody's lists an account is: one or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// On the contact list.
    pub listed: bool,
    /// On the block list.
    pub blocked: bool,
}

/// What is left on the caller's side of somebody who is not blocked any more. Dialects differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterBlock {
    /// Nothing: a former contact has to be added anew.
    Nothing,
    /// Whoever was a contact is one again.
    Contact,
}

/// The use cases.
pub struct Contacts {
    core: Arc<Core>,
}

impl Contacts {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// The requests that wait for the caller's answer, newest first, at most 500.
    pub async fn requests(&self, caller: AccountId) -> Result<Vec<RequestView>> {
        let load =
            move |conn: &mut AnyConnection| contact_requests::waiting_for(conn, caller, LISTED);
        self.load_requests(caller, load).await
    }

    async fn load_requests<F>(&self, caller: AccountId, requests: F) -> Result<Vec<RequestView>>
    where
        F: FnOnce(&mut AnyConnection) -> Result<Vec<ContactRequest>> + Send + 'static,
    {
        let load = move |conn: &mut AnyConnection| {
            let requests = requests(conn)?;
            let applicants: Vec<AccountId> = requests.iter().map(|request| request.from).collect();
            let seen = views::look(conn, caller, &applicants)?;
            Ok((requests, seen))
        };
        let (requests, seen) = self.core.store.read(load).await?;
        let views = self.core.show(caller, seen);
        let shown = requests.into_iter().filter_map(|request| {
            let from = views.get(&request.from)?.clone();
            Some(RequestView { request, from })
        });
        Ok(shown.collect())
    }

    /// One of the caller's lists, in the order in which they came.
    pub async fn list(&self, caller: AccountId, which: ContactList) -> Result<Vec<ContactView>> {
        let load = move |conn: &mut AnyConnection| match which {
            ContactList::Listed => contacts::listed(conn, caller),
            ContactList::Blocked => contacts::blocked(conn, caller),
        };
        self.load(caller, load).await
    }

    /// One contact. [`ErrorKind::NotContact`].
    pub async fn info(&self, caller: AccountId, peer: AccountId) -> Result<ContactView> {
        let load = move |conn: &mut AnyConnection| Ok(vec![listed(conn, caller, peer)?]);
        let found = self.load(caller, load).await?.pop();
        Ok(found.ok_or(ErrorKind::NotContact)?)
    }

    async fn load<F>(&self, caller: AccountId, contacts: F) -> Result<Vec<ContactView>>
    where
        F: FnOnce(&mut AnyConnection) -> Result<Vec<Contact>> + Send + 'static,
    {
        let load = move |conn: &mut AnyConnection| {
            let contacts = contacts(conn)?;
            let peers: Vec<AccountId> = contacts.iter().map(|contact| contact.peer).collect();
            let seen = views::look(conn, caller, &peers)?;
            Ok((contacts, seen, groups_by_peer(conn, caller)?))
        };
        let (contacts, seen, mut groups) = self.core.store.read(load).await?;
        let mut views = self.core.show(caller, seen);
        let shown = contacts.into_iter().filter_map(|contact| {
            let account = views.remove(&contact.peer)?;
            let groups = groups.remove(&contact.peer).unwrap_or_default();
            Some(ContactView {
                contact,
                account,
                groups,
            })
        });
        Ok(shown.collect())
    }

    /// Takes somebody off the caller's list and out of the caller's groups; the other side is as it was.
    /// [`ErrorKind::NotContact`].
    pub async fn remove(&self, caller: AccountId, peer: AccountId) -> Result<()> {
        let remove = move |conn: &mut AnyConnection| {
            let contact = listed(conn, caller, peer)?;
            contacts::unlist(conn, &contact)?;
            contact_groups::forget(conn, caller, peer)?;
            let removed = Lasting::ContactRemoved {
                account: caller,
                peer,
                by: None,
            };
            let mut telling = Telling::one(conn, caller, removed)?;
            telling.add(conn, peer, changed(peer, caller))?;
            Ok(telling)
        };
        let telling = self.core.store.write(remove).await?;
        self.changed(caller, peer, telling).await;
        Ok(())
    }

    /// Blocks somebody, who leaves the list of contacts as long as they are blocked. Doing it again changes nothing.
    ///
    /// In this order: [`ErrorKind::SelfTarget`], [`ErrorKind::AccountUnknown`].
    pub async fn block(&self, caller: AccountId, peer: AccountId) -> Result<()> {
        if peer == caller {
            return Err(ErrorKind::SelfTarget.into());
        }
        let block = move |conn: &mut AnyConnection| {
            if !accounts::is_known(conn, peer)? {
                return Err(ErrorKind::AccountUnknown.into());
            }
            let known = contacts::find(conn, caller, peer)?;
            if known.is_some_and(|contact| contact.blocked) {
                return Ok(Telling::default());
            }
            contacts::block(conn, caller, peer, time::now())?;
            both_changed(conn, caller, peer)
        };
        let telling = self.core.store.write(block).await?;
        self.changed(caller, peer, telling).await;
        Ok(())
    }

    /// Lifts a block. [`ErrorKind::NotBlocked`].
    pub async fn unblock(
        &self,
        caller: AccountId,
        peer: AccountId,
        after: AfterBlock,
    ) -> Result<()> {
        let unblock = move |conn: &mut AnyConnection| {
            let contact = contacts::find(conn, caller, peer)?.filter(|contact| contact.blocked);
            let contact = contact.ok_or(ErrorKind::NotBlocked)?;
            match after {
                AfterBlock::Nothing => {
                    contacts::forget(conn, &contact)?;
                    contact_groups::forget(conn, caller, peer)?;
                }
                AfterBlock::Contact => contacts::unblock(conn, &contact)?,
            }
            both_changed(conn, caller, peer)
        };
        let telling = self.core.store.write(unblock).await?;
        self.changed(caller, peer, telling).await;
        Ok(())
    }

    /// Changes the caller's own name for a contact; empty for none. [`ErrorKind::NotContact`].
    pub async fn set_remark(
        &self,
        caller: AccountId,
        peer: AccountId,
        remark: String,
    ) -> Result<()> {
        fields::at_most("remark", &remark, 100)?;
        let change = move |conn: &mut AnyConnection| {
            let contact = listed(conn, caller, peer)?;
            contacts::set_remark(conn, &contact, &remark)?;
            Telling::one(conn, caller, changed(caller, peer))
        };
        let telling = self.core.store.write(change).await?;
        self.core.tell(telling).await;
        Ok(())
    }

    /// Changes the client's own text on a contact. [`ErrorKind::NotContact`].
    pub async fn set_label(&self, caller: AccountId, peer: AccountId, label: String) -> Result<()> {
        fields::at_most("label", &label, 1000)?;
        let change = move |conn: &mut AnyConnection| {
            let contact = listed(conn, caller, peer)?;
            contacts::set_label(conn, &contact, &label)
        };
        self.core.store.write(change).await
    }

    /// What an account holds of another has changed, which both mailboxes have to know.
    async fn changed(&self, a: AccountId, b: AccountId, telling: Telling) {
        self.core.hub.refresh(a);
        self.core.hub.refresh(b);
        self.core.tell(telling).await;
    }

    /// On which of another account's lists the caller is.
    pub async fn relation_to_me(&self, caller: AccountId, other: AccountId) -> Result<Standing> {
        let contact = self
            .core
            .store
            .read(move |conn| contacts::find(conn, other, caller))
            .await?;
        let blocked = contact.as_ref().is_some_and(|contact| contact.blocked);
        let listed = contact.is_some_and(|contact| contact.listed && !contact.blocked);
        Ok(Standing { listed, blocked })
    }
}

/// What an account holds of a peer changed, as the account is told.
fn changed(account: AccountId, peer: AccountId) -> Lasting {
    Lasting::ContactChanged { account, peer }
}

/// Tells both sides that something between them changed.
fn both_changed(conn: &mut AnyConnection, caller: AccountId, peer: AccountId) -> Result<Telling> {
    let mut telling = Telling::one(conn, caller, changed(caller, peer))?;
    telling.add(conn, peer, changed(peer, caller))?;
    Ok(telling)
}

fn listed(conn: &mut AnyConnection, account: AccountId, peer: AccountId) -> Result<Contact> {
    let contact = contacts::find(conn, account, peer)?.filter(|contact| contact.listed);
    Ok(contact.ok_or(ErrorKind::NotContact)?)
}

fn groups_by_peer(
    conn: &mut AnyConnection,
    account: AccountId,
) -> Result<HashMap<AccountId, Vec<GroupName>>> {
    let groups = contact_groups::of_account(conn, account)?;
    let groups: HashMap<i64, GroupName> =
        groups.into_iter().map(|group| (group.id, group)).collect();
    let mut by_peer: HashMap<AccountId, Vec<GroupName>> = HashMap::new();
    for (group, peer) in contact_groups::memberships(conn, account)? {
        if let Some(group) = groups.get(&group) {
            by_peer.entry(peer).or_default().push(group.clone());
        }
    }
    Ok(by_peer)
}
