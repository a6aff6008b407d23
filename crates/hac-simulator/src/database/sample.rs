//! The sample rows: the same each time, and the first rows the same whatever the number.

use rusqlite::{Connection, params};

use super::ddl;
use super::schema::{self, ItemType, Need, pk};
use super::vocabulary::{ADJECTIVES, CATALOGS, MANUFACTURERS, RANGES, USERS, VERSIONS};

const PRODUCT: u16 = 1;
const USER: u16 = 4;
const LANGUAGE: u16 = 32;
const PAYMENT_INFO: u16 = 42;
const ATOMIC_TYPE: u16 = 81;
const JOB_LOG: u16 = 52;
const COMPOSED_TYPE: u16 = 82;
const COLLECTION_TYPE: u16 = 83;
const MAP_TYPE: u16 = 84;
const ATTRIBUTE_DESCRIPTOR: u16 = 87;
const ENUMERATION_VALUE: u16 = 91;
const CATEGORY: u16 = 142;
const CATEGORY_PRODUCT: u16 = 143;
const CRON_JOB: u16 = 501;
const CATALOG: u16 = 600;
const CATALOG_VERSION: u16 = 601;
const STOCK_LEVEL: u16 = 1_052;

/// The type that is deployed with a typecode.
pub(super) fn deployed(typecode: u16) -> Option<&'static str> {
    Some(match typecode {
        PRODUCT => "Product",
        USER => "User",
        LANGUAGE => "Language",
        PAYMENT_INFO => "CreditCardPaymentInfo",
        ATOMIC_TYPE => "AtomicType",
        COLLECTION_TYPE => "CollectionType",
        MAP_TYPE => "MapType",
        JOB_LOG => "JobLog",
        COMPOSED_TYPE => "ComposedType",
        ATTRIBUTE_DESCRIPTOR => "AttributeDescriptor",
        ENUMERATION_VALUE => "EnumerationValue",
        CATEGORY => "Category",
        CATEGORY_PRODUCT => "CategoryProductRelation",
        CRON_JOB => "CronJob",
        CATALOG => "Catalog",
        CATALOG_VERSION => "CatalogVersion",
        STOCK_LEVEL => "StockLevel",
        _ => return None,
    })
}

/// The languages with their names in English and German; a localized value exists for each.
pub(super) const LANGUAGES: [(&str, [&str; 2]); 2] = [("en", ["English", "Englisch"]), ("de", ["German", "Deutsch"])];

/// The PK of a language, whatever the case of its isocode.
pub(super) fn language(isocode: &str) -> Option<i64> {
    LANGUAGES
        .iter()
        .position(|(known, _)| known.eq_ignore_ascii_case(isocode))
        .map(|position| pk(LANGUAGE, position + 1))
}

/// What varies in the sample.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contents {
    pub(crate) products: usize,
    /// Rows that take next to no time to make: for exports of very many.
    pub(crate) stock_levels: usize,
    /// Users beside those of the sample.
    pub(crate) uids: Vec<String>,
    /// Whether no query can name the attribute `encrypted` of `AttributeDescriptor`.
    pub(crate) hides_encrypted: bool,
}

/// Creates the tables and fills them. The caller has begun a transaction.
pub(super) fn fill(connection: &Connection, contents: &Contents) -> rusqlite::Result<()> {
    connection.execute_batch(&ddl::tables())?;
    for (position, described) in schema::TYPES.iter().enumerate() {
        connection.execute(
            "INSERT INTO composedtypes VALUES (?1, ?2, ?3, ?3, ?4)",
            params![pk(COMPOSED_TYPE, position + 1), type_pk("ComposedType"), time(0), described.code],
        )?;
    }
    for (position, code) in schema::ATOMIC_TYPES.iter().enumerate() {
        connection.execute(
            "INSERT INTO atomictypes VALUES (?1, ?2, ?3, ?3, ?4)",
            params![pk(ATOMIC_TYPE, position + 1), type_pk("AtomicType"), time(0), code],
        )?;
    }
    fill_types_of_several(connection)?;
    fill_attributes(connection)?;
    fill_enumerations(connection)?;
    fill_languages(connection)?;
    fill_catalogs(connection)?;
    fill_users(connection)?;
    fill_payment_infos(connection)?;
    add_users(connection, &contents.uids)?;
    fill_categories(connection)?;
    fill_products(connection, contents.products)?;
    fill_stock_levels(connection, contents.stock_levels)?;
    connection.execute_batch(&ddl::indexes())
}

/// The types of maps and collections.
fn fill_types_of_several(connection: &Connection) -> rusqlite::Result<()> {
    for (position, code) in schema::MAP_TYPES.iter().enumerate() {
        connection.execute(
            "INSERT INTO maptypes VALUES (?1, ?2, ?3, ?3, ?4)",
            params![pk(MAP_TYPE, position + 1), type_pk("MapType"), time(0), code],
        )?;
    }
    for (position, relation) in schema::RELATIONS.iter().enumerate() {
        connection.execute(
            "INSERT INTO collectiontypes VALUES (?1, ?2, ?3, ?3, ?4)",
            params![
                pk(COLLECTION_TYPE, position + 1),
                type_pk("CollectionType"),
                time(0),
                format!("{}{}Coll", relation.link, relation.name)
            ],
        )?;
    }
    Ok(())
}

/// What an `AttributeDescriptor` says of an attribute.
struct Descriptor {
    name: &'static str,
    of: i64,
    unique: bool,
    holds: Option<i64>,
    encrypted: bool,
    modifiers: i64,
}

/// The descriptors of all attributes: those that are inherited are there for each type, as in HAC.
fn fill_attributes(connection: &Connection) -> rusqlite::Result<()> {
    let plain = schema::TYPES.iter().flat_map(|of| {
        of.attributes().map(move |attribute| Descriptor {
            name: attribute.name,
            of: of.own_pk(),
            unique: attribute.need == Need::Unique,
            holds: attribute.type_pk(),
            encrypted: attribute.encrypted,
            modifiers: attribute.modifiers(),
        })
    });
    let several = schema::TYPES.iter().flat_map(|of| {
        of.relations().map(move |(relation, holds)| Descriptor {
            name: relation.name,
            of: of.own_pk(),
            unique: false,
            holds: Some(holds),
            encrypted: false,
            // Read, write, optional.
            modifiers: 1 | 2 | 8,
        })
    });
    for (position, descriptor) in plain.chain(several).enumerate() {
        connection.execute(
            "INSERT INTO attributedescriptors VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                pk(ATTRIBUTE_DESCRIPTOR, position + 1),
                type_pk("AttributeDescriptor"),
                time(0),
                descriptor.name,
                descriptor.of,
                descriptor.unique,
                descriptor.holds,
                descriptor.encrypted,
                descriptor.modifiers
            ],
        )?;
    }
    Ok(())
}

/// The values that cron jobs and their logs have; the positions decide the PKs.
const ENUMERATIONS: [(&str, &str); 15] = [
    ("CronJobStatus", "RUNNINGRESTART"),
    ("CronJobStatus", "RUNNING"),
    ("CronJobStatus", "PAUSED"),
    ("CronJobStatus", "FINISHED"),
    ("CronJobStatus", "ABORTED"),
    ("CronJobStatus", "UNKNOWN"),
    ("CronJobResult", "SUCCESS"),
    ("CronJobResult", "FAILURE"),
    ("CronJobResult", "ERROR"),
    ("CronJobResult", "UNKNOWN"),
    ("JobLogLevel", "DEBUG"),
    ("JobLogLevel", "INFO"),
    ("JobLogLevel", "WARNING"),
    ("JobLogLevel", "ERROR"),
    ("JobLogLevel", "FATAL"),
];

/// The PK of a value of an enumeration.
pub(super) fn enumeration_value(of_type: &str, code: &str) -> Option<i64> {
    ENUMERATIONS.iter().position(|known| *known == (of_type, code)).map(|position| pk(ENUMERATION_VALUE, position + 1))
}

fn fill_enumerations(connection: &Connection) -> rusqlite::Result<()> {
    for (position, (of_type, code)) in ENUMERATIONS.iter().enumerate() {
        connection.execute(
            "INSERT INTO enumerationvalues VALUES (?1, ?2, ?3, ?3, ?4)",
            params![pk(ENUMERATION_VALUE, position + 1), type_pk(of_type), time(0), code],
        )?;
    }
    Ok(())
}

fn fill_languages(connection: &Connection) -> rusqlite::Result<()> {
    for (position, (isocode, names)) in LANGUAGES.iter().enumerate() {
        let own = pk(LANGUAGE, position + 1);
        connection.execute(
            "INSERT INTO languages VALUES (?1, ?2, ?3, ?3, ?4, 1)",
            params![own, type_pk("Language"), time(position), isocode],
        )?;
        for (language, name) in names.iter().enumerate() {
            connection.execute(
                "INSERT INTO languageslp VALUES (?1, ?2, ?3)",
                params![own, pk(LANGUAGE, language + 1), name],
            )?;
        }
    }
    Ok(())
}

fn fill_catalogs(connection: &Connection) -> rusqlite::Result<()> {
    for (position, (id, names, default)) in CATALOGS.iter().enumerate() {
        let own = pk(CATALOG, position + 1);
        connection.execute(
            "INSERT INTO catalogs VALUES (?1, ?2, ?3, ?3, ?4, ?5)",
            params![own, type_pk("Catalog"), time(position), id, default],
        )?;
        for (language, name) in names.iter().enumerate() {
            connection.execute(
                "INSERT INTO catalogslp VALUES (?1, ?2, ?3)",
                params![own, pk(LANGUAGE, language + 1), name],
            )?;
        }
        for (version, (name, active)) in VERSIONS.iter().enumerate() {
            connection.execute(
                "INSERT INTO catalogversions VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6)",
                params![version_pk(position, version), type_pk("CatalogVersion"), time(version), name, own, active],
            )?;
        }
    }
    Ok(())
}

fn fill_users(connection: &Connection) -> rusqlite::Result<()> {
    for (position, (uid, name, of_type, disabled)) in USERS.iter().enumerate() {
        connection.execute(
            "INSERT INTO users VALUES (?1, ?2, ?3, ?3, ?4, ?5, NULL, ?6, ?7, '1:simulated:' || ?4, 'pbkdf2')",
            params![
                pk(USER, position + 1),
                type_pk(of_type),
                time(position),
                uid,
                name,
                disabled,
                (position % 2 == 0).then(|| pk(LANGUAGE, 1))
            ],
        )?;
    }
    Ok(())
}

/// A card for each of the first users. What a database holds of an encrypted attribute is no number of a card.
fn fill_payment_infos(connection: &Connection) -> rusqlite::Result<()> {
    for (position, (_, name, ..)) in USERS.iter().enumerate().take(3) {
        connection.execute(
            "INSERT INTO paymentinfos VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, '12', '2030')",
            params![
                pk(PAYMENT_INFO, position + 1),
                type_pk("CreditCardPaymentInfo"),
                time(position),
                format!("card-{}", position + 1),
                pk(USER, position + 1),
                name,
                format!("encrypted-{position}")
            ],
        )?;
    }
    Ok(())
}

/// Employees without a name of their own, behind the users that are there; nobody twice.
pub(super) fn add_users(connection: &Connection, uids: &[String]) -> rusqlite::Result<()> {
    for (position, uid) in uids.iter().enumerate() {
        connection.execute(
            "INSERT INTO users SELECT (SELECT max(PK) FROM users) + ?1, ?2, ?3, ?3, ?4, ?4, NULL, 0, NULL, NULL, NULL \
             WHERE NOT EXISTS (SELECT 1 FROM users WHERE p_uid = ?4)",
            params![schema::NEXT, type_pk("Employee"), time(USERS.len() + position), uid],
        )?;
    }
    Ok(())
}

/// Each category once in each version of its catalog.
fn fill_categories(connection: &Connection) -> rusqlite::Result<()> {
    for (position, range) in RANGES.iter().enumerate() {
        for version in 0..VERSIONS.len() {
            let own = category_pk(position, version);
            connection.execute(
                "INSERT INTO categories VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6)",
                params![
                    own,
                    type_pk("Category"),
                    time(position),
                    range.code,
                    pk(CATALOG, range.catalog + 1),
                    version_pk(range.catalog, version)
                ],
            )?;
            for (language, name) in range.name.iter().enumerate() {
                connection.execute(
                    "INSERT INTO categorieslp VALUES (?1, ?2, ?3, NULL)",
                    params![own, pk(LANGUAGE, language + 1), name],
                )?;
            }
        }
    }
    Ok(())
}

fn fill_products(connection: &Connection, products: usize) -> rusqlite::Result<()> {
    let mut product = connection.prepare("INSERT INTO products VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    let mut localized = connection.prepare("INSERT INTO productslp VALUES (?1, ?2, ?3, ?4)")?;
    let mut relation = connection.prepare("INSERT INTO cat2prodrel VALUES (?1, ?2, ?3, ?3, ?4, ?5)")?;
    let (of_type, of_relation) = (type_pk("Product"), type_pk("CategoryProductRelation"));

    for index in 0..products {
        let number = index + 1;
        let own = pk(PRODUCT, number);
        let position = index % RANGES.len();
        let range = &RANGES[position];
        let version = usize::from(index % 4 != 3);
        let created = time(index);
        product.execute(params![
            own,
            of_type,
            created,
            format!("{}-{:06}", range.prefix, 100_000 + index),
            (index % 5 != 1).then(|| format!("{:013}", 4_000_000_000_000 + number as u64 * 7)),
            MANUFACTURERS[index % MANUFACTURERS.len()],
            pk(CATALOG, range.catalog + 1),
            version_pk(range.catalog, version),
        ])?;
        for language in 0..LANGUAGES.len() {
            let (name, description) = texts(index, language);
            localized.execute(params![own, pk(LANGUAGE, language + 1), name, description])?;
        }
        relation.execute(params![
            pk(CATEGORY_PRODUCT, number),
            of_relation,
            created,
            category_pk(position, version),
            own
        ])?;
    }
    Ok(())
}

/// Eight columns each; one statement makes them all, some million in a second.
fn fill_stock_levels(connection: &Connection, number: usize) -> rusqlite::Result<()> {
    connection.execute(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 WHERE ?4 > 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?4) \
         INSERT INTO stocklevels SELECT ?1 + (n - 1) * ?2, ?3, ?5, ?5, printf('STOCK-%08d', n), n * 7919 % 1000, n % 13, \
         n % 5, n % 3, 100, n % 2, CASE WHEN n % 4 = 0 THEN NULL ELSE printf('2024-%02d-%02d 06:00:00.0', n % 12 + 1, n % 28 + 1) END \
         FROM numbers",
        params![
            pk(STOCK_LEVEL, 1),
            schema::NEXT,
            type_pk("StockLevel"),
            i64::try_from(number).unwrap_or(i64::MAX),
            time(0)
        ],
    )?;
    Ok(())
}

/// Name and description of a product in one language. The name of every seventeenth product is not translated.
fn texts(index: usize, language: usize) -> (Option<String>, Option<String>) {
    let adjective = ADJECTIVES[index % ADJECTIVES.len()][language];
    let noun = RANGES[index % RANGES.len()].nouns[(index / RANGES.len()) % 2][language];
    let name = (language == 0 || index % 17 != 16).then(|| format!("{adjective} {noun}"));
    let description = match (index % 6, language) {
        (0, 0) => Some(format!("<b>{noun}</b> & accessories, \"ready to use\"")),
        (0, _) => Some(format!("<b>{noun}</b> & Zubehör, „sofort einsatzbereit“")),
        (2, 0) => Some(format!("{noun}\nSecond line; it's longer, with a comma")),
        (2, _) => Some(format!("{noun}\nZweite Zeile; länger, mit Komma")),
        (4, 0) => Some(String::from("plain")),
        (4, _) => Some(String::from("schlicht")),
        _ => None,
    };
    (name, description)
}

fn type_pk(code: &str) -> i64 {
    ItemType::find(code).map_or(0, ItemType::own_pk)
}

fn version_pk(catalog: usize, version: usize) -> i64 {
    pk(CATALOG_VERSION, catalog * VERSIONS.len() + version + 1)
}

fn category_pk(range: usize, version: usize) -> i64 {
    pk(CATEGORY, range * VERSIONS.len() + version + 1)
}

/// A creation time: one a minute, in a month of 28 days that comes round again.
fn time(index: usize) -> String {
    let (minute, hour, day) = (index % 60, index / 60 % 24, index / 1440 % 28 + 1);
    format!("2024-01-{day:02} {hour:02}:{minute:02}:00.0")
}
