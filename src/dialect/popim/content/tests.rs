use super::*;
use crate::domain::content::Medium;
use crate::domain::{AccountId, ChannelId, ContentKind, Exchange};
use proptest::prelude::*;
use std::sync::Arc;

const URL: &str = "https://files.example/a";

fn absolute(url: &str) -> String {
    match url.strip_prefix("//") {
        Some(rest) => format!("https://{rest}"),
        None if url.starts_with('/') => format!("https://im.example{url}"),
        None => url.to_owned(),
    }
}

fn read(text: &str) -> Draft {
    draft(text, None, absolute)
}

fn message(draft: Draft) -> Message {
    Message {
        id: MessageId(9),
        conversation: Exchange::Channel(ChannelId(7)).key(),
        seq: 1,
        sender: AccountId::FIRST,
        draft: Arc::new(draft),
        client_id: None,
        status: MessageStatus::Normal,
        created_at: 0,
        updated_at: 0,
    }
}

fn shown(content: Content) -> String {
    let draft = Draft::plain(Dialect::Freeim, "x", content);
    text_of(&message(draft)).into_owned()
}

fn medium() -> Medium {
    Medium {
        url: URL.to_owned(),
        ..Medium::default()
    }
}

#[test]
fn the_forms_that_clients_recognise_say_what_they_are() {
    use ContentKind::{File, Image, Text, Video, Voice};
    let cases = [
        ("hello [表情1]", Text),
        ("voice(//im.example/upload/files/202311/ab.wav)", Voice),
        ("say voice(/a.wav)", Text),
        ("voice(a.wav)", Text),
        ("voice(/a.wav) ", Text),
        ("![](/a.png)", Image),
        ("look: ![图片](https://x/a.png)!", Image),
        ("![](ftp://x) ![a](/b.png)", Image),
        ("![](javascript:alert(1))", Text),
        ("![](/JavaScript/a.png)", Text),
        ("![a](/b c.png)", Text),
        ("![a] (/b.png)", Text),
        ("file[a.txt\t7.15 KB](/a)", File),
        ("file[a.txt|7.15 KB](/a)", File),
        ("file[a.MP4|7 MB](/a)", Video),
        ("file[a.mov\t7 MB](/a)", Video),
        ("file[a.txt](/a)", Text),
        ("a file[a.txt|1](/a)", Text),
        ("[label](http://x)", Text),
        ("http://x", Text),
        ("![", Text),
        ("![](", Text),
        ("file[", Text),
    ];
    for (text, kind) in cases {
        assert_eq!(read(text).content.kind(), kind, "{text}");
    }
}

#[test]
fn a_picture_keeps_the_words_around_it() {
    let picture = read("look: ![图片](//im.example/a.png) nice");
    let words = Medium {
        url: "https://im.example/a.png".to_owned(),
        text: "look:  nice".to_owned(),
        ..Medium::default()
    };
    assert_eq!(picture.content, Content::Image(words));
}

#[test]
fn a_file_has_its_name_and_size() {
    let file = |size: i64| {
        Content::File(Medium {
            name: "a|b.txt".to_owned(),
            size,
            ..medium()
        })
    };
    let said = |size: &str| read(&format!("file[a|b.txt\t{size}]({URL})")).content;
    assert_eq!(said("7.15 KB"), file(7322));
    assert_eq!(said("3B"), file(3));
    assert_eq!(said("1.00 MB"), file(1 << 20));
    for nothing in ["", "many", "-1 KB", "NaN KB", "1 XB"] {
        assert_eq!(said(nothing), file(0), "{nothing}");
    }
}

#[test]
fn sizes_are_shown_in_steps_of_1024() {
    let sizes = [0, 1023, 7322, 1 << 20, 5 << 30].map(size);
    let shown = ["0.00 B", "1023.00 B", "7.15 KB", "1.00 MB", "5.00 GB"];
    assert_eq!(sizes, shown);
}

#[test]
fn every_text_comes_back_as_it_was_sent() {
    for text in [
        "hello",
        " two\nlines ",
        "voice(/a.wav)",
        "![](https://x/a.png)",
        "a ![b](/c.png) d",
        "file[a.txt\t7.15 KB](https://x/a)",
        "file[a.txt|7KB](/a)",
        "file[a.mp4|7KB](/a)",
        "[表情1]",
        "<b>&</b>",
    ] {
        let quote = Quote {
            mid: MessageId(4),
            content: "what?".to_owned(),
        };
        let answer = message(draft(text, Some(&quote), absolute));
        assert_eq!(text_of(&answer), text);
        assert_eq!(super::quote(&answer), Some(quote));
        let plain = message(read(text));
        assert_eq!(text_of(&plain), text);
        assert_eq!(super::quote(&plain), None);
    }
}

#[test]
fn what_the_content_says_all_of_is_stored_once() {
    for text in ["hello", "![](https://x/a.png)", "voice(http://x/a.wav)"] {
        assert_eq!(read(text).raw, None, "{text}");
    }
    assert_eq!(read("hello"), plain("hello"));
}

#[test]
fn what_other_dialects_say_is_written_in_the_forms_of_this_one() {
    let named = |name: &str| Medium {
        name: name.to_owned(),
        size: 2048,
        ..medium()
    };
    let cases = [
        (Content::Image(medium()), format!("![]({URL})")),
        (Content::Sticker(medium()), format!("![]({URL})")),
        (Content::Voice(medium()), format!("voice({URL})")),
        (
            Content::Video(medium()),
            format!("file[a.mp4\t0.00 B]({URL})"),
        ),
        (
            Content::Video(named("b.MOV")),
            format!("file[b.MOV\t2.00 KB]({URL})"),
        ),
        (Content::File(medium()), format!("file[a\t0.00 B]({URL})")),
        (
            Content::File(named("[a](b)|c.txt")),
            format!("file[abc.txt\t2.00 KB]({URL})"),
        ),
        (
            Content::Place {
                longitude: Some(7.5),
                latitude: Some(46.25),
                title: "the pass".to_owned(),
            },
            "[位置] the pass (46.25, 7.5)".to_owned(),
        ),
        (
            Content::Card {
                account: AccountId::FIRST,
                name: "Ann".to_owned(),
            },
            "[名片] Ann".to_owned(),
        ),
        (Content::Sealed, "[加密消息]".to_owned()),
    ];
    for (content, text) in cases {
        assert_eq!(shown(content), text);
    }
}

#[test]
fn words_beside_a_picture_stand_behind_it() {
    let picture = Content::Image(Medium {
        text: "nice".to_owned(),
        ..medium()
    });
    assert_eq!(shown(picture.clone()), format!("![]({URL})nice"));
    assert_eq!(read(&shown(picture.clone())).content, picture);
}

#[test]
fn addresses_that_clients_refuse_are_not_written() {
    let picture = |url: &str, text: &str| {
        Content::Image(Medium {
            url: url.to_owned(),
            text: text.to_owned(),
            ..Medium::default()
        })
    };
    for url in [
        "",
        "javascript:alert(1)",
        "data:image/png;base64,AA",
        "https://x/javascript",
    ] {
        assert_eq!(shown(picture(url, "")), "[图片]", "{url}");
        assert_eq!(shown(picture(url, "nice")), "nice", "{url}");
    }
    assert_eq!(
        shown(picture("http://x/a (1).png", "")),
        "![](http://x/a%20%281%29.png)"
    );
}

#[test]
fn a_name_in_what_a_node_says_is_no_link() {
    let notice = |text: &str| Content::Notice {
        text: text.to_owned(),
    };
    assert_eq!(shown(notice("[x](http://y) came")), "[x] (http://y) came");
    assert_eq!(
        sub_type(&message(Draft::plain(Dialect::Wukong, "1", notice("x")))),
        NOTICE
    );
    assert_eq!(sub_type(&message(plain("x"))), MESSAGE);
}

#[test]
fn what_was_taken_back_says_no_more_than_that() {
    let quote = Quote {
        mid: MessageId(4),
        content: "secret".to_owned(),
    };
    let mut gone = message(draft("secret", Some(&quote), absolute));
    gone.status = MessageStatus::Revoked;
    assert_eq!(text_of(&gone), REVOKED);
    assert_eq!(sub_type(&gone), NOTICE);
    assert_eq!(super::quote(&gone), None);
}

#[test]
fn a_clients_own_id_is_one_for_each_text() {
    let id = client_id("a:1", "hello");
    assert_ne!(id, client_id("a:1", "hullo"));
    let mut said = message(plain("hello"));
    assert_eq!(unique_id(&said), None);
    for id in [format!("{id}.7"), id] {
        said.client_id = Some(id);
        assert_eq!(unique_id(&said), Some("a:1"));
    }
    said.draft = Arc::new(Draft::plain(
        Dialect::Wukong,
        "1",
        said.draft.content.clone(),
    ));
    assert_eq!(unique_id(&said), None);
}

#[test]
fn another_dialects_body_is_no_body_of_this_one() {
    let content = Content::Text {
        text: "hi".to_owned(),
    };
    let foreign = Draft {
        raw: Some(r#"{"content":"other","quote_mid":4}"#.to_owned()),
        ..Draft::plain(Dialect::Wukong, "1", content)
    };
    let foreign = message(foreign);
    assert_eq!(text_of(&foreign), "hi");
    assert_eq!(quote(&foreign), None);
}

proptest! {
    #[test]
    fn any_text_comes_back(text in r"(!|\[|\]|\(|\)|/|file|voice|\t|\||http|表情|\n| |x){0,12}") {
        let said = message(read(&text));
        prop_assert_eq!(text_of(&said), text.as_str());
        let parts = read::around_address(&text);
        prop_assert_eq!(parts.concat(), text);
    }
}
