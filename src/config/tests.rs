use super::load::Layers;
use super::{Config, Key, LogFormat, Overrides, Problem, SECTIONS, keys, readme_table};
use std::net::SocketAddr;
use std::path::Path;

fn layered(file: &str, env: &[(&str, &str)], flags: Overrides) -> Result<Config, Vec<Problem>> {
    let mut layers = Layers::default();
    layers.toml(file, "node.toml");
    layers.environment(
        env.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    layers.flags(flags);
    layers.finish()
}

fn good(file: &str, env: &[(&str, &str)]) -> Config {
    layered(file, env, Overrides::default()).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn faults(file: &str, env: &[(&str, &str)]) -> Vec<String> {
    match layered(file, env, Overrides::default()) {
        Ok(config) => panic!("accepted: {config:?}"),
        Err(problems) => problems.iter().map(Problem::to_string).collect(),
    }
}

fn address(text: &str) -> SocketAddr {
    text.parse()
        .unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

#[test]
fn nothing_set_means_the_defaults_and_they_are_sound() {
    let config = Config::load(None, std::iter::empty(), Overrides::default());
    assert_eq!(config, Ok(Config::default()));
}

#[test]
fn later_layers_win() {
    let file = "[server]\nlisten = '127.0.0.1:1001'\nworkers = 3\n[data]\ndir = 'file'\n";
    let env = [
        ("PARLANCE__SERVER__LISTEN", "127.0.0.1:1002"),
        ("PARLANCE__DATA__DIR", "env"),
        ("PATH", "/bin"),
    ];
    assert_eq!(good(file, &[]).server.listen, address("127.0.0.1:1001"));
    assert_eq!(good(file, &env).server.listen, address("127.0.0.1:1002"));

    let flags = Overrides {
        listen: Some("127.0.0.1:1003".to_owned()),
        ..Overrides::default()
    };
    let config = layered(file, &env, flags).unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(config.server.listen, address("127.0.0.1:1003"));
    assert_eq!(config.data.dir, Path::new("env"));
    assert_eq!(config.server.workers, 3);
}

#[test]
fn variables_are_read_by_the_type_of_their_key() {
    let config = good(
        "",
        &[
            ("PARLANCE__SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1/128"),
            ("PARLANCE__FREEIM__REPLAY", "false"),
            ("PARLANCE__LIMITS__BODY_KIB", "64"),
            ("PARLANCE__AUTH__FIXED_CODE", "12345"),
            ("PARLANCE__LOG__FORMAT", "json"),
        ],
    );
    assert_eq!(config.server.trusted_proxies.len(), 2);
    assert!(!config.freeim.replay);
    assert_eq!(config.limits.body_kib, 64);
    assert_eq!(config.auth.fixed_code, "12345");
    assert_eq!(config.log.format, LogFormat::Json);
}

#[test]
fn all_faults_of_all_layers_are_told_together() {
    let file = "[server]\nlisten = 'nowhere'\nworker = 2\n[serer]\nlisten = 1\n[database]\nbatch = 512\nqueue = 100\n";
    let env = [
        ("PARLANCE__AUTH__BCRYPT_COST", "99"),
        ("PARLANCE__FREEIM__REPLAY", "perhaps"),
        ("PARLANCE__SERVER__TRUSTED_PROXIES", "10.0.0.0/8,10.0.0.1"),
        ("PARLANCE__SERVER", "1"),
        ("PARLANCE__SERVER__HOST", "1"),
    ];
    let flags = Overrides {
        database_url: Some("oracle://x".to_owned()),
        ..Overrides::default()
    };
    let Err(problems) = layered(file, &env, flags) else {
        panic!("accepted")
    };
    let told: Vec<_> = problems.iter().map(Problem::to_string).collect();
    let expected = [
        ("PARLANCE__SERVER: ", ""),
        ("PARLANCE__SERVER__HOST: ", ""),
        (
            "auth.bcrypt_cost: must be from 4 to 31",
            "(from PARLANCE__AUTH__BCRYPT_COST)",
        ),
        (
            "database.queue: must be at least database.batch",
            "(from node.toml)",
        ),
        ("database.url: must begin with", "(from --database-url)"),
        (
            "freeim.replay: must be true or false",
            "(from PARLANCE__FREEIM__REPLAY)",
        ),
        ("serer: ", "(from node.toml)"),
        ("server.listen: ", "(from node.toml)"),
        (
            "server.trusted_proxies: \"10.0.0.1\": ",
            "(from PARLANCE__SERVER__TRUSTED_PROXIES)",
        ),
        ("server.worker: ", "(from node.toml)"),
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (line, (start, end)) in told.iter().zip(expected) {
        assert!(line.starts_with(start) && line.ends_with(end), "{line}");
    }
}

#[test]
fn a_broken_file_does_not_hide_a_broken_variable_and_is_not_quoted() {
    let file = "[database]\npool_size = 8\nurl = mysql://me:s3cret@host/db\n";
    let told = faults(file, &[("PARLANCE__MEDIA__MAX_MIB", "many")]);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(
        told.iter().any(|line| line.starts_with("node.toml:3: ")),
        "{told:#?}"
    );
    assert!(
        told.iter().any(|line| line.starts_with("media.max_mib: ")),
        "{told:#?}"
    );
    assert!(!told.concat().contains("s3cret"));
}

#[test]
fn an_unreadable_file_is_a_fault() {
    let told = Config::load(
        Some(Path::new("/nowhere/node.toml")),
        std::iter::empty(),
        Overrides::default(),
    );
    let Err(problems) = told else {
        panic!("accepted")
    };
    assert!(problems.iter().any(|problem| {
        problem
            .to_string()
            .starts_with("/nowhere/node.toml: cannot be read")
    }));
}

#[test]
fn values_out_of_range_are_refused() {
    let bad = [
        ("PARLANCE__AUTH__BCRYPT_COST", "3"),
        ("PARLANCE__AUTH__FIXED_CODE", "12 45"),
        ("PARLANCE__DATABASE__BATCH", "0"),
        ("PARLANCE__DATABASE__POOL_SIZE", "-1"),
        ("PARLANCE__DATA__DIR", ""),
        ("PARLANCE__LIMITS__SENDS_BURST", "1"),
        ("PARLANCE__LOG__FORMAT", "xml"),
        ("PARLANCE__LOG__LEVEL", "inof"),
        ("PARLANCE__MAIL__FROM", "nobody"),
        ("PARLANCE__MAIL__SMTP_URL", "http://mail.example"),
        ("PARLANCE__MAIL__SMTP_URL", "smtp://"),
        ("PARLANCE__MEDIA__TOKEN_SECONDS", "5000000000"),
        ("PARLANCE__METRICS__TOKEN", "two words"),
        ("PARLANCE__POPIM__ALLOWED_ORIGINS", "https://im.example/h5"),
        ("PARLANCE__POPIM__API_KEYS", "short"),
        ("PARLANCE__POPIM__API_SECRET", "0123456789abcdef"),
        ("PARLANCE__POPIM__APP_KEY", "key.with.dots"),
        ("PARLANCE__POPIM__APP_SECRET", "short"),
        ("PARLANCE__POPIM__FILE_MIB", "0"),
        ("PARLANCE__POPIM__LISTEN", "6060"),
        ("PARLANCE__POPIM__PLAIN_CHANNELS", "closed"),
        ("PARLANCE__POPIM__PUBLIC_BASE", "im.example"),
        ("PARLANCE__POPIM__PUSH_FLAVOUR", "socket.io"),
        ("PARLANCE__POPIM__SESSION_DAYS", "0"),
        ("PARLANCE__POPIM__WS_ADDRESS", "http://im.example:6060"),
        ("PARLANCE__SERVER__PUBLIC_URL", "chat.example"),
        ("PARLANCE__SESSION__IDLE_SECONDS", "30"),
        ("PARLANCE__SESSION__OUTBOX_FRAMES", "15"),
        (
            "PARLANCE__SMS__GATEWAY_URL",
            "https://sms.example/?to={mobile}",
        ),
        ("PARLANCE__WUKONG__HOME_ZONE", "+86"),
        ("PARLANCE__WUKONG__TCP_LISTEN", "5100"),
        ("PARLANCE__WUKONG__TOKEN_DAYS", "0"),
        ("PARLANCE__WUKONG__WS_LISTEN", "localhost:5200"),
    ];
    for pair in bad {
        assert_eq!(faults("", &[pair]).len(), 1, "{pair:?}");
    }
}

#[test]
fn addresses_that_popim_clients_are_told_may_take_every_form_they_understand() {
    for good_pair in [
        (
            "PARLANCE__POPIM__ALLOWED_ORIGINS",
            "https://im.example, http://[::1]:8080",
        ),
        ("PARLANCE__POPIM__PUBLIC_BASE", "//im.example"),
        ("PARLANCE__POPIM__PUBLIC_BASE", "https://im.example/chat"),
        ("PARLANCE__POPIM__WS_ADDRESS", "ws://im.example:6060"),
        ("PARLANCE__POPIM__WS_ADDRESS", "wss://im.example/ws"),
    ] {
        good("", &[good_pair]);
    }
    let twice = "[popim]\napp_key = 'k'\nwoker_key = 'k'";
    assert_eq!(faults(twice, &[]).len(), 1);
}

#[test]
fn the_log_level_may_differ_by_module() {
    assert_eq!(
        good(
            "",
            &[("PARLANCE__LOG__LEVEL", "warn,parlance::store=debug")]
        )
        .log
        .level,
        "warn,parlance::store=debug"
    );
}

#[test]
fn what_is_shown_holds_no_secret_and_reads_back() {
    let mut config = Config::default();
    config.database.url = "mysql://me:s3cret@host/db".to_owned();
    config.mail.smtp_url = "smtps://me:s3cret@host".to_owned();
    config.sms.gateway_url =
        "https://sms.example/send?key=s3cret&to={mobile}&text={text}".to_owned();
    config.auth.fixed_code = "s3cret".to_owned();
    config.metrics.token = "s3cret".to_owned();
    config.popim.api_keys = vec!["s3cret".to_owned()];
    config.popim.api_secret = "s3cret".to_owned();
    config.popim.app_secret = "s3cret".to_owned();
    for shown in [
        config.effective(),
        format!("{config:?}"),
        format!("{:?}", config.auth),
    ] {
        assert!(!shown.contains("s3cret"), "{shown}");
    }
    assert!(config.effective().contains("mysql://me:***@host/db"));
    assert_eq!(good(&Config::default().effective(), &[]), Config::default());
}

#[test]
fn every_field_is_a_documented_key() {
    let fields: usize = super::key::defaults()
        .values()
        .filter_map(toml::Value::as_table)
        .map(toml::Table::len)
        .sum();
    let keys = keys();
    assert_eq!(keys.len(), fields);
    assert_eq!(super::key::defaults().len(), SECTIONS.len());
    for Key {
        section,
        name,
        default,
        env,
        what,
    } in keys
    {
        assert!(
            !default.is_empty() && what.ends_with('.') && !what.contains('|'),
            "{section}.{name}"
        );
        assert_eq!(
            env,
            format!(
                "PARLANCE__{}__{}",
                section.to_uppercase(),
                name.to_uppercase()
            )
        );
    }
}

#[test]
fn the_readme_table_has_a_row_per_key() {
    let table = readme_table();
    assert_eq!(table.lines().count(), keys().len() + 2);
    assert!(
        table.contains(
            "| `server.listen` | `\"127.0.0.1:8080\"` | Address and port to listen on. |\n"
        ),
        "{table}"
    );
}

#[test]
fn the_database_defaults_to_a_file_in_the_data_directory() {
    assert_eq!(
        good("", &[("PARLANCE__DATA__DIR", "/srv/chat")]).database_url(),
        "sqlite:/srv/chat/parlance.db"
    );
    assert_eq!(
        good("database.url = 'sqlite:x.db'", &[]).database_url(),
        "sqlite:x.db"
    );
}

#[test]
fn the_public_url_is_the_configured_one_or_where_the_node_listens() {
    let plain = Config::default();
    assert_eq!(
        plain.public_url(address("127.0.0.1:8080")),
        "http://127.0.0.1:8080"
    );
    assert_eq!(
        plain.public_url(address("0.0.0.0:80")),
        "http://127.0.0.1:80"
    );
    assert_eq!(plain.public_url(address("[::]:80")), "http://[::1]:80");
    let public = good("server.public_url = 'https://chat.example/'", &[]);
    assert_eq!(
        public.public_url(address("127.0.0.1:8080")),
        "https://chat.example"
    );
}

#[test]
fn zero_workers_means_one_per_core() {
    assert!(Config::default().workers() >= 1);
    assert!(Config::default().bcrypt_threads() >= 1);
    assert_eq!(good("server.workers = 3", &[]).workers(), 3);
}
