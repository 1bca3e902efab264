//! Which probes of a prober have been seen.

/// How many probes back one is still told from a replay; a larger gap than any burst, so that reordering costs nothing.
const WINDOW: u64 = 1024;
const WORDS: usize = (WINDOW / 64) as usize;

/// A sliding window over the numbers of the probes of one prober, in its newest session.
///
/// # Source
/// RFC 4303, §3.4.3 (the anti-replay window of IPsec); RFC 6479 (the ring of words that needs no shift).
#[derive(Debug, Clone, Default)]
pub(crate) struct ReplayWindow {
    session: u64,
    highest: u64,
    seen: [u64; WORDS],
}

impl ReplayWindow {
    /// Whether this is the first time that the probe is seen; it is from then on. Probes of an earlier session, and those too
    /// far behind to tell, count as seen.
    pub(crate) fn admit(&mut self, session: u64, sequence: u64) -> bool {
        if session < self.session || sequence == 0 {
            return false;
        }
        if session > self.session {
            *self = Self { session, ..Self::default() };
        }
        if sequence > self.highest {
            // What the window moves over is not seen yet.
            let first = (self.highest / 64 + 1).max((sequence / 64).saturating_sub(WORDS as u64 - 1));
            (first..=sequence / 64).for_each(|word| self.seen[word as usize % WORDS] = 0);
            self.highest = sequence;
        } else if self.highest / 64 - sequence / 64 >= WORDS as u64 {
            return false;
        }
        let (word, bit) = (&mut self.seen[(sequence / 64) as usize % WORDS], 1 << (sequence % 64));
        let first = *word & bit == 0;
        *word |= bit;
        first
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_earlier_session_is_a_replay() {
        let mut window = ReplayWindow::default();
        assert!(window.admit(5, 100));
        assert!(window.admit(6, 1), "a prober that started again begins at 1");
        assert!(!window.admit(5, 101));
        assert!(!window.admit(6, 0));
        assert!(window.admit(6, u64::MAX));
        assert!(!window.admit(6, 2), "too far behind to tell");
    }

    proptest! {
        #[test]
        fn nothing_is_admitted_twice_and_nothing_near_is_refused(steps in prop::collection::vec((0..3000u64, any::<bool>()), 1..400)) {
            let mut window = ReplayWindow::default();
            let (mut seen, mut highest) = (BTreeSet::new(), 0);
            for (step, ahead) in steps {
                let sequence = if ahead { highest + 1 + step % 300 } else { highest.saturating_sub(step).max(1) };
                let near = highest.saturating_sub(sequence) < WINDOW - 64;
                let admitted = window.admit(1, sequence);
                highest = highest.max(sequence);
                prop_assert!(!admitted || !seen.contains(&sequence), "{sequence} twice");
                prop_assert!(admitted || seen.contains(&sequence) || !near, "{sequence} refused");
                seen.insert(sequence);
            }
        }
    }
}
