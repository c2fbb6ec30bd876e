//! The command line: imports, backup and restore, verify, the demo.

use crate::world::{BOTH, Kind, PASSWORD, World, asset, text, village};

#[tokio::test(flavor = "multi_thread")]
async fn rosters_go_in_once_and_faults_are_named() {
    for kind in BOTH {
        let (world, server, _) = village(kind).await;
        drop(server);
        let file = |name: &str| asset(name).display().to_string();
        let import = |name: &str, extra: &[&str]| {
            let file = file(name);
            let mut arguments = vec!["import", "households", &file, "--village", "W"];
            arguments.extend(extra);
            world.run(&arguments)
        };
        let dry = import("roster-dongshan.xlsx", &["--dry-run"]);
        assert!(
            text(&dry.stdout).contains("new 187"),
            "{}{}",
            text(&dry.stdout),
            text(&dry.stderr)
        );
        assert!(text(&import("roster-dongshan.xlsx", &[]).stdout).contains("new 187"));
        assert!(
            text(&import("roster-dongshan.xlsx", &[]).stdout)
                .contains("new 0, 更改 changed 0, 不变 same 187")
        );
        let faulty = import("roster-hekou-with-errors.xlsx", &[]);
        assert_eq!(faulty.status.code(), Some(1));
        for row in [17, 25, 61, 92, 144, 204] {
            assert!(
                text(&faulty.stdout).contains(&format!("row {row} ")),
                "{}",
                text(&faulty.stdout)
            );
        }
        let rules = file("rules.csv");
        assert!(
            text(
                &world
                    .run(&["import", "rules", &rules, "--village", "W"])
                    .stdout
            )
            .contains("new 70")
        );
        let goods = file("goods.csv");
        assert!(
            text(
                &world
                    .run(&["import", "goods", &goods, "--station", "V/S1"])
                    .stdout
            )
            .contains("new 47")
        );
        world.verify();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_restores_to_the_same_ledger() {
    let (world, server, _) = village(Kind::Sqlite).await;
    let copy = world
        .folder
        .path()
        .join("copy.backup")
        .display()
        .to_string();
    // Online: the server holds the file.
    let output = world.run(&["backup", &copy]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    drop(server);
    let other = World {
        url: format!(
            "sqlite:{}",
            world.folder.path().join("other.sqlite").display()
        ),
        folder: world.folder,
    };
    let restored = other.run(&["restore", &copy]);
    assert!(restored.status.success(), "{}", text(&restored.stderr));
    other.verify();
    assert!(
        !other.run(&["restore", &copy]).status.success(),
        "a ledger is never overwritten"
    );
}

#[test]
fn a_newcomer_needs_no_folders_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new").join("w.sqlite");
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    let url = format!("sqlite:{}", file.display());
    let migrate = std::process::Command::new(env!("CARGO_BIN_EXE_wenming"))
        .args(["migrate", "--database", &url])
        .output()
        .unwrap();
    assert!(migrate.status.success(), "{}", text(&migrate.stderr));
    assert!(folder.path().join("new/secrets/pepper").exists());
}

#[test]
fn the_first_admin_and_the_demo() {
    let world = World::new(Kind::Sqlite);
    let weak = world.run_with(
        &["staff", "add", "root", "--role", "admin", "--scope", "all"],
        "123",
    );
    assert!(!weak.status.success());
    let wrong = world.run_with(
        &["staff", "add", "root", "--role", "king", "--scope", "all"],
        PASSWORD,
    );
    assert!(!wrong.status.success());
    world.admin();
    let demo = std::process::Command::new(env!("CARGO_BIN_EXE_wenming"))
        .args(["demo", "--once"])
        .output()
        .unwrap();
    assert!(
        demo.status.success(),
        "{}{}",
        text(&demo.stdout),
        text(&demo.stderr)
    );
    assert!(text(&demo.stdout).contains("findings 0"));
}
