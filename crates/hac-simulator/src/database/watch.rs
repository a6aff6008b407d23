//! What a statement of a user may do, and until when.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// Instructions of the database between two looks at the clock.
const INSTRUCTIONS_BETWEEN_LOOKS: i32 = 20_000;

/// Whose statements are being prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Author {
    /// The simulator itself: everything is allowed.
    Simulator,
    User,
}

#[derive(Debug)]
pub(super) struct Watch {
    pub(super) author: Author,
    pub(super) deadline: Instant,
    /// The construct that the authorizer refused.
    pub(super) refused: Option<String>,
    /// Whether the prepared statement defines tables or the like.
    pub(super) defines: bool,
    /// Whether preparing it asked for anything.
    pub(super) asked: bool,
}

/// Puts a watch on a connection. Until it is told otherwise, statements are the simulator's.
pub(super) fn put_on(connection: &mut Connection) -> rusqlite::Result<Arc<Mutex<Watch>>> {
    let watch = Arc::new(Mutex::new(Watch {
        author: Author::Simulator,
        deadline: Instant::now(),
        refused: None,
        defines: false,
        asked: false,
    }));
    let clock = Arc::clone(&watch);
    connection.progress_handler(
        INSTRUCTIONS_BETWEEN_LOOKS,
        Some(move || {
            let watch = lock(&clock);
            watch.author == Author::User && Instant::now() >= watch.deadline
        }),
    )?;
    let door = Arc::clone(&watch);
    connection.authorizer(Some(move |asked: AuthContext<'_>| lock(&door).authorize(&asked)))?;
    Ok(watch)
}

impl Watch {
    /// For one statement of a user.
    pub(super) fn until(deadline: Instant) -> Self {
        Self { author: Author::User, deadline, refused: None, defines: false, asked: false }
    }

    fn authorize(&mut self, asked: &AuthContext<'_>) -> Authorization {
        if self.author == Author::Simulator {
            return Authorization::Allow;
        }
        self.asked = true;
        let construct = match asked.action {
            AuthAction::Attach { .. } => "ATTACH",
            AuthAction::Detach { .. } => "DETACH",
            AuthAction::Pragma { .. } => "PRAGMA",
            // The transaction is the simulator's: a COMMIT in the text would defeat the rollback.
            AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => "a transaction statement",
            AuthAction::CreateVtable { .. } | AuthAction::DropVtable { .. } => "a virtual table",
            AuthAction::Unknown { .. } => "this statement",
            AuthAction::Function { function_name } if is_function_of_the_host(function_name) => function_name,
            // To define a table writes to the catalogue as well; the definition itself is asked for apart.
            AuthAction::Select
            | AuthAction::Read { .. }
            | AuthAction::Function { .. }
            | AuthAction::Recursive
            | AuthAction::Insert { .. }
            | AuthAction::Delete { .. }
            | AuthAction::Update { .. } => return Authorization::Allow,
            _ => {
                self.defines = true;
                return Authorization::Allow;
            }
        };
        self.refused = Some(construct.to_owned());
        Authorization::Deny
    }
}

/// Functions that load code or reach files.
fn is_function_of_the_host(name: &str) -> bool {
    ["load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"]
        .iter()
        .any(|refused| refused.eq_ignore_ascii_case(name))
}

/// A panic elsewhere leaves these values whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
