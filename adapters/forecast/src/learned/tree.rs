//! A regression tree over binned features, grown leaf by leaf where the gain is largest (Ke et al. 2017, LightGBM).

/// Most bins a feature has.
const BINS: usize = 64;

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
    Split { feature: u16, bound: f32, below: u32, above: u32 },
}

/// A leaf that grows: its place among the nodes, its rows, and its best split.
#[derive(Debug)]
struct Bud {
    node: usize,
    rows: std::ops::Range<usize>,
    split: Option<Split>,
}

#[derive(Debug, Clone, Copy)]
struct Split {
    gain: f64,
    feature: usize,
    bin: u8,
}

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
            .map(|feature| rows.iter().skip(feature).step_by(width).map(|&value| bin(feature, value)).collect())
            .collect();
        Self { bins, bounds }
    }

    /// The best split of `rows`: the largest gain in sum of squared gradients a row, both sides with enough rows.
    fn split(&self, rows: &[u32], gradients: &[f32], least_rows: usize) -> Option<Split> {
        let total: f64 = rows.iter().map(|&row| f64::from(gradients[row as usize])).sum();
        let score = |sum: f64, count: usize| sum * sum / count as f64;
        let mut best: Option<Split> = None;
        for (feature, bins) in self.bins.iter().enumerate() {
            let mut histogram = [(0.0f64, 0usize); BINS];
            for &row in rows {
                let (sum, count) = &mut histogram[usize::from(bins[row as usize])];
                *sum += f64::from(gradients[row as usize]);
                *count += 1;
            }
            let (mut sum, mut count) = (0.0, 0);
            for (bin, (gradient, rows_in)) in histogram.iter().enumerate().take(self.bounds[feature].len()) {
                sum += gradient;
                count += rows_in;
                if count < least_rows || rows.len() - count < least_rows {
                    continue;
                }
                let gain = score(sum, count) + score(total - sum, rows.len() - count) - score(total, rows.len());
                if gain > best.map_or(1e-9, |best| best.gain) {
                    best = Some(Split { gain, feature, bin: bin as u8 });
                }
            }
        }
        best
    }
}

impl Tree {
    /// Grows a tree for `gradients`; `value` says what a leaf with these rows answers.
    pub(crate) fn grow(data: &Binned, gradients: &[f32], growth: Growth, mut value: impl FnMut(&[u32]) -> f32) -> Self {
        let mut order: Vec<u32> = (0..gradients.len() as u32).collect();
        let mut nodes = vec![Node::Leaf(0.0)];
        let mut buds = vec![Bud { node: 0, rows: 0..order.len(), split: data.split(&order, gradients, growth.least_rows) }];
        while buds.len() < growth.leaves {
            let gains = buds.iter().enumerate().filter_map(|(index, bud)| Some((index, bud.split?)));
            let Some((index, split)) = gains.max_by(|a, b| a.1.gain.total_cmp(&b.1.gain)) else { break };
            let Bud { node, rows, .. } = buds.swap_remove(index);
            let bins = &data.bins[split.feature];
            let middle = rows.start + partition(&mut order[rows.clone()], |row| bins[row as usize] <= split.bin);
            let bound = data.bounds[split.feature][usize::from(split.bin)];
            let (below, above) = (nodes.len(), nodes.len() + 1);
            nodes[node] = Node::Split { feature: split.feature as u16, bound, below: below as u32, above: above as u32 };
            for (node, rows) in [(below, rows.start..middle), (above, middle..rows.end)] {
                nodes.push(Node::Leaf(0.0));
                let split = data.split(&order[rows.clone()], gradients, growth.least_rows);
                buds.push(Bud { node, rows, split });
            }
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

    /// Every leaf's answer, times `factor`.
    pub(crate) fn shrink(&mut self, factor: f32) {
        for node in &mut self.nodes {
            if let Node::Leaf(value) = node {
                *value *= factor;
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
