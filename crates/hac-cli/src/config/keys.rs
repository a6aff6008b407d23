//! The keys of a configuration file.

/// Keys of the file itself.
pub(crate) const TOP_KEYS: &[&str] = &["default_environment", "environments", "output"];

/// Keys of the output.
pub(crate) const OUTPUT_KEYS: &[&str] = &["format", "pager", "width", "color"];

/// Keys of an environment.
pub(crate) const ENVIRONMENT_KEYS: &[&str] =
    &["default_endpoint", "endpoints", "protection", "allow_scripts", "data_source", "audit"];

/// Keys of an endpoint.
pub(crate) const ENDPOINT_KEYS: &[&str] = &[
    "url",
    "ignore_ssl",
    "timeout",
    "username",
    "password_command",
    "pin",
    "cacert",
    "client_cert",
    "client_key",
    "proxy",
    "gate",
    "headers",
    "context_path",
    "route",
    "session_cookie",
];

/// Whether a key is the name of a secret, which has no place in a file of settings.
pub(super) fn is_secret(key: &str) -> bool {
    const SECRETS: [&str; 8] = ["password", "passwd", "passwort", "pwd", "secret", "session_id", "csrf_token", "token"];
    let key = key.to_lowercase();
    key != "password_command" && SECRETS.iter().any(|secret| key.contains(secret))
}

/// Whether the value of a header is a secret.
pub(super) fn is_secret_header(name: &str) -> bool {
    ["authorization", "proxy-authorization", "cookie"].iter().any(|secret| name.trim().eq_ignore_ascii_case(secret))
}
