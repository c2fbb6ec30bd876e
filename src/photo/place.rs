//! Where photos are kept: a folder beside the ledger, or a bucket.

use super::{Form, PhotoFault, Prepared, Settings};
use crate::config::PhotoPlace;
use crate::core::PhotoHash;
use crate::core::rights::UnitNo;
use bytes::Bytes;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ClientOptions, Error, ObjectStore, ObjectStoreExt as _, RetryConfig};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

/// A folder or a bucket.
#[derive(Debug)]
pub struct Place {
    folder: PathBuf,
    opened: OnceCell<Arc<dyn ObjectStore>>,
}

fn down(fault: &dyn std::fmt::Display) -> PhotoFault {
    tracing::error!(%fault, "the place of photos does not work");
    PhotoFault::Place(fault.to_string())
}

/// The name of a photo in its place. Its first octet makes folders that a file manager can open.
fn name(unit: UnitNo, hash: &PhotoHash, form: Form) -> Path {
    let hex = hex::encode(hash);
    let end = match form {
        Form::Full => ".jpg",
        Form::Thumb => "-s.jpg",
    };
    let [first, second, ..] = hex.as_bytes() else {
        return Path::from(hex);
    };
    let folder: String = [char::from(*first), char::from(*second)].iter().collect();
    Path::from_iter([unit.to_string(), folder, [&hex, end].concat()])
}

impl Place {
    /// Opens it; a folder only when the first photo comes.
    pub fn open(settings: &Settings, folder: PathBuf) -> Result<Place, PhotoFault> {
        let opened = OnceCell::new();
        if settings.place == PhotoPlace::S3 {
            // Another part of the process may have chosen a provider already: that one serves.
            let _chosen = rustls::crypto::ring::default_provider().install_default();
            let s3 = &settings.s3;
            // Somebody waits with a phone in their hand: a bucket that is down is said soon.
            let retry = RetryConfig {
                max_retries: 2,
                retry_timeout: Duration::from_secs(5),
                ..RetryConfig::default()
            };
            let patience = ClientOptions::new()
                .with_connect_timeout(Duration::from_secs(3))
                .with_timeout(Duration::from_secs(15));
            let mut bucket = AmazonS3Builder::new()
                .with_client_options(patience)
                .with_retry(retry)
                .with_bucket_name(&s3.bucket)
                .with_region(&s3.region)
                .with_access_key_id(&s3.access_key)
                .with_secret_access_key(s3.secret_key.reveal());
            if !s3.endpoint.is_empty() {
                let is_plain = s3.endpoint.starts_with("http:");
                bucket = bucket.with_endpoint(&s3.endpoint).with_allow_http(is_plain);
            }
            let bucket = bucket.build().map_err(|fault| down(&fault))?;
            // The cell is new, so it takes the value.
            let _set = opened.set(Arc::new(bucket) as Arc<dyn ObjectStore>);
        }
        Ok(Place { folder, opened })
    }

    async fn store(&self) -> Result<&Arc<dyn ObjectStore>, PhotoFault> {
        let open = async || {
            use std::os::unix::fs::DirBuilderExt as _;
            let folder = self.folder.clone();
            let made = tokio::task::spawn_blocking(move || {
                let mut builder = std::fs::DirBuilder::new();
                builder.recursive(true).mode(0o700).create(&folder)?;
                LocalFileSystem::new_with_prefix(&folder).map_err(std::io::Error::other)
            });
            let made = made.await.map_err(|fault| down(&fault))?;
            let store = made.map_err(|fault| down(&fault))?;
            Ok(Arc::new(store.with_fsync(true)) as Arc<dyn ObjectStore>)
        };
        self.opened.get_or_try_init(open).await
    }

    /// Keeps octets whole or not at all.
    pub async fn put(
        &self,
        unit: UnitNo,
        hash: &PhotoHash,
        form: Form,
        bytes: &[u8],
    ) -> Result<(), PhotoFault> {
        let name = name(unit, hash, form);
        let payload = Bytes::copy_from_slice(bytes).into();
        let put = self.store().await?.put(&name, payload).await;
        put.map(drop).map_err(|fault| down(&fault))
    }

    /// What was kept. A full photo whose octets are not those it is named by counts as lost.
    pub async fn get(
        &self,
        unit: UnitNo,
        hash: &PhotoHash,
        form: Form,
    ) -> Result<Option<Bytes>, PhotoFault> {
        let name = name(unit, hash, form);
        let found = match self.store().await?.get(&name).await {
            Ok(found) => found.bytes().await.map_err(|fault| down(&fault))?,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(fault) => return Err(down(&fault)),
        };
        if form == Form::Full && Prepared::hash_of(&found) != *hash {
            tracing::error!(%name, "a kept photo is not what it is named by");
            return Ok(None);
        }
        Ok(Some(found))
    }
}
