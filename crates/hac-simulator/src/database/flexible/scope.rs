//! The types that a select can name.

use std::cell::RefCell;

use super::Failure;
use super::tree::AttributeName;
use crate::database::schema::ItemType;

/// A type in a FROM, under the name that attributes use.
pub(super) struct Alias<'a> {
    pub(super) name: &'a str,
    pub(super) deployed: &'static ItemType,
    /// What SQL calls it.
    pub(super) sql: String,
    /// On the far side of a left join.
    pub(super) nullable: bool,
    pub(super) localized: RefCell<Vec<Localized>>,
}

/// A join with the localized table, for one language.
pub(super) struct Localized {
    pub(super) language: i64,
    pub(super) optional: bool,
    pub(super) sql: String,
}

/// The types that a select sees: its own, then those around it.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s, 'a> {
    pub(super) aliases: &'s [Alias<'a>],
    pub(super) around: Option<&'s Scope<'s, 'a>>,
}

impl<'s, 'a> Scope<'s, 'a> {
    pub(super) fn find(&self, named: &AttributeName<'_>) -> Result<&'s Alias<'a>, Failure> {
        let mut scope = Some(self);
        while let Some(here) = scope {
            let mut fitting = here.aliases.iter().filter(|alias| match named.alias {
                Some(name) => alias.name.eq_ignore_ascii_case(name),
                None => alias.deployed.attribute(named.name).is_some(),
            });
            if let Some(first) = fitting.next() {
                return match fitting.next() {
                    None => Ok(first),
                    Some(_) => Err(Failure::query(format!(
                        "{} is ambiguous; say of which type it is",
                        named.alias.unwrap_or(named.name)
                    ))),
                };
            }
            scope = here.around;
        }
        Err(match (named.alias, self.aliases) {
            (Some(alias), _) => Failure::query(format!("no type with alias {alias} in FROM")),
            (None, [only]) => unknown_field(only.deployed.code, named.name),
            (None, _) => Failure::query(format!("no type in FROM has an attribute {}", named.name)),
        })
    }
}

pub(super) fn type_condition(alias: &Alias<'_>, exact: bool) -> String {
    let pks: Vec<String> = if exact {
        vec![alias.deployed.own_pk().to_string()]
    } else {
        alias.deployed.with_subtypes().map(|below| below.own_pk().to_string()).collect()
    };
    format!("{}.TypePkString IN ({})", alias.sql, pks.join(", "))
}

/// The joins with the localized table that were asked for.
pub(super) fn localized_joins(alias: &Alias<'_>) -> String {
    let table = alias.deployed.localized_table();
    let joined = alias.localized.borrow();
    let joins = joined.iter().map(|Localized { language, optional, sql }| {
        let left = if *optional { "LEFT " } else { "" };
        format!(" {left}JOIN {table} {sql} ON {sql}.ITEMPK = {}.PK AND {sql}.LANGPK = {language}", alias.sql)
    });
    joins.collect::<Vec<_>>().concat()
}

/// As SAP Commerce words it, without the description of the type that follows there.
pub(super) fn unknown_field(of: &str, name: &str) -> Failure {
    Failure::query(format!(
        "cannot search unknown field 'TableField(name='{name}',langPK='null',type={of})' within type {of} unless you \
         disable checking"
    ))
}
