//! Contacts: asking, answering, listing, blocking. Nobody is told of removals and blocks.

mod adding;

pub use crate::store::contact_groups::GroupName;
pub use crate::store::relations::Relation;

use super::accounts::AccountView;
use super::policy::{ContactMode, Policy};
use super::{Caller, Core, fields, views};
use crate::domain::{AccountId, Contact, ContactRequest, Event, time};
use crate::error::{ErrorKind, Result};
use crate::store::{AnyConnection, accounts, contact_groups, contact_requests, contacts};
use adding::{Facts, Step};
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

/// The use cases.
pub struct Contacts {
    core: Arc<Core>,
}

impl Contacts {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Asks somebody to become contacts, and tells them. If they have asked the caller, or need not be asked, both are contacts
    /// at once. If they have blocked the caller, nothing happens, and the caller cannot tell.
    ///
    /// In this order: [`ErrorKind::Invalid`], [`ErrorKind::ContactsClosed`], [`ErrorKind::SelfTarget`],
    /// [`ErrorKind::AccountUnknown`], [`ErrorKind::AlreadyContact`], [`ErrorKind::ContactNotAllowed`],
    /// [`ErrorKind::RequestPending`], [`ErrorKind::RequestQuota`].
    pub async fn add(&self, caller: Caller, target: AccountId, reason: String) -> Result<()> {
        fields::at_most("reason", &reason, 100)?;
        let policy = self.core.settings.policy();
        if !policy.contact_requests_open || policy.contact_mode == ContactMode::Closed {
            return Err(ErrorKind::ContactsClosed.into());
        }
        if target == caller.id {
            return Err(ErrorKind::SelfTarget.into());
        }
        let add = move |conn: &mut AnyConnection| add(conn, caller, target, &reason, &policy);
        let step = self.core.store.write(add).await?;
        self.added(caller.id, target, step);
        Ok(())
    }

    /// Tells who has to know what an add came to.
    fn added(&self, caller: AccountId, target: AccountId, step: Step) {
        match step {
            Step::Ignore => {}
            Step::Ask => {
                let event = Event::ContactRequested {
                    from: caller,
                    to: target,
                };
                self.core.hub.tell(&[target], event);
            }
            Step::Befriend { answers } => {
                self.core.hub.refresh(caller);
                self.core.hub.refresh(target);
                if answers {
                    self.tell_answer(caller, target, true, String::new());
                }
            }
        }
    }

    fn tell_answer(&self, by: AccountId, to: AccountId, accepted: bool, reason: String) {
        self.core.hub.tell(
            &[to],
            Event::ContactAnswered {
                by,
                to,
                accepted,
                reason,
            },
        );
    }

    /// Answers a request, and tells the applicant. [`ErrorKind::RequestUnknown`] when none is waiting.
    pub async fn reply(
        &self,
        caller: AccountId,
        applicant: AccountId,
        accept: bool,
        reason: String,
    ) -> Result<()> {
        fields::at_most("reason", &reason, 100)?;
        let words = reason.clone();
        let answer = move |conn: &mut AnyConnection| {
            if !contact_requests::answer(conn, applicant, caller, accept, &words, time::now())? {
                return Err(ErrorKind::RequestUnknown.into());
            }
            if accept {
                befriend(conn, caller, applicant)
            } else {
                Ok(())
            }
        };
        self.core.store.write(answer).await?;
        if accept {
            self.core.hub.refresh(caller);
            self.core.hub.refresh(applicant);
        }
        self.tell_answer(caller, applicant, accept, reason);
        Ok(())
    }

    /// The requests that wait for the caller's answer, newest first, at most 500.
    pub async fn requests(&self, caller: AccountId) -> Result<Vec<RequestView>> {
        let load = move |conn: &mut AnyConnection| {
            let requests = contact_requests::waiting_for(conn, caller, LISTED)?;
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
            contact_groups::forget(conn, caller, peer)
        };
        self.core.store.write(remove).await?;
        self.core.hub.refresh(caller);
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
            contacts::block(conn, caller, peer, time::now())
        };
        self.core.store.write(block).await?;
        self.core.hub.refresh(caller);
        Ok(())
    }

    /// Lifts a block. On the caller's side nothing remains: a former contact has to be added anew. [`ErrorKind::NotBlocked`].
    pub async fn unblock(&self, caller: AccountId, peer: AccountId) -> Result<()> {
        let unblock = move |conn: &mut AnyConnection| {
            let contact = contacts::find(conn, caller, peer)?.filter(|contact| contact.blocked);
            contacts::forget(conn, &contact.ok_or(ErrorKind::NotBlocked)?)?;
            contact_groups::forget(conn, caller, peer)
        };
        self.core.store.write(unblock).await?;
        self.core.hub.refresh(caller);
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
            contacts::set_remark(conn, &contact, &remark)
        };
        self.core.store.write(change).await
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

    /// On which of another account's lists the caller is: one or none.
    pub async fn relation_to_me(&self, caller: AccountId, other: AccountId) -> Result<Relation> {
        let contact = self
            .core
            .store
            .read(move |conn| contacts::find(conn, other, caller))
            .await?;
        let blocked = contact.as_ref().is_some_and(|contact| contact.blocked);
        let listed = contact.is_some_and(|contact| contact.listed && !contact.blocked);
        Ok(Relation { listed, blocked })
    }
}

fn listed(conn: &mut AnyConnection, account: AccountId, peer: AccountId) -> Result<Contact> {
    let contact = contacts::find(conn, account, peer)?.filter(|contact| contact.listed);
    Ok(contact.ok_or(ErrorKind::NotContact)?)
}

/// Makes two accounts each other's contacts. Whatever requests wait between them are answered by it.
fn befriend(conn: &mut AnyConnection, a: AccountId, b: AccountId) -> Result<()> {
    let now = time::now();
    contact_requests::answer(conn, a, b, true, "", now)?;
    contact_requests::answer(conn, b, a, true, "", now)?;
    contacts::list(conn, a, b, now)?;
    contacts::list(conn, b, a, now)
}

/// Decides and stores what an add comes to.
fn add(
    conn: &mut AnyConnection,
    caller: Caller,
    target: AccountId,
    reason: &str,
    policy: &Policy,
) -> Result<Step> {
    let now = time::now();
    let account = accounts::find(conn, target)?.ok_or(ErrorKind::AccountUnknown)?;
    let facts = Facts {
        by_manager: caller.manager,
        of_manager: account.manager,
        mine: contacts::find(conn, caller.id, target)?,
        theirs: contacts::find(conn, target, caller.id)?,
        asked: contact_requests::is_waiting(conn, caller.id, target)?,
        was_asked: contact_requests::is_waiting(conn, target, caller.id)?,
        asked_today: contact_requests::sent_since(conn, caller.id, time::day_start(now))?,
    };
    let step = adding::decide(&facts, policy)?;
    match step {
        Step::Ignore => {}
        Step::Ask => contact_requests::insert(conn, caller.id, target, reason, now)?,
        Step::Befriend { .. } => befriend(conn, caller.id, target)?,
    }
    Ok(step)
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
