//! HAC's tab "Monitoring".
