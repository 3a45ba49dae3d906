//! A store on an empty database of its own, and what is done with it.

use crate::support::database::{Backend, Database};
use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use futures_util::future::join_all;
use parlance::config;
use parlance::domain::message::Draft;
use parlance::domain::{AccountId, Content, ConversationId, Dialect, Exchange, Message};
use parlance::error::Result;
use parlance::store::messages::{self, Slice};
use parlance::store::{AnyConnection, Append, Committed, Store};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use tempfile::TempDir;
use tokio::sync::oneshot;

/// How an append went.
pub type Answer = oneshot::Receiver<Result<Committed>>;

/// The conversation of two accounts, by their numbers from 0.
pub fn direct(a: i64, b: i64) -> ConversationId {
    Exchange::direct(account(a), account(b)).key()
}

/// An account by its number from 0.
pub fn account(number: i64) -> AccountId {
    AccountId(AccountId::FIRST.0 + number)
}

/// A store and its database.
pub struct Bench {
    /// What is tested.
    pub store: Store,
    config: config::Database,
    // After the store: its connections end before the database does.
    database: Database,
    _dir: TempDir,
}

impl Bench {
    /// A store on an empty database.
    pub fn on(backend: Backend) -> Self {
        Self::with(backend, |_| {})
    }

    /// Such a store with some settings changed.
    pub fn with(backend: Backend, change: impl FnOnce(&mut config::Database)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let database = Database::create(backend, dir.path());
        let mut config = config::Database {
            pool_size: 2,
            cache_mib: 4,
            ..Default::default()
        };
        change(&mut config);
        Self {
            store: Store::open(&config, database.url()).unwrap(),
            config,
            database,
            _dir: dir,
        }
    }

    /// Opens another store on the same database, reached by another way.
    #[cfg(feature = "mysql")]
    pub fn redirect(&mut self, url: &str) {
        self.store = Store::open(&self.config, url).unwrap();
    }

    /// The database's URL.
    pub fn url(&self) -> &str {
        self.database.url()
    }

    /// Closes the store and opens another one on the same database.
    pub async fn reopen(&mut self) {
        self.store.close().await;
        self.store = Store::open(&self.config, self.database.url()).unwrap();
    }

    /// Queues a message.
    pub fn queue(&self, to: ConversationId, from: AccountId, text: &str) -> Result<Answer> {
        self.queue_draft(to, from, None, draft(text))
    }

    /// Queues a message with the client's own id.
    pub fn queue_as(
        &self,
        client_id: &str,
        to: ConversationId,
        from: AccountId,
        text: &str,
    ) -> Result<Answer> {
        self.queue_draft(to, from, Some(client_id), draft(text))
    }

    /// Queues a message.
    pub fn queue_draft(
        &self,
        to: ConversationId,
        from: AccountId,
        client_id: Option<&str>,
        draft: Draft,
    ) -> Result<Answer> {
        let (done, answer) = oneshot::channel();
        self.store.append(Append {
            conversation: to,
            sender: from,
            draft: Arc::new(draft),
            client_id: client_id.map(str::to_owned),
            done: Box::new(move |outcome| drop(done.send(outcome))),
        })?;
        Ok(answer)
    }

    /// Commits a message.
    pub async fn say(&self, to: ConversationId, from: AccountId, text: &str) -> Arc<Message> {
        let answer = self.queue(to, from, text).unwrap();
        answer.await.unwrap().unwrap().message
    }

    /// Keeps the writer busy, so that what is queued meanwhile is one batch.
    pub async fn hold(&self) -> Hold {
        hold(&self.store).await
    }

    /// Runs SQL on the writer's connection.
    pub async fn execute(&self, sql: &str) -> Result<()> {
        let sql = sql.to_owned();
        let run = self.store.write(move |conn| Ok(conn.batch_execute(&sql)?));
        run.await
    }

    /// Runs one statement, prepared, so that both backends say what kind of error it was.
    pub async fn execute_one(&self, sql: &str) -> Result<()> {
        let sql = sql.to_owned();
        let run = self
            .store
            .write(move |conn| Ok(diesel::sql_query(sql).execute(conn).map(drop)?));
        run.await
    }

    /// Reads.
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut AnyConnection) -> Result<T> + Send + 'static,
    ) -> T {
        self.store.read(look).await.unwrap()
    }

    /// Writes.
    pub async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut AnyConnection) -> Result<T> + Send + 'static,
    ) -> T {
        self.store.write(change).await.unwrap()
    }

    /// A whole conversation, oldest first.
    pub async fn log(&self, conversation: ConversationId) -> Vec<Message> {
        let slice = Slice {
            conversation,
            viewer: account(0),
            after_seq: 0,
            only: None,
            newest_first: false,
            offset: 0,
            limit: 100_000,
        };
        let page = self
            .store
            .read(move |conn| messages::list(conn, &slice))
            .await;
        page.unwrap().0
    }

    /// How many transactions of messages there were.
    pub fn batches(&self) -> u64 {
        self.store.writer().batches.load(Ordering::Relaxed)
    }
}

/// Holds the writer until it is dropped.
pub struct Hold {
    _release: mpsc::Sender<()>,
}

/// Keeps a store's writer busy with a unit that was queued last and is under way by now.
pub async fn hold(store: &Store) -> Hold {
    let (held, holds) = oneshot::channel();
    let (release, released) = mpsc::channel::<()>();
    let store = store.clone();
    tokio::spawn(async move {
        let unit = store.write(move |_| {
            let _ = held.send(());
            // Ends when the other end is dropped.
            let _ = released.recv();
            Ok(())
        });
        unit.await
    });
    holds.await.unwrap();
    Hold { _release: release }
}

/// Waits for answers, which must all be there.
pub async fn all(answers: impl IntoIterator<Item = Answer>) -> Vec<Result<Committed>> {
    let outcomes = join_all(answers).await;
    outcomes
        .into_iter()
        .map(|outcome| outcome.expect("no answer"))
        .collect()
}

/// A plain text.
pub fn draft(text: &str) -> Draft {
    let text = text.to_owned();
    Draft::plain(Dialect::Freeim, "text", Content::Text { text })
}

/// What a message says.
pub fn text(message: &Message) -> &str {
    match &message.draft.content {
        Content::Text { text } => text,
        other => panic!("no text: {other:?}"),
    }
}
