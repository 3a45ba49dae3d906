//! A client of the HTTP API that can put its fields into a request in every way the API takes them.

use super::PATIENCE;
use actix_web::web::Data;
use parlance::service::Services;
use reqwest::header::{AUTHORIZATION, CONNECTION, HeaderMap};
use reqwest::multipart::Form;
use reqwest::{Method, RequestBuilder, redirect};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::LazyLock;

/// Under which the freeim dialect has all its paths.
pub const BASE: &str = "/api/v1";
/// What an answer says to who is not logged in.
pub const LOG_IN: &str = "登录超时";
/// What an answer says about a field that cannot be.
pub const INVALID: &str = "参数不合法";

/// Where the fields of a request go, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// The way of the API's document.
    Multipart,
    Urlencoded,
    /// With numbers as numbers.
    Json,
    /// With numbers as strings.
    JsonQuoted,
    Query,
}

impl Encoding {
    pub const ALL: [Self; 5] = [
        Self::Multipart,
        Self::Urlencoded,
        Self::Json,
        Self::JsonQuoted,
        Self::Query,
    ];

    fn apply(self, request: RequestBuilder, fields: &Value) -> RequestBuilder {
        let pairs = pairs(fields);
        match self {
            _ if pairs.is_empty() => request,
            Self::Multipart => {
                let form = Form::new();
                let form = pairs
                    .into_iter()
                    .fold(form, |form, (name, value)| form.text(name, value));
                request.multipart(form)
            }
            Self::Urlencoded => request.form(&pairs),
            Self::Json => request.json(fields),
            Self::JsonQuoted => request.json(&quoted(fields)),
            Self::Query => request.query(&pairs),
        }
    }
}

/// The fields as a form has them: a list is a name repeated.
fn pairs(fields: &Value) -> Vec<(String, String)> {
    let fields = fields.as_object().expect("fields are an object");
    let mut pairs = Vec::new();
    for (name, value) in fields {
        match value {
            Value::Array(items) => {
                pairs.extend(items.iter().map(|item| (name.clone(), text(item))));
            }
            value => pairs.push((name.clone(), text(value))),
        }
    }
    pairs
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

fn quoted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| (name.clone(), quoted(value)));
            Value::Object(fields.collect())
        }
        Value::Array(items) => items.iter().map(quoted).collect(),
        value => text(value).into(),
    }
}

/// Somebody who asks a node, logged in or not.
#[derive(Clone)]
pub struct Client {
    address: SocketAddr,
    services: Data<Services>,
    token: Option<String>,
    forwarded_for: Option<String>,
    reading: Encoding,
    writing: Encoding,
}

impl Client {
    pub fn new(address: SocketAddr, services: Data<Services>) -> Self {
        Self {
            address,
            services,
            token: None,
            forwarded_for: None,
            reading: Encoding::Query,
            writing: Encoding::Multipart,
        }
    }

    /// The same with this for its `Authorization` header.
    pub fn with_token(&self, token: &str) -> Self {
        let token = Some(token.to_owned());
        Self {
            token,
            ..self.clone()
        }
    }

    /// The same from another network address, for a node that trusts this machine as a proxy.
    pub fn at_address(&self, address: &str) -> Self {
        let forwarded_for = Some(address.to_owned());
        Self {
            forwarded_for,
            ..self.clone()
        }
    }

    /// The same with all fields sent in one way.
    pub fn speaking(&self, encoding: Encoding) -> Self {
        Self {
            reading: encoding,
            writing: encoding,
            ..self.clone()
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn services(&self) -> &Data<Services> {
        &self.services
    }

    /// A request for a path from the root, to be filled and [sent](send).
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        // One connection each: an idle one would hold up the end of the node.
        static HTTP: LazyLock<reqwest::Client> = LazyLock::new(|| {
            let builder = reqwest::Client::builder().no_proxy();
            let builder = builder.redirect(redirect::Policy::none());
            builder
                .pool_max_idle_per_host(0)
                .timeout(PATIENCE)
                .build()
                .unwrap()
        });
        let url = format!("http://{}{path}", self.address);
        let mut request = HTTP.request(method, url).header(CONNECTION, "close");
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, token);
        }
        if let Some(address) = &self.forwarded_for {
            request = request.header("X-Forwarded-For", address);
        }
        request
    }

    /// Asks for a path of the dialect.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        encoding: Encoding,
        fields: Value,
    ) -> Answer {
        let request = self.request(method, &format!("{BASE}{path}"));
        send(encoding.apply(request, &fields)).await
    }

    pub async fn get(&self, path: &str, fields: Value) -> Answer {
        self.call(Method::GET, path, self.reading, fields).await
    }

    pub async fn post(&self, path: &str, fields: Value) -> Answer {
        self.call(Method::POST, path, self.writing, fields).await
    }

    pub async fn put(&self, path: &str, fields: Value) -> Answer {
        self.call(Method::PUT, path, self.writing, fields).await
    }

    pub async fn delete(&self, path: &str, fields: Value) -> Answer {
        self.call(Method::DELETE, path, self.writing, fields).await
    }
}

/// Sends a request that gets an answer.
pub async fn send(request: RequestBuilder) -> Answer {
    try_send(request).await.unwrap()
}

/// Sends a request that the node may refuse to hear to its end.
pub async fn try_send(request: RequestBuilder) -> reqwest::Result<Answer> {
    let (client, request) = request.build_split();
    let request = request?;
    let asked = (request.method().clone(), request.url().path().to_owned());
    let response = client.execute(request).await?;
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let bytes = response.bytes().await?.to_vec();
    Ok(Answer {
        asked,
        status,
        headers,
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
        bytes,
    })
}

/// What the node said.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The request's method and path.
    pub asked: (Method, String),
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    /// Null when it is no JSON.
    pub body: Value,
}

impl Answer {
    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// It is a success with this text; gives the result.
    #[track_caller]
    pub fn succeeds(&self, message: &str) -> &Value {
        self.assert_envelope();
        let said = (self.status, self.body["code"].as_i64(), self.message());
        assert_eq!(said, (200, Some(0), message), "{}", self.text());
        &self.body["result"]
    }

    /// It is a failure with this text, in the shape that such failures have.
    #[track_caller]
    pub fn fails(&self, message: &str) {
        self.assert_envelope();
        assert_eq!(self.message(), message, "{}", self.text());
        assert_eq!(self.body["code"], 1, "{}", self.text());
        let result = &self.body["result"];
        let (status, fits) = match message {
            LOG_IN => (401, result.is_null()),
            INVALID => (200, result["info"].is_string()),
            _ => (200, *result == json!({})),
        };
        assert!(self.status == status && fits, "{self:?}");
    }

    /// It has the three keys in their order and says what it is.
    #[track_caller]
    pub fn assert_envelope(&self) {
        let keys = self.body.as_object().map(|body| body.keys());
        let keys: Vec<&String> = keys.into_iter().flatten().collect();
        assert_eq!(keys, ["code", "result", "message"], "{self:?}");
        let kind = self.header("content-type");
        assert_eq!(kind, "application/json; charset=utf-8");
    }

    /// The items of a list, whose total is their number.
    #[track_caller]
    pub fn items(&self) -> Vec<Value> {
        let result = self.succeeds("");
        let items = result["items"].as_array().expect("items are a list");
        assert_eq!(result["total"], items.len(), "{result}");
        items.clone()
    }
}
