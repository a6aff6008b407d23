//! How a password can be given, for hints.

/// The ways to give a password, the one to type it last.
pub(crate) fn ways(variable: &str, typed: &str) -> String {
    let keyring =
        if cfg!(feature = "keyring") { ", keep it in the system's keyring with `hac login --save`" } else { "" };
    format!(
        "set {variable}, name a program that prints it as password_command in the configuration, pass --password-stdin, \
         pipe it into `hac login`{keyring}, or {typed}"
    )
}
