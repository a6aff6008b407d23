//! What the server's properties say about the server.

use std::time::Duration;

use crate::platform::Property;

/// What the server's properties say about the server, as far as it shows them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ServerFacts {
    /// The release: `build.version`, which SAP's documentation names for it.
    pub version: Option<String>,
    /// After how long without a request a session ends: `default.session.timeout`, in seconds. A web application may have a value of
    /// its own.
    pub session_timeout: Option<Duration>,
}

impl ServerFacts {
    /// Looks for them among the [properties](crate::HacClient::properties). Masked values count as absent.
    pub fn of(properties: &[Property]) -> Self {
        let value = |key: &str| {
            let found = properties.iter().find(|property| property.key == key && !property.is_masked())?;
            Some(found.value.trim()).filter(|value| !value.is_empty())
        };
        let seconds = value("default.session.timeout").and_then(|text| text.parse().ok());
        Self {
            version: value("build.version").map(str::to_owned),
            session_timeout: seconds.filter(|seconds| *seconds > 0).map(Duration::from_secs),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::properties::PropertyRow;

    #[test]
    fn what_is_masked_or_no_number_of_seconds_is_not_known() {
        let facts = |version: &str, timeout: &str| {
            let row = |key: &str, value: &str| PropertyRow { key: key.into(), value: value.into() };
            let rows = [row("build.version", version), row("default.session.timeout", timeout)];
            ServerFacts::of(&rows.map(Property::from))
        };
        let known = facts("2211.20", "3600");
        assert_eq!(
            (known.version.as_deref(), known.session_timeout),
            (Some("2211.20"), Some(Duration::from_secs(3600)))
        );
        for (version, timeout) in [("*****", "*****"), ("", "0"), (" ", "-1"), ("", "soon")] {
            assert_eq!(facts(version, timeout), ServerFacts::default(), "{version:?} {timeout:?}");
        }
    }
}
