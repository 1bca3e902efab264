//! What several tests share.

use std::path::{Path, PathBuf};

/// The folder of published series: `COLOCATE_DATA`, or `../shared/data` beside the workspace. Without it, one line
/// says that `test` is skipped.
pub(crate) fn data(test: &str) -> Option<PathBuf> {
    let beside = || {
        let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
        let workspace = folders.find(|folder| folder.join("deny.toml").is_file());
        workspace.expect("every crate is in the workspace").join("../shared/data")
    };
    let folder = std::env::var_os("COLOCATE_DATA").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    #[expect(clippy::print_stderr, reason = "a skipped test has to say so")]
    {
        eprintln!("{test} is skipped: there is no {}", folder.display());
    }
    None
}
