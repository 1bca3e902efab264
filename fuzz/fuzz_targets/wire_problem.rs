//! A problem that comes over the network.
#![no_main]

use colocate_proto::{convert, v1};
use libfuzzer_sys::fuzz_target;
use prost::Message;

/// Dense tables of larger problems take more memory than the fuzzer may.
const LARGEST: usize = 200;

fuzz_target!(|data: &[u8]| {
    let Ok(message) = v1::Problem::decode(data) else { return };
    let Ok(loaded) = convert::loaded(message) else { return };
    let draft = &loaded.draft;
    let lists = [draft.hosts.len(), draft.components.len(), draft.resources.len(), draft.domains.len()];
    if lists.into_iter().all(|length| length <= LARGEST) && loaded.build().is_ok() {
        convert::loaded(convert::problem(&loaded)).expect("what was sound stays so");
    }
});
