//! Copies of the folder of photos, beside a backup of the ledger. Photos are named by their
//! content, so a file that is there already is never written again.

use super::{Fault, say};
use crate::config::{PhotoPlace, Settings};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the photos of a backup are: beside its file.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_os_string();
    name.push(".photos");
    PathBuf::from(name)
}

/// Copies every whole photo of a folder into another; how many it has copied.
fn copy(from: &Path, to: &Path) -> std::io::Result<usize> {
    use std::os::unix::fs::DirBuilderExt as _;
    let mut copied = 0;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copied += copy(&entry.path(), &target)?;
            continue;
        }
        let name = entry.file_name();
        // A file being written has another ending until it is whole.
        let is_photo = name.to_str().is_some_and(|name| name.ends_with(".jpg"));
        if !is_photo || target.exists() {
            continue;
        }
        // Renamed when it is whole: a copy that broke off would be taken for the photo.
        let part = target.with_extension("part");
        fs::copy(entry.path(), &part)?;
        fs::File::open(&part)?.sync_all()?;
        fs::rename(&part, &target)?;
        copied += 1;
    }
    Ok(copied)
}

async fn carry(from: PathBuf, to: PathBuf) -> Result<(), Fault> {
    if !from.is_dir() {
        return Ok(());
    }
    let shown = to.to_string_lossy().to_string();
    let copied = tokio::task::spawn_blocking(move || copy(&from, &to)).await??;
    let count = copied.to_string();
    say::line(&["照片文件 / photo files: ", &count, " → ", &shown].concat());
    Ok(())
}

/// Copies the photos of the folder beside a backup; says what else to do for a bucket.
pub async fn backup(settings: &Settings, file: &Path) -> Result<(), Fault> {
    if settings.photos.place == PhotoPlace::S3 {
        say::note(
            "照片在对象存储里，不在这个备份中，请另行备份 / photos are in the bucket, not in this backup: back them up there",
        );
        return Ok(());
    }
    carry(settings.photo_folder(), beside(file)).await
}

/// Puts the photos of a backup back into the folder.
pub async fn restore(settings: &Settings, file: &Path) -> Result<(), Fault> {
    if settings.photos.place == PhotoPlace::S3 {
        return Ok(());
    }
    carry(beside(file), settings.photo_folder()).await
}
