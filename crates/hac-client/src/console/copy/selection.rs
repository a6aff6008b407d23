//! Which attributes are copied: those of a type that can be, or the columns of a query.

use super::attributes::{Attribute, Holds, ItemType, ItemTypes, OF_EVERY_ITEM};
use super::encrypted::{Encrypted, Treatment, is_password};
use super::paths;
use super::plan::{CopyColumn, CopyPlan, FRONT, LeftOut, key_left_out};
use super::request::{ImpexCopy, What};
use super::usage::usage;
use crate::client::HacClient;
use crate::console::flexsearch::FlexibleSearch;
use crate::console::flexsearch::columns::{self, Selected};
use crate::console::flexsearch::unknown::UnknownName;
use crate::error::{Error, Result};
use crate::hint::{CopyAdvice, CopyRole, Hint};

/// Why a localized attribute is no key.
const EACH_LANGUAGE: &str = "it has a value for each language";

/// Makes the plan for a type or a query.
pub(super) async fn plan(client: &HacClient, copy: &ImpexCopy) -> Result<CopyPlan> {
    let types = ItemTypes::new(client);
    let mut plan = match &copy.what {
        What::Type(code) => of_type(types, client, code.trim(), copy).await?,
        What::Query(query) => of_query(types, query, copy).await?,
    };
    if plan.is_of_type {
        searchable(client, &mut plan).await?;
    }
    Ok(plan)
}

/// Leaves out attributes that the server cannot search for: it computes them.
async fn searchable(client: &HacClient, plan: &mut CopyPlan) -> Result<()> {
    loop {
        let Err(error) = client.execute_flexiblesearch(plan.query.clone().max_count(1)).await else { return Ok(()) };
        let unknown = match UnknownName::of(error.why()) {
            Some(UnknownName::Attribute { name, .. }) => Some(name),
            _ => None,
        };
        // Ends: each round has an attribute less.
        let is_left_out = match unknown {
            Some(name) => plan.without(name)?,
            None => false,
        };
        if !is_left_out {
            return Err(error);
        }
    }
}

/// The attributes by which an import finds the rows that are there already.
fn keys(item_type: &ItemType, copy: &ImpexCopy) -> Result<Vec<String>> {
    // A misspelled name must not let anything through.
    for name in &copy.exclude {
        item_type.expect(name.trim(), CopyRole::Excluded)?;
    }
    if !copy.key.is_empty() {
        let name = |key: &String| {
            let attribute = &item_type.expect(key.trim(), CopyRole::Key)?.name;
            if OF_EVERY_ITEM.iter().any(|own| own.eq_ignore_ascii_case(attribute)) {
                let left_out = LeftOut::new(attribute, "each environment gives it values of its own");
                return Err(key_left_out(&item_type.code, &left_out));
            }
            Ok(attribute.clone())
        };
        return copy.key.iter().map(name).collect();
    }
    if item_type.unique.is_empty() {
        return Err(usage(
            format!("nothing is unique in {}, so an import would not find the rows that are there", item_type.code),
            CopyAdvice::NameKey,
        ));
    }
    Ok(item_type.unique.clone())
}

async fn of_type(mut types: ItemTypes, client: &HacClient, code: &str, copy: &ImpexCopy) -> Result<CopyPlan> {
    if code.is_empty() || !code.chars().all(|char| char.is_alphanumeric() || char == '_') {
        return Err(usage(format!("{code:?} is not the code of a type"), CopyAdvice::ListTypes { meant: None }));
    }
    let item_type = types.expect(code).await?;
    let encrypted = Encrypted::of(&item_type, copy)?;
    let keys = keys(&item_type, copy)?;
    let settable = types.settable(code).await?;
    let is_key = |name: &str| keys.iter().any(|key| key.eq_ignore_ascii_case(name));
    let mut languages = Languages::of(client);
    let (mut columns, mut left_out) = (Vec::new(), Vec::new());
    for attribute in &item_type.attributes {
        let name = attribute.name.as_str();
        if OF_EVERY_ITEM.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            continue;
        }
        let is_settable = settable.as_ref().is_none_or(|names| names.iter().any(|other| other == name));
        let why_not = match encrypted.treatment(name) {
            _ if copy.excludes(name) => Some(LeftOut::excluded(name)),
            Treatment::Refused => return Err(refused(code, name)),
            Treatment::LeftOut => Some(LeftOut::new(name, "it is encrypted")),
            _ if is_password(name) => Some(LeftOut::new(name, "it is about a password")),
            _ if !is_settable && !is_key(name) => Some(LeftOut::new(name, "it cannot be set")),
            _ if attribute.localized && is_key(name) => Some(LeftOut::new(name, EACH_LANGUAGE)),
            Treatment::Plain => None,
        };
        let made = match why_not {
            Some(left_out) => Err(left_out),
            None => column(&mut types, attribute).await?.map_err(|reason| LeftOut::new(name, reason)),
        };
        match made {
            Ok(column) if attribute.localized => {
                let of = |language: &String| CopyColumn { language: Some(language.clone()), ..column.clone() };
                columns.extend(languages.get().await?.iter().map(of));
            }
            Ok(column) => columns.push(CopyColumn { unique: is_key(name), ..column }),
            Err(not_copied) => {
                if is_key(name) {
                    return Err(key_left_out(code, &not_copied));
                }
                left_out.push(not_copied);
            }
        }
    }
    let place_of_key = |column: &CopyColumn| keys.iter().position(|key| key.eq_ignore_ascii_case(&column.attribute));
    // What tells a row apart stands first, for those who read it.
    columns.sort_by_key(|column| place_of_key(column).unwrap_or(keys.len()));
    let mut plan = CopyPlan {
        type_code: code.to_owned(),
        columns,
        left_out,
        query: FlexibleSearch::new(""),
        is_of_type: true,
        page_rows: copy.page_rows,
    };
    plan.arrange();
    Ok(plan)
}

async fn of_query(mut types: ItemTypes, query: &FlexibleSearch, copy: &ImpexCopy) -> Result<CopyPlan> {
    let text = query.text();
    let Some(selected) = columns::selected(text).filter(|_| !query.is_sql()) else {
        return Err(usage(
            "the query does not say of which single type its rows are",
            "write SELECT {attribute}, … FROM {Type}, without UNION",
        ));
    };
    let item_type = types.expect(selected.type_code).await?;
    let encrypted = Encrypted::of(&item_type, copy)?;
    let keys = keys(&item_type, copy)?;
    item_type.expect_selected(selected.columns.iter().filter_map(|(_, read)| read.as_deref()).map(name_of))?;
    let (mut columns, mut left_out, mut without_language) = (Vec::new(), Vec::new(), Vec::new());
    for (at, (written, read)) in selected.columns.iter().enumerate() {
        let Some(read) = read else {
            return Err(usage(
                format!("{written} is no attribute of {}", selected.type_code),
                format!(
                    "select attributes alone, such as {{{}.code}} or {{{}.name[en]}}",
                    selected.alias, selected.alias
                ),
            ));
        };
        let (name, language) = match read.split_once("[lang=") {
            Some((name, language)) => (name, Some(language.trim_end_matches(']').to_owned())),
            None => (read.as_str(), None),
        };
        let attribute = item_type.expect(name, CopyRole::Selected)?;
        // The PK is selected by us, and dates are those of the other server.
        if OF_EVERY_ITEM.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            continue;
        }
        if copy.excludes(name) {
            left_out.push(LeftOut::excluded(&attribute.name));
            continue;
        }
        if encrypted.treatment(name) != Treatment::Plain {
            return Err(refused(selected.type_code, name));
        }
        let unique = keys.iter().any(|key| key.eq_ignore_ascii_case(name));
        if unique && attribute.localized {
            return Err(key_left_out(selected.type_code, &LeftOut::new(&attribute.name, EACH_LANGUAGE)));
        }
        if attribute.localized && language.is_none() {
            without_language.push(name);
        }
        match column(&mut types, attribute).await? {
            Ok(column) => columns.push(CopyColumn { language, unique, place: FRONT.len() + at, ..column }),
            Err(reason) => {
                let why = format!("{name} cannot be copied: {reason}");
                return Err(usage(why, CopyAdvice::Exclude { attribute: name.to_owned(), selected: true }));
            }
        }
    }
    if !without_language.is_empty() {
        let verb = if without_language.len() == 1 { "has" } else { "have" };
        let named: Vec<String> = without_language.iter().map(|name| format!("{{{name}[en]}}")).collect();
        return Err(usage(
            format!(
                "{} {verb} a value for each language, and the query does not say which",
                without_language.join(" and ")
            ),
            format!("name it: {}", named.join(", ")),
        ));
    }
    let is_selected = |key: &str| columns.iter().any(|column| column.attribute.eq_ignore_ascii_case(key));
    let missing: Vec<String> = keys.iter().filter(|key| !is_selected(key)).cloned().collect();
    if !missing.is_empty() {
        let why = format!(
            "an import finds rows of {} by {}, and the query does not select {}",
            selected.type_code,
            keys.join(" and "),
            missing.join(" and ")
        );
        return Err(usage(why, CopyAdvice::SelectKey { attributes: missing }));
    }
    let (query, type_code) = (query.with_text(with_front(text, &selected)), selected.type_code.to_owned());
    Ok(CopyPlan { type_code, columns, left_out, query, is_of_type: false, page_rows: copy.page_rows })
}

/// The attribute of a column, without its language.
fn name_of(read: &str) -> &str {
    read.split_once("[lang=").map_or(read, |(name, _)| name)
}

/// The query with the columns in front that each row needs.
fn with_front(text: &str, selected: &Selected<'_>) -> String {
    let front: Vec<String> =
        FRONT.iter().map(|(name, alias)| format!("{{{}.{name}}} AS {alias}, ", selected.alias)).collect();
    format!("{}{}{}", &text[..selected.begin], front.concat(), &text[selected.begin..])
}

/// A column for an attribute, or why there can be none.
async fn column(types: &mut ItemTypes, attribute: &Attribute) -> Result<std::result::Result<CopyColumn, String>> {
    let path = match &attribute.holds {
        Holds::Item(code) => match paths::to(types, code).await? {
            Ok(path) => Some(path),
            Err(why) => return Ok(Err(why)),
        },
        Holds::Several => return Ok(Err("it is a collection or a map".to_owned())),
        Holds::Object(class) => return Ok(Err(format!("it is a {class}, which has no text"))),
        _ => None,
    };
    let (attribute, holds) = (attribute.name.clone(), attribute.holds.clone());
    Ok(Ok(CopyColumn { attribute, language: None, holds, path, unique: false, place: 0, mask: None }))
}

fn refused(code: &str, attribute: &str) -> Error {
    let advice = CopyAdvice::Exclude { attribute: attribute.to_owned(), selected: false };
    usage(
        format!("{code}.{attribute} is encrypted, and its values are never copied"),
        Hint::from(advice).and(Hint::from("nothing was copied")),
    )
}

/// The languages of a server, asked for once.
struct Languages {
    client: HacClient,
    known: Option<Vec<String>>,
}

impl Languages {
    fn of(client: &HacClient) -> Self {
        Self { client: client.clone(), known: None }
    }

    async fn get(&mut self) -> Result<&[String]> {
        if self.known.is_none() {
            self.known = Some(self.client.languages().await?);
        }
        Ok(self.known.as_deref().unwrap_or_default())
    }
}
