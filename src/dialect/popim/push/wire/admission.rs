//! Who may hear a channel (contract, sections 3.3 and 3.8).

use super::{PopimWire, device};
use crate::dialect::popim::push::names::{Kind, Name};
use crate::dialect::popim::push::proto::{self, Comer, Subscribe};
use crate::domain::AccountId;
use crate::hub::wire::{Intent, Member};

/// A subscription that may be, as far as the wire knows by itself.
pub(super) struct Admitted {
    pub name: Name,
    /// What makes the connection an account's, if this does.
    pub identify: Option<Intent>,
    /// As whom the others see it.
    pub member: Option<Member>,
}

/// Nothing in it tells what would have been right.
const NOT_ALLOWED: &str = "not allowed";

/// The account that an id names.
pub(super) fn account(id: &str) -> Option<AccountId> {
    let number: i64 = id.parse().ok()?;
    let named = AccountId::holds(number) && number.to_string() == id;
    named.then_some(AccountId(number))
}

impl PopimWire {
    pub(super) fn admit(&mut self, asked: &Subscribe) -> Result<Admitted, &'static str> {
        let name = Name::read(&asked.channel).ok_or("there is no such channel")?;
        let comer = self.signed(name.kind(), asked)?;
        let identify = match name {
            Name::Global | Name::Other(_) => None,
            Name::User(account, kind) => self.as_user(account, kind)?,
            Name::Group(..) => self.as_member(comer.as_ref())?,
        };
        let member = comer.map(|comer| Member {
            id: comer.id.into(),
            info: comer.info.into(),
        });
        Ok(Admitted {
            name,
            identify,
            member,
        })
    }

    /// Checks the signature where one is needed; gives who comes where that is signed, too.
    fn signed(&self, kind: Kind, asked: &Subscribe) -> Result<Option<Comer>, &'static str> {
        let data = match kind {
            Kind::Plain | Kind::Own => return Ok(None),
            Kind::Private => None,
            Kind::Presence => Some(asked.channel_data.as_deref().ok_or(NOT_ALLOWED)?),
        };
        let (auth, options) = (asked.auth.as_deref().unwrap_or_default(), &self.options);
        let keys: Vec<&str> = options.keys.iter().map(String::as_str).collect();
        let signer = &options.signer;
        if !signer.allows(auth, &keys, &options.socket_id, &asked.channel, data) {
            return Err(NOT_ALLOWED);
        }
        let comer = data.map(|data| proto::comer(data).ok_or(NOT_ALLOWED));
        comer.transpose()
    }

    /// Who hears what concerns an account: that account. A signature says that a visitor is it.
    fn as_user(&mut self, account: AccountId, kind: Kind) -> Result<Option<Intent>, &'static str> {
        match self.me.account.get() {
            Some(me) if me == account => Ok(None),
            None if !AccountId::holds(account.0) => Err(NOT_ALLOWED),
            None if kind == Kind::Private => Ok(Some(self.identify(account))),
            None if kind == Kind::Plain && self.options.open => Ok(Some(self.identify(account))),
            _ => Err(NOT_ALLOWED),
        }
    }

    /// Who hears what is said in a group: members, of which the hub has to be asked, under their own names.
    fn as_member(&mut self, comer: Option<&Comer>) -> Result<Option<Intent>, &'static str> {
        let named = match comer {
            Some(comer) => Some(account(&comer.id).ok_or(NOT_ALLOWED)?),
            None => None,
        };
        if let Some(me) = self.me.account.get() {
            let own = named.is_none_or(|named| named == me);
            return if own { Ok(None) } else { Err(NOT_ALLOWED) };
        }
        let vouched = || (self.vouched)(&self.options.socket_id, None);
        let account = named.or_else(|| vouched().map(|voucher| voucher.account));
        Ok(Some(self.identify(account.ok_or(NOT_ALLOWED)?)))
    }

    /// Makes the connection an account's, with the login that asked for the signature.
    pub(super) fn identify(&mut self, account: AccountId) -> Intent {
        self.me.account.set(Some(account));
        let socket_id = &self.options.socket_id;
        let voucher = (self.vouched)(socket_id, Some(account));
        let session = voucher.and_then(|voucher| voucher.session);
        self.me.session.set(session);
        Intent::Identify {
            account,
            device: Some(device(session, socket_id)),
        }
    }
}
