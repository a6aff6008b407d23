//! HTTP by hand: one request, nothing followed, cookies as a browser keeps them. It is not the client under test.

use std::collections::BTreeMap;

use reqwest::header;

use crate::server::Server;

pub(crate) struct Browser<'s> {
    server: &'s Server,
    http: reqwest::Client,
    pub(crate) cookies: BTreeMap<String, String>,
    /// User and password, sent with each request by HTTP Basic.
    pub(crate) basic: Option<(&'static str, &'static str)>,
}

/// An answer, as far as behaviours look at it.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) allow: Option<String>,
    /// The whole `Set-Cookie` of each.
    pub(crate) set_cookies: Vec<String>,
    pub(crate) body: String,
}

/// Where a token is put.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Carrier {
    Header,
    Field,
    Query,
}

impl<'s> Browser<'s> {
    pub(crate) fn at(server: &'s Server) -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .danger_accept_invalid_certs(true)
            .no_proxy()
            .build()
            .expect("an HTTP client");
        Self { server, http, cookies: BTreeMap::new(), basic: None }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Seen {
        self.send(self.http.get(self.server.page(path))).await
    }

    /// POSTs a form with the token in the header.
    pub(crate) async fn post(&mut self, path: &str, token: &str, fields: &[(&str, &str)]) -> Seen {
        self.post_by(Carrier::Header, path, token, fields).await
    }

    pub(crate) async fn post_by(&mut self, carrier: Carrier, path: &str, token: &str, fields: &[(&str, &str)]) -> Seen {
        let mut fields = fields.to_vec();
        let mut request = self.http.post(self.server.page(path));
        match carrier {
            Carrier::Header => request = request.header("X-CSRF-TOKEN", token),
            Carrier::Field => fields.push(("_csrf", token)),
            Carrier::Query => request = self.http.post(self.server.page(&format!("{path}?_csrf={token}"))),
        }
        self.send(request.form(&fields)).await
    }

    /// Logs in by way of the login page; returns the answer to the POST, and the token from the page.
    pub(crate) async fn log_in(&mut self, user: &str, password: &str) -> (Seen, String) {
        let token = self.get(self.server.expected.login_page).await.token();
        let fields = [("j_username", user), ("j_password", password)];
        (self.post_by(Carrier::Field, "/j_spring_security_check", &token, &fields).await, token)
    }

    /// Logs in as admin, and returns the token of the session.
    pub(crate) async fn admin(&mut self) -> String {
        let (seen, _) = self.log_in("admin", "nimda").await;
        assert_eq!(seen.status, 302, "{seen:?}");
        self.get("/").await.token()
    }

    /// Runs the script that says 42; returns the answer.
    pub(crate) async fn run_script(&mut self, token: &str) -> Seen {
        let (script, script_type) = (self.server.expected.scripts.answer, self.server.expected.script_type.as_str());
        let fields = [("script", script), ("scriptType", script_type), ("commit", "false")];
        self.post("/console/scripting/execute", token, &fields).await
    }

    async fn send(&mut self, mut request: reqwest::RequestBuilder) -> Seen {
        if !self.cookies.is_empty() {
            let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        if let Some((user, password)) = self.basic {
            request = request.basic_auth(user, Some(password));
        }
        let answer = request.send().await.expect("an answer");
        let text = |name| answer.headers().get(name).map(|value| value.to_str().expect("a text").to_owned());
        let set_cookies: Vec<String> = answer
            .headers()
            .get_all(header::SET_COOKIE)
            .iter()
            .map(|value| value.to_str().expect("a text").to_owned())
            .collect();
        for cookie in &set_cookies {
            let pair = cookie.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a name and a value");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        Seen {
            status: answer.status().as_u16(),
            location: text(header::LOCATION),
            allow: text(header::ALLOW),
            set_cookies,
            body: answer.text().await.expect("a body"),
        }
    }
}

impl Seen {
    /// The token in the hidden field.
    pub(crate) fn token(&self) -> String {
        let (_, rest) =
            self.body.split_once("name=\"_csrf\" value=\"").unwrap_or_else(|| panic!("no token in {self:?}"));
        rest.split('"').next().unwrap_or_default().to_owned()
    }

    pub(crate) fn has_login_form(&self) -> bool {
        self.body.contains("j_spring_security_check") && self.body.contains("name=\"j_username\"")
    }

    /// The `Location` as it stands there, the server's own address replaced by `HERE`.
    pub(crate) fn location_at(&self, server: &Server) -> String {
        self.location.clone().unwrap_or_default().replace(&server.url, "HERE")
    }
}
