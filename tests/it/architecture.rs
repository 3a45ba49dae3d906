//! The rules of the house that the compiler does not know, held against the sources.

use std::fs;
use std::path::{Path, PathBuf};

/// Who may use what of ours besides themselves, `domain` and `error`. A part of a module stands for itself alone.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("error", &[]),
    ("config", &[]),
    ("store", &["config"]),
    ("auth", &["config", "store"]),
    ("mail", &["config", "store"]),
    ("sms", &["config", "store"]),
    ("media", &["config", "store"]),
    ("hub", &["config", "store"]),
    (
        "service",
        &["config", "store", "auth", "mail", "sms", "media", "hub"],
    ),
    // Sockets are opened with the hub's transport, and spoken with through its wire.
    (
        "dialect",
        &[
            "config",
            "service",
            "hub::wire",
            "hub::envelope",
            "hub::transport",
        ],
    ),
    // Both ask the dialects' shared code where a request comes from.
    (
        "admin",
        &["config", "service", "dialect::caller", "dialect::finish"],
    ),
    (
        "ops",
        &["config", "service", "dialect::caller", "store::settings"],
    ),
];

const RULE: &str = "`domain` and `error` know nobody. `config`: nothing. `store`: config. `auth`, `mail`, `sms`, `media`, `hub`: config, \
    store. `service`: store, hub, auth, mail, sms, media, config. `dialect`, `admin`: service; a dialect also the hub's \
    wire, envelope and transport. `ops`: service. `node`: everything. Two dialects wanting the same thing means a \
    service method is missing";

/// The dialects' shared code; whatever else is in their folder is one of them.
const SHARED_BY_DIALECTS: &[&str] = &[
    "answer", "body", "caller", "files", "finish", "limits", "object", "page", "routes",
];

/// The longest file, tests at its end not counted.
const LINES: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// One file of the library.
struct Source {
    /// From `src` on.
    path: PathBuf,
    text: String,
}

impl Source {
    /// The folder or file right under `src`, which is a module.
    fn module(&self) -> String {
        let first = self.path.iter().next().unwrap();
        Path::new(first)
            .file_stem()
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// Without the lines that are only comments.
    fn code(&self) -> String {
        let lines = self.text.lines();
        let code = lines.filter(|line| !line.trim_start().starts_with("//"));
        code.collect::<Vec<_>>().join("\n")
    }

    /// Every path of ours that is named in a `use` or in full.
    fn uses(&self) -> Vec<String> {
        let code = self.code();
        let mut found = Vec::new();
        for (at, start) in code.match_indices("crate::") {
            tree("", &code[at + start.len()..], &mut found);
        }
        found.retain(|path| !path.is_empty());
        found
    }
}

/// Notes the paths of a `use` tree; gives what follows it.
fn tree<'a>(prefix: &str, text: &'a str, found: &mut Vec<String>) -> &'a str {
    let text = text.trim_start();
    if text.starts_with('}') {
        return text;
    }
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = tree(prefix, rest, found);
            let Some(end) = rest.find([',', '}']) else {
                return "";
            };
            let (mark, after) = rest[end..].split_at(1);
            rest = after;
            if mark == "}" {
                return rest;
            }
        }
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    let path = match (prefix, name) {
        (_, "" | "self") => prefix.to_owned(),
        ("", name) => name.to_owned(),
        _ => format!("{prefix}::{name}"),
    };
    match rest.strip_prefix("::") {
        Some(rest) => tree(&path, rest, found),
        None => {
            found.push(path);
            rest
        }
    }
}

fn is_in(path: &str, module: &str) -> bool {
    let rest = path.strip_prefix(module);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// All files of the library; programs of their own are left out.
fn sources() -> Vec<Source> {
    let src = root().join("src");
    let mut files = Vec::new();
    collect(&src, &mut files);
    let sources: Vec<Source> = files
        .into_iter()
        .map(|file| Source {
            path: file.strip_prefix(&src).unwrap().to_owned(),
            text: fs::read_to_string(&file).unwrap(),
        })
        .filter(|source| !["bin", "main"].contains(&source.module().as_str()))
        .collect();
    assert!(sources.len() > 50, "the sources are elsewhere");
    sources
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn nobody_uses_who_they_must_not_know() {
    let mut wrong = Vec::new();
    for source in sources() {
        let module = source.module();
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
            assert!(
                ["lib", "node"].contains(&module.as_str()),
                "{module} has no rule: {RULE}"
            );
            continue;
        };
        for path in source.uses() {
            let own = [module.as_str(), "domain", "error"];
            if !own
                .iter()
                .chain(*allowed)
                .any(|module| is_in(&path, module))
            {
                wrong.push(format!("{} uses {path}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{RULE}:\n{}", wrong.join("\n"));
}

#[test]
fn no_dialect_knows_another() {
    let mut wrong = Vec::new();
    for source in sources() {
        let mut folders = source.path.iter().map(|part| part.to_str().unwrap());
        let (Some("dialect"), Some(own)) = (folders.next(), folders.next()) else {
            continue;
        };
        if folders.next().is_none() {
            // The list of dialects itself, or code that they share.
            continue;
        }
        for path in source.uses() {
            let part = path
                .strip_prefix("dialect::")
                .map(|rest| rest.split("::").next().unwrap());
            if part.is_some_and(|part| part != own && !SHARED_BY_DIALECTS.contains(&part)) {
                wrong.push(format!("{} uses {path}", source.path.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "never a dialect importing another dialect:\n{}",
        wrong.join("\n")
    );
}

/// A word that only one part of the library may say.
fn named_only_in(word: &str, part: &str, rule: &str) {
    for source in sources() {
        let elsewhere = !source.path.starts_with(part) && source.code().contains(word);
        assert!(
            !elsewhere,
            "{rule}, but {} names {word}",
            source.path.display()
        );
    }
}

#[test]
fn only_the_store_names_diesel() {
    named_only_in(
        "diesel",
        "store",
        "`store` is the only module that names diesel",
    );
}

#[test]
fn only_the_transport_names_the_websocket_crate() {
    let rule = "`hub/transport` is the only place that knows actix-web-actors";
    named_only_in("actix_web_actors", "hub/transport", rule);
}

#[test]
fn domain_and_services_know_no_requests() {
    for source in sources() {
        if ["domain", "service"].contains(&source.module().as_str()) {
            let named = source.code().contains("actix_web");
            let path = source.path.display();
            assert!(
                !named,
                "`service` sees no request, status code or JSON, but {path} names actix-web"
            );
        }
    }
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |backend: &str| {
        let dir = root().join("migrations").join(backend);
        let mut names: Vec<String> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| {
                for way in ["up.sql", "down.sql"] {
                    assert!(entry.path().join(way).is_file(), "{entry:?} has no {way}");
                }
                entry.file_name().into_string().unwrap()
            })
            .collect();
        names.sort();
        names
    };
    assert!(!names("sqlite").is_empty());
    assert_eq!(names("sqlite"), names("mysql"));
}

#[test]
fn the_readme_shows_every_setting_as_it_is() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let table = parlance::config::readme_table();
    assert!(
        readme.contains(table.trim()),
        "README.md must contain this table of the settings:\n\n{table}"
    );
}

#[test]
fn no_file_is_longer_than_one_cares_to_read() {
    let mut long = Vec::new();
    for source in sources() {
        if source.path.ends_with("tests.rs") {
            continue;
        }
        let code = source.text.split("\n#[cfg(test)]\nmod tests {").next();
        let lines = code.unwrap_or_default().lines().count();
        if lines > LINES {
            long.push(format!("{}: {lines}", source.path.display()));
        }
    }
    assert!(
        long.is_empty(),
        "more than {LINES} lines:\n{}",
        long.join("\n")
    );
}
