//! hac-simulator

mod database;
mod scripting;
