//! Whose a call is.

use std::fmt;
use std::sync::Arc;

/// Whose a call is: callers see and cancel only what is their own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    /// The name of a token.
    Token(Arc<str>),
    /// The hash of a client certificate.
    Certificate(Arc<str>),
    /// Whoever reaches a server that asks for nothing.
    Anonymous,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(name) => write!(f, "token:{name}"),
            Self::Certificate(hash) => write!(f, "certificate:{hash}"),
            Self::Anonymous => f.write_str("anonymous"),
        }
    }
}
