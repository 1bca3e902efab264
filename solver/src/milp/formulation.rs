//! The problem as a mixed-integer linear programme: `docs/model.md` row by row and term by term.
//!
//! Where the model rounds, the programme does not: [`TermSum`] says by how much its value may differ. Where it leaves
//! something out it is a *relaxation*, whose bounds hold and whose solutions the checker judges; [`Formulation::relaxed`]
//! names what.

use std::collections::{BTreeMap, BTreeSet};

use colocate_model::{Checker, Cost, DomainId, HostId, PPM, PartitionId, Placement, Problem, Row, Term};
use good_lp::{Constraint, Expression, IntoAffineExpression, ProblemVariables, Variable, variable};

use super::blocks::{Block, Count, blocks, placement_of};
use super::flow::Flow;
use super::scope::Scope;
use super::transport::{self, Transport};
use super::tree::{TreeLevel, tree};
use super::{rows, terms};
use crate::stop::Stop;

/// The violation of one row counts at most so much.
const LARGEST_EXCESS_PPM: f64 = 1e12;

/// A term of the objective as a linear expression.
#[derive(Debug, Default)]
pub(super) struct TermSum {
    /// Its value but for rounding.
    pub(super) value: Expression,
    /// How far the model's value may lie below `value`.
    pub(super) below: f64,
    /// How far the model's value may lie above `value`.
    pub(super) above: f64,
}

impl TermSum {
    /// Adds `coefficient` x `amount`.
    pub(super) fn add(&mut self, coefficient: f64, amount: impl IntoAffineExpression) {
        self.value.add_mul(coefficient, Expression::from_other_affine(amount));
    }

    /// Says that one more value is rounded half up, unless all its values are whole numbers.
    pub(super) fn rounded(&mut self, is_whole: bool) {
        if !is_whole {
            self.below += 0.5;
            self.above += 0.5;
        }
    }
}

/// What a programme leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relaxed {
    /// Which of the flows a local-first edge takes, where more than latency depends on it.
    LocalFirstFlow,
}

/// The programme, all goals still apart.
pub(super) struct Formulation<'a> {
    pub(super) problem: &'a Problem,
    stop: &'a Stop,
    /// What is counted.
    pub(super) blocks: Vec<Block>,
    /// The block of every component.
    pub(super) block_of: Vec<usize>,
    /// Blocks that may be on every host.
    on_host: Vec<Vec<(usize, Count)>>,
    variables: ProblemVariables,
    constraints: Vec<Constraint>,
    terms: [TermSum; Term::ALL.len()],
    allowed: BTreeMap<Row, i64>,
    relaxed: BTreeSet<Relaxed>,
    /// The latency tree, where there is one and nothing gets cheaper outward.
    levels: Option<Vec<TreeLevel>>,
    flows: BTreeMap<Transport, Flow>,
    /// Whether a host is used, where something asked.
    used: BTreeMap<HostId, Expression>,
}

impl<'a> Formulation<'a> {
    /// Formulates what `scope` names of `problem`; `None` where `stop` comes first.
    pub(super) fn new(problem: &'a Problem, scope: &Scope<'_>, stop: &'a Stop) -> Option<Self> {
        let mut variables = ProblemVariables::new();
        let blocks = blocks(problem, scope, &mut variables, stop);
        if stop.reason().is_some() {
            return None;
        }
        let mut block_of = vec![0; problem.components.len()];
        let mut on_host = vec![Vec::new(); problem.hosts.len()];
        for (index, block) in blocks.iter().enumerate() {
            block.members.iter().for_each(|id| block_of[id.index()] = index);
            block.counts.iter().for_each(|&(host, count)| on_host[host.index()].push((index, count)));
        }
        let start = Checker::new(problem).check(&problem.initial_placement());
        let elastic = start.violations.iter().filter(|violation| violation.row.is_elastic());
        let mut formulation = Self {
            problem,
            stop,
            block_of,
            on_host,
            variables,
            constraints: Vec::new(),
            terms: Default::default(),
            allowed: elastic.map(|violation| (violation.row, violation.excess)).collect(),
            relaxed: BTreeSet::new(),
            levels: tree(problem),
            flows: BTreeMap::new(),
            used: BTreeMap::new(),
            blocks,
        };
        let wanted = |term| problem.policy.goals.iter().any(|goal| goal.has(term));
        let terms = terms::OBJECTIVES.iter().filter(|&&(term, _)| wanted(term)).map(|(_, add)| add);
        for add in rows::FAMILIES.iter().chain(terms) {
            add(&mut formulation);
            if formulation.is_left() {
                return None;
            }
        }
        Some(formulation)
    }

    /// Whether it is time to stop, so that nothing that is added any more counts.
    pub(super) fn is_left(&self) -> bool {
        self.stop.reason().is_some()
    }

    /// The blocks that may be on `host`, and how many of their components are.
    pub(super) fn on_host(&self, host: HostId) -> &[(usize, Count)] {
        &self.on_host[host.index()]
    }

    /// Load of `host` in a dimension, what is held apart.
    pub(super) fn load(&self, host: HostId, dimension: usize) -> Expression {
        let mut load = self.demand(host, dimension);
        load += self.problem.host(host).base[dimension / self.problem.steps()] as f64;
        load
    }

    /// Demand on `host` in a dimension.
    pub(super) fn demand(&self, host: HostId, dimension: usize) -> Expression {
        let mut demand = Expression::default();
        if self.is_left() {
            return demand;
        }
        for &(block, count) in self.on_host(host) {
            let amount = self.problem.demand(self.blocks[block].first())[dimension];
            if amount != 0 {
                count.add_to(&mut demand, amount as f64);
            }
        }
        demand
    }

    /// Load of a domain in a dimension.
    pub(super) fn domain_load(
        &self,
        partition: PartitionId,
        domain: DomainId,
        dimension: usize,
    ) -> Expression {
        let hosts = self.problem.host_ids().filter(|&host| self.problem.domain(partition, host) == domain);
        hosts.map(|host| self.load(host, dimension)).sum()
    }

    /// The sum of the components of these blocks in a domain.
    pub(super) fn in_domain(&self, blocks: &[usize], partition: PartitionId, domain: DomainId) -> Expression {
        if self.is_left() {
            return Expression::default();
        }
        let inside = |host| self.problem.domain(partition, host) == domain;
        blocks.iter().map(|&block| self.blocks[block].on(inside)).sum()
    }

    /// The blocks of these components, each once.
    pub(super) fn blocks_of(&self, members: &[colocate_model::ComponentId]) -> Vec<usize> {
        let blocks: BTreeSet<usize> = members.iter().map(|id| self.block_of[id.index()]).collect();
        blocks.into_iter().collect()
    }

    /// A constraint.
    pub(super) fn require(&mut self, constraint: Constraint) {
        self.constraints.push(constraint);
    }

    /// A variable from 0 to `most`, not necessarily whole.
    pub(super) fn amount(&mut self, most: f64) -> Variable {
        self.variables.add(variable().min(0).max(most))
    }

    /// A variable that is at least 0 and at least each of `values`; equal to the largest where it costs anything.
    pub(super) fn at_least(&mut self, values: impl IntoIterator<Item = Expression>) -> Expression {
        let (fixed, open): (Vec<_>, Vec<_>) = values.into_iter().partition(is_constant);
        let least = fixed.iter().map(constant_of).fold(0.0, f64::max);
        if open.is_empty() {
            return least.into();
        }
        let amount = self.variables.add(variable().min(least));
        for value in open {
            self.constraints.push((value - amount).leq(0));
        }
        amount.into()
    }

    /// A variable that is 0 or 1.
    pub(super) fn binary(&mut self) -> Variable {
        self.variables.add(variable().binary())
    }

    /// A variable that can only be 1 where `count`, a number of components, is not 0.
    pub(super) fn presence(&mut self, count: Expression) -> Expression {
        if constant_of(&count) >= 1.0 || is_constant(&count) {
            return constant_of(&count).min(1.0).into();
        }
        let present = self.binary();
        self.constraints.push((present - count).leq(0));
        present.into()
    }

    /// 1 where a component is on `host`, which rows of power and the term of energy share.
    pub(super) fn is_used(&mut self, host: HostId) -> Expression {
        if let Some(used) = self.used.get(&host) {
            return used.clone();
        }
        let blocks = self.on_host[host.index()].clone();
        let always = blocks.iter().any(|&(_, count)| matches!(count, Count::Fixed(count) if count > 0));
        let used = if always { Expression::from(1.0) } else { self.binary().into() };
        for (block, count) in blocks.into_iter().filter(|_| !always) {
            let mut excess = used.clone() * -(self.blocks[block].size() as f64);
            count.add_to(&mut excess, 1.0);
            self.constraints.push(excess.leq(0));
        }
        self.used.insert(host, used.clone());
        used
    }

    /// The latency tree.
    pub(super) fn levels(&self) -> Option<&[TreeLevel]> {
        self.levels.as_deref()
    }

    /// The flows of an edge; transports between the same ends share theirs.
    pub(super) fn flows(&mut self, edge: usize) -> Vec<Flow> {
        let mut flows = Vec::new();
        for transport in transport::of_edge(self, edge) {
            let flow = match self.flows.get(&transport) {
                Some(flow) => flow.clone(),
                None => {
                    let flow = Flow::new(self, &transport);
                    if let Flow::Cut(..) = flow {
                        self.flows.insert(transport.reversed(), flow.clone());
                    }
                    self.flows.insert(transport, flow.clone());
                    flow
                }
            };
            flows.push(flow);
        }
        flows
    }

    /// The excess that a row may keep, in its unit.
    pub(super) fn allowed(&self, row: &Row) -> i64 {
        self.allowed.get(row).copied().unwrap_or(0)
    }

    /// A row whose `value` may be at most `limit` or, where it was above that at the start, as much as then.
    ///
    /// `error` is how far the model's value, rounded, may lie below `value`.
    pub(super) fn elastic(&mut self, row: Row, value: Expression, limit: i64, error: f64) {
        let allowed = self.allowed(&row) as f64;
        let excess = value - limit as f64;
        let rate = PPM as f64 / limit.max(1) as f64;
        if is_constant(&excess) {
            let counted = (rate * constant_of(&excess).max(0.0)).ceil().min(LARGEST_EXCESS_PPM);
            self.term(Term::Violation).add(1.0, Expression::from(counted));
            return;
        }
        if allowed == 0.0 {
            self.constraints.push(excess.leq(error));
            return;
        }
        let amount = self.amount(allowed + error);
        self.constraints.push((excess - amount).leq(0));
        let mut counted = amount;
        // min(rate x excess, the most): a switch chooses the cheaper.
        if rate * allowed > LARGEST_EXCESS_PPM {
            let beyond = self.binary();
            counted = self.amount(allowed);
            self.constraints.push((amount - counted - (allowed + error) * beyond).leq(0));
            self.constraints.push((LARGEST_EXCESS_PPM / rate * beyond - counted).leq(0));
        }
        let violation = self.term(Term::Violation);
        violation.add(rate, counted);
        violation.below += rate * error;
        // Rounded up, unless every amount is a whole number of millionths.
        violation.above += rate * error + if PPM % limit.max(1) == 0 { 0.0 } else { 1.0 };
    }

    /// A term, to add to.
    pub(super) fn term(&mut self, term: Term) -> &mut TermSum {
        &mut self.terms[term as usize]
    }

    /// Says that the programme leaves something out.
    pub(super) fn relax(&mut self, what: Relaxed) {
        self.relaxed.insert(what);
    }

    /// What it leaves out.
    pub(super) fn relaxed(&self) -> &BTreeSet<Relaxed> {
        &self.relaxed
    }

    /// A goal as a linear expression, with the distance to the model's value.
    pub(super) fn goal(&self, goal: &colocate_model::Goal) -> TermSum {
        let mut sum = TermSum::default();
        for term in goal.terms() {
            let (factor, part) = (goal.factors.get(term) as f64, &self.terms[term as usize]);
            sum.add(factor, &part.value);
            sum.below += factor * part.below;
            sum.above += factor * part.above;
        }
        sum
    }

    /// The constraints of a phase: the rows, and the earlier goals within `limits`.
    pub(super) fn constraints(&self, limits: &[Cost]) -> impl Iterator<Item = Constraint> {
        let goals = self.problem.policy.goals.iter().zip(limits);
        let held = goals.map(|(goal, &limit)| {
            let sum = self.goal(goal);
            sum.value.leq(limit as f64 + sum.below)
        });
        self.constraints.iter().cloned().chain(held)
    }

    /// The variables.
    pub(super) fn variables(&self) -> &ProblemVariables {
        &self.variables
    }

    /// The columns that count, with their values in `placement`.
    pub(super) fn counts(&self, placement: &Placement) -> Vec<(usize, f64)> {
        let mut values = Vec::new();
        for block in &self.blocks {
            for &(host, count) in &block.counts {
                if let Count::Variable(_, column) = count {
                    let here = block.members.iter().filter(|&&id| placement.host(id) == Some(host)).count();
                    values.push((column, here as f64));
                }
            }
        }
        values
    }

    /// The placement that a solution stands for.
    pub(super) fn placement(&self, values: &[f64]) -> Placement {
        placement_of(self.problem, &self.blocks, values)
    }
}

/// Whether an expression has the same value in every solution.
pub(super) fn is_constant(expression: &Expression) -> bool {
    expression.linear_coefficients().next().is_none()
}

/// The part of an expression that has the same value in every solution.
pub(super) fn constant_of(expression: &Expression) -> f64 {
    IntoAffineExpression::constant(&expression)
}
