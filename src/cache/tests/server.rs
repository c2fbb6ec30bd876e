//! A real `redis-server` on a free port, to be killed, stopped and restarted.

use std::{
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

const MISSING: &str = "These tests need redis-server 6.2 or newer: install it (Debian: apt install \
     redis-server) or name it in WENMING_TEST_REDIS_SERVER_BIN.";

/// A server of this test alone, gone when dropped.
pub(super) struct Server {
    port: u16,
    folder: tempfile::TempDir,
    child: Child,
}

impl Server {
    fn program() -> PathBuf {
        let named = std::env::var_os("WENMING_TEST_REDIS_SERVER_BIN").filter(|n| !n.is_empty());
        if let Some(path) = named {
            return path.into();
        }
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
            .map(|folder| folder.join("redis-server"))
            .find(|path| path.is_file())
            .expect(MISSING)
    }

    pub(super) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = free_port();
        let child = Self::spawn(port, &folder);
        Self {
            port,
            folder,
            child,
        }
    }

    fn spawn(port: u16, folder: &tempfile::TempDir) -> Child {
        Command::new(Self::program())
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{MISSING} ({error})"))
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    pub(super) fn kill(&mut self) {
        self.child.kill().expect("it was running");
        self.child.wait().expect("it is our child");
    }

    pub(super) fn restart(&mut self) {
        self.child = Self::spawn(self.port, &self.folder);
    }

    pub(super) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).expect("it was running");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its number").port()
}
