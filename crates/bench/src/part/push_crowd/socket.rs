//! The client's side of a WebSocket (RFC 6455), as far as a push service uses it.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context, Result, bail, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

/// A mask is to be unforeseeable, so that scripts cannot speak to proxies on the way; here are neither.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;
/// In place of a short length: the two bytes after it have the length.
const MEDIUM: u8 = 126;
const LONG: u8 = 127;
const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;
/// What is read at a time, in bytes: a message of full length.
const READ: usize = 4_096;

/// An open connection.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// What was read of the buffer already.
    taken: usize,
}

/// A frame in the buffer.
struct Frame {
    opcode: u8,
    start: usize,
    end: usize,
}

impl Socket {
    pub(super) async fn open(from: Ipv4Addr, to: SocketAddr) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((from, 0).into())?;
        let mut stream = socket.connect(to).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET / HTTP/1.1\r\nHost: {to}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: bXVuYWRpIGlzIG1lYXN1cg==\r\nSec-WebSocket-Protocol: push-notification\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut socket = Self { stream, buffer: Vec::new(), taken: 0 };
        socket.taken = socket.head().await?;
        Ok(socket)
    }

    /// Reads the answer's head; gives its length.
    async fn head(&mut self) -> Result<usize> {
        loop {
            self.read().await?;
            if let Some(end) = self.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let line = String::from_utf8_lossy(&self.buffer).lines().next().unwrap_or_default().to_owned();
                ensure!(line.starts_with("HTTP/1.1 101"), "no WebSocket: {line}");
                return Ok(end + 4);
            }
        }
    }

    async fn read(&mut self) -> Result<()> {
        if self.taken == self.buffer.len() {
            self.buffer.clear();
            self.taken = 0;
        }
        self.buffer.reserve(READ);
        ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the service has closed the connection");
        Ok(())
    }

    /// The next text. Its predecessor is forgotten.
    pub(super) async fn next(&mut self) -> Result<&str> {
        loop {
            let Some(frame) = self.frame()? else {
                self.read().await?;
                continue;
            };
            self.taken = frame.end;
            match frame.opcode {
                TEXT => return Ok(str::from_utf8(&self.buffer[frame.start..frame.end])?),
                CLOSE => bail!("the service says goodbye: {:?}", &self.buffer[frame.start..frame.end]),
                PING => {
                    let payload = self.buffer[frame.start..frame.end].to_vec();
                    self.send(PONG, &payload).await?;
                }
                _ => {}
            }
        }
    }

    /// The next whole frame, if it is there.
    fn frame(&self) -> Result<Option<Frame>> {
        let bytes = &self.buffer[self.taken..];
        let [first, second, ..] = *bytes else { return Ok(None) };
        ensure!(first & FINAL != 0 && second & MASKED == 0, "a frame in parts, or masked");
        let (head, length) = match second {
            MEDIUM => (4, bytes.get(2..4).map(|bytes| usize::from(bytes[0]) << 8 | usize::from(bytes[1]))),
            LONG => bail!("a frame of more than 64 KiB"),
            short => (2, Some(usize::from(short))),
        };
        let Some(length) = length.filter(|length| bytes.len() >= head + length) else { return Ok(None) };
        let start = self.taken + head;
        Ok(Some(Frame { opcode: first & 0x0f, start, end: start + length }))
    }

    /// Sends a text.
    pub(super) async fn say(&mut self, text: &str) -> Result<()> {
        self.send(TEXT, text.as_bytes()).await
    }

    async fn send(&mut self, opcode: u8, payload: &[u8]) -> Result<()> {
        let mut frame = Vec::with_capacity(payload.len() + 8);
        frame.push(FINAL | opcode);
        match payload.len() {
            short @ 0..126 => frame.push(MASKED | u8::try_from(short)?),
            long => {
                frame.push(MASKED | MEDIUM);
                frame.extend_from_slice(&u16::try_from(long).context("a long text")?.to_be_bytes());
            }
        }
        frame.extend_from_slice(&MASK);
        frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        Ok(self.stream.write_all(&frame).await?)
    }
}
