//! A PostgreSQL or a RabbitMQ of a test's own, which may be killed.

use std::{fs::Permissions, os::unix::fs::PermissionsExt, path::Path, process::Stdio};

use tempfile::TempDir;

const SERVICES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/dev/services.sh");

/// A server in a folder of its own. It ends with this value, and with the test's process however that ends.
#[derive(Debug)]
pub(crate) struct Instance {
    service: &'static str,
    folder: TempDir,
    url: String,
}

impl Instance {
    /// A PostgreSQL that writes to the disk before it answers.
    pub(crate) fn postgres() -> Self {
        Self::new("postgres")
    }

    pub(crate) fn rabbitmq() -> Self {
        Self::new("rabbitmq")
    }

    fn new(service: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Root's servers run as other users, who must be able to pass.
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o711)).unwrap();
        let mut instance = Self { service, folder, url: String::new() };
        instance.url = instance.start();
        instance
    }

    /// Where it is, at every start.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Starts it, and returns when it answers.
    pub(crate) fn start(&self) -> String {
        let owner = std::process::id().to_string();
        let said = self.order("start", &["--with-process", &owner]).expect("the service starts");
        said.trim().split_once('=').expect("it says where it is").1.to_owned()
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill9(&self) {
        self.order("kill9", &[]).expect("the service is killed");
    }

    fn order(&self, action: &str, rest: &[&str]) -> Option<String> {
        let mut command = std::process::Command::new(SERVICES);
        command.args([action, self.service]).arg(self.home()).args(rest).stdin(Stdio::null()).stderr(Stdio::inherit());
        let output = command.output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }

    fn home(&self) -> std::path::PathBuf {
        Path::join(self.folder.path(), self.service)
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // What is left of it ends with the test's process.
        let _ = self.order("remove", &[]);
    }
}
