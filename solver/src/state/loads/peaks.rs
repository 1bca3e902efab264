//! The highest utilisation of each resource.

use colocate_model::{Cost, HostId, Problem, Ratio, ResourceId, Term};

use super::super::tally::Tally;

/// The highest utilisation over the hosts, per dimension.
#[derive(Debug, Clone)]
pub(super) struct Peaks {
    hosts: usize,
    dimensions: usize,
    weights: Vec<i64>,
    /// Utilisation in parts per million, hosts x dimensions; -1 where it does not count.
    utilisation: Vec<i64>,
    capacity: Vec<i64>,
    highest: Vec<i64>,
    mean: Ratio,
    /// What each resource counts now.
    costs: Vec<Cost>,
}

impl Peaks {
    /// `None` when the policy does not count it.
    pub(super) fn new(problem: &Problem) -> Option<Self> {
        let counts = problem.policy.goals.iter().any(|goal| goal.has(Term::Balance));
        if !problem.policy.peak_utilisation || !counts {
            return None;
        }
        let (hosts, dimensions) = (problem.hosts.len(), problem.dimensions());
        let counted = |host: HostId, k: usize| {
            let resource = ResourceId::new(k);
            problem.utilisation_ppm(host, resource, 0).map_or(0, |_| problem.host(host).capacity[k])
        };
        let resources = 0..problem.resources.len();
        let capacity = problem
            .host_ids()
            .flat_map(|host| resources.clone().flat_map(move |k| vec![counted(host, k); problem.steps()]));
        Some(Self {
            hosts,
            dimensions,
            weights: problem.step_weights.clone(),
            utilisation: vec![-1; hosts * dimensions],
            capacity: capacity.collect(),
            highest: vec![0; dimensions],
            mean: Ratio::new(1, i128::from(problem.total_step_weight())),
            costs: vec![0; problem.resources.len()],
        })
    }

    /// Counts the loads before any component is placed.
    pub(super) fn open(&mut self, load: &[i64], tally: &mut Tally) {
        for host in 0..self.hosts {
            self.update(HostId::new(host), load, tally);
        }
    }

    /// Follows a change of the load of `host`.
    pub(super) fn update(&mut self, host: HostId, load: &[i64], tally: &mut Tally) {
        let steps = self.weights.len();
        for k in 0..self.costs.len() {
            let mut changed = false;
            for dimension in k * steps..(k + 1) * steps {
                changed |= self.update_dimension(host.index() * self.dimensions + dimension, dimension, load);
            }
            if changed {
                let highest = self.highest[k * steps..][..steps].iter().zip(&self.weights);
                let sum = highest.map(|(&ppm, &w)| i128::from(ppm) * i128::from(w)).sum();
                let new = self.mean.times(sum);
                tally.add(Term::Balance, new - self.costs[k]);
                self.costs[k] = new;
            }
        }
    }

    /// Whether the highest utilisation of the dimension changed.
    #[inline]
    fn update_dimension(&mut self, cell: usize, dimension: usize, load: &[i64]) -> bool {
        let capacity = self.capacity[cell];
        if capacity == 0 {
            return false;
        }
        let ppm = i128::from(load[cell]) * i128::from(colocate_model::PPM);
        let new = ppm.div_euclid(capacity.into()) as i64;
        let old = std::mem::replace(&mut self.utilisation[cell], new);
        let before = self.highest[dimension];
        if new >= before {
            self.highest[dimension] = new;
        } else if old == before {
            let all = self.utilisation.iter().skip(dimension).step_by(self.dimensions);
            self.highest[dimension] = all.copied().max().unwrap_or(0).max(0);
        }
        self.highest[dimension] != before
    }
}
