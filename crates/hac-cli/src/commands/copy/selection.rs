//! Which attributes are copied: those of a type that can be, or the columns of a query.

use hac_client::{HacClient, Result};

use super::attributes::{Attribute, Holds, ItemType, ItemTypes, OF_EVERY_ITEM};
use super::encrypted::{Encrypted, Treatment, is_password};
use super::paths;
use super::plan::{Column, FRONT, LeftOut, Plan, key_left_out};
use crate::args::CopyArgs;
use crate::commands::flexsearch::columns::{self, Selected};
use crate::diagnostics::usage;
use crate::query_text::sendable;

/// Why a localized attribute is no key.
const EACH_LANGUAGE: &str = "it has a value for each language";

/// Makes the plan for a type or a query.
pub(super) async fn plan(client: &HacClient, args: &CopyArgs) -> Result<Plan> {
    let types = ItemTypes::new(client);
    let what = args.what.trim();
    let is_code = !what.is_empty() && what.chars().all(|char| char.is_alphanumeric() || char == '_');
    if is_code { of_type(types, client, what, args).await } else { of_query(types, what, args).await }
}

/// The attributes by which an import finds the rows that are there already.
fn keys(item_type: &ItemType, args: &CopyArgs) -> Result<Vec<String>> {
    // A misspelled name must not let anything through.
    for name in &args.exclude {
        item_type.expect(name.trim(), "--exclude")?;
    }
    if !args.key.is_empty() {
        let name = |key: &String| {
            let attribute = item_type.expect(key.trim(), "--key")?.name.clone();
            if OF_EVERY_ITEM.iter().any(|own| own.eq_ignore_ascii_case(&attribute)) {
                let reason = "each environment gives it values of its own".to_owned();
                return Err(key_left_out(&item_type.code, &LeftOut { attribute, reason }));
            }
            Ok(attribute)
        };
        return args.key.iter().map(name).collect();
    }
    if item_type.unique.is_empty() {
        return Err(usage(
            "copy",
            format!("nothing is unique in {}, so an import would not find the rows that are there", item_type.code),
            "name the attributes that tell its rows apart: --key ATTRIBUTE,…",
        ));
    }
    Ok(item_type.unique.clone())
}

async fn of_type(mut types: ItemTypes, client: &HacClient, code: &str, args: &CopyArgs) -> Result<Plan> {
    let item_type = types.expect(code).await?;
    let encrypted = Encrypted::of(&item_type, args)?;
    let keys = keys(&item_type, args)?;
    let settable = types.settable(code).await?;
    let is_key = |name: &str| keys.iter().any(|key| key.eq_ignore_ascii_case(name));
    let excluded = |name: &str| args.exclude.iter().any(|other| other.trim().eq_ignore_ascii_case(name));
    let mut languages = Languages::of(client);
    let (mut columns, mut left_out) = (Vec::new(), Vec::new());
    for attribute in &item_type.attributes {
        let name = attribute.name.as_str();
        if OF_EVERY_ITEM.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            continue;
        }
        let is_settable = settable.as_ref().is_none_or(|names| names.iter().any(|other| other == name));
        let why_not = match encrypted.treatment(name) {
            _ if excluded(name) => Some("--exclude names it".to_owned()),
            Treatment::Refused => return Err(refused(code, name)),
            Treatment::LeftOut => Some("it is encrypted".to_owned()),
            _ if is_password(name) => Some("it is about a password".to_owned()),
            _ if !is_settable && !is_key(name) => Some("it cannot be set".to_owned()),
            Treatment::Plain => None,
        };
        let made = match why_not {
            None if attribute.localized && is_key(name) => Err(EACH_LANGUAGE.to_owned()),
            Some(reason) => Err(reason),
            None => column(&mut types, attribute).await?,
        };
        match made {
            Ok(column) if attribute.localized => {
                let of = |language: &String| Column { language: Some(language.clone()), ..column.clone() };
                columns.extend(languages.get().await?.iter().map(of));
            }
            Ok(column) => columns.push(Column { unique: is_key(name), ..column }),
            Err(reason) => {
                let not_copied = LeftOut { attribute: name.to_owned(), reason };
                if is_key(name) {
                    return Err(key_left_out(code, &not_copied));
                }
                left_out.push(not_copied);
            }
        }
    }
    let place_of_key = |column: &Column| keys.iter().position(|key| key.eq_ignore_ascii_case(&column.attribute));
    // What tells a row apart stands first, for those who read it.
    columns.sort_by_key(|column| place_of_key(column).unwrap_or(keys.len()));
    let mut plan = Plan { type_code: code.to_owned(), columns, left_out, query: String::new(), is_of_type: true };
    plan.arrange();
    Ok(plan)
}

async fn of_query(mut types: ItemTypes, text: &str, args: &CopyArgs) -> Result<Plan> {
    let text = sendable(text);
    let Some(selected) = columns::selected(&text) else {
        return Err(usage(
            "copy",
            "the query does not say of which single type its rows are",
            "write SELECT {attribute}, … FROM {Type}, without UNION",
        ));
    };
    let item_type = types.expect(selected.type_code).await?;
    let encrypted = Encrypted::of(&item_type, args)?;
    let keys = keys(&item_type, args)?;
    let excluded = |name: &str| args.exclude.iter().any(|other| other.trim().eq_ignore_ascii_case(name));
    let (mut columns, mut left_out) = (Vec::new(), Vec::new());
    for (at, (written, read)) in selected.columns.iter().enumerate() {
        let Some(read) = read else {
            return Err(usage(
                "copy",
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
        let attribute = item_type.expect(name, "in the query")?;
        // The PK is selected by us, and dates are those of the other server.
        if OF_EVERY_ITEM.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            continue;
        }
        if excluded(name) {
            left_out.push(LeftOut { attribute: attribute.name.clone(), reason: "--exclude names it".to_owned() });
            continue;
        }
        if encrypted.treatment(name) != Treatment::Plain {
            return Err(refused(selected.type_code, name));
        }
        if attribute.localized && language.is_none() {
            return Err(usage(
                "copy",
                format!("{name} has a value for each language, and the query does not say which"),
                format!("name it: {{{name}[en]}}"),
            ));
        }
        let unique = keys.iter().any(|key| key.eq_ignore_ascii_case(name));
        if unique && attribute.localized {
            let left_out = LeftOut { attribute: attribute.name.clone(), reason: EACH_LANGUAGE.to_owned() };
            return Err(key_left_out(selected.type_code, &left_out));
        }
        match column(&mut types, attribute).await? {
            Ok(column) => columns.push(Column { language, unique, place: FRONT.len() + at, ..column }),
            Err(reason) => {
                let why = format!("{name} cannot be copied: {reason}");
                return Err(usage("copy", why, format!("leave it out of the query, or pass --exclude {name}")));
            }
        }
    }
    if let Some(missing) =
        keys.iter().find(|key| !columns.iter().any(|column| column.attribute.eq_ignore_ascii_case(key)))
    {
        return Err(usage(
            "copy",
            format!(
                "an import finds rows of {} by {}, and the query does not select {missing}",
                selected.type_code,
                keys.join(" and ")
            ),
            format!("select {{{missing}}} too, or name other attributes with --key"),
        ));
    }
    let (query, type_code) = (with_front(&text, &selected), selected.type_code.to_owned());
    Ok(Plan { type_code, columns, left_out, query, is_of_type: false })
}

/// The query with the columns in front that each row needs.
fn with_front(text: &str, selected: &Selected<'_>) -> String {
    let front: Vec<String> =
        FRONT.iter().map(|(name, alias)| format!("{{{}.{name}}} AS {alias}, ", selected.alias)).collect();
    format!("{}{}{}", &text[..selected.begin], front.concat(), &text[selected.begin..])
}

/// A column for an attribute, or why there can be none.
async fn column(types: &mut ItemTypes, attribute: &Attribute) -> Result<std::result::Result<Column, String>> {
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
    Ok(Ok(Column { attribute, language: None, holds, path, unique: false, place: 0 }))
}

fn refused(code: &str, attribute: &str) -> hac_client::Error {
    usage(
        "copy",
        format!("{code}.{attribute} is encrypted, and its values are never copied"),
        format!("leave it out: --exclude {attribute}; nothing was copied"),
    )
}

/// The languages of a server, asked for once.
pub(super) struct Languages {
    client: HacClient,
    known: Option<Vec<String>>,
}

impl Languages {
    pub(super) fn of(client: &HacClient) -> Self {
        Self { client: client.clone(), known: None }
    }

    pub(super) async fn get(&mut self) -> Result<&[String]> {
        if self.known.is_none() {
            let mut known = self.client.rows::<String>("SELECT {isocode} FROM {Language}").await?;
            known.sort();
            self.known = Some(known);
        }
        Ok(self.known.as_deref().unwrap_or_default())
    }
}
