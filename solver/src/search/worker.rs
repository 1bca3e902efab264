//! One thread of the search: a role, a working copy and the best placement it knows.

use colocate_model::{ComponentId, Cost, Placement};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::phase::Phase;
use super::{anneal, reinsert};
use crate::state::{Change, SearchState};
use crate::stop::Stop;

/// Steps between two looks at the clock.
const STEPS_PER_LOOK: u64 = 64;
/// First temperature, in mean shares of one component in the total.
const HOT: f64 = 15.0;
/// Last temperature, likewise.
const COLD: f64 = 1e-2;
/// Where the annealer starts again from the incumbent, and how much of the range of temperatures (in logarithms) it
/// skips then.
const CYCLES: [(f64, f64); 3] = [(0.0, 0.0), (0.5, 0.25), (0.8, 0.5)];
/// The reinserter accepts up to this share of a component's mean share as worse, at most.
const SLACK: f64 = 1e-4;

/// What a worker does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Many small steps at a falling temperature.
    Anneal,
    /// Few large steps downhill.
    Reinsert,
}

impl Role {
    /// The role of the worker at `index`: one reinserter, any number of annealers.
    pub(super) fn of(index: usize) -> Self {
        if index == 1 { Self::Reinsert } else { Self::Anneal }
    }
}

/// How long a worker runs.
#[derive(Debug, Clone, Copy)]
pub(super) enum Slice {
    /// So many steps.
    Steps(u64),
    /// Until this share of the time limit is used.
    Until(f64),
}

/// A thread of the search.
#[derive(Debug)]
pub(super) struct Worker<'p> {
    state: SearchState<'p>,
    phase: Phase,
    role: Role,
    rng: Pcg64Mcg,
    best: Cost,
    incumbent: Placement,
    /// Components that may be elsewhere in the working copy than in the incumbent.
    touched: Vec<ComponentId>,
    /// Whether the working copy went on from the incumbent.
    strayed: bool,
    /// The mean share of one component in the total at the start.
    scale: f64,
    cycle: usize,
}

impl<'p> Worker<'p> {
    pub(super) fn new(state: SearchState<'p>, phase: &Phase, role: Role, seed: u64) -> Self {
        let components = state.problem().components.len().max(1);
        Self {
            phase: phase.clone(),
            role,
            rng: Pcg64Mcg::seed_from_u64(seed),
            best: phase.total(&state),
            incumbent: state.placement().clone(),
            touched: Vec::new(),
            strayed: false,
            scale: phase.total(&state) as f64 / components as f64,
            cycle: 0,
            state,
        }
    }

    /// The total of the best placement it knows.
    pub(super) fn best(&self) -> Cost {
        self.best
    }

    /// The best placement it knows.
    pub(super) fn incumbent(&self) -> &Placement {
        &self.incumbent
    }

    /// Takes the other role.
    pub(super) fn change_role(&mut self) {
        self.role = match self.role {
            Role::Anneal => Role::Reinsert,
            Role::Reinsert => Role::Anneal,
        };
    }

    /// Learns of a better placement.
    pub(super) fn adopt(&mut self, total: Cost, placement: &Placement) {
        if total < self.best {
            self.best = total;
            placement.clone_into(&mut self.incumbent);
            self.touched = self.state.problem().component_ids().collect();
            self.strayed = true;
        }
    }

    /// Runs a slice that covers `progress` (from, to; of 0 to 1) of the phase; returns the steps made.
    pub(super) fn run(&mut self, progress: (f64, f64), slice: Slice, stop: &Stop) -> u64 {
        let cycle = CYCLES.iter().rposition(|cycle| progress.0 >= cycle.0).unwrap_or(0);
        if self.strayed && (self.role == Role::Reinsert || cycle > self.cycle) {
            self.state.restore(&self.incumbent);
            self.touched.clear();
            self.strayed = false;
        }
        self.cycle = cycle;
        let begun = stop.elapsed_share();
        let mut made = 0;
        while stop.reason().is_none() {
            let (look, part) = match slice {
                Slice::Steps(steps) if made >= steps => break,
                Slice::Steps(steps) => (STEPS_PER_LOOK.min(steps - made), made as f64 / steps as f64),
                Slice::Until(share) => {
                    let elapsed = stop.elapsed_share();
                    if elapsed >= share {
                        break;
                    }
                    (STEPS_PER_LOOK, (elapsed - begun) / (share - begun))
                }
            };
            made += match self.role {
                Role::Anneal => {
                    let temperature = self.temperature(progress.0 + part * (progress.1 - progress.0));
                    self.anneal(look, temperature)
                }
                Role::Reinsert => self.reinsert(),
            };
        }
        self.strayed |= self.role == Role::Anneal;
        made
    }

    /// Falls geometrically over each cycle.
    fn temperature(&self, progress: f64) -> f64 {
        let (begin, skipped) = CYCLES[self.cycle];
        let end = CYCLES.get(self.cycle + 1).map_or(1.0, |cycle| cycle.0);
        let cooled = skipped + (1.0 - skipped) * (progress - begin) / (end - begin);
        self.scale * HOT * (COLD / HOT).powf(cooled)
    }

    fn anneal(&mut self, steps: u64, temperature: f64) -> u64 {
        for _ in 0..steps {
            if let Some(undo) = anneal::step(&mut self.state, &self.phase, temperature, &mut self.rng) {
                self.note(&undo);
            }
        }
        steps
    }

    fn reinsert(&mut self) -> u64 {
        let slack = self.scale * SLACK * -self.rng.random::<f64>().max(f64::MIN_POSITIVE).ln();
        let target = self.phase.total(&self.state).saturating_add(slack as Cost);
        let reinserted = reinsert::step(&mut self.state, &self.phase, target, &mut self.rng);
        if let Some(undo) = &reinserted.undo {
            self.note(undo);
        }
        reinserted.priced
    }

    /// Keeps the placement if it is the best.
    #[inline]
    fn note(&mut self, undo: &[Change]) {
        self.touched.extend(undo.iter().map(|change| change.component));
        let total = self.phase.total(&self.state);
        if total < self.best {
            self.best = total;
            self.follow();
        } else if self.touched.len() > 2 * self.state.problem().components.len() {
            self.touched.sort_unstable();
            self.touched.dedup();
        }
    }

    /// Makes the incumbent the working copy, touching only what may differ.
    fn follow(&mut self) {
        for id in self.touched.drain(..) {
            self.incumbent.set(id, self.state.host(id));
        }
    }
}
