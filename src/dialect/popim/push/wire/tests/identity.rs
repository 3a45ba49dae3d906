//! Who a connection is, and what proves it.

use super::*;

fn sign_in(user_data: &str) -> Value {
    let auth = signer().user(SOCKET, user_data);
    json!({ "event": "pusher:signin", "data": { "auth": auth, "user_data": user_data } })
}

#[test]
fn a_signature_for_a_user_makes_a_visitor_that_user_for_good() {
    let mut client = Client::visitor();
    let channel = format!("private-user-{TOM}");
    let identify = Intent::Identify {
        account: TOM,
        device: Some(device(None, SOCKET)),
    };
    assert_eq!(client.privately(&channel), [identify, joins(&channel)]);
    assert_eq!(client.me.account.get(), Some(TOM));
    let other = format!("private-user-{JERRY}");
    refused(&client.privately(&other), &other);
    let plain = format!("user-{TOM}");
    assert_eq!(client.plainly(&plain), [joins(&plain)]);
}

#[test]
fn whom_the_node_has_vouched_for_becomes_a_member_with_that_login() {
    let tom = Voucher {
        account: TOM,
        session: Some(7),
    };
    let mut client = Client::with(None, Some(tom), false);
    let intents = client.privately("private-group-50");
    let identify = Intent::Identify {
        account: TOM,
        device: Some(device(Some(7), SOCKET)),
    };
    assert_eq!(intents[0], identify);
    assert!(matches!(intents[1], Intent::Belongs { channel: TEAM, .. }));
    assert_eq!(client.me.session.get(), Some(7));
    assert_eq!(device(Some(7), SOCKET).id, "popim-7-1234.5678");
    assert_eq!(device(None, SOCKET).id, "popim-0-1234.5678");
}

#[test]
fn a_signature_is_the_login_s_that_asked_for_it_and_no_other_s() {
    let jerry = Voucher {
        account: JERRY,
        session: Some(7),
    };
    let mut client = Client::with(None, Some(jerry), false);
    let intents = client.privately(&format!("private-user-{TOM}"));
    let device = Some(device(None, SOCKET));
    let identify = Intent::Identify {
        account: TOM,
        device,
    };
    assert_eq!(intents[0], identify);
    assert_eq!(client.me.session.get(), None);
}

#[test]
fn without_a_voucher_a_group_needs_somebody() {
    let mut client = Client::visitor();
    refused(&client.privately("private-group-50"), "private-group-50");
    let intents = client.present("presence-group-50", TOM);
    assert!(matches!(intents[0], Intent::Identify { account: TOM, .. }));
}

#[test]
fn nobody_comes_to_a_group_under_anothers_name() {
    let mut client = Client::tom();
    refused(
        &client.present("presence-group-50", JERRY),
        "presence-group-50",
    );
    assert_eq!(client.present("presence-group-50", TOM).len(), 1);
}

#[test]
fn a_signature_must_be_right() {
    let mut client = Client::tom();
    let channel = "private-x";
    for auth in [
        json!(null),
        json!(""),
        json!("app:"),
        json!(format!(
            "other:{}",
            &signer().channel(SOCKET, channel, None)[4..]
        )),
        json!(signer().channel("1.1", channel, None)),
        json!(signer().channel(SOCKET, "private-y", None)),
    ] {
        let asked = client.subscribes(&json!({ "auth": auth, "channel": channel }));
        refused(&asked, channel);
    }
    let own = format!("app.7-ab:{}", &signer().channel(SOCKET, channel, None)[4..]);
    let asked = client.subscribes(&json!({ "auth": own, "channel": channel }));
    assert_eq!(asked, [joins(channel)]);
    refused(&client.privately("presence-x"), "presence-x");
}

#[test]
fn in_a_closed_network_a_visitor_is_believed_once() {
    let mut client = Client::with(None, None, true);
    let channel = format!("user-{TOM}");
    assert!(matches!(
        client.plainly(&channel)[0],
        Intent::Identify { account: TOM, .. }
    ));
    let other = format!("user-{JERRY}");
    refused(&client.plainly(&other), &other);
    let mut client = Client::with(None, None, true);
    refused(&client.plainly("user-7"), "user-7");
}

#[test]
fn whoever_signs_in_is_told_so_once_it_is_true() {
    let mut client = Client::visitor();
    let user_data = sign::user_data(TOM.0, "{}");
    let intents = client.says(&sign_in(&user_data));
    assert!(matches!(
        intents[..],
        [Intent::Identify { account: TOM, .. }]
    ));
    let expected = proto::signed_in(Flavour::Pusher, &user_data);
    assert_eq!(client.wire.identified(), [reply(expected.clone())]);
    assert_eq!(client.wire.identified(), []);
    // Once more is no fault.
    assert_eq!(client.says(&sign_in(&user_data)), [reply(expected)]);
    let own = format!("#server-to-user-{TOM}");
    assert_eq!(client.plainly(&own), [joins(&own)]);
}

#[test]
fn a_bad_sign_in_ends_the_connection() {
    let good = sign_in(&sign::user_data(TOM.0, "{}"));
    let mut forged = good.clone();
    forged["data"]["user_data"] = json!(sign::user_data(JERRY.0, "{}"));
    let cases = [
        (Client::visitor(), forged),
        (Client::visitor(), sign_in("{}")),
        (Client::visitor(), sign_in(r#"{"id":"x"}"#)),
        (Client::visitor(), sign_in(r#"{"id":"9"}"#)),
        (Client::with(Some(JERRY), None, false), good),
    ];
    for (mut client, frame) in cases {
        let intents = client.says(&frame);
        let [Intent::Close(Some(Frame::Text(last)))] = &intents[..] else {
            panic!("{intents:?}");
        };
        let last: Value = serde_json::from_str(last).unwrap();
        assert_eq!(last["data"]["code"], 4009);
        assert_eq!(client.wire.close_code(), Some(4009));
    }
}
