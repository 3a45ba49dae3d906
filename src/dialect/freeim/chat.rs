//! Operations 51 to 54: messages.

use super::Answer;
use super::args::NAME;
use super::caller::Authed;
use super::content;
use super::frame::{CONTROL_WORDS, FRIEND, Frame, GROUP};
use super::reply::{Reply, said};
use super::wire::message_frame;
use crate::dialect::body::Fields;
use crate::dialect::page::Page;
use crate::domain::message::{Draft, Mentions};
use crate::domain::{AccountId, ChannelId, MessageId};
use crate::error::{Error, ErrorKind, Result};
use crate::service::chat::{Look, Revoke, Saying, Seen, Target};
use actix_web::{HttpRequest, web};
use tokio::sync::Semaphore;

/// Bytes of a text message.
const TEXT: usize = 65_535;
/// Bytes of other messages, which may hold a picture.
const OTHER: usize = 256 * 1024;
/// Bytes of a request with the longest message, every byte of it percent-encoded, and what else belongs to the form.
const REQUEST: usize = 3 * OTHER + 16 * 1024;
/// Characters of the client's own id of a message.
const CLIENT_ID: usize = 64;
/// A message can be taken back for two minutes, by its sender.
const REVOKE: Revoke = Revoke {
    within: Some(120_000),
    managers: false,
};
/// Messages on a page, unless the client wants another number, and at most.
const PAGE: (i64, i64) = (50, 500);
/// Bytes of a page that a worker writes itself; it would stall over a larger one.
const LIGHT: usize = 1024 * 1024;
/// Who may hold and write a page that is not [`LIGHT`]: one can have more than a hundred megabytes.
static HEAVY: Semaphore = Semaphore::const_new(2);

/// 51: says something.
pub async fn send(req: HttpRequest, payload: web::Payload) -> Answer {
    let ask = Authed::read(&req, payload.into_inner(), REQUEST).await;
    let ask = ask.map_err(too_long)?;
    let draft = draft(&ask.args)?;
    let ope = ask.args.text("ope").unwrap_or_default();
    let saying = Saying {
        target: target(ask.args.required_int("toId")?, ope)?,
        draft,
        reword: content::reword,
        client_id: ask.args.optional("clientMsgId", CLIENT_ID)?,
        require_contact: ask.services.core.config.freeim.require_friend,
        origin: None,
        kept: true,
        mentions: Mentions::default(),
    };
    let committed = ask.services.chat.say(ask.caller, saying).await?;
    Ok(Reply::ok(said::SENT, &message_frame(&committed.message)))
}

/// 52: takes a message back. Its id says where it was sent, so `toId` and `ope` are not needed.
pub async fn revoke(ask: Authed) -> Answer {
    let id = ask.args.required_int("id").map(MessageId)?;
    ask.services.chat.revoke(ask.caller, id, REVOKE).await?;
    Ok(Reply::done(said::OK))
}

/// 53: what `toId` wrote to the caller is read. In channels nothing is kept of that.
pub async fn read(ask: Authed) -> Answer {
    let peer = ask.args.to()?;
    if AccountId::holds(peer.0) {
        ask.services.chat.read(ask.caller, peer).await?;
    }
    Ok(Reply::done(said::OK))
}

/// 54: what was said, oldest first unless `sort` wants otherwise.
pub async fn messages(ask: Authed) -> Answer {
    let target = conversation(&ask.args)?;
    let Page { offset, limit } = Page::read(&ask.args, PAGE.0, PAGE.1)?;
    let word = ask.args.optional("messageType", NAME)?;
    let look = Look {
        only: word.map(|word| content::only(&word)),
        newest_first: ask.args.text("sort").map_or(Ok(false), newest_first)?,
        offset,
        limit,
    };
    let me = ask.caller.id;
    let chat = &ask.services.chat;
    let (seen, total) = chat.history(ask.caller, target, look.clone()).await?;
    if weight(&seen) <= LIGHT {
        return Ok(page(&seen, me, total));
    }
    // Those who wait for their turn hold no page meanwhile.
    drop(seen);
    let turn = HEAVY.acquire().await.map_err(Error::internal)?;
    let (seen, total) = chat.history(ask.caller, target, look).await?;
    // The turn goes along, because the work goes on when the one who waits for it has left.
    let written = web::block(move || {
        let _held = turn;
        page(&seen, me, total)
    });
    Ok(written.await.map_err(Error::internal)?)
}

fn weight(seen: &[Seen]) -> usize {
    seen.iter().map(|seen| seen.message.draft.weight()).sum()
}

fn page(seen: &[Seen], me: AccountId, total: i64) -> Reply {
    let items: Vec<Frame<'_>> = seen.iter().map(|seen| item(seen, me)).collect();
    Reply::page(&items, total)
}

fn item(seen: &Seen, me: AccountId) -> Frame<'_> {
    let own = Some(seen.message.sender == me);
    Frame {
        is_read: seen.read,
        own,
        ..message_frame(&seen.message)
    }
}

/// A request that is too large for its message is refused like the message.
fn too_long(error: Error) -> Error {
    match error.kind() {
        ErrorKind::TooLarge => ErrorKind::MessageTooLong.into(),
        _ => error,
    }
}

fn draft(fields: &Fields) -> Result<Draft> {
    let word = fields.required_text("type", NAME)?;
    if CONTROL_WORDS.contains(&word) {
        return Err(Error::invalid("field `type`: a control word"));
    }
    let body = fields.required_text("body", usize::MAX)?;
    let sealed = fields.flag("isPrivate")?.unwrap_or(false);
    let most = if word == "text" { TEXT } else { OTHER };
    if body.len() > most {
        return Err(ErrorKind::MessageTooLong.into());
    }
    Ok(content::draft(word, body.to_owned(), sealed))
}

fn target(id: i64, ope: &str) -> Result<Target> {
    match ope {
        FRIEND if !AccountId::holds(id) => Err(ErrorKind::AccountUnknown.into()),
        FRIEND => Ok(Target::Account(AccountId(id))),
        GROUP => Ok(Target::Channel(ChannelId(id))),
        _ => Err(Error::invalid("field `ope`: friend or group is needed")),
    }
}

/// Without `ope` the id alone tells accounts from channels.
fn conversation(fields: &Fields) -> Result<Target> {
    let id = fields.required_int("toId")?;
    let ope = match fields.text("ope").unwrap_or_default() {
        "" if id < AccountId::FIRST.0 => GROUP,
        "" => FRIEND,
        ope => ope,
    };
    target(id, ope)
}

/// Ids and times ascend together, so of several orders the first decides.
fn newest_first(sort: &str) -> Result<bool> {
    let orders = sort.split('|').map(|order| match order.split_once(':') {
        Some(("id" | "createdAt", "asc")) => Ok(false),
        Some(("id" | "createdAt", "desc")) => Ok(true),
        _ => Err(Error::invalid(
            "field `sort`: id or createdAt with :asc or :desc is needed",
        )),
    });
    let orders = orders.collect::<Result<Vec<bool>>>()?;
    Ok(orders.first() == Some(&true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::conversation::Exchange;
    use crate::domain::{Message, MessageStatus};
    use actix_web::test::TestRequest;
    use std::sync::Arc;

    async fn query(text: &str) -> Fields {
        let (req, payload) = TestRequest::with_uri(&format!("/?{text}")).to_http_parts();
        Fields::read(&req, payload, 0).await.unwrap()
    }

    #[test]
    fn four_of_the_longest_messages_are_the_most_a_worker_writes() {
        let sender = AccountId::FIRST;
        let message = Message {
            id: MessageId(1),
            conversation: Exchange::direct(sender, AccountId(sender.0 + 1)).key(),
            seq: 1,
            sender,
            draft: Arc::new(content::draft("text", "x".repeat(OTHER), false)),
            client_id: None,
            status: MessageStatus::Normal,
            created_at: 0,
            updated_at: 0,
        };
        let seen = Seen::of(message, false);
        let page = |messages| vec![seen.clone(); messages];
        assert!(weight(&page(4)) <= LIGHT);
        assert!(weight(&page(5)) > LIGHT);
    }

    #[test]
    fn only_ids_and_times_can_be_sorted_by() {
        let cases = [
            ("id:asc", Some(false)),
            ("id:desc", Some(true)),
            ("createdAt:desc", Some(true)),
            ("createdAt:asc|id:desc", Some(false)),
            ("", None),
            ("id", None),
            ("id:up", None),
            ("body:asc", None),
            ("id:desc|body:asc", None),
            ("id:desc|", None),
        ];
        for (sort, expected) in cases {
            assert_eq!(newest_first(sort).ok(), expected, "{sort}");
        }
    }

    #[actix_web::test]
    async fn an_id_tells_its_conversation_unless_ope_does() {
        let account = Target::Account(AccountId(10_000_000));
        let cases = [
            ("toId=9999999", Ok(Target::Channel(ChannelId(9_999_999)))),
            ("toId=10000000", Ok(account)),
            ("toId=10000000&ope=friend", Ok(account)),
            (
                "toId=10000000&ope=group",
                Ok(Target::Channel(ChannelId(10_000_000))),
            ),
            ("toId=7&ope=friend", Err(ErrorKind::AccountUnknown)),
            ("toId=2147483648", Err(ErrorKind::AccountUnknown)),
            ("toId=7&ope=system", Err(ErrorKind::Invalid)),
            ("ope=friend", Err(ErrorKind::Invalid)),
        ];
        for (text, expected) in cases {
            assert_eq!(
                conversation(&query(text).await).map_err(|error| error.kind()),
                expected,
                "{text}"
            );
        }
    }

    #[actix_web::test]
    async fn a_message_has_a_type_that_is_no_control_word_and_a_body() {
        for good in [
            "type=text&body=a",
            "type=poke&body=a&isPrivate=1",
            "type=geo&body=%7B%7D",
        ] {
            assert!(draft(&query(good).await).is_ok(), "{good}");
        }
        for bad in [
            "type=&body=a",
            "body=a",
            "type=text&body=",
            "type=text",
            "type=text&body=a&isPrivate=x",
        ] {
            assert_eq!(
                draft(&query(bad).await).map_err(|error| error.kind()),
                Err(ErrorKind::Invalid),
                "{bad}"
            );
        }
        for word in CONTROL_WORDS {
            assert!(
                draft(&query(&format!("type={word}&body=a")).await).is_err(),
                "{word}"
            );
        }
    }

    #[actix_web::test]
    async fn other_types_may_be_longer_than_text() {
        let cases = [
            ("text", TEXT, true),
            ("text", TEXT + 1, false),
            ("pic", OTHER, true),
            ("pic", OTHER + 1, false),
        ];
        for (word, length, fits) in cases {
            let form = format!("type={word}&body={}", "x".repeat(length));
            let request = TestRequest::post()
                .insert_header(("content-type", "application/x-www-form-urlencoded"))
                .set_payload(form);
            let (req, payload) = request.to_http_parts();
            let fields = Fields::read(&req, payload, REQUEST).await.unwrap();
            let kind = draft(&fields).map_err(|error| error.kind()).err();
            assert_eq!(
                kind,
                (!fits).then_some(ErrorKind::MessageTooLong),
                "{word} of {length}"
            );
        }
    }
}
