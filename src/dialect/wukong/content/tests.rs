use super::*;
use crate::domain::content::Medium;
use crate::domain::{AccountId, ChannelId, ContentKind, MessageId, MessageStatus};
use crate::service::opaque::{Opaque, System};

const BASE: &str = "http://x/v1/";

fn ids() -> Ids {
    Ids {
        opaque: Opaque::new([7; 16]),
        system: Arc::new(System::default()),
    }
}

fn read(text: &str) -> Draft {
    draft(text.as_bytes(), &ids(), BASE).unwrap().0
}

#[test]
fn every_payload_comes_back_byte_for_byte() {
    let payloads = [
        r#"{"content":"hi","type":1}"#,
        r#"{"type":1,"content":"hi"}"#,
        r#" {"content":"\u0061","type":1} "#,
        r#"{"content":"你好","type":1,"mention":{"uids":["u2"]},"reply":{"message_id":"1"}}"#,
        r#"{"type":2,"url":"file/preview/a","width":1,"height":2}"#,
        r#"{"type":4,"url":"a","timeTrad":3,"waveform":"AA=="}"#,
        r#"{"type":9,"redpacket_no":"x","blessing":"y"}"#,
        r#"{"type":4711,"x":1e999,"y":"\ud800"}"#,
        r#"{"type":"1","content":5}"#,
    ];
    for text in payloads {
        assert_eq!(payload(&read(text), &ids()), text);
    }
}

#[test]
fn plain_text_is_stored_once() {
    let draft = read(r#"{"content":"a\"b\n你","type":1}"#);
    assert_eq!(draft.raw, None);
    assert_eq!(draft, plain("a\"b\n你"));
}

#[test]
fn what_is_no_payload_is_refused() {
    for text in [
        "",
        "hi",
        "[]",
        "{}",
        r#"{"type":1.5}"#,
        r#"{"type":1e300}"#,
        r#"{"type":null}"#,
    ] {
        assert!(draft(text.as_bytes(), &ids(), BASE).is_err(), "{text}");
    }
    assert!(draft(&[0xff], &ids(), BASE).is_err());
}

#[test]
fn the_known_types_say_what_they_are() {
    use ContentKind::{Card, Custom, File, Image, Place, Sticker, Text, Video, Voice};
    let uid = ids().uid(AccountId::FIRST);
    let card = format!(r#"{{"type":7,"uid":"{uid}","name":"Ann"}}"#);
    let cases = [
        (r#"{"type":1,"content":"a"}"#, Text),
        (r#"{"type":14,"content":"a"}"#, Text),
        (r#"{"type":2,"url":"a"}"#, Image),
        (r#"{"type":3,"url":"a"}"#, Image),
        (r#"{"type":4,"url":"a"}"#, Voice),
        (r#"{"type":5,"url":"a"}"#, Video),
        (r#"{"type":6,"lng":1,"lat":2}"#, Place),
        (card.as_str(), Card),
        (r#"{"type":7,"uid":"nobody","name":"Ann"}"#, Custom),
        (r#"{"type":8,"url":"a"}"#, File),
        (r#"{"type":12,"url":"a"}"#, Sticker),
        (r#"{"type":13,"url":"a"}"#, Sticker),
    ];
    for (text, kind) in cases {
        assert_eq!(read(text).content.kind(), kind, "{text}");
    }
}

#[test]
fn unknown_types_are_kept_and_readable() {
    for kind in [9, 10, 11, 16, 20, 99, 1001, 2000, 4711, 9989, 9999, -5] {
        let draft = read(&format!(r#"{{"type":{kind},"x":1}}"#));
        assert_eq!(draft.word, kind.to_string());
        assert!(matches!(&draft.content, Content::Custom { text } if !text.is_empty()));
    }
    let call = read(r#"{"type":9989,"content":"1:05"}"#);
    assert_eq!(
        call.content,
        Content::Custom {
            text: "1:05".to_owned()
        }
    );
}

#[test]
fn addresses_become_whole_and_numbers_are_read() {
    let draft = read(
        r#"{"type":5,"url":"file/preview/v","cover":"/file/c","size":"7","width":1.9,"height":-2,"second":3}"#,
    );
    let medium = Medium {
        url: "http://x/v1/file/preview/v".to_owned(),
        poster: "http://x/v1/file/c".to_owned(),
        size: 7,
        width: 1,
        seconds: 3,
        ..Medium::default()
    };
    assert_eq!(draft.content, Content::Video(medium));
    let there = read(r#"{"type":2,"url":"https://y/z"}"#);
    assert!(matches!(there.content, Content::Image(m) if m.url == "https://y/z"));
}

#[test]
fn mentions_and_audiences_are_accounts() {
    let (ann, bob) = (AccountId::FIRST, AccountId(AccountId::FIRST.0 + 1));
    let (a, b) = (ids().uid(ann), ids().uid(bob));
    let text = format!(
        r#"{{"type":1,"content":"x","mention":{{"all":1,"uids":["{a}","nobody","{a}"]}},"visibles":["{b}"]}}"#
    );
    let (said, mentions) = draft(text.as_bytes(), &ids(), BASE).unwrap();
    assert!(mentions.all);
    assert_eq!(mentions.accounts, [ann]);
    assert_eq!(said.audience.as_deref(), Some(&[bob][..]));
    assert_eq!(read(r#"{"type":1,"visibles":[]}"#).audience, None);
}

#[test]
fn rewording_keeps_the_other_keys_in_order() {
    let mut draft = read(r#"{"z":1,"content":"bad","type":1}"#);
    reword(&mut draft, "good".to_owned());
    assert_eq!(
        payload(&draft, &ids()),
        r#"{"z":1,"content":"good","type":1}"#
    );
    let mut draft = plain("bad");
    reword(&mut draft, "good".to_owned());
    assert_eq!(draft, plain("good"));
}

#[test]
fn what_other_dialects_say_is_read_back_as_the_same() {
    let medium = Medium {
        url: "http://x/y".to_owned(),
        ..Medium::default()
    };
    let named = Medium {
        name: "y.txt".to_owned(),
        size: 5,
        ..medium.clone()
    };
    let contents = [
        Content::Text {
            text: "a".to_owned(),
        },
        Content::Image(medium.clone()),
        Content::Voice(medium.clone()),
        Content::Video(medium),
        Content::File(named),
        Content::Place {
            longitude: Some(1.5),
            latitude: Some(2.0),
            title: "t".to_owned(),
        },
        Content::Card {
            account: AccountId::FIRST,
            name: "Ann".to_owned(),
        },
    ];
    for content in contents {
        let said = Draft {
            raw: Some("raw of another dialect".to_owned()),
            ..Draft::plain(Dialect::Freeim, "x", content)
        };
        assert_eq!(read(&payload(&said, &ids())).content, said.content);
    }
}

#[test]
fn what_cannot_be_shown_is_a_readable_text() {
    let contents = [
        Content::Sealed,
        Content::Place {
            longitude: None,
            latitude: None,
            title: "t".to_owned(),
        },
        Content::Custom {
            text: "poke".to_owned(),
        },
        Content::Image(Medium {
            text: "words".to_owned(),
            ..Medium::default()
        }),
    ];
    for content in contents {
        let said = Draft::plain(Dialect::Freeim, "x", content);
        let shown = read(&payload(&said, &ids())).content;
        assert!(matches!(shown, Content::Text { text } if !text.is_empty()));
    }
}

#[test]
fn setting_and_life_are_kept_without_what_is_not_passed_on() {
    let mut said = plain("a");
    said.marks = marks(Setting(0xff), u32::MAX);
    assert_eq!((setting(&said), expire(&said)), (0xe0, u32::MAX));
    assert_eq!((setting(&plain("a")), expire(&plain("a"))), (0, 0));
}

#[test]
fn only_what_the_system_tells_a_group_has_no_sender() {
    let friend = AccountId(AccountId::FIRST.0 + 1);
    let group = Exchange::Channel(ChannelId(7));
    let friends = Exchange::direct(AccountId::FIRST, friend);
    let message = |place: Exchange, draft: Draft| Message {
        id: MessageId(1),
        conversation: place.key(),
        seq: 1,
        sender: AccountId::FIRST,
        draft: Arc::new(draft),
        client_id: None,
        status: MessageStatus::Normal,
        created_at: 0,
        updated_at: 0,
    };
    let notice = |place, word: &str| {
        let text = String::new();
        let draft = Draft::plain(Dialect::Wukong, word, Content::Notice { text });
        message(place, draft)
    };
    assert!(from_uid(&notice(group, "1001"), &ids()).is_none());
    assert!(from_uid(&notice(group, "2000"), &ids()).is_none());
    assert!(from_uid(&notice(friends, "2000"), &ids()).is_some());
    let forged = message(group, read(r#"{"type":1001,"content":"x"}"#));
    assert!(from_uid(&forged, &ids()).is_some());
    assert_eq!(message_no(&forged, &ids()).len(), 33);
}
