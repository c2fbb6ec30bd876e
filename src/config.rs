//! Settings: the embedded `default.toml`, then `--config`, then `WENMING_*`, then flags.

mod photos;

pub use photos::{Hidden, PhotoPlace, Photos, S3};

use figment::Figment;
use figment::providers::{Env, Format as _, Toml};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The defaults, every key commented.
pub const DEFAULT: &str = include_str!("../config/default.toml");
/// What `demo` changes.
pub const DEMO: &str = include_str!("../config/demo.toml");

/// Everything that can be set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whether the people shown are invented (`wenming demo`).
    #[serde(skip)]
    pub demo: bool,
    /// Where pages and API are served.
    pub listen: SocketAddr,
    /// Where metrics are served.
    pub metrics_listen: Listen,
    /// The address people reach the server by.
    pub public_url: String,
    /// The first part of the name on checkpoints.
    pub origin: String,
    /// The database.
    pub database: Database,
    /// The cache.
    pub redis: Redis,
    /// Key files.
    pub secrets: SecretFiles,
    /// Bounds on what one request or caller may take.
    pub limits: Limits,
    /// Where photos are kept, and how many.
    pub photos: Photos,
    /// Logs.
    pub log: Log,
}

/// The database and its connections.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: SecretUrl,
    /// Writing connections on PostgreSQL.
    pub writers: usize,
    /// Connections for reads.
    pub pool: u32,
    /// The most operations in one transaction.
    pub batch: usize,
    /// The longest a statement may take, in seconds.
    pub statement_seconds: u64,
}

/// The optional Redis.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redis {
    /// Empty for none.
    pub url: SecretUrl,
    /// What every key begins with.
    pub prefix: String,
}

/// Where the secrets are; see [`Settings::pepper_file`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretFiles {
    /// Empty for the usual place.
    pub pepper_file: PathBuf,
    /// Empty for the usual place.
    pub signing_key_file: PathBuf,
}

/// Bounds. Bytes, seconds, times per minute (0 for no limit).
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the names say it, and default.toml at length
pub struct Limits {
    pub body_bytes: usize,
    pub import_bytes: usize,
    pub queue: usize,
    pub max_connections: usize,
    pub header_seconds: u64,
    pub body_seconds: u64,
    pub write_seconds: u64,
    pub drain_seconds: u64,
    pub sign_in_per_minute: u32,
    pub pin_per_minute: u32,
    pub writes_per_minute: u32,
    pub reads_per_minute: u32,
}

/// Logs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// For people or programs.
    pub format: LogFormat,
    /// Such as `info`.
    pub level: String,
}

/// What a log line looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// An address, or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen(pub Option<SocketAddr>);

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        match text.as_str() {
            "off" => Ok(Listen(None)),
            address => address.parse().map(|a| Listen(Some(a))).map_err(|_| {
                serde::de::Error::custom("应为 地址:端口 或 off / expected ADDRESS:PORT or off")
            }),
        }
    }
}

/// A URL that may hold a password; its `Debug` form hides it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct SecretUrl(String);

impl SecretUrl {
    /// The URL in full: for connecting, never for showing.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for SecretUrl {
    fn from(url: String) -> SecretUrl {
        SecretUrl(url)
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (base, query) = self.0.split_once('?').unwrap_or((&self.0, ""));
        // The last @ ends the password: one inside it should have been escaped, but hide it too.
        let (scheme, rest) = base.split_once("://").unwrap_or((base, ""));
        match rest.rsplit_once('@') {
            Some((user, host)) => {
                let user = user.split(':').next().unwrap_or("");
                write!(f, "{scheme}://{user}:***@{host}")?;
            }
            None => f.write_str(base)?,
        }
        for (n, pair) in query.split('&').filter(|pair| !pair.is_empty()).enumerate() {
            let (key, _) = pair.split_once('=').unwrap_or((pair, ""));
            let shown = if key == "password" {
                "password=***"
            } else {
                pair
            };
            write!(f, "{}{shown}", if n == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What the command line sets; `None` leaves the setting.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--listen`.
    pub listen: Option<String>,
    /// `--database`.
    pub database: Option<String>,
    /// `--redis`.
    pub redis: Option<String>,
}

/// A setting that cannot be used. It names the key and where it was set.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFault {
    /// A value or key.
    #[error("设置有误，请改正后重新启动：{0}\na setting is wrong, correct it and start again: {0}")]
    Setting(#[from] Box<figment::Error>),
    /// The file that `--config` names.
    #[error("找不到设置文件 {0} / there is no settings file {0}")]
    NoFile(PathBuf),
    /// A value that parses and yet cannot be.
    #[error("设置 {key} 有误：{zh} / the setting {key} is wrong: {en}")]
    Value {
        /// The key.
        key: &'static str,
        /// Why, in Chinese.
        zh: &'static str,
        /// Why, in English.
        en: &'static str,
    },
}

impl Settings {
    /// Reads the settings of a process from all four places.
    ///
    /// # Errors
    /// [`ConfigFault`], with the key's name.
    pub fn load(config: Option<&Path>, flags: &Flags) -> Result<Settings, ConfigFault> {
        let mut sources = Figment::from(Toml::string(DEFAULT));
        if let Some(path) = config {
            if !path.is_file() {
                return Err(ConfigFault::NoFile(path.to_path_buf()));
            }
            sources = sources.merge(Toml::file_exact(path));
        }
        // These belong to the demo, the tests and the benchmark, not to a server's settings.
        let others = [
            "config", "bin", "test_", "bench_", "demo_", "model_", "anchor_", "serve_", "skip_",
        ];
        let own = Env::prefixed("WENMING_").filter(move |key| {
            let key = key.as_str().to_lowercase();
            !others
                .iter()
                .any(|other| key == *other || (other.ends_with('_') && key.starts_with(other)))
        });
        Settings::from(sources.merge(own.split("__")), flags)
    }

    /// The settings of `demo`: no file and no environment of others gets in.
    ///
    /// # Errors
    /// [`ConfigFault`] for a flag.
    pub fn demo(flags: &Flags) -> Result<Settings, ConfigFault> {
        let sources = Figment::from(Toml::string(DEFAULT)).merge(Toml::string(DEMO));
        let demo = Settings::from(sources, flags)?;
        Ok(Settings { demo: true, ..demo })
    }

    fn from(mut sources: Figment, flags: &Flags) -> Result<Settings, ConfigFault> {
        let given = [
            ("listen", &flags.listen),
            ("database.url", &flags.database),
            ("redis.url", &flags.redis),
        ];
        for (key, value) in given {
            if let Some(value) = value {
                sources = sources.merge((key, value));
            }
        }
        let settings: Settings = sources.extract().map_err(Box::new)?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), ConfigFault> {
        let bad = |key, zh, en| Err(ConfigFault::Value { key, zh, en });
        let url = self.database.url.reveal();
        let known = ["sqlite:", "postgres://", "postgresql://"];
        if !known.iter().any(|scheme| url.starts_with(scheme)) {
            return bad(
                "database.url",
                "应以 sqlite: 或 postgres:// 开头",
                "it must begin with sqlite: or postgres://",
            );
        }
        if self.database.pool == 0 || self.database.writers == 0 || self.database.batch == 0 {
            return bad(
                "database",
                "pool、writers、batch 至少为 1",
                "pool, writers and batch must be at least 1",
            );
        }
        if !crate::signin::secret::is_origin(&self.origin) {
            return bad("origin", "不能含空格或加号", "no spaces and no plus signs");
        }
        if self.limits.queue == 0 || self.limits.max_connections == 0 {
            return bad(
                "limits",
                "queue、max_connections 至少为 1",
                "queue and max_connections must be at least 1",
            );
        }
        match self.photos.fault() {
            Some((key, zh, en)) => bad(key, zh, en),
            None => Ok(()),
        }
    }

    /// The file of the password pepper.
    #[must_use]
    pub fn pepper_file(&self) -> PathBuf {
        self.secret_file(&self.secrets.pepper_file, "pepper")
    }

    /// The file of the key that signs checkpoints.
    #[must_use]
    pub fn signing_key_file(&self) -> PathBuf {
        self.secret_file(&self.secrets.signing_key_file, "signing-key")
    }

    /// The folder of photos, when they are kept in one.
    #[must_use]
    pub fn photo_folder(&self) -> PathBuf {
        let set = &self.photos.folder;
        match set.as_os_str().is_empty() {
            true => self.beside().join("photos"),
            false => set.clone(),
        }
    }

    fn secret_file(&self, set: &Path, name: &str) -> PathBuf {
        match set.as_os_str().is_empty() {
            true => self.beside().join("secrets").join(name),
            false => set.to_path_buf(),
        }
    }

    /// The folder of the SQLite file; with PostgreSQL the one the process runs in.
    fn beside(&self) -> &Path {
        let file = self.database.url.reveal().strip_prefix("sqlite:");
        let file = file.map(|rest| rest.strip_prefix("//").unwrap_or(rest));
        file.map(|rest| Path::new(rest.split('?').next().unwrap_or(rest)))
            .and_then(Path::parent)
            .unwrap_or(Path::new(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(toml: &str, flags: &Flags) -> Result<Settings, ConfigFault> {
        let sources = Figment::from(Toml::string(DEFAULT)).merge(Toml::string(toml));
        Settings::from(sources, flags)
    }

    #[test]
    fn defaults_demo_and_example_are_whole() {
        let settings = with("", &Flags::default()).expect("the defaults");
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.pepper_file(), Path::new("secrets/pepper"));
        assert_eq!(settings.photo_folder(), Path::new("photos"));
        let demo = Settings::demo(&Flags::default()).expect("the demo");
        assert_eq!(demo.metrics_listen, Listen(None));
        let example = include_str!("../config/production.example.toml");
        let example = with(example, &Flags::default()).expect("the example");
        assert_eq!(example.log.format, LogFormat::Json);
        assert_eq!(example.pepper_file(), Path::new("/etc/wenming/pepper"));
    }

    #[test]
    fn flags_win_and_unknown_keys_are_named() {
        let flags = Flags {
            listen: Some("[::1]:9".into()),
            database: Some("sqlite:///var/lib/w/a.sqlite".into()),
            redis: None,
        };
        let settings = with("listen = \"127.0.0.1:1\"", &flags).expect("settings");
        assert_eq!(settings.listen.port(), 9);
        let key = settings.signing_key_file();
        assert_eq!(key, Path::new("/var/lib/w/secrets/signing-key"));
        assert_eq!(settings.photo_folder(), Path::new("/var/lib/w/photos"));
        for (toml, named) in [
            ("lisen = 1", "lisen"),
            ("[limits]\nbody_byte = 3", "body_byte"),
            ("[database]\nurl = \"mysql://x\"", "database.url"),
            ("[limits]\nqueue = \"many\"", "queue"),
            ("metrics_listen = \"on\"", "metrics_listen"),
            ("origin = \"a b\"", "origin"),
            ("[photos]\nplace = \"s3\"", "photos.s3"),
            ("[photos]\nplace = \"cloud\"", "place"),
            ("[photos]\nupload_bytes = 5", "photos.upload_bytes"),
            ("[photos]\nvillage_bytes = -1", "photos.village_bytes"),
            ("[photos.s3]\nendpoint = \"ftp://x\"", "photos.s3.endpoint"),
        ] {
            let fault = with(toml, &Flags::default()).expect_err(toml).to_string();
            assert!(fault.contains(named), "{fault}");
        }
        let missing = Settings::load(Some(Path::new("no-such.toml")), &Flags::default());
        assert!(matches!(missing, Err(ConfigFault::NoFile(_))));
    }

    #[test]
    fn passwords_are_not_shown() {
        for (url, shown) in [
            (
                "postgres://u:p@ss@h/db?x=1&password=q",
                "postgres://u:***@h/db?x=1&password=***",
            ),
            ("redis://:geheim@h:6379/0", "redis://:***@h:6379/0"),
            ("sqlite:a.sqlite", "sqlite:a.sqlite"),
        ] {
            assert_eq!(format!("{:?}", SecretUrl(url.into())), shown);
        }
    }
}
