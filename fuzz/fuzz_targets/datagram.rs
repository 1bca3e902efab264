//! Datagrams of agents: what anybody may send is read or refused, and what is read is what was written.
#![no_main]

use std::sync::LazyLock;

use colocate_latency::{Datagram, Echo, Keys, PeerId};
use libfuzzer_sys::fuzz_target;

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    Keys::parse("8f0c2a7d1e5b4936a1c7d2e8f4b6053917c8a2e4d6b0f1358a9c7e2d4b6f0135").expect("a key")
});

fuzz_target!(|bytes: &[u8]| {
    let me = PeerId::of("me");
    // Nobody without the key gets further than this.
    assert!(Datagram::decode(bytes, me, &KEYS).is_err());
    let word = |place: usize| {
        let mut word = [0; 8];
        word.iter_mut().zip(bytes.iter().skip(8 * place)).for_each(|(to, from)| *to = *from);
        u64::from_be_bytes(word)
    };
    let echo = Echo { arrived_ns: word(3) as i64, answered_ns: word(4) as i64, session: word(5) };
    let datagram = Datagram {
        from: PeerId(word(0)),
        to: me,
        starved: word(6) & 1 == 1,
        session: word(1),
        sequence: word(2),
        sent_ns: word(7) as i64,
        echo: (word(6) & 2 == 2).then_some(echo),
    };
    assert_eq!(Datagram::decode(&datagram.encode(&KEYS), me, &KEYS), Ok(datagram));
});
