//! Releases of SAP Commerce as presets.

use std::fmt;
use std::str::FromStr;

use crate::knobs::{Knobs, LoginPage, Refusal, TokenStyle};

/// A release of SAP Commerce whose HAC the simulator plays.
///
/// Public sources tell of these differences and of no others; which of them are observed and which are inferred is in the
/// compatibility page.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Release {
    /// 1811: `login.jsp`, refusals are 403, `resultCount` missing.
    R1811,
    /// 2005: `login`, refusals are 403, `resultCount` missing.
    R2005,
    /// 2205: refusals are 405 with `Allow: GET`.
    R2205,
    /// 2211 on Java 17.
    R2211,
    /// 2211 on Java 21, with Spring 6: strict slashes, masked tokens, `?continue` after a login, 400 for an odd address.
    #[default]
    R2211Jdk21,
}

impl Release {
    /// All releases, oldest first.
    pub const ALL: [Self; 5] = [Self::R1811, Self::R2005, Self::R2205, Self::R2211, Self::R2211Jdk21];

    /// The name, as in `2211-jdk21`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::R1811 => "1811",
            Self::R2005 => "2005",
            Self::R2205 => "2205",
            Self::R2211 => "2211",
            Self::R2211Jdk21 => "2211-jdk21",
        }
    }

    /// The preset.
    #[must_use]
    pub fn knobs(self) -> Knobs {
        let current = Knobs::default();
        match self {
            Self::R1811 => Knobs {
                login_page: LoginPage::LoginJsp,
                csrf_refusal: Refusal::Forbidden403,
                role_refusal: Refusal::Forbidden403,
                result_count: false,
                data_source: false,
                ..current
            },
            Self::R2005 => Knobs {
                csrf_refusal: Refusal::Forbidden403,
                role_refusal: Refusal::Forbidden403,
                result_count: false,
                data_source: false,
                ..current
            },
            Self::R2205 => Knobs { data_source: false, ..current },
            Self::R2211 => current,
            Self::R2211Jdk21 => Knobs {
                strict_slashes: true,
                firewall: Some(400),
                basic_makes_session: false,
                token_style: TokenStyle::Masked,
                continue_after_login: true,
                ..current
            },
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Release {
    type Err = UnknownRelease;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|release| release.name() == text).ok_or_else(|| UnknownRelease(text.to_owned()))
    }
}

/// The text names no release.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown release {0:?}: one of 1811, 2005, 2205, 2211, 2211-jdk21")]
pub struct UnknownRelease(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_release_is_found_by_its_name() {
        for release in Release::ALL {
            assert_eq!(release.to_string().parse(), Ok(release));
        }
    }

    #[test]
    fn an_unknown_release_is_named_and_the_known_ones_are_listed() {
        let error = "1905".parse::<Release>().unwrap_err().to_string();
        assert!(error.contains("1905"));
        for release in Release::ALL {
            assert!(error.contains(release.name()));
        }
    }
}
