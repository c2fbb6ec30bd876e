//! A file that holds one 32-byte key: 64 hexadecimal digits, for its owner only.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Why a key file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// Reading or writing failed.
    #[error("密钥文件 {} 无法读写：{error} / cannot read or write the key file: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Not 64 hexadecimal digits.
    #[error(
        "密钥文件 {} 损坏：应为 64 位十六进制数，请从备份恢复 / the key file is damaged: expected 64 hexadecimal digits, restore it from the backup",
        .0.display()
    )]
    Malformed(PathBuf),
    /// Group or others may read it.
    #[error(
        "密钥文件 {} 可被他人读取，请执行 chmod 600 / others can read the key file, run chmod 600 on it",
        .0.display()
    )]
    Exposed(PathBuf),
}

pub(super) fn load_key(path: &Path) -> Result<[u8; 32], KeyFileError> {
    let text = fs::read_to_string(path).map_err(|error| io_error(path, error))?;
    refuse_exposed(path)?;
    let mut key = [0; 32];
    hex::decode_to_slice(text.trim_end(), &mut key)
        .map_err(|_| KeyFileError::Malformed(path.to_owned()))?;
    Ok(key)
}

#[cfg(unix)]
fn refuse_exposed(path: &Path) -> Result<(), KeyFileError> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = fs::metadata(path).map_err(|error| io_error(path, error))?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(KeyFileError::Exposed(path.to_owned()));
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_exposed(_path: &Path) -> Result<(), KeyFileError> {
    Ok(())
}

pub(super) fn load_or_create_key(path: &Path) -> Result<[u8; 32], KeyFileError> {
    match load_key(path) {
        Err(KeyFileError::Io { error, .. }) if error.kind() == io::ErrorKind::NotFound => {}
        found => return found,
    }
    create_key(path).map_err(|error| io_error(path, error))?;
    load_key(path)
}

/// Writes beside the file and links it into place: nobody reads half a key, and of two processes
/// that start at once both end with the one that came first.
fn create_key(path: &Path) -> io::Result<()> {
    let mut bytes = [0; 40];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let (key, nonce) = bytes.split_at(32);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", hex::encode(nonce)));
    let draft = path.with_file_name(name);

    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    let linked = writeln!(file, "{}", hex::encode(key))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::hard_link(&draft, path));
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => sync_folder(path),
    }
}

/// Makes the new name durable: a key lost to a power cut would void every hash made with it.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if cfg!(unix) {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn io_error(path: &Path, error: io::Error) -> KeyFileError {
    KeyFileError::Io {
        path: path.to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Pepper, SigningKey},
        *,
    };

    #[test]
    fn a_key_file_is_made_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("pepper");
        assert!(matches!(Pepper::load(&path), Err(KeyFileError::Io { .. })));
        let ids: Vec<[u8; 8]> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| Pepper::load_or_create(&path).expect("a pepper").id))
                .collect();
            threads
                .into_iter()
                .map(|t| t.join().expect("no panic"))
                .collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]));
        assert_eq!(Pepper::load(&path).expect("it is there").id, ids[0]);
        let names = fs::read_dir(folder.path()).expect("listed").count();
        assert_eq!(names, 1, "no draft left");
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_open_to_others_or_damaged_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("signing.key");
        let key = SigningKey::load_or_create(&path).expect("a key");
        let mode = fs::metadata(&path).expect("its mode").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            SigningKey::load(&path).expect("again").public(),
            key.public()
        );

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("opened");
        assert!(matches!(
            SigningKey::load(&path),
            Err(KeyFileError::Exposed(_))
        ));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("closed");
        fs::write(&path, "abc").expect("damaged");
        assert!(matches!(
            SigningKey::load_or_create(&path),
            Err(KeyFileError::Malformed(_))
        ));
        assert_eq!(fs::read_to_string(&path).expect("kept"), "abc");
    }
}
