//! The traffic graph: who talks to whom how much, from metrics, traces and job files.
