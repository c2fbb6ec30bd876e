//! Load generator for the benchmark: few instructions per request, since it shares the cores
//! with what it measures.
//!
//! `load award --address 127.0.0.1:8080 --token T --connections 64 --seconds 8` prints one line
//! of `name=value`, then one line per status other than 2xx. Each connection sends its next
//! request when the answer to the last has arrived.

mod http;
mod processor;
mod requests;
mod start;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, Parser, Subcommand};

use http::Connection;
use processor::Watched;
use requests::{Data, Mode, Random, Template};

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    task: Option<Task>,
    /// Passed by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum Task {
    /// Sends requests for a while and prints rate and latency.
    Run(Box<Run>),
    /// Starts a server, measures the time to its first answer and its idle memory, stops it.
    Start(start::Start),
}

#[derive(Args)]
struct Run {
    #[arg(value_enum)]
    mode: Mode,
    #[arg(long)]
    address: SocketAddr,
    #[arg(long, default_value_t = 16)]
    connections: u32,
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Seconds of load before the count begins.
    #[arg(long, default_value_t = 1)]
    warmup: u64,
    /// Threads of the generator.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// NAME:PID of a process whose processor time per request is printed; repeatable.
    #[arg(long)]
    watch: Vec<Watched>,
    #[command(flatten)]
    data: Data,
}

#[derive(Default)]
struct Tally {
    latencies_us: Vec<u32>,
    /// Count and first body, by status; 0 stands for a broken connection.
    failed: BTreeMap<u16, (u64, String)>,
}

impl Tally {
    fn fail(&mut self, status: u16, body: impl FnOnce() -> String) {
        let entry = self.failed.entry(status).or_insert_with(|| (0, body()));
        entry.0 += 1;
    }

    fn merge(&mut self, other: Self) {
        self.latencies_us.extend(other.latencies_us);
        for (status, (count, body)) in other.failed {
            self.failed.entry(status).or_insert((0, body)).0 += count;
        }
    }
}

/// When the count begins and when it ends.
#[derive(Clone, Copy)]
struct Window {
    begin: Instant,
    end: Instant,
}

async fn drive(
    address: SocketAddr,
    mut template: Template,
    mut random: Random,
    window: Window,
) -> Tally {
    let mut tally = Tally::default();
    let mut connection = None;
    loop {
        let sent = Instant::now();
        if sent >= window.end {
            return tally;
        }
        let mut open = match connection.take() {
            Some(open) => open,
            None => match Connection::open(address).await {
                Ok(open) => open,
                Err(error) => {
                    tally.fail(0, || error.to_string());
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                }
            },
        };
        match open.exchange(template.fill(&mut random)).await {
            Ok(answer) => {
                let now = Instant::now();
                if !(200..300).contains(&answer.status) {
                    tally.fail(answer.status, || open.last_body());
                } else if now >= window.begin && now < window.end {
                    let us = (now - sent).as_micros();
                    tally
                        .latencies_us
                        .push(u32::try_from(us).unwrap_or(u32::MAX));
                }
                connection = (!answer.close).then_some(open);
            }
            Err(error) => tally.fail(0, || error.to_string()),
        }
    }
}

async fn run(run: Run) -> ExitCode {
    let template = Template::new(run.mode, run.address, &run.data);
    let mut watched = vec![Watched::this_process("load")];
    watched.extend(run.watch.iter().cloned());
    // A repeated seed would repeat keys, and a repeated key is answered without work.
    let mut seed = [0; 8];
    if let Err(error) = getrandom::fill(&mut seed) {
        eprintln!("no random numbers from the system: {error}");
        return ExitCode::FAILURE;
    }
    let seed = u64::from_le_bytes(seed);

    let begin = Instant::now() + Duration::from_secs(run.warmup);
    let end = begin + Duration::from_secs(run.seconds);
    let tasks: Vec<_> = (0..run.connections)
        .map(|n| {
            let random = Random::new(seed.rotate_left(n) ^ (u64::from(n) << 32));
            let window = Window { begin, end };
            tokio::spawn(drive(run.address, template.clone(), random, window))
        })
        .collect();
    tokio::time::sleep_until(begin.into()).await;
    let before = processor::used(&watched);
    tokio::time::sleep_until(end.into()).await;
    let after = processor::used(&watched);

    let mut tally = Tally::default();
    for task in tasks {
        match task.await {
            Ok(part) => tally.merge(part),
            Err(error) => tally.fail(0, || error.to_string()),
        }
    }
    let units = if run.mode == Mode::Sheet {
        u64::from(run.data.rows)
    } else {
        1
    };
    let spent: Vec<u64> = after.iter().zip(&before).map(|(a, b)| a - b).collect();
    report(&run, tally, units, &watched, &spent)
}

fn report(run: &Run, mut tally: Tally, units: u64, watched: &[Watched], spent: &[u64]) -> ExitCode {
    tally.latencies_us.sort_unstable();
    let count = tally.latencies_us.len() as u64;
    let quantile = |thousandths: usize| {
        let at = tally.latencies_us.len() * thousandths / 1000;
        tally.latencies_us.get(at).copied().unwrap_or_default()
    };
    let failed: u64 = tally.failed.values().map(|(count, _)| count).sum();
    print!(
        "connections={} rate={} units_rate={} p50_us={} p99_us={} max_us={} ok={count} failed={failed}",
        run.connections,
        count / run.seconds.max(1),
        count * units / run.seconds.max(1),
        quantile(500),
        quantile(990),
        tally.latencies_us.last().copied().unwrap_or_default(),
    );
    for (watched, us) in watched.iter().zip(spent) {
        let ns_per_unit = us * 1000 / (count * units).max(1);
        print!(
            " {}_us={}.{:01}",
            watched.name,
            ns_per_unit / 1000,
            ns_per_unit % 1000 / 100
        );
    }
    println!();
    for (status, (count, body)) in &tally.failed {
        let body: String = body.chars().take(500).collect();
        println!("failed status={status} count={count} first={body}");
    }
    if count == 0 {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let Some(task) = arguments.task else {
        println!("load is started by benches/run.sh; try load --help");
        return if arguments.bench {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        };
    };
    match task {
        Task::Start(start) => start.measure(),
        Task::Run(task) => {
            let runtime = if task.threads <= 1 {
                tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
            } else {
                tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(task.threads)
                    .enable_all()
                    .build()
            };
            match runtime {
                Ok(runtime) => runtime.block_on(run(*task)),
                Err(error) => {
                    eprintln!("tokio does not start: {error}");
                    ExitCode::FAILURE
                }
            }
        }
    }
}
