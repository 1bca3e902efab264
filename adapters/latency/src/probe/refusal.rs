//! Why a datagram gets no answer and changes nothing.

/// Why a datagram gets no answer, changes nothing, and is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Refusal {
    /// It has not the length of a datagram.
    Length,
    /// It does not begin as a datagram does.
    Foreign,
    /// It is for another host.
    OtherHost,
    /// It is signed with a key that is not known.
    Key,
    /// Its code is wrong.
    Code,
    /// Nobody knows whom it comes from.
    Stranger,
    /// It does not come from an address of whom it says that it comes from.
    Address,
    /// It was sent too long ago, or in the future, or before whoever should answer had started.
    Stale,
    /// It, or a later session of its prober, has been seen.
    Replayed,
    /// Its sender has sent too many.
    RateLimit,
    /// It answers nothing that waits for an answer.
    Unasked,
}

impl Refusal {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 11] = [
        Self::Length,
        Self::Foreign,
        Self::OtherHost,
        Self::Key,
        Self::Code,
        Self::Stranger,
        Self::Address,
        Self::Stale,
        Self::Replayed,
        Self::RateLimit,
        Self::Unasked,
    ];

    /// Its name in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Foreign => "foreign",
            Self::OtherHost => "other_host",
            Self::Key => "key",
            Self::Code => "code",
            Self::Stranger => "stranger",
            Self::Address => "address",
            Self::Stale => "stale",
            Self::Replayed => "replayed",
            Self::RateLimit => "rate_limit",
            Self::Unasked => "unasked",
        }
    }
}
