//! HAC's tab "Platform".
