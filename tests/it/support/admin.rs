//! The administrator, through the dashboard's own API.

use super::http::{Answer, Client, send};
use reqwest::Method;
use serde_json::{Value, json};

/// An administrator who is logged in.
pub struct Admin {
    client: Client,
}

impl Admin {
    pub async fn log_in(guest: &Client, password: &str) -> Self {
        let login = guest.request(Method::POST, "/admin/api/login");
        let login = login.json(&json!({"name": "admin", "password": password}));
        let answer = send(login).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let token = answer.body["token"].as_str().unwrap();
        let client = guest.with_token(&format!("Bearer {token}"));
        Self { client }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = self.client.request(method, &format!("/admin/api{path}"));
        let answer = match body {
            Some(body) => send(request.json(&body)).await,
            None => send(request).await,
        };
        assert!(matches!(answer.status, 200 | 204), "{}", answer.text());
        answer
    }

    pub async fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, None).await.body
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        self.ask(Method::POST, path, Some(body)).await.body
    }

    pub async fn put(&self, path: &str, body: Value) {
        self.ask(Method::PUT, path, Some(body)).await;
    }

    /// Changes one of the settings.
    pub async fn set(&self, name: &str, value: &str) {
        let path = format!("/configs/{name}");
        self.put(&path, json!({"value": value})).await;
    }

    /// Takes every change of the settings back.
    pub async fn reset(&self) {
        let settings = self.get("/configs").await;
        for setting in settings.as_array().unwrap() {
            if setting["value"] != setting["default"] {
                let default = setting["default"].as_str().unwrap_or_default();
                self.set(setting["name"].as_str().unwrap(), default).await;
            }
        }
    }

    pub async fn lock(&self, account: i64) {
        self.post(&format!("/accounts/{account}/lock"), json!({}))
            .await;
    }

    /// Makes an account one of the staff's.
    pub async fn promote(&self, account: i64) {
        let path = format!("/accounts/{account}/manager");
        self.post(&path, json!({"manager": true})).await;
    }
}
