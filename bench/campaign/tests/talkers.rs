//! The files in `bench/instances` are what the generator writes.

use std::collections::BTreeMap;
use std::path::Path;

use colocate_files::native;
use colocate_generator::talkers;

/// `COLOCATE_WRITE_INSTANCES=1` writes them anew.
#[test]
fn the_committed_instances_are_the_generated_ones() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../instances/talkers");
    let write = std::env::var_os("COLOCATE_WRITE_INSTANCES").is_some();
    for (components, hosts) in [(25, 5), (50, 10)] {
        for seed in 1..=10 {
            let name = format!("{components}x{hosts}-{seed:02}");
            let generated = tempfile::tempdir().expect("a folder");
            let draft = talkers(components, hosts, seed);
            native::write(&draft, generated.path()).expect("it can be written");
            if write {
                native::write(&draft, &root.join(&name)).expect("it can be written");
            }
            assert_eq!(files(generated.path()), files(&root.join(&name)), "{name}");
        }
    }
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).expect("the folder is there").flatten();
    let read = |entry: std::fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(entry.path()).expect("it is text"))
    };
    entries.map(read).collect()
}
