//! The program from outside: what it prints, where, and how it exits.

mod all_keys;
mod all_rows;
mod audit;
mod balancer;
mod bench;
mod cache;
mod carried;
mod ci;
mod commands;
mod completions;
#[cfg(unix)] // the shells of Unix
mod completions_in_shells;
mod config_formats;
mod configuration;
mod copy;
#[cfg(unix)] // signals, a pseudo-terminal
mod copy_attended;
mod copy_keys;
mod copy_refused;
mod cronjob;
mod demo;
#[cfg(unix)] // signals
mod demo_kept;
mod diff;
mod doctor;
#[cfg(unix)] // a pseudo-terminal
mod doctor_attended;
#[cfg(target_os = "linux")] // the peak of a process, which only Linux tells
mod endless;
mod env_taken;
mod exports_resumed;
mod exports_shown;
mod extension;
mod failures;
#[cfg(unix)] // a pseudo-terminal
mod failures_on_terminal;
mod files;
mod flexsearch;
mod formats;
#[cfg(unix)] // a pseudo-terminal
mod formats_on_terminal;
mod help;
mod home;
mod impex;
mod impex_bulk;
#[cfg(unix)] // signals, a pseudo-terminal
mod impex_bulk_attended;
mod impex_bulk_kills;
mod impex_departure;
#[cfg(target_os = "linux")] // the peak of a process, which only Linux tells
mod impex_large_rows;
mod impex_packed;
mod impex_reports;
mod impex_several;
mod impex_undecided;
mod impex_watch;
mod imports_shown;
#[cfg(unix)] // signals
mod interruption;
mod jdbclog;
#[cfg(all(target_os = "linux", feature = "keyring"))] // a keyring that needs no desktop
mod keyring;
mod lint;
mod logger;
mod login;
#[cfg(unix)] // a pseudo-terminal
mod login_attended;
mod man;
#[cfg(unix)] // signals
mod manners;
mod masks;
mod misconfigured;
mod misplaced;
#[cfg(unix)] // a pseudo-terminal
mod narrow;
#[cfg(unix)] // a pseudo-terminal
mod paged;
#[cfg(unix)] // signals
mod panics;
mod parameters;
#[cfg(feature = "parquet")] // its reader
mod parquet_files;
mod pk;
mod project;
mod property;
mod protection;
#[cfg(unix)] // a pseudo-terminal
mod protection_attended;
#[cfg(unix)] // limits of a shell, closed and full streams
mod scarcity;
mod script;
#[cfg(unix)] // a symbolic link
mod second_name;
mod session;
mod settings;
mod shapes;
mod simulator;
mod support;
#[cfg(unix)] // a pseudo-terminal
mod terminal;
mod types;
#[cfg(unix)]
mod unix;
mod unprotected;
mod untrusted;
mod unused_flags;
#[cfg(unix)] // closed and full streams
mod unwritable;
mod update;
#[cfg(unix)] // a pseudo-terminal
mod update_attended;
mod wait;
#[cfg(unix)] // a pseudo-terminal
mod waiting;
#[cfg(unix)] // signals
mod watch;
#[cfg(windows)]
mod windows;
mod workbook;
