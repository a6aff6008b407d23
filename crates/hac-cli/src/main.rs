//! hac
fn main() {}
