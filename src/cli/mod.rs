//! The command line of DESIGN section 7. Each command is a file.

mod backup;
mod bench_load;
mod demo;
mod demo_year;
mod export;
mod import;
mod photos;
mod say;
mod serve;
mod staff;
mod verify;

use crate::config::{Flags, Settings};
use crate::signin::Secrets;
use crate::store::{Clock, Settings as StoreSettings, Store};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// 文明积分 Wenming Points: a village ledger nobody has to take on trust.
#[derive(Debug, Parser)]
#[command(name = "wenming", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Settings that every command takes.
#[derive(Clone, Debug, Default, Args)]
struct Common {
    /// `sqlite:PATH` or `postgres://…`
    #[arg(long, global = true)]
    database: Option<String>,
    /// A settings file; see config/default.toml
    #[arg(long, global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the API and the pages
    Serve {
        #[command(flatten)]
        common: Common,
        /// Address to listen on, such as 0.0.0.0:8080
        #[arg(long)]
        listen: Option<String>,
        /// redis://… (optional)
        #[arg(long)]
        redis: Option<String>,
    },
    /// Builds an invented township in a throw-away folder and serves it on loopback
    Demo {
        /// Loopback address to listen on
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: String,
        /// Another database than a throw-away file; it must be empty
        #[arg(long)]
        database: Option<String>,
        /// Build and verify only, do not serve
        #[arg(long)]
        once: bool,
        /// For the benchmark: this many villages
        #[arg(long, hide = true, default_value_t = demo_year::Size::DEMO.villages)]
        villages: usize,
        /// For the benchmark: at least this many households in each
        #[arg(long, hide = true, default_value_t = demo_year::Size::DEMO.households)]
        households: usize,
    },
    /// Makes or upgrades the tables
    Migrate {
        #[command(flatten)]
        common: Common,
    },
    /// Adds staff; the password comes from standard input
    Staff {
        #[command(subcommand)]
        command: StaffCommand,
    },
    /// Reads a committee's file into a village
    Import {
        #[command(subcommand)]
        command: ImportCommand,
    },
    /// Writes a village's lists as CSV files into a folder
    Export {
        #[command(flatten)]
        common: Common,
        /// The village's code
        #[arg(long)]
        village: String,
        /// The folder to write into
        folder: PathBuf,
    },
    /// Proves every stored row from the journal; exit 0 only when everything holds
    Verify {
        #[command(flatten)]
        common: Common,
        /// Only this village
        #[arg(long)]
        village: Option<String>,
    },
    /// Writes a complete copy that `restore` takes
    Backup {
        #[command(flatten)]
        common: Common,
        /// The file to write
        file: PathBuf,
    },
    /// Puts a backup into an empty database
    Restore {
        #[command(flatten)]
        common: Common,
        /// The file to read
        file: PathBuf,
    },
    /// Fills an empty database for the benchmark
    #[command(hide = true)]
    BenchLoad {
        #[command(flatten)]
        common: Common,
        #[arg(long, default_value_t = 10_000)]
        villages: i32,
        #[arg(long, default_value_t = 100)]
        households: i32,
    },
}

#[derive(Debug, Subcommand)]
enum StaffCommand {
    /// Adds one staff member
    Add {
        #[command(flatten)]
        common: Common,
        /// What they sign in with
        name: String,
        /// admin, officer, manager, recorder, reviewer or clerk
        #[arg(long)]
        role: String,
        /// all, township:CODE, village:CODE or station:VILLAGE/CODE
        #[arg(long)]
        scope: String,
    },
}

/// A file for a village.
#[derive(Debug, Args)]
struct VillageFile {
    #[command(flatten)]
    common: Common,
    file: PathBuf,
    /// The village's code
    #[arg(long)]
    village: String,
    /// Look only, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Take the good rows although others are wrong
    #[arg(long)]
    only_good: bool,
}

#[derive(Debug, Subcommand)]
enum ImportCommand {
    /// A roster of households (XLSX or CSV)
    Households(VillageFile),
    /// Rules (the columns of assets/data/rules.csv)
    Rules(VillageFile),
    /// Goods of a station (the columns of assets/data/goods.csv)
    Goods {
        #[command(flatten)]
        common: Common,
        file: PathBuf,
        /// VILLAGE/STATION
        #[arg(long)]
        station: String,
        #[arg(long)]
        dry_run: bool,
        #[arg(long)]
        only_good: bool,
    },
}

/// A fault as people read it: what happened, what to do.
type Fault = Box<dyn std::error::Error + Send + Sync>;
type Done = Result<ExitCode, Fault>;

impl Common {
    fn settings(&self) -> Result<Settings, Fault> {
        let flags = Flags {
            database: self.database.clone(),
            ..Flags::default()
        };
        Ok(Settings::load(self.config.as_deref(), &flags)?)
    }

    async fn store(&self) -> Result<Store, Fault> {
        open(&self.settings()?, Clock::Database).await
    }
}

fn secrets(settings: &Settings) -> Result<Secrets, Fault> {
    use std::os::unix::fs::DirBuilderExt as _;
    for file in [settings.pepper_file(), settings.signing_key_file()] {
        if let Some(folder) = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)?;
        }
    }
    Ok(Secrets::load_or_create(
        &settings.pepper_file(),
        &settings.signing_key_file(),
    )?)
}

fn store_settings(settings: &Settings) -> StoreSettings {
    StoreSettings {
        writers: settings.database.writers,
        pool: settings.database.pool,
        queue: settings.limits.queue,
        batch_max: settings.database.batch,
        statement_timeout: Duration::from_secs(settings.database.statement_seconds),
        ..StoreSettings::new(settings.database.url.reveal())
    }
}

async fn open(settings: &Settings, clock: Clock) -> Result<Store, Fault> {
    Ok(Store::open(store_settings(settings), secrets(settings)?, clock).await?)
}

/// Runs the command line to its end.
#[must_use]
pub fn run() -> ExitCode {
    #[cfg(feature = "failpoints")]
    let _crashes = fail::FailScenario::setup();
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(fault) => return say::fault(&fault.into()),
    };
    match runtime.block_on(dispatch(cli.command)) {
        Ok(code) => code,
        Err(fault) => say::fault(&fault),
    }
}

async fn dispatch(command: Command) -> Done {
    match command {
        Command::Serve {
            common,
            listen,
            redis,
        } => {
            let flags = Flags {
                listen,
                database: common.database.clone(),
                redis,
            };
            serve::run(Settings::load(common.config.as_deref(), &flags)?).await
        }
        Command::Demo {
            listen,
            database,
            once,
            villages,
            households,
        } => {
            let size = demo_year::Size {
                villages,
                households,
                ..demo_year::Size::DEMO
            };
            demo::run(&listen, database, once, size).await
        }
        Command::Migrate { common } => {
            common.store().await?.close().await;
            say::line("表结构已是最新 / the tables are up to date");
            Ok(ExitCode::SUCCESS)
        }
        Command::Staff {
            command:
                StaffCommand::Add {
                    common,
                    name,
                    role,
                    scope,
                },
        } => staff::add(&common.store().await?, &name, &role, &scope).await,
        Command::Import { command } => import::run(command).await,
        Command::Export {
            common,
            village,
            folder,
        } => export::run(&common.store().await?, &village, &folder).await,
        Command::Verify { common, village } => {
            verify::run(&common.store().await?, village.as_deref()).await
        }
        Command::Backup { common, file } => backup::backup(&common.settings()?, &file).await,
        Command::Restore { common, file } => backup::restore(&common.settings()?, &file).await,
        Command::BenchLoad {
            common,
            villages,
            households,
        } => bench_load::run(&common.settings()?, villages, households).await,
    }
}
