//! The suite in Python.

use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::root;
use crate::server::Server;

/// Python with grpcio, and the stubs of the service.
pub(crate) struct Python {
    interpreter: PathBuf,
    stubs: PathBuf,
}

impl Python {
    /// What `make test` has set up; where it could not, says so in a line.
    pub(crate) fn find() -> Option<&'static Self> {
        static PYTHON: OnceLock<Option<Python>> = OnceLock::new();
        let python = PYTHON.get_or_init(Self::set_up).as_ref();
        if python.is_none() {
            println!("skipped: there is no Python with grpcio; `make test` sets it up");
        }
        python
    }

    fn set_up() -> Option<Self> {
        // The binary is in <target>/<profile>.
        let target = assert_cmd::cargo::cargo_bin("colocate").parent()?.parent()?.to_owned();
        let interpreter = target.join("python/bin/python");
        if !target.join("python/requirements.txt").exists() {
            return None;
        }
        let (stubs, protos) = (target.join("python/stubs"), root().join("adapters/proto/proto"));
        std::fs::create_dir_all(&stubs).expect("a folder");
        let files = std::fs::read_dir(protos.join("colocate/v1")).expect("they are there").flatten();
        let status = Command::new(&interpreter)
            .args(["-m", "grpc_tools.protoc"])
            .arg(format!("-I{}", protos.display()))
            .arg(format!("--python_out={}", stubs.display()))
            .arg(format!("--grpc_python_out={}", stubs.display()))
            .args(files.map(|file| file.path()))
            .status();
        assert!(status.is_ok_and(|status| status.success()), "the stubs are not made");
        Some(Self { interpreter, stubs })
    }

    /// A script that may import the stubs.
    pub(crate) fn command(&self, script: &Path) -> Command {
        let mut command = Command::new(&self.interpreter);
        command.arg(script).env("PYTHONPATH", &self.stubs);
        command
    }

    /// Starts a case of the suite.
    pub(crate) fn case(
        &self,
        name: &str,
        server: &Server,
        problem: &Path,
        more: &[(&str, Value)],
    ) -> Running {
        let mut settings = json!({
            "address": server.address(),
            "ca": server.ca(),
            "token": server.token(),
            "other_token": server.other_token(),
            "stubs": self.stubs,
            "problem": problem,
        });
        for (key, value) in more {
            settings[*key] = value.clone();
        }
        let file = server.folder().join("server.json");
        std::fs::write(&file, settings.to_string()).expect("it is written");
        let mut command = self.command(&root().join("tests/grpc/suite.py"));
        let mut child = command.arg(name).arg(file).stdout(Stdio::piped()).spawn().expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        Running { child, lines }
    }
}

/// A case that runs.
pub(crate) struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    /// Waits until it says that its calls are under way.
    pub(crate) fn wait_until_running(&mut self) {
        let line = self.lines.next();
        assert!(matches!(&line, Some(Ok(line)) if line == "running"), "{line:?}");
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("it is ours").is_some()
    }

    /// What it found out, once it has ended well.
    pub(crate) fn finish(&mut self) -> Value {
        let lines: Vec<String> = self.lines.by_ref().map_while(Result::ok).collect();
        assert!(self.child.wait().is_ok_and(|status| status.success()), "the case failed: {lines:?}");
        let last = lines.last().map(String::as_str).unwrap_or_default();
        println!("{last}");
        serde_json::from_str(last).expect("one JSON object")
    }
}
