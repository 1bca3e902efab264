//! Counts by position: dense where that is small, a short list otherwise.

/// How many members are at each position.
#[derive(Debug, Clone)]
pub(super) enum Counter {
    /// One count a position.
    Dense(Vec<u32>),
    /// (position, count > 0) in no particular order.
    Sparse(Vec<(u32, u32)>),
}

/// A dense counter may have so many positions a member.
const POSITIONS_PER_MEMBER: usize = 16;

impl Counter {
    /// A counter over `positions` for `members` members.
    pub(super) fn new(positions: usize, members: usize) -> Self {
        if positions <= POSITIONS_PER_MEMBER * members {
            Self::Dense(vec![0; positions])
        } else {
            Self::Sparse(Vec::new())
        }
    }

    /// The count at `position`.
    #[inline]
    pub(super) fn get(&self, position: usize) -> u32 {
        match self {
            Self::Dense(counts) => counts[position],
            Self::Sparse(entries) => {
                entries.iter().find(|entry| entry.0 as usize == position).map_or(0, |entry| entry.1)
            }
        }
    }

    /// Adds one at `position` and returns the new count.
    #[inline]
    pub(super) fn increment(&mut self, position: usize) -> u32 {
        match self {
            Self::Dense(counts) => {
                counts[position] += 1;
                counts[position]
            }
            Self::Sparse(entries) => {
                if let Some(entry) = entries.iter_mut().find(|entry| entry.0 as usize == position) {
                    entry.1 += 1;
                    return entry.1;
                }
                entries.push((position as u32, 1));
                1
            }
        }
    }

    /// Takes one away at `position` and returns the new count.
    #[inline]
    pub(super) fn decrement(&mut self, position: usize) -> u32 {
        match self {
            Self::Dense(counts) => {
                counts[position] -= 1;
                counts[position]
            }
            Self::Sparse(entries) => {
                let index = entries.iter().position(|entry| entry.0 as usize == position);
                let index = index.expect("only what was counted is taken away");
                entries[index].1 -= 1;
                if entries[index].1 == 0 {
                    entries.swap_remove(index);
                    return 0;
                }
                entries[index].1
            }
        }
    }

    /// Positions with their counts, where these are not 0.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, u32)> + '_ {
        let (dense, sparse) = match self {
            Self::Dense(counts) => (counts.as_slice(), &[][..]),
            Self::Sparse(entries) => (&[][..], entries.as_slice()),
        };
        let dense =
            dense.iter().enumerate().filter(|entry| *entry.1 > 0).map(|(position, &count)| (position, count));
        dense.chain(sparse.iter().map(|&(position, count)| (position as usize, count)))
    }
}
