//! The form of the login page, and how it is recognised.

use std::fmt;

use crate::secret::CsrfToken;

/// The last segment of the address that the login form posts to, set by Spring Security.
pub(crate) const LOGIN_ACTION: &str = "j_spring_security_check";

/// The form of HAC's login page. Its values are left out of `Debug`: the address may hold a session id.
pub(crate) struct LoginForm {
    /// As it stands in the page: relative or absolute.
    pub(crate) action: String,
    /// Hidden fields other than the token.
    pub(crate) hidden: Vec<(String, String)>,
    /// The token's field, missing in early 5.x and on pages that something else answered.
    pub(crate) token: Option<(String, CsrfToken)>,
}

impl fmt::Debug for LoginForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.hidden.iter().map(|(name, _)| name).collect();
        f.debug_struct("LoginForm").field("hidden", &names).field("token", &self.token).finish_non_exhaustive()
    }
}

/// Whether an address is where a login goes.
pub(crate) fn posts_to_login(action: &str) -> bool {
    let path = action.split(['?', '#', ';']).next().unwrap_or_default();
    path == LOGIN_ACTION || path.ends_with("/j_spring_security_check")
}
