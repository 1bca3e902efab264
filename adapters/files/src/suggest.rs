//! Words that somebody may have meant.

/// The candidate closest to `word`, if one is close.
#[must_use]
pub fn closest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).min(3);
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|&(distance, _)| distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let fields = ["anti_affinity", "spread", "id"];
        assert_eq!(closest("anti_afinity", fields.into_iter()), Some("anti_affinity"));
        assert_eq!(closest("sperad", fields.into_iter()), Some("spread"));
        assert_eq!(closest("priority", fields.into_iter()), None);
    }
}
