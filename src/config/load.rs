//! Lays the sources of settings over each other. Every value is tried by itself, so that one fault hides no other.

use super::key::{default_of, defaults, keys};
use super::problem::Problem;
use super::{Config, SECTIONS};
use std::collections::HashMap;
use std::path::Path;
use toml::{Table, Value};

/// Numbers above this are mistakes. It leaves room to turn MiB into bytes and seconds into milliseconds.
const LARGEST: i64 = u32::MAX as i64;

/// Settings given on the command line.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--listen`, for `server.listen`.
    pub listen: Option<String>,
    /// `--data-dir`, for `data.dir`.
    pub data_dir: Option<String>,
    /// `--database-url`, for `database.url`.
    pub database_url: Option<String>,
}

/// The accepted values so far, where each came from, and what was wrong with the others.
#[derive(Default)]
pub(super) struct Layers {
    values: Table,
    sources: HashMap<String, String>,
    problems: Vec<Problem>,
}

impl Layers {
    pub(super) fn file(&mut self, path: &Path) {
        let source = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => self.toml(&text, &source),
            Err(fault) => self.problem(source, format!("cannot be read: {fault}"), None),
        }
    }

    /// A file's text. A syntax error is told by its line alone: the line itself may hold a password.
    pub(super) fn toml(&mut self, text: &str, source: &str) {
        let sections = match text.parse::<Table>() {
            Ok(sections) => sections,
            Err(fault) => {
                let before = fault
                    .span()
                    .and_then(|span| text.get(..span.start))
                    .unwrap_or_default();
                let line = before.matches('\n').count() + 1;
                return self.problem(format!("{source}:{line}"), fault.message().to_owned(), None);
            }
        };
        for (section, body) in sections {
            match body {
                _ if !SECTIONS.iter().any(|(known, _)| *known == section) => {
                    self.problem(section, "there is no such section".to_owned(), Some(source));
                }
                Value::Table(body) => {
                    for (name, value) in body {
                        self.set(&section, &name, value, source);
                    }
                }
                _ => self.problem(section, "must be a table".to_owned(), Some(source)),
            }
        }
    }

    pub(super) fn environment(&mut self, variables: impl Iterator<Item = (String, String)>) {
        let (keys, defaults) = (keys(), defaults());
        for (variable, text) in variables.filter(|(name, _)| name.starts_with("PARLANCE__")) {
            let Some(key) = keys.iter().find(|key| key.env == variable) else {
                self.problem(variable, "there is no such setting".to_owned(), None);
                continue;
            };
            match typed(&text, default_of(&defaults, key.section, key.name)) {
                Ok(value) => self.set(key.section, key.name, value, &variable),
                Err(what) => self.problem(
                    format!("{}.{}", key.section, key.name),
                    what.to_owned(),
                    Some(&variable),
                ),
            }
        }
    }

    pub(super) fn flags(&mut self, flags: Overrides) {
        let flags = [
            ("server", "listen", "--listen", flags.listen),
            ("data", "dir", "--data-dir", flags.data_dir),
            ("database", "url", "--database-url", flags.database_url),
        ];
        for (section, name, flag, value) in flags {
            if let Some(value) = value {
                self.set(section, name, Value::String(value), flag);
            }
        }
    }

    /// The configuration, if every value was good and none contradicts another.
    pub(super) fn finish(self) -> Result<Config, Vec<Problem>> {
        let Self {
            values,
            sources,
            mut problems,
        } = self;
        match values.try_into::<Config>() {
            Ok(config) => {
                for (key, what) in config.faults().0 {
                    // A key with a bad value stands at its default here: what that contradicts says nothing.
                    if problems.iter().all(|problem| problem.key != key) {
                        problems.push(Problem {
                            key: key.to_owned(),
                            what,
                            source: sources.get(key).cloned(),
                        });
                    }
                }
                if problems.is_empty() {
                    return Ok(config);
                }
            }
            Err(fault) => problems.push(Problem {
                key: "configuration".to_owned(),
                what: fault.message().to_owned(),
                source: None,
            }),
        }
        problems.sort_by(|a, b| a.key.cmp(&b.key));
        Err(problems)
    }

    fn set(&mut self, section: &str, name: &str, value: Value, source: &str) {
        let key = format!("{section}.{name}");
        if let Err(what) = accept(section, name, &value) {
            return self.problem(key, what, Some(source));
        }
        self.sources.insert(key, source.to_owned());
        let body = self
            .values
            .entry(section)
            .or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(body) = body {
            body.insert(name.to_owned(), value);
        }
    }

    fn problem(&mut self, key: String, what: String, source: Option<&str>) {
        self.problems.push(Problem {
            key,
            what,
            source: source.map(str::to_owned),
        });
    }
}

/// Whether a value fits its key, tried by itself.
fn accept(section: &str, name: &str, value: &Value) -> Result<(), String> {
    let known = SECTIONS
        .iter()
        .find(|(known, _)| *known == section)
        .map_or(&[][..], |(_, specs)| *specs);
    if !known.iter().any(|spec| spec.name == name) {
        let names: Vec<_> = known.iter().map(|spec| spec.name).collect();
        return Err(format!(
            "there is no such key; [{section}] has {}",
            names.join(", ")
        ));
    }
    match value {
        Value::Integer(number) if *number > LARGEST => {
            return Err(format!("must be at most {LARGEST}"));
        }
        Value::Array(items) => {
            for item in items {
                parse(section, name, Value::Array(vec![item.clone()]))
                    .map_err(|what| format!("{item}: {what}"))?;
            }
        }
        _ => {}
    }
    parse(section, name, value.clone())
}

/// Reads a configuration of this one value.
fn parse(section: &str, name: &str, value: Value) -> Result<(), String> {
    let body = Table::from_iter([(name.to_owned(), value)]);
    let whole = Table::from_iter([(section.to_owned(), Value::Table(body))]);
    whole
        .try_into::<Config>()
        .map(drop)
        .map_err(|fault| fault.message().to_owned())
}

/// The text of a variable as a value of the same type as the key's default.
fn typed(text: &str, default: Option<&Value>) -> Result<Value, &'static str> {
    let trimmed = text.trim();
    match default {
        Some(Value::Integer(_)) => trimmed
            .parse()
            .map(Value::Integer)
            .map_err(|_| "must be a whole number"),
        Some(Value::Boolean(_)) => trimmed
            .parse()
            .map(Value::Boolean)
            .map_err(|_| "must be true or false"),
        Some(Value::Array(_)) => {
            let items = trimmed
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty());
            Ok(Value::Array(items.map(Value::from).collect()))
        }
        _ => Ok(Value::from(text)),
    }
}
