//! Colours and characters for values from 0 to 1.

/// Lightness, green to red, blue to yellow (Oklab) of the least and of the largest value: dark blue and light yellow.
const ENDS: [[f64; 3]; 2] = [[0.28, -0.005, -0.13], [0.93, -0.03, 0.16]];

/// Characters by how dark they print, the least value first.
const RAMP: &[u8] = b".:-=+*#%@";

/// The colour of a value from 0 to 1: equal steps of the value are equal steps to the eye, and to those who tell red and
/// green badly as well.
///
/// # Source
/// Ottosson (2020), "A perceptual color space for image processing", for Oklab. The colours lie on a straight line in it.
pub(super) fn colour(value: f64) -> [u8; 3] {
    let value = value.clamp(0.0, 1.0);
    let [lightness, a, b] = [0, 1, 2].map(|axis| ENDS[0][axis] + value * (ENDS[1][axis] - ENDS[0][axis]));
    let long = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let medium = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let short = (lightness - 0.089_484_177_5 * a - 1.291_485_548 * b).powi(3);
    let linear = [
        4.076_741_662_1 * long - 3.307_711_591_3 * medium + 0.230_969_929_2 * short,
        -1.268_438_004_6 * long + 2.609_757_401_1 * medium - 0.341_319_396_5 * short,
        -0.004_196_086_3 * long - 0.703_418_614_7 * medium + 1.707_614_701 * short,
    ];
    linear.map(|light| {
        let light = light.clamp(0.0, 1.0);
        let encoded =
            if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
        (encoded * 255.0).round() as u8
    })
}

/// The nearest of the 216 colours that terminals with 256 have as a cube.
pub(super) fn colour_256(value: f64) -> u8 {
    let [red, green, blue] = colour(value).map(|part| {
        // The levels are 0, 95, 135, 175, 215 and 255.
        if part < 48 { 0 } else { (part.saturating_sub(35) / 40).clamp(1, 5) }
    });
    16 + 36 * red + 6 * green + blue
}

/// The character of a value from 0 to 1.
pub(super) fn character(value: f64) -> char {
    let step = (value.clamp(0.0, 1.0) * (RAMP.len() - 1) as f64).round();
    RAMP[step as usize].into()
}

/// Values on a logarithmic scale: 0 for the least, 1 for the largest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    /// The least.
    pub(super) least: f64,
    /// The largest.
    pub(super) most: f64,
}

impl Scale {
    /// The least value that is told from less, in µs.
    const FLOOR: f64 = 0.1;

    /// The scale of values; `None` where there are none.
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        values.fold(None, |scale: Option<Self>, value| {
            let Self { least, most } = scale.unwrap_or(Self { least: value, most: value });
            Some(Self { least: least.min(value), most: most.max(value) })
        })
    }

    /// Where a value is, from 0 to 1; in the middle where all are the same.
    pub(super) fn place(&self, value: f64) -> f64 {
        let [value, least, most] = [value, self.least, self.most].map(|us| us.max(Self::FLOOR).ln());
        if most > least { (value - least) / (most - least) } else { 0.5 }
    }

    /// The value at a place from 0 to 1.
    pub(super) fn value(&self, place: f64) -> f64 {
        let [least, most] = [self.least, self.most].map(|us| us.max(Self::FLOOR).ln());
        (least + place * (most - least)).exp()
    }
}

/// A time span in µs, for people: three digits and a unit.
pub(super) fn shown(us: f64) -> String {
    let (value, unit) = match us {
        us if us < 1e3 => (us, "µs"),
        us if us < 1e6 => (us / 1e3, "ms"),
        us => (us / 1e6, "s"),
    };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_grow_lighter_from_blue_to_yellow() {
        let luma = |[red, green, blue]: [u8; 3]| {
            0.2126 * f64::from(red) + 0.7152 * f64::from(green) + 0.0722 * f64::from(blue)
        };
        let all: Vec<f64> = (0..=20).map(|step| luma(colour(f64::from(step) / 20.0))).collect();
        assert!(all.is_sorted() && all[0] < 60.0 && all[20] > 200.0, "{all:?}");
        let ([_, _, blue], [red, ..]) = (colour(0.0), colour(1.0));
        assert!(blue > 80 && red > 230);
        assert!(
            (0..=20).map(|step| colour_256(f64::from(step) / 20.0)).all(|index| (16..232).contains(&index))
        );
    }

    #[test]
    fn a_scale_is_logarithmic_and_leads_back() {
        let scale = Scale::of([100.0, 10_000.0].into_iter()).expect("there are values");
        assert!((scale.place(1000.0) - 0.5).abs() < 1e-12);
        assert!((scale.value(0.5) - 1000.0).abs() < 1e-6);
        assert_eq!((character(scale.place(100.0)), character(scale.place(1e9))), ('.', '@'));
        assert_eq!(Scale::of([5.0].into_iter()).map(|scale| scale.place(5.0)), Some(0.5));
    }

    #[test]
    fn time_spans_have_three_digits() {
        let texts = [0.0, 7.25, 95.0, 820.4, 1500.0, 12_340.0, 2e6].map(shown);
        assert_eq!(texts, ["0 µs", "7.25 µs", "95 µs", "820 µs", "1.5 ms", "12.3 ms", "2 s"]);
    }
}
