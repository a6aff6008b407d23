use super::*;
use crate::database::Query;

mod groovy;
mod javascript;

fn database() -> Arc<Database> {
    Arc::new(Database::open(10).expect("it opens"))
}
