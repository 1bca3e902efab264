//! Compiles `proto/colocate/v1` without protoc: the wire types, the service stubs and the descriptors.

use std::error::Error;
use std::path::{Path, PathBuf};

use prost::Message;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let entries = std::fs::read_dir("proto/colocate/v1")?;
    let mut files: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    files.sort();
    let descriptors = protox::compile(&files, ["proto"])?;
    let out = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&out).join("colocate.v1.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure()
        .codec_path("crate::codec::WholeCodec")
        .btree_map(".")
        .boxed("colocate.v1.SolveStreamResponse.event.answer")
        .boxed("colocate.v1.ExplainRequest.subject.plan")
        .compile_fds(descriptors)?;
    Ok(())
}
