//! The archive around a workbook, unpacked under limits. What is counted is what really comes
//! out of the decompressor; the sizes an archive claims are never believed.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use zip::{CompressionMethod, ZipArchive};

use super::file_fault::FileFault;

const PARTS_MAX: usize = 1_000;
/// All parts together, unpacked.
const UNPACKED_BYTES_MAX: usize = 24 << 20;
/// Above this size a part must not unpack to more than [`RATIO_MAX`] times its packed size.
const RATIO_FROM_BYTES: usize = 1 << 20;
const RATIO_MAX: usize = 100;
const CHUNK_BYTES: usize = 64 << 10;

/// The XML parts of a workbook by lower-case path, UTF-8 and free of entity declarations.
pub(super) struct Package {
    parts: HashMap<String, String>,
}

impl Package {
    pub(super) fn part(&self, path: &str) -> Option<&str> {
        self.parts
            .get(&path.to_ascii_lowercase())
            .map(String::as_str)
    }

    /// Unpacks everything once, keeping only what a table is read from.
    pub(super) fn open(bytes: &[u8]) -> Result<Self, FileFault> {
        // Counted before the directory is parsed, since parsing already costs memory per entry.
        let listed = bytes.windows(4).filter(|at| *at == b"PK\x01\x02");
        if listed.take(PARTS_MAX + 1).count() > PARTS_MAX {
            return Err(FileFault::TooManyParts);
        }
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| FileFault::Damaged)?;
        if archive.len() > PARTS_MAX {
            return Err(FileFault::TooManyParts);
        }
        let overlap = archive
            .has_overlapping_entries()
            .map_err(|_| FileFault::Damaged)?;
        if overlap || archive.has_duplicate_names() {
            return Err(FileFault::OverlappingParts);
        }
        let mut parts = HashMap::new();
        let mut unpacked = 0;
        let mut buffer = Vec::new();
        for index in 0..archive.len() {
            let name = safe_name(&mut archive, index)?;
            inflate(&mut archive, index, &mut buffer, &mut unpacked)?;
            if buffer.starts_with(b"PK\x03\x04") {
                return Err(FileFault::NestedArchive);
            }
            if !is_xml(&name) {
                continue;
            }
            // Moved, not copied: the largest sheet decides how much memory a file costs.
            let text = String::from_utf8(std::mem::take(&mut buffer));
            let mut text = text.map_err(|_| FileFault::Damaged)?;
            // Plain letters in UTF-16 pass for UTF-8 with zeros between, which would hide a DTD.
            if text.contains('\0') {
                return Err(FileFault::Damaged);
            }
            if text.contains("<!DOCTYPE") || text.contains("<!ENTITY") {
                return Err(FileFault::XmlEntities);
            }
            if is_wanted(&name) {
                text.shrink_to_fit();
                if parts.insert(name, text).is_some() {
                    return Err(FileFault::OverlappingParts);
                }
            }
        }
        Ok(Self { parts })
    }
}

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// The path of a part, lower case, once nothing about the entry is suspicious.
fn safe_name(archive: &mut Archive<'_>, index: usize) -> Result<String, FileFault> {
    let entry = archive
        .by_index_data(index)
        .map_err(|_| FileFault::Damaged)?;
    if entry.encrypted() {
        return Err(FileFault::Encrypted);
    }
    let name = entry
        .name()
        .map_err(|_| FileFault::Damaged)?
        .replace('\\', "/");
    let outside = name.starts_with('/') || name.contains(':') || name.contains('\0');
    if entry.is_symlink() || outside || name.split('/').any(|step| step == "..") {
        return Err(FileFault::UnsafePart);
    }
    match entry.compression() {
        CompressionMethod::Stored | CompressionMethod::Deflated => {}
        _ => return Err(FileFault::Damaged),
    }
    let name = name.to_ascii_lowercase();
    if name.ends_with("vbaproject.bin") {
        return Err(FileFault::Macros);
    }
    if [".zip", ".xlsx", ".xlsm", ".docx", ".rar", ".7z", ".gz"]
        .iter()
        .any(|end| name.ends_with(end))
    {
        return Err(FileFault::NestedArchive);
    }
    Ok(name)
}

/// Unpacks one part into `buffer`, adding to the running total and stopping at the limits.
fn inflate(
    archive: &mut Archive<'_>,
    index: usize,
    buffer: &mut Vec<u8>,
    unpacked: &mut usize,
) -> Result<(), FileFault> {
    let mut entry = archive.by_index(index).map_err(|_| FileFault::Damaged)?;
    let packed = usize::try_from(entry.compressed_size()).unwrap_or(usize::MAX);
    let keep = is_xml(
        &entry
            .name()
            .map_err(|_| FileFault::Damaged)?
            .to_ascii_lowercase(),
    );
    let mut size = 0_usize;
    let mut chunk = vec![0; CHUNK_BYTES];
    buffer.clear();
    loop {
        // A checksum or length that does not fit ends here too.
        let read = entry.read(&mut chunk).map_err(|_| FileFault::Damaged)?;
        if read == 0 {
            return Ok(());
        }
        size += read;
        *unpacked += read;
        let swollen = size > RATIO_FROM_BYTES && size / RATIO_MAX > packed;
        if swollen || *unpacked > UNPACKED_BYTES_MAX {
            return Err(FileFault::Bomb);
        }
        // Of pictures and the like only the first bytes matter, to recognise an archive.
        if keep || buffer.is_empty() {
            buffer.extend_from_slice(&chunk[..read]);
        }
    }
}

fn is_xml(name: &str) -> bool {
    [".xml", ".rels", ".vml"]
        .iter()
        .any(|end| name.ends_with(end))
}

fn is_wanted(name: &str) -> bool {
    let outer = ["xl/workbook.xml", "xl/_rels/workbook.xml.rels"];
    let shared = ["xl/sharedstrings.xml", "xl/styles.xml"];
    outer.contains(&name) || shared.contains(&name) || name.starts_with("xl/worksheets/")
}
