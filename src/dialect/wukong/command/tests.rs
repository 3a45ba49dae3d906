use super::*;
use crate::domain::MessageId;
use crate::domain::conversation::Exchange;
use crate::service::opaque::{Opaque, System};
use std::sync::Arc;

const ANN: AccountId = AccountId::FIRST;
const BOB: AccountId = AccountId(AccountId::FIRST.0 + 1);
const TEAM: ChannelId = ChannelId(7);

fn ids() -> Ids {
    Ids {
        opaque: Opaque::new([7; 16]),
        system: Arc::new(System::default()),
    }
}

#[test]
fn every_lasting_event_has_a_command() {
    let (own, team, place) = (
        Target::Account(BOB),
        Target::Channel(TEAM),
        Target::Account(ANN),
    );
    let name = "Ann".to_owned();
    let reason = String::new();
    let cases = [
        (
            Lasting::Revoked {
                message: MessageId(5),
                conversation: Exchange::direct(ANN, BOB).key(),
                by: ANN,
            },
            "messageRevoke",
            place,
        ),
        (
            Lasting::ContactRequested {
                from: ANN,
                to: BOB,
                request: 3,
                name: name.clone(),
                reason,
            },
            "friendRequest",
            own,
        ),
        (
            Lasting::ContactAccepted {
                by: BOB,
                to: ANN,
                name,
            },
            "friendAccept",
            own,
        ),
        (
            Lasting::Invited {
                channel: TEAM,
                by: ANN,
                members: vec![BOB],
                founding: false,
            },
            "memberUpdate",
            team,
        ),
        (
            Lasting::Kicked {
                channel: TEAM,
                by: ANN,
                member: BOB,
            },
            "channelUpdate",
            own,
        ),
        (
            Lasting::Removed {
                channel: TEAM,
                by: ANN,
                members: vec![BOB],
            },
            "memberUpdate",
            team,
        ),
        (
            Lasting::MembersChanged {
                channel: TEAM,
                member: Some(ANN),
            },
            "memberUpdate",
            team,
        ),
        (
            Lasting::ChannelUpdated {
                channel: TEAM,
                by: ANN,
                avatar: false,
            },
            "channelUpdate",
            team,
        ),
        (
            Lasting::ChannelUpdated {
                channel: TEAM,
                by: ANN,
                avatar: true,
            },
            "groupAvatarUpdate",
            team,
        ),
        (
            Lasting::Dissolved {
                channel: TEAM,
                by: ANN,
            },
            "channelUpdate",
            team,
        ),
        (
            Lasting::ProfileChanged {
                account: ANN,
                avatar: false,
            },
            "channelUpdate",
            own,
        ),
        (
            Lasting::ProfileChanged {
                account: ANN,
                avatar: true,
            },
            "userAvatarUpdate",
            own,
        ),
        (
            Lasting::ContactChanged {
                account: BOB,
                peer: ANN,
            },
            "channelUpdate",
            own,
        ),
        (
            Lasting::ContactRemoved {
                account: BOB,
                peer: ANN,
                by: None,
            },
            "friendDeleted",
            own,
        ),
        (
            Lasting::PrefsChanged {
                account: BOB,
                place,
            },
            "channelUpdate",
            own,
        ),
        (
            Lasting::Hidden {
                account: BOB,
                messages: vec![(MessageId(5), 1, team)],
            },
            "messageDeleted",
            own,
        ),
        (
            Lasting::Closed {
                account: BOB,
                place: team,
            },
            "conversationDeleted",
            own,
        ),
    ];
    for (what, cmd, place) in cases {
        let command = of(&what, BOB, &ids()).unwrap();
        assert_eq!((command.cmd, command.place), (cmd, place), "{what:?}");
        assert!(command.kept);
    }
}

#[test]
fn a_command_is_written_as_the_contract_shows() {
    let what = Lasting::ChannelUpdated {
        channel: TEAM,
        by: ANN,
        avatar: false,
    };
    let group = ids().group(TEAM);
    let expected = format!(
        r#"{{"cmd":"channelUpdate","param":{{"channel_id":"{group}","channel_type":2}},"type":99}}"#
    );
    assert_eq!(of(&what, BOB, &ids()).unwrap().payload(), expected);
}

#[test]
fn a_revocation_names_the_message_as_text_and_its_author() {
    let what = Lasting::Revoked {
        message: MessageId(5),
        conversation: Exchange::direct(ANN, BOB).key(),
        by: ANN,
    };
    let own = of(&what, ANN, &ids()).unwrap();
    assert_eq!(own.place, Target::Account(BOB));
    assert_eq!(own.param, json!({ "message_id": "5" }));
    assert_eq!(own.from, Some(ids().uid(ANN)));
    assert_eq!(of(&what, AccountId(BOB.0 + 1), &ids()), None);
}

#[test]
fn a_request_is_told_only_to_whom_it_asks() {
    let what = Lasting::ContactRequested {
        from: ANN,
        to: BOB,
        request: 3,
        name: "Ann".to_owned(),
        reason: "hi".to_owned(),
    };
    assert_eq!(of(&what, ANN, &ids()), None);
    let param = of(&what, BOB, &ids()).unwrap().param;
    let token = param["token"].as_str().unwrap();
    assert_eq!(ids().opaque.open(Kind::ContactRequest, token, 0), Some(3));
}

#[test]
fn typing_is_told_to_others_where_they_see_it() {
    let typing = |to, finished| Event::Typing {
        from: ANN,
        name: "Ann".into(),
        to,
        finished,
    };
    let direct = passing(&typing(Target::Account(BOB), false), BOB, &ids()).unwrap();
    assert_eq!(direct.place, Target::Account(ANN));
    assert!(!direct.kept);
    assert_eq!(direct.param["from_name"], "Ann");
    let team = Target::Channel(TEAM);
    let channel = passing(&typing(team, false), BOB, &ids()).unwrap();
    assert_eq!(channel.place, team);
    assert_eq!(passing(&typing(team, false), ANN, &ids()), None);
    assert_eq!(passing(&typing(team, true), BOB, &ids()), None);
}

#[test]
fn who_has_gone_altogether_is_told_so() {
    let presence = |online: bool, alone: bool| {
        let event = Event::Presence {
            account: ANN,
            online,
            kind: Some(DeviceKind::App),
            main: (!alone).then_some(DeviceKind::Web),
            alone,
        };
        passing(&event, BOB, &ids()).unwrap().param
    };
    assert_eq!(presence(false, true)["all_offline"], 1);
    assert_eq!(presence(false, false)["all_offline"], 0);
    assert_eq!(presence(false, false)["main_device_flag"], 1);
    assert_eq!(presence(false, true)["main_device_flag"], 0);
    let came = presence(true, true);
    assert_eq!(
        (&came["online"], &came["all_offline"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(came["device_flag"], 0);
}
