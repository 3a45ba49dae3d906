//! A keep-alive HTTP/1.1 connection with one request in flight, for a server that answers with
//! `Content-Length`.

use std::fmt;
use std::io::{self, Write};
use std::ops::Range;
use std::rc::Rc;

use memchr::{memchr, memmem};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::node::Node;

/// Larger answers are no part of the APIs under test.
const MAX_BODY: usize = 16 << 20;
const MAX_HEAD: usize = 64 << 10;

/// A request.
pub struct Request<'a> {
    /// GET, POST and so on.
    pub method: &'static str,
    /// Path and query, already escaped.
    pub path: &'a str,
    /// Name and value of the header that proves the login.
    pub login: Option<(&'static str, &'a str)>,
    /// A JSON body.
    pub json: Option<&'a [u8]>,
}

impl Request<'_> {
    fn write(&self, host: &str, out: &mut Vec<u8>) -> io::Result<()> {
        let Self { method, path, .. } = self;
        write!(out, "{method} {path} HTTP/1.1\r\nHost: {host}\r\n")?;
        if let Some((name, value)) = self.login {
            write!(out, "{name}: {value}\r\n")?;
        }
        if let Some(json) = self.json {
            write!(
                out,
                "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                json.len()
            )?;
            out.extend_from_slice(json);
        } else {
            out.extend_from_slice(b"\r\n");
        }
        Ok(())
    }
}

/// An answer, valid until the next request.
pub struct Answer<'a> {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
}

/// The status and the first characters of the body, for people.
impl fmt::Display for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(self.body);
        write!(
            f,
            "HTTP {} {}",
            self.status,
            body.chars().take(200).collect::<String>()
        )
    }
}

/// One connection, opened when first needed and again when the server closed it.
pub struct Http {
    node: Rc<Node>,
    nth: usize,
    idle: Option<TcpStream>,
    out: Vec<u8>,
    inbox: Vec<u8>,
}

impl Http {
    /// A client that uses the source address of the `nth` connection.
    pub fn new(node: Rc<Node>, nth: usize) -> Self {
        Self {
            node,
            nth,
            idle: None,
            out: Vec::with_capacity(1024),
            inbox: Vec::with_capacity(4096),
        }
    }

    /// Sends and waits for the answer. Never repeats a request: after an error nobody knows whether
    /// it was done.
    pub async fn call(&mut self, request: &Request<'_>) -> io::Result<Answer<'_>> {
        self.out.clear();
        request.write(&self.node.host, &mut self.out)?;
        let head = self.exchange().await?;
        Ok(Answer {
            status: head.status,
            body: &self.inbox[head.body],
        })
    }

    async fn exchange(&mut self) -> io::Result<Head> {
        let mut stream = match self.idle.take().filter(still_open) {
            Some(stream) => stream,
            None => self.node.connect(self.nth).await?,
        };
        stream.write_all(&self.out).await?;
        self.inbox.clear();
        let head = loop {
            if stream.read_buf(&mut self.inbox).await? == 0 {
                return Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    "connection closed before the answer",
                ));
            }
            if let Some(head) = Head::parse(&self.inbox)? {
                break head;
            }
        };
        if head.keep_alive {
            self.idle = Some(stream);
        }
        Ok(head)
    }
}

/// Costs no system call while nothing has arrived: tokio knows from its last read that the socket
/// is empty.
fn still_open(stream: &TcpStream) -> bool {
    matches!(stream.try_read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

#[derive(Debug, PartialEq)]
struct Head {
    status: u16,
    body: Range<usize>,
    keep_alive: bool,
}

impl Head {
    /// Reads a complete answer; nothing yet if bytes are missing.
    fn parse(bytes: &[u8]) -> io::Result<Option<Self>> {
        let Some(end) = memmem::find(bytes, b"\r\n\r\n") else {
            return if bytes.len() > MAX_HEAD {
                Err(invalid("an endless head"))
            } else {
                Ok(None)
            };
        };
        let mut lines = bytes[..end].split(|byte| *byte == b'\n');
        let status = lines
            .next()
            .and_then(|line| number(line.get(9..12)?))
            .ok_or_else(|| invalid("no status"))?;
        let (mut length, mut keep_alive) = (0, true);
        for line in lines {
            let Some(colon) = memchr(b':', line) else {
                continue;
            };
            let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
            if name.eq_ignore_ascii_case(b"content-length") {
                length = number(value)
                    .filter(|n| *n <= MAX_BODY)
                    .ok_or_else(|| invalid("a bad length"))?;
            } else if name.eq_ignore_ascii_case(b"connection") {
                keep_alive = !value.eq_ignore_ascii_case(b"close");
            } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
                return Err(invalid("no Content-Length"));
            }
        }
        let body = end + 4..end + 4 + length;
        Ok((bytes.len() >= body.end).then_some(Self {
            status: status as u16,
            body,
            keep_alive,
        }))
    }
}

fn number(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the answer has {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(answer: &str) -> Option<Head> {
        Head::parse(answer.as_bytes()).ok().flatten()
    }

    #[test]
    fn an_answer_is_whole_only_with_its_last_byte() {
        let whole = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
        assert_eq!(
            parsed(whole),
            Some(Head {
                status: 200,
                body: 38..43,
                keep_alive: true
            })
        );
        assert_eq!(parsed(&whole[..whole.len() - 1]), None);
        assert_eq!(parsed("HTTP/1.1 200 OK\r\ncontent-le"), None);
    }

    #[test]
    fn a_server_may_close_after_its_answer() {
        let answer = "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length:0\r\n\r\n";
        assert_eq!(
            parsed(answer).map(|head| (head.status, head.keep_alive)),
            Some((401, false))
        );
    }

    #[test]
    fn an_answer_without_a_length_is_an_error() {
        assert!(Head::parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
        assert!(Head::parse(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n").is_err());
        assert!(Head::parse(b"nonsense\r\n\r\n").is_err());
    }

    #[test]
    fn a_request_says_who_asks_and_how_long_its_body_is() {
        let mut out = Vec::new();
        let request = Request {
            method: "POST",
            path: "/a",
            login: Some(("Authorization", "t")),
            json: Some(b"{}"),
        };
        assert!(request.write("h:1", &mut out).is_ok());
        let text = "POST /a HTTP/1.1\r\nHost: h:1\r\nAuthorization: t\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(String::from_utf8_lossy(&out), text);
    }
}
