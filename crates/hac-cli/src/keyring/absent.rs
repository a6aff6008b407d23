//! A program that was built without the keyring.

use hac_client::Password;

const WHY: &str = "this hac was built without support for keyrings";

pub(super) fn read(_: &str) -> Result<Option<Password>, String> {
    Err(WHY.to_owned())
}

pub(super) fn write(_: &str, _: &Password) -> Result<(), String> {
    Err(WHY.to_owned())
}

pub(super) fn remove(_: &str) -> Result<bool, String> {
    Err(WHY.to_owned())
}
