//! The keyring itself.

use ::keyring::v1::{Entry, Error};
use hac_client::Password;

/// Under this name all passwords of ours are kept.
const SERVICE: &str = "hac-client";

pub(super) fn read(name: &str) -> Result<Option<Password>, String> {
    match entry(name)?.get_password() {
        Ok(password) => Ok(Some(Password::from(password))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(why(&error)),
    }
}

pub(super) fn write(name: &str, password: &Password) -> Result<(), String> {
    entry(name)?.set_password(password.expose()).map_err(|error| why(&error))
}

pub(super) fn remove(name: &str) -> Result<bool, String> {
    match entry(name)?.delete_credential() {
        Ok(()) => Ok(true),
        Err(Error::NoEntry) => Ok(false),
        Err(error) => Err(why(&error)),
    }
}

fn entry(name: &str) -> Result<Entry, String> {
    if let Err(error) = Entry::store_status() {
        return Err(why(error));
    }
    Entry::new(SERVICE, name).map_err(|error| why(&error))
}

/// Without what the error holds of the keyring's content.
fn why(error: &Error) -> String {
    match error {
        Error::PlatformFailure(cause) | Error::NoStorageAccess(cause) => cause.to_string(),
        Error::Ambiguous(_) => "it has several passwords of this account".to_owned(),
        error => error.to_string(),
    }
}
