//! The running solves, by owner and name.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use colocate_model::{Document, FaultCode, Faults};

use crate::metrics;
use crate::owner::Owner;
use crate::status::Refusal;

/// The longest name of a solve, in characters.
const LONGEST: usize = 128;

/// Every running solve.
pub(crate) struct Registry {
    running: Mutex<Running>,
    key: [u8; 32],
    made_up: AtomicU64,
}

#[derive(Default)]
struct Running {
    solves: BTreeMap<(Owner, String), Arc<AtomicBool>>,
    draining: bool,
}

/// A running solve, until its worker has ended.
pub(crate) struct Registration {
    registry: Arc<Registry>,
    key: (Owner, String),
    cancelled: Arc<AtomicBool>,
}

impl Registry {
    pub(crate) fn new() -> Arc<Self> {
        // The standard library seeds these from the system's generator; names made from them cannot be guessed.
        let mut hasher = blake3::Hasher::new();
        for salt in 0..4_u8 {
            hasher.update(&RandomState::new().hash_one(salt).to_le_bytes());
        }
        let key = *hasher.finalize().as_bytes();
        Arc::new(Self { running: Mutex::default(), key, made_up: AtomicU64::new(0) })
    }

    /// A name that nobody else has or guesses.
    pub(crate) fn make_up(&self) -> String {
        let number = self.made_up.fetch_add(1, Ordering::Relaxed);
        let hash = blake3::keyed_hash(&self.key, &number.to_le_bytes());
        hash.to_hex()[..32].to_owned()
    }

    /// Notes a solve of `owner`, by `name` or, where that is empty, by one made up.
    ///
    /// # Errors
    /// A name that is none, one that is running, or a server that is shutting down.
    pub(crate) fn register(self: &Arc<Self>, owner: &Owner, name: &str) -> Result<Registration, Refusal> {
        check_name(name)?;
        let name = if name.is_empty() { self.make_up() } else { name.to_owned() };
        let key = (owner.clone(), name);
        let cancelled = Arc::new(AtomicBool::new(false));
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.draining {
            return Err(Refusal::Draining);
        }
        if running.solves.contains_key(&key) {
            return Err(Refusal::Exists);
        }
        running.solves.insert(key.clone(), cancelled.clone());
        Ok(Registration { registry: self.clone(), key, cancelled })
    }

    /// Tells a solve of `owner` to end.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] also where somebody else has one of that name.
    pub(crate) fn cancel(&self, owner: &Owner, name: &str) -> Result<(), Refusal> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let cancelled = running.solves.get(&(owner.clone(), name.to_owned())).ok_or(Refusal::NotFound)?;
        if !cancelled.swap(true, Ordering::Relaxed) {
            metrics::cancelled("caller", 1);
        }
        Ok(())
    }

    /// Tells every solve to end, and lets no other one in.
    pub(crate) fn drain(&self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.draining = true;
        let told = running.solves.values().filter(|cancelled| !cancelled.swap(true, Ordering::Relaxed));
        metrics::cancelled("drain", told.count());
    }
}

impl Registration {
    /// The name of the solve.
    pub(crate) fn name(&self) -> &str {
        &self.key.1
    }

    /// Set when the solve is to end.
    pub(crate) fn cancelled(&self) -> &Arc<AtomicBool> {
        &self.cancelled
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.registry.running.lock().unwrap_or_else(PoisonError::into_inner).solves.remove(&self.key);
    }
}

/// A name goes into logs and back to its caller: it has to be short and plain.
fn check_name(name: &str) -> Result<(), Refusal> {
    let mut faults = Faults::default();
    let mut fault = |code, cause: String| {
        let action = "use up to 128 of the characters a-z, A-Z, 0-9, `.`, `_`, `:` and `-`, or none";
        faults.add(Document::Request, "/solve_id", code, cause, action);
    };
    if name.len() > LONGEST {
        fault(FaultCode::WrongLength, format!("{} characters, {LONGEST} are allowed", name.len()));
    } else if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte)) {
        fault(FaultCode::OutOfRange, "a character that a name does not have".into());
    }
    faults.into_result(()).map_err(Refusal::Faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_for_each_owner_and_only_the_owner_cancels() {
        let registry = Registry::new();
        let (alice, bob) = (Owner::Token("alice".into()), Owner::Token("bob".into()));
        let mine = registry.register(&alice, "job").unwrap();
        assert!(matches!(registry.register(&alice, "job"), Err(Refusal::Exists)));
        assert!(matches!(registry.cancel(&bob, "job"), Err(Refusal::NotFound)));
        let theirs = registry.register(&bob, "job").unwrap();
        registry.cancel(&bob, "job").unwrap();
        assert!(theirs.cancelled().load(Ordering::Relaxed) && !mine.cancelled().load(Ordering::Relaxed));
        drop(mine);
        registry.register(&alice, "job").unwrap();
    }

    #[test]
    fn a_drain_tells_all_and_lets_nobody_in() {
        let registry = Registry::new();
        let running = registry.register(&Owner::Anonymous, "").unwrap();
        registry.drain();
        assert!(running.cancelled().load(Ordering::Relaxed));
        assert!(matches!(registry.register(&Owner::Anonymous, ""), Err(Refusal::Draining)));
    }

    #[test]
    fn names_are_short_and_plain_and_made_up_ones_differ() {
        let registry = Registry::new();
        for name in [&"a".repeat(129), "a b", "a\n", "ä", "a/b"] {
            assert!(matches!(registry.register(&Owner::Anonymous, name), Err(Refusal::Faults(_))), "{name}");
        }
        let (one, two) = (registry.make_up(), registry.make_up());
        assert!(one != two && one.len() == 32 && check_name(&one).is_ok());
    }
}
