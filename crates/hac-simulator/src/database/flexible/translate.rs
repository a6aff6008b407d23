//! From the tree to SQL: names become tables and columns, conditions on the type are appended.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt::Write as _;

use super::derived::{self, Derived};
use super::scope::{Alias, Localized, Scope, localized_joins, type_condition, unknown_field};
use super::tree::{AttributeName, Piece, Select, Source, Text, TypeName};
use super::{Failure, Translation};
use crate::database::sample;
use crate::database::schema::{ItemType, Kind, TYPES};

pub(super) struct Translator<'a> {
    locale: &'a str,
    /// The attributes that cannot be searched for, each with its type.
    hidden: &'a [(&'static str, &'static str)],
    items: usize,
    localized: usize,
    missing: Vec<String>,
    derived: Vec<Derived>,
}

/// Where an attribute stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// In the ON of a join. The joins with localized tables come later, so a value is selected there and then.
    On,
    Elsewhere,
}

impl<'a> Translator<'a> {
    pub(super) fn new(locale: &'a str, hidden: &'a [(&'static str, &'static str)]) -> Self {
        Self { locale, hidden, items: 0, localized: 0, missing: Vec::new(), derived: Vec::new() }
    }

    pub(super) fn translate(mut self, select: &Select<'a>) -> Result<Translation, Failure> {
        let sql = self.select(select, None)?;
        if self.missing.is_empty() {
            Ok(Translation { sql, derived: self.derived })
        } else {
            Err(Failure::query(format!("missing values for [{}]", self.missing.join(", "))))
        }
    }

    fn select(&mut self, select: &Select<'a>, around: Option<&Scope<'_, 'a>>) -> Result<String, Failure> {
        // Braces that stand alone around selects have no FROM of their own; a SELECT has.
        if select.from.is_empty()
            && select.head.iter().any(|piece| matches!(piece, Piece::Sql(sql) if sql.eq_ignore_ascii_case("SELECT")))
        {
            return Err(Failure::unsupported("a SELECT without FROM {Type}"));
        }
        let mut aliases = Vec::new();
        for source in &select.from {
            if let Source::Types(types) = source {
                for named in types {
                    aliases.push(self.alias(named)?);
                }
            }
        }
        let scope = Scope { aliases: &aliases, around };
        let head = self.text(&select.head, &scope, Place::Elsewhere)?;
        let between = self.derive(&select.between, false, &scope)?;
        let filter = select.filter.as_ref().map(|filter| self.text(filter, &scope, Place::Elsewhere)).transpose()?;
        let rest = self.text(&select.rest, &scope, Place::Elsewhere)?;
        if select.from.is_empty() {
            return Ok(head);
        }

        let mut conditions = Vec::new();
        let mut sources = Vec::new();
        let mut remaining = aliases.iter();
        for source in &select.from {
            sources.push(match source {
                Source::Types(types) => self.types(types, &mut remaining, &scope, &mut conditions)?,
                Source::Derived(text) => {
                    self.derive(text, true, &Scope { aliases: &[], around })?.trim_end().to_owned()
                }
            });
        }
        // Last, because everything before may have asked for a language.
        let from = sources.join(", ") + &aliases.iter().map(localized_joins).collect::<String>();

        let mut sql = format!("{}FROM {from}", spaced(&head));
        if !between.is_empty() {
            sql.push(' ');
            sql.push_str(between.trim_end());
        }
        if let Some(filter) = filter {
            conditions.insert(0, filter.trim().to_owned());
        }
        for (position, condition) in conditions.iter().enumerate() {
            sql.push_str(if position == 0 { " WHERE (" } else { " AND (" });
            sql.push_str(condition);
            sql.push(')');
        }
        if !rest.is_empty() {
            sql.push(' ');
            sql.push_str(rest.trim_end());
        }
        Ok(sql)
    }

    fn alias(&mut self, named: &TypeName<'a>) -> Result<Alias<'a>, Failure> {
        let Some(deployed) = ItemType::find(named.code) else {
            let known: Vec<_> = TYPES.iter().map(|known| known.code).collect();
            return Err(Failure::query(format!(
                "no composed type with code {} found; the simulator has {}",
                named.code,
                known.join(", ")
            )));
        };
        let sql = format!("item_t{}", self.items);
        self.items += 1;
        Ok(Alias {
            name: named.alias.unwrap_or(named.code),
            deployed,
            sql,
            nullable: named.join.as_ref().is_some_and(|join| join.left),
            localized: RefCell::default(),
        })
    }

    /// The types of one pair of braces, joined; what WHERE has to say of them is added to the conditions.
    fn types<'s>(
        &mut self,
        types: &[TypeName<'a>],
        aliases: &mut impl Iterator<Item = &'s Alias<'a>>,
        scope: &Scope<'_, 'a>,
        conditions: &mut Vec<String>,
    ) -> Result<String, Failure>
    where
        'a: 's,
    {
        let mut sql = String::new();
        for (named, alias) in types.iter().zip(aliases) {
            let table = format!("{} {}", alias.deployed.table, alias.sql);
            let of_type = type_condition(alias, named.exact);
            let Some(join) = &named.join else {
                sql.push_str(&table);
                conditions.push(of_type);
                continue;
            };
            let on = self.text(&join.on, scope, Place::On)?;
            if join.left {
                // Writing to a String cannot fail.
                let _ = write!(sql, " LEFT JOIN {table} ON ({}) AND ({of_type})", on.trim());
            } else {
                let _ = write!(sql, " JOIN {table} ON ({})", on.trim());
                conditions.push(of_type);
            }
        }
        Ok(sql)
    }

    /// A part of FROM that may have derived tables in it.
    fn derive(&mut self, text: &Text<'a>, at_start: bool, scope: &Scope<'_, 'a>) -> Result<String, Failure> {
        let places = derived::places(text, at_start)?;
        let mut sql = String::new();
        for (position, piece) in text.iter().enumerate() {
            let begins = sql.len();
            sql.push_str(&self.piece(piece, scope, Place::Elsewhere)?);
            let Some(place) = places.iter().find(|place| place.position == position) else { continue };
            if let Piece::Subselect(select) = piece
                && let Some(column) = derived::unnamed_column(select)
            {
                let message = format!("No column name was specified for column {column} of '{}'", place.alias);
                return Err(Failure::database(message));
            }
            self.derived.push(Derived { sql: sql[begins..].to_owned() });
        }
        Ok(sql)
    }

    fn text(&mut self, text: &Text<'a>, scope: &Scope<'_, 'a>, place: Place) -> Result<String, Failure> {
        text.iter().map(|piece| self.piece(piece, scope, place)).collect()
    }

    fn piece(&mut self, piece: &Piece<'a>, scope: &Scope<'_, 'a>, place: Place) -> Result<Cow<'a, str>, Failure> {
        Ok(match piece {
            Piece::Sql(verbatim) => Cow::Borrowed(*verbatim),
            Piece::Space => Cow::Borrowed(" "),
            Piece::Parameter(name) => {
                if !self.missing.iter().any(|known| known == name) {
                    self.missing.push((*name).to_owned());
                }
                Cow::Borrowed("")
            }
            Piece::Subselect(select) => Cow::Owned(self.select(select, Some(scope))?),
            Piece::Attribute(attribute) => Cow::Owned(self.attribute(attribute, scope, place)?),
        })
    }

    fn attribute(&mut self, named: &AttributeName<'a>, scope: &Scope<'_, 'a>, place: Place) -> Result<String, Failure> {
        let alias = scope.find(named)?;
        let Some(attribute) = alias.deployed.attribute(named.name) else {
            return Err(unknown_field(alias.deployed.code, named.name));
        };
        if self.hidden.contains(&(alias.deployed.code, attribute.name)) {
            return Err(unknown_field(alias.deployed.code, named.name));
        }
        if attribute.kind != Kind::Localized {
            if let Some(language) = named.language {
                return Err(Failure::query(format!(
                    "attribute {} of {} is not localized, so [{language}] has no meaning",
                    attribute.name, alias.deployed.code
                )));
            }
            return Ok(format!("{}.{}", alias.sql, attribute.column));
        }

        let language = match named.language {
            Some(language) if language.eq_ignore_ascii_case("any") => {
                return Err(Failure::unsupported("[any]"));
            }
            Some(isocode) => {
                sample::language(isocode).ok_or_else(|| Failure::query(format!("no language {isocode} found")))?
            }
            None => self.session_language()?,
        };
        if place == Place::On {
            return Ok(format!(
                "(SELECT {} FROM {} WHERE ITEMPK = {}.PK AND LANGPK = {language})",
                attribute.column,
                alias.deployed.localized_table(),
                alias.sql
            ));
        }
        let mut joined = alias.localized.borrow_mut();
        let position = joined.iter().position(|known| known.language == language).unwrap_or_else(|| {
            joined.push(Localized { language, optional: true, sql: format!("lp_t{}", self.localized) });
            self.localized += 1;
            joined.len() - 1
        });
        // Where one asks for a value and another does not insist, the first decides.
        joined[position].optional &= named.optional || alias.nullable;
        Ok(format!("{}.{}", joined[position].sql, attribute.column))
    }

    /// The language of the session's locale; `de_AT` speaks `de`.
    fn session_language(&self) -> Result<i64, Failure> {
        let language = self.locale.split(['_', '-']).next().unwrap_or_default();
        sample::language(language)
            .ok_or_else(|| Failure::query(format!("no language for locale {} found", self.locale)))
    }
}

fn spaced(head: &str) -> String {
    format!("{} ", head.trim_end())
}
