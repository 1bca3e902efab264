//! The vocabulary of colocate: problems, placements, scores, plans and the naive checker.
//!
//! This crate is pure: no input or output, no clock, no random numbers, no threads.
