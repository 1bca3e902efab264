//! A regression tree over binned features, grown leaf by leaf where the gain is largest (Ke et al. 2017, LightGBM).

use std::ops::Range;

/// Most bins a feature has.
const BINS: usize = 64;
/// A gain below this is rounding.
const LEAST_GAIN: f64 = 1e-9;

/// How trees are grown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Growth {
    /// Most leaves a tree has; at least 2.
    pub(crate) leaves: usize,
    /// Fewest rows a leaf has; at least 1.
    pub(crate) least_rows: usize,
}

/// Rows of features as bins, feature by feature.
#[derive(Debug)]
pub(crate) struct Binned {
    /// Per feature the bin of every row.
    bins: Vec<Vec<u8>>,
    /// Per feature the upper bounds of all bins but the last.
    bounds: Vec<Vec<f32>>,
}

/// A tree; node 0 is the root.
#[derive(Debug)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Copy)]
enum Node {
    Leaf(f32),
    /// Values at most `bound` go to `below`.
    Split {
        feature: u16,
        bound: f32,
        below: u32,
        above: u32,
    },
}

/// A leaf that grows: its place among the nodes, its rows, and its best split.
#[derive(Debug)]
struct Bud {
    node: usize,
    rows: Range<usize>,
    histogram: Histogram,
    split: Option<Split>,
}

#[derive(Debug, Clone, Copy)]
struct Split {
    gain: f64,
    feature: usize,
    bin: u8,
}

/// Where the targets of the rows lie: [`ABOVE`] or [`BELOW`] what is predicted so far. A quantile's gradient has only
/// these two values, so that sums of rows and of gradients are one integer each, and exact.
pub(crate) type Side = u64;
pub(crate) const ABOVE: Side = BELOW | 1;
pub(crate) const BELOW: Side = 1 << 32;

/// Per feature and bin the sum of the sides of its rows.
type Histogram = Vec<[Side; BINS]>;

impl Binned {
    /// Rows of `width` features, one after the other. Bins hold about equally many rows; equal values share one.
    pub(crate) fn new(rows: &[f32], width: usize) -> Self {
        let bounds: Vec<Vec<f32>> = (0..width)
            .map(|feature| {
                let mut values: Vec<f32> = rows.iter().skip(feature).step_by(width).copied().collect();
                values.sort_by(f32::total_cmp);
                let mut bounds: Vec<f32> = (1..BINS).map(|bin| values[bin * values.len() / BINS]).collect();
                bounds.dedup();
                bounds
            })
            .collect();
        let bin = |feature: usize, value: f32| bounds[feature].partition_point(|&bound| bound < value) as u8;
        let bins = (0..width)
            .map(|feature| {
                rows.iter().skip(feature).step_by(width).map(|&value| bin(feature, value)).collect()
            })
            .collect();
        Self { bins, bounds }
    }

    fn histogram(&self, rows: &[u32], sides: &[Side]) -> Histogram {
        let of_feature = |bins: &Vec<u8>| {
            let mut histogram = [0; BINS];
            for &row in rows {
                histogram[usize::from(bins[row as usize]) % BINS] += sides[row as usize];
            }
            histogram
        };
        self.bins.iter().map(of_feature).collect()
    }

    /// The best split: the largest gain in squared sum of gradients a row, both sides with enough rows.
    fn split(&self, histogram: &Histogram, q: f64, least_rows: usize) -> Option<Split> {
        let score = |sides: Side| {
            let (rows, above) = ((sides >> 32) as f64, (sides & u64::from(u32::MAX)) as f64);
            (above - rows * (1.0 - q)).powi(2) / rows
        };
        let rows = |sides: Side| (sides >> 32) as usize;
        let total: Side = histogram.first()?.iter().sum();
        let mut best: Option<Split> = None;
        for (feature, bins) in histogram.iter().enumerate() {
            let mut below = 0;
            for (bin, sides) in bins.iter().enumerate().take(self.bounds[feature].len()) {
                below += sides;
                if rows(below) < least_rows || rows(total - below) < least_rows {
                    continue;
                }
                let gain = score(below) + score(total - below) - score(total);
                if gain > best.map_or(LEAST_GAIN, |best| best.gain) {
                    best = Some(Split { gain, feature, bin: bin as u8 });
                }
            }
        }
        best
    }
}

impl Tree {
    /// Grows a tree for the quantile `q` of targets on these `sides`; `value` says what a leaf with these rows answers.
    pub(crate) fn grow(
        data: &Binned,
        sides: &[Side],
        q: f64,
        growth: Growth,
        mut value: impl FnMut(&[u32]) -> f32,
    ) -> Self {
        let bud = |node: usize, rows: Range<usize>, histogram: Histogram| {
            let split = data.split(&histogram, q, growth.least_rows);
            Bud { node, rows, histogram, split }
        };
        let mut order: Vec<u32> = (0..sides.len() as u32).collect();
        let mut nodes = vec![Node::Leaf(0.0)];
        let mut buds = vec![bud(0, 0..order.len(), data.histogram(&order, sides))];
        while buds.len() < growth.leaves {
            let gains = buds.iter().enumerate().filter_map(|(index, bud)| Some((index, bud.split?)));
            let Some((index, split)) = gains.max_by(|a, b| a.1.gain.total_cmp(&b.1.gain)) else { break };
            let Bud { node, rows, histogram, .. } = buds.swap_remove(index);
            let bins = &data.bins[split.feature];
            let middle =
                rows.start + partition(&mut order[rows.clone()], |row| bins[row as usize] <= split.bin);
            let bound = data.bounds[split.feature][usize::from(split.bin)];
            let (below, above) = (nodes.len(), nodes.len() + 1);
            nodes[node] = Node::Split {
                feature: split.feature as u16,
                bound,
                below: below as u32,
                above: above as u32,
            };
            nodes.extend([Node::Leaf(0.0), Node::Leaf(0.0)]);
            // Only the smaller side is counted; the other is what remains.
            let (mut smaller, mut larger) = ((below, rows.start..middle), (above, middle..rows.end));
            if smaller.1.len() > larger.1.len() {
                std::mem::swap(&mut smaller, &mut larger);
            }
            let counted = data.histogram(&order[smaller.1.clone()], sides);
            let mut remaining = histogram;
            for (remaining, counted) in remaining.iter_mut().flatten().zip(counted.iter().flatten()) {
                *remaining -= counted;
            }
            buds.push(bud(smaller.0, smaller.1, counted));
            buds.push(bud(larger.0, larger.1, remaining));
        }
        for Bud { node, rows, .. } in buds {
            nodes[node] = Node::Leaf(value(&order[rows]));
        }
        Self { nodes }
    }

    /// What the tree answers for a row.
    pub(crate) fn predict(&self, row: &[f32]) -> f32 {
        let mut node = 0;
        loop {
            match self.nodes[node] {
                Node::Leaf(value) => return value,
                Node::Split { feature, bound, below, above } => {
                    node = if row[usize::from(feature)] <= bound { below } else { above } as usize;
                }
            }
        }
    }
}

/// Puts the rows for which `first` holds before the others, in their order; how many there are.
fn partition(rows: &mut [u32], first: impl Fn(u32) -> bool) -> usize {
    let (mut kept, others): (Vec<u32>, Vec<u32>) = rows.iter().partition(|&&row| first(row));
    let count = kept.len();
    kept.extend(others);
    rows.copy_from_slice(&kept);
    count
}
