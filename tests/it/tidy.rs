//! The rules of the house that a compiler does not check.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

fn all() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    let relative = |path: PathBuf| {
        let name = path.strip_prefix(root).unwrap().display().to_string();
        (name, fs::read_to_string(path).unwrap())
    };
    files.into_iter().map(relative).collect()
}

#[test]
fn dependencies_point_one_way() {
    let forbidden: &[(&str, &[&str])] = &[
        (
            "src/core/",
            &[
                "sea_orm",
                "tokio",
                "axum",
                "crate::store",
                "crate::web",
                "crate::signin",
                "crate::cache",
                "SystemTime",
            ],
        ),
        ("src/store/", &["crate::web", "crate::cli", "axum"]),
        (
            "src/signin/",
            &["crate::web", "crate::cli", "crate::store", "sea_orm"],
        ),
        (
            "src/cache/",
            &[
                "crate::web",
                "crate::cli",
                "crate::store",
                "crate::core",
                "sea_orm",
            ],
        ),
        (
            "src/import/",
            &[
                "crate::web",
                "crate::cli",
                "crate::store",
                "sea_orm",
                "tokio",
            ],
        ),
        (
            "src/photo/",
            &[
                "crate::web",
                "crate::cli",
                "crate::store",
                "sea_orm",
                "axum",
            ],
        ),
        ("src/web/", &["crate::cli", "sea_orm", "redis::"]),
    ];
    for (name, text) in all() {
        for (folder, words) in forbidden {
            if name.starts_with(folder) {
                for word in *words {
                    let used = text
                        .lines()
                        .any(|line| line.trim_start().starts_with("use ") && line.contains(word));
                    assert!(!used, "{name} names {word}");
                }
            }
        }
    }
}

#[test]
fn files_say_what_they_are_for() {
    for (name, text) in all() {
        assert!(text.starts_with("//!"), "{name} does not begin with //!");
        for word in ["todo!(", "unimplemented!(", "dbg!("] {
            assert!(!text.contains(word), "{name} has {word}");
        }
    }
}
