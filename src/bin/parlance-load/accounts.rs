//! Signing accounts in, many at a time.

use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::time::timeout;

use crate::Result;
use crate::args::Common;
use crate::dialect::{Account, Proof};
use crate::http::Http;
use crate::node::Node;

/// Connections that sign in side by side.
const AT_ONCE: usize = 48;
/// Passwords cost the node about 0.1 s each, and all connections wait for the same cores.
const PATIENCE: Duration = Duration::from_secs(60);

/// Signs in these accounts of the prefix, in their order.
pub async fn sign_in(
    common: &Common,
    node: &Rc<Node>,
    accounts: Range<usize>,
) -> Result<Vec<Account>> {
    let count = accounts.len();
    eprintln!("signing in {count} accounts");
    let next = Cell::new(accounts.start);
    let crew = (0..AT_ONCE.min(count))
        .map(|nth| sign_in_some(common, Http::new(Rc::clone(node), nth), &next, accounts.end));
    let mut signed_in: Vec<(usize, Account)> =
        try_join_all(crew).await?.into_iter().flatten().collect();
    signed_in.sort_unstable_by_key(|(index, _)| *index);
    Ok(signed_in.into_iter().map(|(_, account)| account).collect())
}

async fn sign_in_some(
    common: &Common,
    mut http: Http,
    next: &Cell<usize>,
    end: usize,
) -> Result<Vec<(usize, Account)>> {
    let proof = common
        .code
        .as_deref()
        .map_or(Proof::Password(&common.password), Proof::Code);
    let mut done = Vec::new();
    while next.get() < end {
        let index = next.replace(next.get() + 1);
        let name = format!("{}{index:08}", common.accounts_prefix);
        let account = timeout(PATIENCE, common.dialect.sign_in(&mut http, &name, proof)).await;
        let account = account
            .map_err(|_| format!("the node did not answer a login within {PATIENCE:?}"))??;
        done.push((index, account));
    }
    Ok(done)
}
