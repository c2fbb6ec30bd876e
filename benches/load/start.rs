//! Time from `exec` to the first 200, and memory when nothing happens.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::processor::resident_kib;

/// A server that does not answer by then has failed.
const START_SECONDS_MAX: u64 = 60;

#[derive(clap::Args)]
pub struct Start {
    #[arg(long)]
    address: SocketAddr,
    #[arg(long, default_value = "/readyz")]
    path: String,
    /// Seconds without requests before memory is read.
    #[arg(long, default_value_t = 3)]
    idle: u64,
    /// How often; the median is printed.
    #[arg(long, default_value_t = 5)]
    times: usize,
    /// The server's command line, after `--`.
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

impl Start {
    pub fn measure(&self) -> ExitCode {
        let mut started_us = Vec::new();
        let mut resident = 0;
        for turn in 1..=self.times.max(1) {
            match self.once(turn == self.times.max(1)) {
                Ok((us, kib)) => {
                    started_us.push(us);
                    resident = kib;
                }
                Err(error) => {
                    eprintln!("{}: {error}", self.command.join(" "));
                    return ExitCode::FAILURE;
                }
            }
        }
        started_us.sort_unstable();
        let median = started_us
            .get(started_us.len() / 2)
            .copied()
            .unwrap_or_default();
        println!("start_us={median} idle_kib={resident}");
        ExitCode::SUCCESS
    }

    fn once(&self, read_memory: bool) -> Result<(u128, u64), String> {
        let (program, rest) = self.command.split_first().ok_or("no command")?;
        let begin = Instant::now();
        let mut server = Command::new(program)
            .args(rest)
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut result = Err(format!("no answer within {START_SECONDS_MAX} s"));
        while begin.elapsed() < Duration::from_secs(START_SECONDS_MAX) {
            if self.ready() {
                let us = begin.elapsed().as_micros();
                if read_memory {
                    sleep(Duration::from_secs(self.idle));
                }
                result = Ok((us, resident_kib(server.id()).unwrap_or_default()));
                break;
            }
            if let Ok(Some(status)) = server.try_wait() {
                return Err(format!("ended with {status}"));
            }
            sleep(Duration::from_millis(1));
        }
        // Its data is the benchmark's, and being killed is something it must survive.
        let _ = server.kill();
        let _ = server.wait();
        result
    }

    fn ready(&self) -> bool {
        let ask = || -> std::io::Result<bool> {
            let mut stream = TcpStream::connect(self.address)?;
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            write!(
                stream,
                "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
                self.path, self.address
            )?;
            let mut head = [0; 12];
            stream.read_exact(&mut head)?;
            Ok(head.ends_with(b"200"))
        };
        ask().unwrap_or(false)
    }
}
