//! The form of the login page, and how to recognise it.

use std::fmt;

use crate::secret::CsrfToken;

/// The last path segment of the login form's action, set by Spring Security.
pub(crate) const LOGIN_ACTION: &str = "j_spring_security_check";

/// The form of HAC's login page. `Debug` omits its values: the action may contain a session id.
pub(crate) struct LoginForm {
    /// The action as the page gives it: relative or absolute.
    pub(crate) action: String,
    /// Hidden fields other than the token.
    pub(crate) hidden: Vec<(String, String)>,
    /// The field with the token. Early 5.x has none, nor do pages of a server other than HAC.
    pub(crate) token: Option<(String, CsrfToken)>,
}

impl fmt::Debug for LoginForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.hidden.iter().map(|(name, _)| name).collect();
        f.debug_struct("LoginForm").field("hidden", &names).field("token", &self.token).finish_non_exhaustive()
    }
}

/// Returns whether an address is the target of a login form.
pub(crate) fn posts_to_login(action: &str) -> bool {
    let path = action.split(['?', '#', ';']).next().unwrap_or_default();
    path == LOGIN_ACTION || path.ends_with("/j_spring_security_check")
}
