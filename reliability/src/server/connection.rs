//! A connection, and what a fault does with it.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::server::TlsStream;

use super::act::Act;
use super::tls;

/// Longer than any cell may take.
const PATIENCE: Duration = Duration::from_secs(40);

pub(crate) enum Connection {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Whether the connection goes on after the acts.
pub(crate) enum After {
    GoOn(Connection),
    Ended,
}

impl Connection {
    pub(crate) async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer).await,
            Self::Tls(stream) => stream.read(buffer).await,
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.write_all(bytes).await,
            Self::Tls(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
        }
    }

    fn tcp(self) -> TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.into_inner().0,
        }
    }

    /// Reads until the client has gone.
    async fn until_gone(&mut self) {
        let mut buffer = [0; 4096];
        let gone = async { while self.read(&mut buffer).await.is_ok_and(|read| read > 0) {} };
        let _ = timeout(PATIENCE, gone).await;
    }

    pub(crate) async fn perform(mut self, acts: Vec<Act>) -> After {
        for act in acts {
            let done = match act {
                Act::Send(bytes) => self.write(&bytes).await,
                Act::Drip(bytes, pause) => self.drip(&bytes, pause).await,
                Act::Endless(bytes, limit) => self.endless(&bytes, limit).await,
                Act::Slowly(bytes, pause) => self.slowly(&bytes, pause).await,
                Act::Wait(pause) => {
                    sleep(pause).await;
                    Ok(())
                }
                Act::Raw(bytes) => {
                    let mut stream = self.tcp();
                    let _ = stream.write_all(&bytes).await;
                    Self::Plain(stream).until_gone().await;
                    return After::Ended;
                }
                Act::Hang => {
                    self.until_gone().await;
                    return After::Ended;
                }
                Act::Close => {
                    match &mut self {
                        Self::Plain(stream) => drop(stream.shutdown().await),
                        Self::Tls(stream) => drop(stream.shutdown().await),
                    }
                    // Closing with something unread would reset the connection.
                    self.until_gone().await;
                    return After::Ended;
                }
                Act::Drop => {
                    let mut stream = self.tcp();
                    let _ = stream.shutdown().await;
                    Self::Plain(stream).until_gone().await;
                    return After::Ended;
                }
                Act::Reset => {
                    let _ = self.tcp().set_zero_linger();
                    return After::Ended;
                }
                Act::Alert(number) => {
                    if let Self::Tls(stream) = self {
                        let (mut tcp, tls) = stream.into_inner();
                        if let Some(record) = tls::alert(tls, number) {
                            let _ = tcp.write_all(&record).await;
                        }
                        let _ = tcp.shutdown().await;
                        Self::Plain(tcp).until_gone().await;
                    }
                    return After::Ended;
                }
            };
            if done.is_err() {
                return After::Ended;
            }
        }
        After::GoOn(self)
    }

    async fn drip(&mut self, bytes: &[u8], pause: Duration) -> io::Result<()> {
        for byte in bytes {
            self.write(&[*byte]).await?;
            sleep(pause).await;
        }
        Ok(())
    }

    async fn slowly(&mut self, bytes: &[u8], pause: Duration) -> io::Result<()> {
        let began = tokio::time::Instant::now();
        while began.elapsed() < PATIENCE {
            self.write(bytes).await?;
            sleep(pause).await;
        }
        Ok(())
    }

    async fn endless(&mut self, bytes: &[u8], limit: u64) -> io::Result<()> {
        // In pieces worth their system call.
        let piece = bytes.repeat((65536 / bytes.len().max(1)).max(1));
        let mut sent = 0;
        while sent < limit {
            self.write(&piece).await?;
            sent += piece.len() as u64;
        }
        Ok(())
    }
}
