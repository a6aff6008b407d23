//! `--pk-as-key`: the unique attributes of an item in place of its PK.
//!
//! The type stands in the PK, as a number that the server decodes. Its unique attributes are looked up once, and the items in
//! queries of up to 200 PKs. Whatever cannot be looked up stays a PK.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use hac_client::{ErrorKind, FlexibleSearch, HacClient, Result};

use crate::args::FlexsearchArgs;

/// So many PKs go into one query.
const CHUNK: usize = 200;
/// So many types are looked up in all.
const TYPES: usize = 50;
/// A column with PKs of more types than this holds other numbers: an EAN looks like a PK.
const TYPES_OF_A_COLUMN: usize = 8;
/// So many keys are remembered.
const REMEMBERED: usize = 100_000;
/// A key of a product names a version, which names a catalog.
const DEEPEST: usize = 3;

/// A row as it came.
pub(super) type Row = Vec<Option<String>>;

/// How items of a type are told apart.
#[derive(Debug)]
struct KeyType {
    code: String,
    attributes: Vec<String>,
}

/// What was looked up.
pub(super) struct Keys {
    client: HacClient,
    user: Option<String>,
    data_source: Option<String>,
    types: HashMap<u64, Option<Rc<KeyType>>>,
    known: HashMap<u64, Option<String>>,
    /// The attributes in keys of each type that are references, and the type that they name.
    references: HashMap<(String, String), String>,
}

type Lookup<'k> = Pin<Box<dyn Future<Output = Result<()>> + 'k>>;

impl Keys {
    pub(super) fn new(client: &HacClient, args: &FlexsearchArgs) -> Self {
        Self {
            client: client.clone(),
            user: args.user.clone(),
            data_source: args.data_source.clone(),
            types: HashMap::new(),
            known: HashMap::new(),
            references: HashMap::new(),
        }
    }

    /// Puts keys in the places of PKs, except in the columns that are left out. Returns what each column is in ImpEx, if it is a
    /// reference: `(catalog(id),version)`.
    pub(super) async fn replace(&mut self, rows: &mut [Row], left_out: &[bool]) -> Result<Vec<Option<String>>> {
        if self.known.len() > REMEMBERED {
            self.known.clear();
        }
        let width = rows.iter().map(Vec::len).max().unwrap_or(0);
        let is_wanted = |at: &usize| left_out.get(*at) != Some(&true) && has_pks(rows, *at);
        let columns: Vec<usize> = (0..width).filter(is_wanted).collect();
        let pks = |at: &usize| rows.iter().filter_map(|row| pk(row.get(*at)?.as_deref()?)).collect::<Vec<_>>();
        let wanted: BTreeSet<u64> = columns.iter().flat_map(pks).collect();
        self.look_up(wanted, 1).await?;
        let mut expressions = vec![None; width];
        for at in columns {
            for cell in rows.iter_mut().filter_map(|row| row.get_mut(at)) {
                let Some(pk) = cell.as_deref().and_then(pk) else { continue };
                if let Some(Some(key)) = self.known.get(&pk) {
                    *cell = Some(key.clone());
                    expressions[at] = expressions[at].take().or_else(|| self.expression(type_number(pk)));
                }
            }
        }
        Ok(expressions)
    }

    /// How ImpEx finds an item of a type by its key.
    fn expression(&self, number: u64) -> Option<String> {
        let of = self.types.get(&number)?.as_ref()?;
        Some(self.expression_of(of, DEEPEST))
    }

    fn expression_of(&self, of: &KeyType, depth: usize) -> String {
        let attribute = |name: &String| {
            let target = self.references.get(&(of.code.clone(), name.clone()));
            let target = self.types.values().flatten().find(|known| Some(&known.code) == target);
            match target.filter(|_| depth > 0) {
                Some(target) => format!("{name}{}", self.expression_of(target, depth - 1)),
                None => name.clone(),
            }
        };
        format!("({})", of.attributes.iter().map(attribute).collect::<Vec<_>>().join(","))
    }

    /// Looks up what is not known yet.
    fn look_up(&mut self, mut wanted: BTreeSet<u64>, depth: usize) -> Lookup<'_> {
        Box::pin(async move {
            wanted.retain(|pk| !self.known.contains_key(pk));
            let mut of_types: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
            for pk in wanted {
                of_types.entry(type_number(pk)).or_default().push(pk);
            }
            for (number, mut pks) in of_types {
                // A key of another type may have named them.
                pks.retain(|pk| !self.known.contains_key(pk));
                if pks.is_empty() {
                    continue;
                }
                let Some(of) = self.type_of(number, pks[0]).await? else {
                    self.known.extend(pks.into_iter().map(|pk| (pk, None)));
                    continue;
                };
                for chunk in pks.chunks(CHUNK) {
                    self.look_up_chunk(&of, chunk, depth).await?;
                }
            }
            Ok(())
        })
    }

    async fn look_up_chunk(&mut self, of: &KeyType, pks: &[u64], depth: usize) -> Result<()> {
        // What is not found below stays a PK.
        self.known.extend(pks.iter().map(|pk| (*pk, None)));
        let attributes: Vec<String> = of.attributes.iter().map(|name| format!("{{{name}}}")).collect();
        let list: Vec<String> = pks.iter().map(u64::to_string).collect();
        let text = format!(
            "SELECT {{pk}}, {} FROM {{{}}} WHERE {{pk}} IN ({})",
            attributes.join(", "),
            of.code,
            list.join(", ")
        );
        let mut query = FlexibleSearch::new(text).max_count(pks.len() + 1);
        if let Some(user) = &self.user {
            query = query.user(user);
        }
        if let Some(name) = &self.data_source {
            query = query.data_source(name);
        }
        let mut rows = match self.client.execute_flexiblesearch(query).await {
            Ok(result) => result.rows,
            Err(error) if error.kind() == ErrorKind::QueryFailed => return Ok(()),
            Err(error) => return Err(error),
        };
        let references: Vec<usize> = (1..=of.attributes.len()).filter(|at| has_pks(&rows, *at)).collect();
        if depth < DEEPEST {
            let pks = |at: &usize| rows.iter().filter_map(|row| pk(row.get(*at)?.as_deref()?)).collect::<Vec<_>>();
            let below: BTreeSet<u64> = references.iter().flat_map(pks).collect();
            self.look_up(below, depth + 1).await?;
        }
        for row in &mut rows {
            let Some(own) = row.first().and_then(|cell| pk(cell.as_deref()?)) else { continue };
            for at in &references {
                let Some(below) = row.get(*at).and_then(|cell| pk(cell.as_deref()?)) else { continue };
                if let Some(Some(key)) = self.known.get(&below) {
                    row[*at] = Some(key.clone());
                    if let Some(Some(target)) = self.types.get(&type_number(below)) {
                        self.references.insert((of.code.clone(), of.attributes[*at - 1].clone()), target.code.clone());
                    }
                }
            }
            let values: Vec<&str> = row.iter().skip(1).map(|cell| cell.as_deref().unwrap_or_default()).collect();
            if values.iter().any(|value| !value.is_empty()) {
                self.known.insert(own, Some(values.join(":")));
            }
        }
        Ok(())
    }

    /// The type with this number, of which this PK is one.
    async fn type_of(&mut self, number: u64, example: u64) -> Result<Option<Rc<KeyType>>> {
        if let Some(known) = self.types.get(&number) {
            return Ok(known.clone());
        }
        if self.types.len() >= TYPES {
            return Ok(None);
        }
        let found = self.find_type(example).await?.map(Rc::new);
        self.types.insert(number, found.clone());
        Ok(found)
    }

    async fn find_type(&self, example: u64) -> Result<Option<KeyType>> {
        let analysis = match self.client.analyze_pk(&example.to_string()).await {
            Ok(analysis) => analysis,
            // A user may have the right to query alone.
            Err(error) if matches!(error.kind(), ErrorKind::Forbidden | ErrorKind::Rejected | ErrorKind::Protocol) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let Some(code) = analysis.composed_type().filter(|_| analysis.success()) else { return Ok(None) };
        let is_code = code.chars().all(|char| char.is_alphanumeric() || char == '_');
        let attributes = if is_code { self.client.unique_attributes(code).await? } else { Vec::new() };
        Ok((!attributes.is_empty()).then(|| KeyType { code: code.to_owned(), attributes }))
    }
}

/// Whether the cells of a column are PKs, as far as that can be seen.
fn has_pks(rows: &[Row], at: usize) -> bool {
    let mut numbers = BTreeSet::new();
    for cell in rows.iter().filter_map(|row| row.get(at)?.as_deref()) {
        match pk(cell) {
            Some(pk) => drop(numbers.insert(type_number(pk))),
            None => return false,
        }
    }
    (1..=TYPES_OF_A_COLUMN).contains(&numbers.len())
}

/// The number of the type of a PK.
fn type_number(pk: u64) -> u64 {
    pk & 0x7fff
}

/// A cell that may be a PK.
fn pk(cell: &str) -> Option<u64> {
    let looks_like_one = (12..=19).contains(&cell.len()) && cell.bytes().all(|byte| byte.is_ascii_digit());
    let pk = looks_like_one.then(|| cell.parse().ok()).flatten()?;
    (type_number(pk) != 0 && i64::try_from(pk).is_ok()).then_some(pk)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(cells: &[&str]) -> Vec<Row> {
        cells.iter().map(|cell| vec![(!cell.is_empty()).then(|| (*cell).to_owned())]).collect()
    }

    #[test]
    fn a_column_of_pks_is_told_from_other_numbers() {
        assert!(has_pks(&rows(&["8796093054977", "", "8796093087745"]), 0));
        for cells in [
            &[][..],
            &[""],
            &["1", "2"],
            &["8796093054977", "x"],
            // EANs
            &[
                "4006381333931",
                "4006381333932",
                "4006381333933",
                "4006381333934",
                "4006381333935",
                "4006381333936",
                "4006381333937",
                "4006381333938",
                "4006381333939",
            ],
        ] {
            assert!(!has_pks(&rows(cells), 0), "{cells:?}");
        }
        assert!(!has_pks(&rows(&["8796093054977"]), 1));
    }

    #[test]
    fn a_cell_is_a_pk_only_with_the_number_of_a_type() {
        assert_eq!(pk("8796093054977"), Some(8_796_093_054_977));
        assert_eq!(pk("8796093022208"), None, "without a type");
        assert_eq!(pk("99999999999999999999"), None);
        assert_eq!(pk("9999999999999999999"), None, "more than a long");
        assert_eq!(pk("-879609305497"), None);
    }
}
