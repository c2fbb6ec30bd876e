//! One keep-alive HTTP/1.1 connection that understands only what a load test must.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longer answers are refused: no request of the benchmark asks for one.
const ANSWER_BYTES_MAX: usize = 16 << 20;

pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    filled: usize,
}

#[derive(Debug, Clone, Copy)]
struct Head {
    status: u16,
    body_at: usize,
    length: Length,
    close: bool,
}

#[derive(Debug, Clone, Copy)]
enum Length {
    Bytes(usize),
    Chunked,
}

pub struct Answer {
    pub status: u16,
    /// The server will not answer on this connection again.
    pub close: bool,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: vec![0; 16 << 10],
            filled: 0,
        })
    }

    /// Sends one request and waits for the whole answer.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.write_all(request).await?;
        self.filled = 0;
        let head = loop {
            self.receive().await?;
            if let Some(head) = parse_head(&self.received[..self.filled])? {
                break head;
            }
        };
        while !complete(&head, &self.received[..self.filled])? {
            self.receive().await?;
        }
        Ok(Answer {
            status: head.status,
            close: head.close,
        })
    }

    /// The last answer as text, without its head; for showing a person.
    pub fn last_body(&self) -> String {
        let text = String::from_utf8_lossy(&self.received[..self.filled]);
        match text.split_once("\r\n\r\n") {
            Some((_, body)) => body.to_owned(),
            None => text.into_owned(),
        }
    }

    async fn receive(&mut self) -> Result<()> {
        if self.filled == self.received.len() {
            if self.filled >= ANSWER_BYTES_MAX {
                return Err(Error::new(ErrorKind::InvalidData, "the answer is too long"));
            }
            self.received.resize(self.filled * 2, 0);
        }
        match self.stream.read(&mut self.received[self.filled..]).await? {
            0 => Err(Error::new(
                ErrorKind::UnexpectedEof,
                "closed within an answer",
            )),
            n => {
                self.filled += n;
                Ok(())
            }
        }
    }
}

fn malformed(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("malformed answer: {what}"))
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

fn number(text: &[u8], radix: u32) -> Option<usize> {
    let text = std::str::from_utf8(text).ok()?.trim();
    usize::from_str_radix(text, radix).ok()
}

/// `None` while the head has not arrived whole.
fn parse_head(received: &[u8]) -> Result<Option<Head>> {
    let Some(end) = find(received, b"\r\n\r\n") else {
        return Ok(None);
    };
    let status = received
        .get(9..12)
        .and_then(|s| number(s, 10))
        .and_then(|s| u16::try_from(s).ok())
        .ok_or_else(|| malformed("status"))?;
    let mut length = match status {
        204 | 304 => Some(Length::Bytes(0)),
        _ => None,
    };
    let mut close = false;
    for line in received[..end].split(|b| *b == b'\n').skip(1) {
        let Some(colon) = line.iter().position(|b| *b == b':') else {
            continue;
        };
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        if name.eq_ignore_ascii_case(b"content-length") {
            let bytes = number(value, 10).ok_or_else(|| malformed("content-length"))?;
            length = Some(Length::Bytes(bytes));
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            length = Some(Length::Chunked);
        } else if name.eq_ignore_ascii_case(b"connection") {
            close = value.trim_ascii().eq_ignore_ascii_case(b"close");
        }
    }
    Ok(Some(Head {
        status,
        body_at: end + 4,
        length: length.ok_or_else(|| malformed("no length"))?,
        close,
    }))
}

fn complete(head: &Head, received: &[u8]) -> Result<bool> {
    let body = &received[head.body_at..];
    match head.length {
        Length::Bytes(bytes) => Ok(body.len() >= bytes),
        Length::Chunked => chunks_complete(body),
    }
}

fn chunks_complete(body: &[u8]) -> Result<bool> {
    let mut at = 0;
    loop {
        let rest = body.get(at..).unwrap_or_default();
        let Some(line_end) = find(rest, b"\r\n") else {
            return Ok(false);
        };
        let digits = rest[..line_end]
            .split(|b| *b == b';')
            .next()
            .unwrap_or_default();
        let bytes = number(digits, 16)
            .filter(|bytes| *bytes <= ANSWER_BYTES_MAX)
            .ok_or_else(|| malformed("chunk"))?;
        if bytes == 0 {
            return Ok(find(&rest[line_end..], b"\r\n\r\n").is_some());
        }
        at += line_end + 2 + bytes + 2;
    }
}
