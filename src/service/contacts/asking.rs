//! Asking to become contacts, and answering.

use super::adding::{self, Facts, Repeat, Step};
use super::{Contacts, LISTED, RequestView};
use crate::domain::conversation::Exchange;
use crate::domain::time::Millis;
use crate::domain::{AccountId, Event, Lasting, RequestStatus, time};
use crate::error::{ErrorKind, Result};
use crate::service::policy::{ContactMode, Policy};
use crate::service::telling::Telling;
use crate::service::{Caller, fields};
use crate::store::{AnyConnection, accounts, contact_requests, contacts, conversations};

/// What became of asking somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Added {
    /// The number of the request that waits now, if one does.
    pub request: Option<i64>,
}

/// A request that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Who had asked.
    pub applicant: AccountId,
    /// With what words.
    pub reason: String,
}

/// What somebody wants.
struct Wish {
    by: Caller,
    target: AccountId,
    reason: String,
    repeat: Repeat,
}

impl Contacts {
    /// Asks somebody to become contacts, and tells them. If they have asked the caller, or need not be asked, both are contacts
    /// at once. If they have blocked the caller, nothing happens, and the caller cannot tell.
    ///
    /// In this order: [`ErrorKind::Invalid`], [`ErrorKind::ReadOnly`], [`ErrorKind::ContactsClosed`], [`ErrorKind::SelfTarget`],
    /// [`ErrorKind::AccountUnknown`], [`ErrorKind::AlreadyContact`], [`ErrorKind::ContactNotAllowed`],
    /// [`ErrorKind::RequestPending`], [`ErrorKind::RequestQuota`].
    pub async fn add(
        &self,
        caller: Caller,
        target: AccountId,
        reason: String,
        repeat: Repeat,
    ) -> Result<Added> {
        fields::at_most("reason", &reason, 100)?;
        self.core.check_may_write(caller.id).await?;
        let policy = self.core.settings.policy();
        if !policy.contact_requests_open || policy.contact_mode == ContactMode::Closed {
            return Err(ErrorKind::ContactsClosed.into());
        }
        if target == caller.id {
            return Err(ErrorKind::SelfTarget.into());
        }
        let wish = Wish {
            by: caller,
            target,
            reason,
            repeat,
        };
        let add = move |conn: &mut AnyConnection| add(conn, &wish, &policy);
        let (step, request, telling) = self.core.store.write(add).await?;
        if matches!(step, Step::Befriend { .. }) {
            self.core.hub.refresh(caller.id);
            self.core.hub.refresh(target);
        }
        self.core.tell(telling).await;
        Ok(Added { request })
    }

    /// Answers a request, and tells the applicant. [`ErrorKind::ReadOnly`]; [`ErrorKind::RequestUnknown`] when none is waiting.
    pub async fn reply(
        &self,
        caller: AccountId,
        applicant: AccountId,
        accept: bool,
        reason: String,
    ) -> Result<()> {
        fields::at_most("reason", &reason, 100)?;
        self.core.check_may_write(caller).await?;
        let answer = move |conn: &mut AnyConnection| {
            if !contact_requests::answer(conn, applicant, caller, accept, &reason, time::now())? {
                return Err(ErrorKind::RequestUnknown.into());
            }
            answered(conn, caller, applicant, accept, reason)
        };
        let telling = self.core.store.write(answer).await?;
        if accept {
            self.changed(caller, applicant, telling).await;
        } else {
            self.core.tell(telling).await;
        }
        Ok(())
    }

    /// A page of the requests to the caller, answered or not, newest first.
    pub async fn all_requests(
        &self,
        caller: AccountId,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<RequestView>> {
        let limit = limit.clamp(1, LISTED);
        let load = move |conn: &mut AnyConnection| {
            contact_requests::all_for(conn, caller, offset.max(0), limit)
        };
        self.load_requests(caller, load).await
    }

    /// A request that was made to the caller, answered or not, if there is one with this number.
    pub async fn request(&self, caller: AccountId, request: i64) -> Result<Option<RequestView>> {
        let load = move |conn: &mut AnyConnection| {
            let found = contact_requests::find(conn, request)?;
            Ok(found
                .into_iter()
                .filter(|found| found.to == caller)
                .collect())
        };
        Ok(self.load_requests(caller, load).await?.pop())
    }

    /// How many requests wait for the caller's answer.
    pub async fn waiting(&self, caller: AccountId) -> Result<i64> {
        self.core
            .store
            .read(move |conn| contact_requests::count_waiting(conn, caller))
            .await
    }

    /// Forgets the requests of an applicant to the caller.
    pub async fn forget_request(&self, caller: AccountId, applicant: AccountId) -> Result<()> {
        self.core
            .store
            .write(move |conn| contact_requests::forget(conn, applicant, caller))
            .await
    }

    /// Accepts the request with a number, if it is no older than `max_age`, and tells both sides.
    /// [`ErrorKind::RequestUnknown`].
    pub async fn accept(
        &self,
        caller: AccountId,
        request: i64,
        max_age: Millis,
    ) -> Result<Accepted> {
        self.core.check_may_write(caller).await?;
        let accept = move |conn: &mut AnyConnection| {
            let now = time::now();
            let found = contact_requests::find(conn, request)?.filter(|request| {
                request.to == caller
                    && request.status == RequestStatus::Waiting
                    && now - request.created_at <= max_age
            });
            let found = found.ok_or(ErrorKind::RequestUnknown)?;
            contact_requests::answer(conn, found.from, caller, true, "", now)?;
            let telling = answered(conn, caller, found.from, true, String::new())?;
            let accepted = Accepted {
                applicant: found.from,
                reason: found.reason,
            };
            Ok((accepted, telling))
        };
        let (accepted, telling) = self.core.store.write(accept).await?;
        self.changed(caller, accepted.applicant, telling).await;
        Ok(accepted)
    }
}

/// Decides and stores what a wish comes to, and notes who has to know.
fn add(
    conn: &mut AnyConnection,
    wish: &Wish,
    policy: &Policy,
) -> Result<(Step, Option<i64>, Telling)> {
    let now = time::now();
    let (me, target) = (wish.by.id, wish.target);
    let account = accounts::find(conn, target)?.ok_or(ErrorKind::AccountUnknown)?;
    let facts = Facts {
        by_manager: wish.by.manager,
        of_manager: account.manager,
        mine: contacts::find(conn, me, target)?,
        theirs: contacts::find(conn, target, me)?,
        asked: contact_requests::is_waiting(conn, me, target)?,
        was_asked: contact_requests::is_waiting(conn, target, me)?,
        asked_today: contact_requests::sent_since(conn, me, time::day_start(now))?,
    };
    let step = adding::decide(&facts, policy, wish.repeat)?;
    Ok(match step {
        Step::Ignore => (step, None, Telling::default()),
        Step::Ask => {
            let (request, telling) = ask(conn, wish, now)?;
            (step, Some(request), telling)
        }
        Step::Befriend { answers: true } => {
            (step, None, answered(conn, me, target, true, String::new())?)
        }
        // Told as the consent that was not waited for.
        Step::Befriend { answers: false } => {
            (step, None, answered(conn, target, me, true, String::new())?)
        }
    })
}

fn ask(conn: &mut AnyConnection, wish: &Wish, now: Millis) -> Result<(i64, Telling)> {
    let (me, target) = (wish.by.id, wish.target);
    if wish.repeat == Repeat::Supersedes {
        contact_requests::forget(conn, me, target)?;
    }
    let request = contact_requests::replace(conn, me, target, &wish.reason, now)?;
    let event = Lasting::ContactRequested {
        from: me,
        to: target,
        request,
        name: name_of(conn, me)?,
        reason: wish.reason.clone(),
    };
    Ok((request, Telling::one(conn, target, event)?))
}

/// Makes an answer true, and notes it for the applicant, and consent for the one who gave it, too.
pub(super) fn answered(
    conn: &mut AnyConnection,
    by: AccountId,
    to: AccountId,
    accepted: bool,
    reason: String,
) -> Result<Telling> {
    let event = Event::ContactAnswered {
        by,
        to,
        accepted,
        reason,
        name: name_of(conn, by)?,
    };
    let mut telling = Telling::default();
    if accepted {
        befriend(conn, by, to)?;
        telling.add(conn, by, event.clone())?;
    }
    telling.add(conn, to, event)?;
    Ok(telling)
}

/// What others know an account by.
fn name_of(conn: &mut AnyConnection, id: AccountId) -> Result<String> {
    let account = accounts::find(conn, id)?.ok_or(ErrorKind::AccountUnknown)?;
    Ok(account.profile.nickname)
}

/// Makes two accounts each other's contacts, and shows both their conversation. Whatever requests wait between them are answered
/// by it.
pub(in crate::service) fn befriend(
    conn: &mut AnyConnection,
    a: AccountId,
    b: AccountId,
) -> Result<()> {
    let now = time::now();
    contact_requests::answer(conn, a, b, true, "", now)?;
    contact_requests::answer(conn, b, a, true, "", now)?;
    contacts::list_both(conn, a, b, now)?;
    let key = Exchange::direct(a, b).key();
    conversations::reopen(conn, a, key, now)?;
    conversations::reopen(conn, b, key, now)
}
