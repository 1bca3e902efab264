//! What is wrong with an input: all of it at once.

use std::fmt;

/// Which input a fault lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Document {
    /// The cluster (or ROADEF's model, or RASA's cluster).
    Cluster,
    /// ROADEF's assignment or a placement to check.
    Placement,
    /// Measured latency.
    Latency,
    /// Measured traffic.
    Traffic,
    /// Forecast demand.
    Forecast,
    /// Measured utilisation.
    Utilisation,
    /// The policy.
    Policy,
    /// A plan that was made before.
    Plan,
    /// What is asked on the command line or over the network.
    Request,
    /// What a server answered.
    Answer,
    /// The configuration of the service.
    Config,
    /// What was used in the past.
    History,
}

impl Document {
    /// The word used in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Placement => "placement",
            Self::Latency => "latency",
            Self::Traffic => "traffic",
            Self::Forecast => "forecast",
            Self::Utilisation => "utilisation",
            Self::Policy => "policy",
            Self::Plan => "plan",
            Self::Request => "request",
            Self::Answer => "answer",
            Self::Config => "config",
            Self::History => "history",
        }
    }
}

macro_rules! fault_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        /// Stable codes of faults; `docs/errors.md` explains each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum FaultCode {
            $($(#[$doc])* $name = $code,)*
        }

        impl FaultCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

fault_codes! {
    /// The file cannot be read.
    Unreadable = 1101;
    /// It is not what its format says: JSON, TOML, integers.
    Syntax = 1102;
    /// A field nobody knows.
    UnknownField = 1103;
    /// A value of another type.
    WrongType = 1104;
    /// A field that must be there is not.
    MissingField = 1105;
    /// Another `version` or `kind`.
    WrongKind = 1106;
    /// The file ends too early.
    Truncated = 1107;
    /// The file goes on after its end.
    TrailingData = 1108;
    /// Two of the same name.
    Duplicate = 1201;
    /// A resource that is not declared.
    UnknownResource = 1202;
    /// A partition that is not declared.
    UnknownPartition = 1203;
    /// A domain that is not declared.
    UnknownDomain = 1204;
    /// A host that is not declared.
    UnknownHost = 1205;
    /// A service that is not declared.
    UnknownService = 1206;
    /// A component that is not declared.
    UnknownComponent = 1207;
    /// A word that is none of those allowed.
    UnknownWord = 1208;
    /// A number outside its range.
    OutOfRange = 1301;
    /// A list of the wrong length.
    WrongLength = 1302;
    /// Something that must be there is not.
    Missing = 1303;
    /// Two statements that cannot both hold.
    Contradiction = 1304;
    /// Numbers so large that costs would overflow.
    TooLarge = 1305;
    /// An input older than the policy allows.
    TooOld = 1401;
    /// A plan that was made for another problem.
    OtherProblem = 1402;
    /// Times that are not in order.
    Unordered = 1501;
    /// Two values at one time.
    Conflict = 1502;
    /// Too few values to tell the time between them.
    TooFew = 1503;
    /// A value that never changes.
    Constant = 1504;
    /// A long time without values.
    Gap = 1505;
    /// Values that another unit would explain.
    Unit = 1506;
    /// More values than allowed.
    TooMany = 1507;
    /// Nothing where history was asked for.
    Empty = 1508;
    /// A series that ends long before the others.
    Stale = 1509;
    /// An answer that may lack something.
    Partial = 1510;
    /// Two measurements of one thing that differ.
    Disagreement = 1511;
    /// Clocks that differ.
    Skew = 1512;
    /// A name that is left out, because nobody is called that.
    Unmatched = 1513;
}

impl fmt::Display for FaultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E{}", *self as u16)
    }
}

/// One thing that is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Which input.
    pub document: Document,
    /// Where: a JSON pointer, a TOML path or `line N`.
    pub place: String,
    /// Its stable code.
    pub code: FaultCode,
    /// What is wrong.
    pub cause: String,
    /// What to do about it.
    pub action: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}: {}; {}", self.code, self.document.name(), self.place, self.cause, self.action)
    }
}

/// All that is wrong with an input, in order of document and place.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("the input has {} fault(s)", .0.len())]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// Notes a fault.
    pub fn add(
        &mut self,
        document: Document,
        place: impl Into<String>,
        code: FaultCode,
        cause: impl Into<String>,
        action: impl Into<String>,
    ) {
        self.0.push(Fault {
            document,
            place: place.into(),
            code,
            cause: cause.into(),
            action: action.into(),
        });
    }

    /// `value` when nothing is wrong.
    ///
    /// # Errors
    /// The faults noted so far, if any.
    pub fn into_result<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}
