use super::*;

fn applicant(via: Via, platform: Platform) -> Applicant {
    let from = IpAddr::from([192, 0, 2, 1]);
    Applicant {
        via,
        login: "ann".to_owned(),
        mobile: None,
        platform,
        invite_code: String::new(),
        from,
    }
}

fn policy(closed: &'static str) -> Policy {
    Policy::parse(|name| if name == closed { "false" } else { "true" }).unwrap()
}

#[test]
fn each_way_to_register_has_its_own_switch() {
    let cases = [
        (Via::Name, "register_account", ErrorKind::SignupClosed),
        (Via::Email, "register_email", ErrorKind::EmailSignupClosed),
        (Via::Mobile, "register_sms", ErrorKind::MobileSignupClosed),
    ];
    for (via, switch, closed) in cases {
        let applicant = applicant(via, Platform::Android);
        assert_eq!(check_open(&policy(switch), &applicant), Err(closed));
        assert_eq!(check_open(&policy(""), &applicant), Ok(()));
    }
}

#[test]
fn handsets_and_desktops_have_a_switch_each() {
    let closed = |switch, platform: &str| {
        check_open(
            &policy(switch),
            &applicant(Via::Email, Platform::parse(platform)),
        )
        .is_err()
    };
    for platform in ["android", "ios", "h5"] {
        assert!(
            closed("register_mobile", platform) && !closed("register_pc", platform),
            "{platform}"
        );
    }
    for platform in ["web", "pc"] {
        assert!(
            closed("register_pc", platform) && !closed("register_mobile", platform),
            "{platform}"
        );
    }
    for platform in ["", "unknown", "toaster"] {
        assert!(
            !closed("register_pc", platform) && !closed("register_mobile", platform),
            "{platform}"
        );
    }
}

#[test]
fn an_address_is_listed_by_itself_or_by_its_network() {
    let networks: [IpNet; 2] = [
        "192.0.2.0/24".parse().unwrap(),
        "2001:db8::1/128".parse().unwrap(),
    ];
    let listed = |address: &str| is_listed(&networks, address.parse().unwrap());
    assert!(listed("192.0.2.77") && listed("::ffff:192.0.2.77") && listed("2001:db8::1"));
    assert!(!listed("198.51.100.1") && !listed("2001:db8::2"));
    assert!(
        !is_listed(&[], IpAddr::from([192, 0, 2, 1])),
        "an empty list holds nobody"
    );
}
