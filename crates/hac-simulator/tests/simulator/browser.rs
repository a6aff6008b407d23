//! A small HTTP client over a plain socket: it follows nothing, hides nothing, and tells a reset from a close.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use hac_simulator::SimulatorHandle;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

pub(crate) trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// One visitor: a cookie jar and, once a page was read, a token.
pub(crate) struct Browser {
    port: u16,
    tls: Option<Arc<ClientConfig>>,
    pub(crate) context: String,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) token: String,
    /// Sent with every request, `Host` excepted if it is among them.
    pub(crate) headers: Vec<(String, String)>,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Browser {
    pub(crate) fn new(simulator: &SimulatorHandle) -> Self {
        let tls = simulator.certificate_pem().map(|pem| {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let config = ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
            Arc::new(config)
        });
        Self {
            port: simulator.port(),
            tls,
            context: simulator.knobs().context_path.clone(),
            cookies: BTreeMap::new(),
            token: String::new(),
            headers: Vec::new(),
        }
    }

    /// Logged in, with the token of the home page.
    pub(crate) fn logged_in(simulator: &SimulatorHandle, user: &str, password: &str) -> Self {
        let mut browser = Self::new(simulator);
        let reply = browser.log_in(user, password);
        assert_eq!(reply.status, 302, "{}", reply.text());
        assert!(!reply.location().contains("login_error"));
        browser.read_token("/");
        browser
    }

    pub(crate) fn admin(simulator: &SimulatorHandle) -> Self {
        Self::logged_in(simulator, "admin", "nimda")
    }

    /// Login page and form; answers what the form was answered.
    pub(crate) fn log_in(&mut self, user: &str, password: &str) -> Reply {
        let page = self.get("/");
        let page = if page.status == 302 { self.get_absolute(&page.location()) } else { page };
        self.token = page.token();
        self.post("/j_spring_security_check", &[("j_username", user), ("j_password", password)])
    }

    pub(crate) fn read_token(&mut self, path: &str) {
        let page = self.get(path);
        assert_eq!(page.status, 200, "{}", page.text());
        self.token = page.token();
    }

    /// Runs a script; the answer as JSON.
    pub(crate) fn script(&mut self, script: &str) -> serde_json::Value {
        let reply = self.run_script(script);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    }

    pub(crate) fn run_script(&mut self, script: &str) -> Reply {
        self.try_script(script).unwrap()
    }

    pub(crate) fn try_script(&mut self, script: &str) -> io::Result<Reply> {
        let form = self.form(&[("script", script), ("scriptType", "javascript")]);
        self.send("POST", &self.below("/console/scripting/execute"), Some(form))
    }

    pub(crate) fn query(&mut self, fields: &[(&str, &str)]) -> Reply {
        self.post("/console/flexsearch/execute", fields)
    }

    /// A GET below the context path.
    pub(crate) fn get(&mut self, path: &str) -> Reply {
        self.get_absolute(&self.below(path))
    }

    /// A path with its context path, or a whole address of this server.
    pub(crate) fn get_absolute(&mut self, address: &str) -> Reply {
        let path = match address.split_once("://") {
            Some((_, rest)) => &rest[rest.find('/').unwrap()..],
            None => address,
        };
        self.send("GET", path, None).unwrap()
    }

    /// A form with the token as a field, below the context path.
    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let form = self.form(fields);
        self.send("POST", &self.below(path), Some(form)).unwrap()
    }

    pub(crate) fn below(&self, path: &str) -> String {
        format!("{}{path}", self.context)
    }

    pub(crate) fn form(&self, fields: &[(&str, &str)]) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        if !self.token.is_empty() {
            form.append_pair("_csrf", &self.token);
        }
        form.finish()
    }

    /// One request on a connection of its own.
    pub(crate) fn send(&mut self, method: &str, path: &str, form: Option<String>) -> io::Result<Reply> {
        let mut connection = BufReader::new(self.connect()?);
        let reply = self.send_on(&mut connection, method, path, form)?;
        Ok(reply)
    }

    pub(crate) fn send_on(
        &mut self,
        connection: &mut BufReader<Box<dyn Stream>>,
        method: &str,
        path: &str,
        form: Option<String>,
    ) -> io::Result<Reply> {
        self.send_bytes_on(connection, method, path, form.unwrap_or_default().as_bytes())
    }

    /// One request with a body of any type, on a connection of its own.
    pub(crate) fn send_bytes(&mut self, method: &str, path: &str, body: &[u8]) -> io::Result<Reply> {
        let mut connection = BufReader::new(self.connect()?);
        self.send_bytes_on(&mut connection, method, path, body)
    }

    fn send_bytes_on(
        &mut self,
        connection: &mut BufReader<Box<dyn Stream>>,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> io::Result<Reply> {
        let mut head = format!("{method} {path} HTTP/1.1\r\n");
        let mut add = |name: &str, value: &str| {
            head.extend([name, ": ", value, "\r\n"]);
        };
        if !self.headers.iter().any(|(name, _)| name == "Host") {
            add("Host", &format!("127.0.0.1:{}", self.port));
        }
        for (name, value) in &self.headers {
            add(name, value);
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            add("Cookie", &pairs.join("; "));
        }
        if method != "GET" {
            add("Content-Length", &body.len().to_string());
            if !self.headers.iter().any(|(name, _)| name == "Content-Type") {
                add("Content-Type", "application/x-www-form-urlencoded");
            }
        }
        head.push_str("\r\n");
        connection.get_mut().write_all(head.as_bytes())?;
        connection.get_mut().write_all(body)?;
        let reply = Reply::read(connection, method)?;
        self.keep_cookies(&reply);
        Ok(reply)
    }

    /// Announces a form of this length, and reads the answer without having sent any of it.
    pub(crate) fn send_head_on(
        &mut self,
        connection: &mut BufReader<Box<dyn Stream>>,
        path: &str,
        length: usize,
    ) -> io::Result<Reply> {
        let mut head = format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: {length}\r\n", self.port);
        head.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
        for (name, value) in &self.headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        head.extend(["Cookie: ", &cookies.join("; "), "\r\n\r\n"]);
        connection.get_mut().write_all(head.as_bytes())?;
        Reply::read(connection, "POST")
    }

    pub(crate) fn connect(&self) -> io::Result<Box<dyn Stream>> {
        let stream = TcpStream::connect(("127.0.0.1", self.port))?;
        Ok(match &self.tls {
            None => Box::new(stream),
            Some(config) => {
                let name = ServerName::try_from("127.0.0.1").unwrap();
                let connection = ClientConnection::new(Arc::clone(config), name).unwrap();
                Box::new(StreamOwned::new(connection, stream))
            }
        })
    }

    fn keep_cookies(&mut self, reply: &Reply) {
        for cookie in reply.all("set-cookie") {
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Reply {
    pub(crate) fn read(reader: &mut impl io::BufRead, method: &str) -> io::Result<Self> {
        let line = |reader: &mut dyn io::BufRead| -> io::Result<String> {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            Ok(line.trim_end().to_owned())
        };
        let status =
            line(reader)?.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
        let mut headers = Vec::new();
        loop {
            let header = line(reader)?;
            let Some((name, value)) = header.split_once(": ") else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let mut reply = Self { status, headers, body: Vec::new() };
        if method == "HEAD" {
            return Ok(reply);
        }
        if reply.header("transfer-encoding") == Some("chunked") {
            loop {
                let length = usize::from_str_radix(&line(reader)?, 16).map_err(|_| io::ErrorKind::InvalidData)?;
                let mut chunk = vec![0; length + 2];
                reader.read_exact(&mut chunk)?;
                if length == 0 {
                    break;
                }
                reply.body.extend_from_slice(&chunk[..length]);
            }
        } else if let Some(length) = reply.header("content-length") {
            reply.body = vec![0; length.parse().unwrap()];
            reader.read_exact(&mut reply.body)?;
        }
        Ok(reply)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.all(name).first().copied()
    }

    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn location(&self) -> String {
        self.header("location").unwrap_or_default().to_owned()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The token of the hidden field.
    pub(crate) fn token(&self) -> String {
        let text = self.text();
        let (_, rest) = text.split_once("name=\"_csrf\" value=\"").unwrap_or_else(|| {
            panic!("no token in {text}");
        });
        rest.split('"').next().unwrap().to_owned()
    }
}
