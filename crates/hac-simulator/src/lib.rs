//! hac-simulator
