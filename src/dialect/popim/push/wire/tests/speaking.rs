//! What clients say to each other, and what is said to them.

use super::*;

#[test]
fn what_a_client_says_reaches_the_others_on_the_channel() {
    let mut client = Client::tom();
    let asked = client.present("presence-group-50", TOM);
    client.hears(asked);
    let intents = client.says(&client_event("presence-group-50", &json!({ "a": 1 })));
    let signal = Signal {
        topic: "presence-group-50".into(),
        event: "client-typing".into(),
        data: r#"{"a":1}"#.into(),
        from: Some(TOM.to_string().into()),
        skip: None,
    };
    assert_eq!(intents, [Intent::Signal(signal.clone())]);
    let told = frames(&client.told(Event::Signalled(signal)));
    let expected = json!({
        "event": "client-typing", "channel": "presence-group-50", "data": "{\"a\":1}", "user_id": TOM.to_string(),
    });
    assert_eq!(told, [expected]);
}

#[test]
fn clients_say_nothing_where_they_do_not_listen_and_nothing_long() {
    let mut client = Client::tom();
    let (own, private) = (format!("user-{TOM}"), format!("private-user-{TOM}"));
    let asked = client.plainly(&own);
    client.hears(asked);
    fault(&client.says(&client_event(&own, &json!({}))), None);
    fault(&client.says(&client_event(&private, &json!({}))), None);
    let asked = client.privately(&private);
    client.hears(asked);
    assert!(matches!(
        client.says(&client_event(&private, &json!({})))[0],
        Intent::Signal(_)
    ));
    fault(
        &client.says(&client_event(&private, &json!("x".repeat(10 * 1024 + 1)))),
        None,
    );
    let long = json!({ "event": format!("client-{}", "x".repeat(200)), "channel": private });
    fault(&client.says(&long), None);
}

#[test]
fn a_client_says_no_more_than_ten_things_a_second() {
    let mut client = Client::tom();
    let asked = client.privately("private-x");
    client.hears(asked);
    let event = Frame::Text(client_event("private-x", &json!({})).to_string().into());
    for _ in 0..10 {
        assert!(matches!(
            client.wire.receive(&event, NOW)[0],
            Intent::Signal(_)
        ));
    }
    fault(&client.wire.receive(&event, NOW + 999), Some(4301));
    assert!(matches!(
        client.wire.receive(&event, NOW + 1000)[0],
        Intent::Signal(_)
    ));
}

#[test]
fn who_is_there_is_told_to_whoever_comes() {
    let mut client = Client::tom();
    let asked = client.present("presence-group-50", TOM);
    let [Intent::Belongs { ticket, .. }] = asked[..] else {
        panic!("{asked:?}");
    };
    let member = Member {
        id: TOM.to_string().into(),
        info: r#"{"name":"tom"}"#.into(),
    };
    let topic: Arc<str> = "presence-group-50".into();
    let join = Intent::Join {
        topic: topic.clone(),
        member: Some(member.clone()),
    };
    assert_eq!(client.wire.belongs(ticket, true), [join]);
    let roster = Roster {
        count: 1,
        members: vec![member.clone()],
    };
    let answer = frames(&[Intent::Reply(client.wire.joined(&topic, &roster).unwrap())]);
    let data: Value = serde_json::from_str(answer[0]["data"].as_str().unwrap()).unwrap();
    assert_eq!(data["presence"]["count"], 1);
    assert_eq!(data["presence"]["hash"][&*member.id]["name"], "tom");
    let came = Event::MemberJoined {
        topic: topic.clone(),
        member: Member {
            id: "10".into(),
            info: "{}".into(),
        },
    };
    assert_eq!(
        frames(&client.told(came))[0]["event"],
        "pusher_internal:member_added"
    );
    let id = "10".into();
    let gone = Event::MemberLeft { topic, id };
    assert_eq!(
        frames(&client.told(gone))[0]["event"],
        "pusher_internal:member_removed"
    );
}

#[test]
fn a_signal_that_skips_the_socket_is_not_told() {
    let mut client = Client::visitor();
    let asked = client.plainly("global");
    client.hears(asked);
    let signal = |skip: Option<&str>| {
        Event::Signalled(Signal {
            topic: "global".into(),
            event: "settingChange".into(),
            data: "{}".into(),
            from: None,
            skip: skip.map(Into::into),
        })
    };
    let expected = json!({ "event": "settingChange", "channel": "global", "data": "{}" });
    assert_eq!(frames(&client.told(signal(None))), [expected]);
    assert_eq!(client.told(signal(Some("1.1"))).len(), 1);
    assert_eq!(client.told(signal(Some(SOCKET))), []);
}

#[test]
fn whoever_loses_a_group_is_told_and_hears_nothing_more_of_it() {
    let kicked = Lasting::Kicked {
        channel: TEAM,
        by: JERRY,
        member: TOM,
    };
    let parted = Event::Parted {
        channel: TEAM,
        member: TOM,
    };
    for lost in [kicked.into(), parted] {
        let mut client = Client::tom();
        for channel in [
            format!("user-{TOM}"),
            "group-50".to_owned(),
            "group-51".to_owned(),
        ] {
            let asked = client.plainly(&channel);
            client.hears(asked);
        }
        let asked = client.privately("private-group-50");
        client.hears(asked);
        let told = client.told(lost);
        assert_eq!(frames(&told)[0]["event"], "removeGroup");
        let leave = |topic: &str| Intent::Leave {
            topic: topic.into(),
        };
        assert_eq!(told[1..], [leave("group-50"), leave("private-group-50")]);
        assert_eq!(client.told(message(Exchange::Channel(TEAM))), []);
        assert_eq!(
            client.told(message(Exchange::Channel(ChannelId(51)))).len(),
            1
        );
        fault(
            &client.says(&client_event("private-group-50", &json!({}))),
            None,
        );
    }
}

#[test]
fn a_dissolved_group_says_so_on_its_own_channel() {
    let mut client = Client::tom();
    let asked = client.plainly("group-50");
    client.hears(asked);
    let dissolved = Lasting::Dissolved {
        channel: TEAM,
        by: JERRY,
    };
    let told = client.told(dissolved);
    let frame = &frames(&told)[0];
    assert_eq!(
        (&frame["event"], &frame["channel"]),
        (&json!("removeGroup"), &json!("group-50"))
    );
    assert!(matches!(told[1], Intent::Leave { .. }));
}

#[test]
fn a_visitor_is_told_of_no_event_of_anybody() {
    let mut client = Client::visitor();
    let asked = client.plainly("global");
    client.hears(asked);
    assert_eq!(client.told(message(Exchange::direct(TOM, JERRY))), []);
}
