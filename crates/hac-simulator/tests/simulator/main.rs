//! The simulator from outside, over real sockets.

mod browser;
mod execution;
