//! Explains a plan: what each directive changes, why not elsewhere, what if, and what blocks.

mod alternatives;
mod contributions;
mod obstacles;
mod relax;
mod relaxations;
mod what_if;

pub use alternatives::{why_not, why_not_until};
pub use contributions::contributions;
pub use obstacles::obstacles;
pub use relax::{relax, weight};
pub use what_if::what_if;

use colocate_model::{Term, Terms};

/// `a` less `b`, term by term.
fn difference(a: &Terms, b: &Terms) -> Terms {
    let mut difference = Terms::ZERO;
    Term::ALL.into_iter().for_each(|term| difference.add(term, a.get(term) - b.get(term)));
    difference
}
