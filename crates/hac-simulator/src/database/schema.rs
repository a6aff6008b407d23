//! The sample types and how they are deployed: one table a type, attributes as `p_` columns, localized ones apart.

/// The low bits of a PK say which deployment an item belongs to, the rest counts.
const COUNTER_SHIFT: u32 = 15;
/// Where the counter starts; it gives PKs their familiar length.
const FIRST_COUNTER: u64 = 0x1000_0000;

/// The PK of the `number`th item (from 1) of a deployment.
pub(super) fn pk(typecode: u16, number: usize) -> i64 {
    let counter = FIRST_COUNTER + number as u64;
    // Far below 2^63 for any number of rows that fits into memory.
    i64::try_from((counter << COUNTER_SHIFT) | u64::from(typecode)).unwrap_or(i64::MAX)
}

/// The deployment that a PK belongs to, and what was counted for it.
pub(super) fn parts(pk: u64) -> (u16, u64) {
    // The mask leaves no more than 15 bits.
    let typecode = u16::try_from(pk & ((1 << COUNTER_SHIFT) - 1)).unwrap_or_default();
    (typecode, pk >> COUNTER_SHIFT)
}

/// From the PK of an item to that of the next one of its deployment.
pub(super) const NEXT: i64 = 1 << COUNTER_SHIFT;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// A point in time, as text.
    Time,
    /// 1 or 0.
    Flag,
    /// The PK of another item, or a plain whole number.
    Number,
    /// Text in the localized table, one row a language.
    Localized,
}

/// An attribute of a type and its column.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) name: &'static str,
    pub(super) column: &'static str,
    pub(super) kind: Kind,
    pub(super) need: Need,
    /// The code of the type whose items it names by their PK.
    pub(super) target: Option<&'static str>,
    /// Whether its values are encrypted in the database.
    pub(super) encrypted: bool,
}

/// Whether an item can do without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Optional,
    Mandatory,
    /// Mandatory, and together with the other unique attributes of its type there once.
    Unique,
}

/// The types of values that are no items, by their codes.
pub(super) const ATOMIC_TYPES: [&str; 5] =
    ["java.lang.String", "java.util.Date", "java.lang.Boolean", "java.lang.Integer", "de.hybris.platform.core.PK"];

/// The codes of the maps that localized attributes hold.
pub(super) const MAP_TYPES: [&str; 1] = ["localized:java.lang.String"];

impl Attribute {
    /// The PK of the type of its values.
    pub(super) fn type_pk(&self) -> Option<i64> {
        let code = match (self.target, self.kind) {
            (Some(target), _) => return ItemType::find(target).map(ItemType::own_pk),
            (None, Kind::Number) if self.name == "pk" => "de.hybris.platform.core.PK",
            (None, Kind::Number) => "java.lang.Integer",
            (None, Kind::Text) => "java.lang.String",
            (None, Kind::Time) => "java.util.Date",
            (None, Kind::Flag) => "java.lang.Boolean",
            (None, Kind::Localized) => return Some(pk(84, 1)),
        };
        ATOMIC_TYPES.iter().position(|known| *known == code).map(|position| pk(81, position + 1))
    }

    /// What can be done with it, as the flags of Java's `AttributeDescriptor` say: read 1, write 2, optional 8, search 16, property 256,
    /// localized 512, initial 2048, encrypted 16384.
    pub(super) fn modifiers(&self) -> i64 {
        let is_of_every_item = ITEM.iter().any(|known| known.name == self.name);
        let flags = [
            (true, 1 | 16 | 256),
            (!is_of_every_item, 2 | 2048),
            (self.need == Need::Optional, 8),
            (self.kind == Kind::Localized, 512),
            (self.encrypted, 16384),
        ];
        flags.iter().filter(|(set, _)| *set).map(|(_, flag)| flag).sum()
    }

    const fn encrypted(self) -> Self {
        Self { encrypted: true, ..self }
    }

    const fn mandatory(self) -> Self {
        Self { need: Need::Mandatory, ..self }
    }

    const fn unique(self) -> Self {
        Self { need: Need::Unique, ..self }
    }

    const fn to(self, target: &'static str) -> Self {
        Self { target: Some(target), ..self }
    }
}

/// A composed type.
#[derive(Debug)]
pub(super) struct ItemType {
    pub(super) code: &'static str,
    pub(super) supertype: Option<&'static str>,
    pub(super) table: &'static str,
    /// Its own attributes; those of the supertype and [`ITEM`] come on top.
    attributes: &'static [Attribute],
}

const fn attribute(name: &'static str, column: &'static str, kind: Kind) -> Attribute {
    Attribute { name, column, kind, need: Need::Optional, target: None, encrypted: false }
}

/// What every item has.
pub(super) const ITEM: &[Attribute] = &[
    attribute("pk", "PK", Kind::Number),
    attribute("itemtype", "TypePkString", Kind::Number).to("ComposedType"),
    attribute("creationtime", "createdTS", Kind::Time),
    attribute("modifiedtime", "modifiedTS", Kind::Time),
];

/// Every type of the simulator. The position decides the PK of its `ComposedType`: append only.
pub(super) const TYPES: &[ItemType] = &[
    ItemType {
        code: "Product",
        supertype: None,
        table: "products",
        attributes: &[
            attribute("code", "p_code", Kind::Text).unique(),
            attribute("name", "p_name", Kind::Localized),
            attribute("description", "p_description", Kind::Localized),
            attribute("ean", "p_ean", Kind::Text),
            attribute("manufacturerName", "p_manufacturername", Kind::Text),
            attribute("catalog", "p_catalog", Kind::Number).to("Catalog"),
            attribute("catalogVersion", "p_catalogversion", Kind::Number).unique().to("CatalogVersion"),
        ],
    },
    ItemType {
        code: "Category",
        supertype: None,
        table: "categories",
        attributes: &[
            attribute("code", "p_code", Kind::Text).unique(),
            attribute("name", "p_name", Kind::Localized),
            attribute("description", "p_description", Kind::Localized),
            attribute("catalog", "p_catalog", Kind::Number).to("Catalog"),
            attribute("catalogVersion", "p_catalogversion", Kind::Number).unique().to("CatalogVersion"),
        ],
    },
    ItemType {
        code: "CatalogVersion",
        supertype: None,
        table: "catalogversions",
        attributes: &[
            attribute("version", "p_version", Kind::Text).unique(),
            attribute("catalog", "p_catalog", Kind::Number).unique().to("Catalog"),
            attribute("active", "p_active", Kind::Flag),
        ],
    },
    ItemType {
        code: "Catalog",
        supertype: None,
        table: "catalogs",
        attributes: &[
            attribute("id", "p_id", Kind::Text).unique(),
            attribute("name", "p_name", Kind::Localized),
            attribute("defaultCatalog", "p_defaultcatalog", Kind::Flag),
        ],
    },
    ItemType {
        code: "Language",
        supertype: None,
        table: "languages",
        attributes: &[
            attribute("isocode", "p_isocode", Kind::Text).unique(),
            attribute("name", "p_name", Kind::Localized),
            attribute("active", "p_active", Kind::Flag),
        ],
    },
    ItemType {
        code: "User",
        supertype: None,
        table: "users",
        attributes: &[
            attribute("uid", "p_uid", Kind::Text).unique(),
            attribute("name", "p_name", Kind::Text),
            attribute("description", "p_description", Kind::Text),
            attribute("loginDisabled", "p_logindisabled", Kind::Flag),
            attribute("sessionLanguage", "p_sessionlanguage", Kind::Number).to("Language"),
            attribute("encodedPassword", "Passwd", Kind::Text),
            attribute("passwordEncoding", "Encode", Kind::Text),
        ],
    },
    ItemType { code: "Employee", supertype: Some("User"), table: "users", attributes: &[] },
    ItemType { code: "Customer", supertype: Some("User"), table: "users", attributes: &[] },
    ItemType {
        code: "CategoryProductRelation",
        supertype: None,
        table: "cat2prodrel",
        attributes: &[
            attribute("source", "SourcePK", Kind::Number).mandatory().to("Category"),
            attribute("target", "TargetPK", Kind::Number).mandatory().to("Product"),
        ],
    },
    ItemType {
        code: "ComposedType",
        supertype: None,
        table: "composedtypes",
        attributes: &[attribute("code", "InternalCode", Kind::Text).unique()],
    },
    ItemType {
        code: "AttributeDescriptor",
        supertype: None,
        table: "attributedescriptors",
        attributes: &[
            attribute("qualifier", "QualifierInternal", Kind::Text).unique(),
            attribute("enclosingType", "EnclosingTypePK", Kind::Number).unique().to("ComposedType"),
            attribute("unique", "p_unique", Kind::Flag),
            attribute("attributeType", "AttributeTypePK", Kind::Number),
            attribute("encrypted", "p_encrypted", Kind::Flag),
            attribute("modifiers", "modifiers", Kind::Number),
        ],
    },
    ItemType {
        code: "StockLevel",
        supertype: None,
        table: "stocklevels",
        attributes: &[
            attribute("productCode", "p_productcode", Kind::Text).unique(),
            attribute("available", "p_available", Kind::Number),
            attribute("reserved", "p_reserved", Kind::Number),
            attribute("overSelling", "p_overselling", Kind::Number),
            attribute("preOrder", "p_preorder", Kind::Number),
            attribute("maxPreOrder", "p_maxpreorder", Kind::Number),
            attribute("treatNegativeAsZero", "p_treatnegativeaszero", Kind::Flag),
            attribute("nextDeliveryTime", "p_nextdeliverytime", Kind::Time),
        ],
    },
    ItemType {
        code: "AtomicType",
        supertype: None,
        table: "atomictypes",
        attributes: &[attribute("code", "InternalCode", Kind::Text).unique()],
    },
    ItemType {
        code: "EnumerationValue",
        supertype: None,
        table: "enumerationvalues",
        attributes: &[attribute("code", "Code", Kind::Text).unique()],
    },
    ItemType {
        code: "CronJobStatus",
        supertype: Some("EnumerationValue"),
        table: "enumerationvalues",
        attributes: &[],
    },
    ItemType {
        code: "CronJobResult",
        supertype: Some("EnumerationValue"),
        table: "enumerationvalues",
        attributes: &[],
    },
    ItemType { code: "JobLogLevel", supertype: Some("EnumerationValue"), table: "enumerationvalues", attributes: &[] },
    ItemType {
        code: "CronJob",
        supertype: None,
        table: "cronjobs",
        attributes: &[
            attribute("code", "p_code", Kind::Text).unique(),
            attribute("status", "p_status", Kind::Number).to("CronJobStatus"),
            attribute("result", "p_result", Kind::Number).to("CronJobResult"),
            attribute("startTime", "p_starttime", Kind::Time),
            attribute("endTime", "p_endtime", Kind::Time),
            attribute("sessionUser", "p_sessionuser", Kind::Number).to("User"),
        ],
    },
    ItemType { code: "ImpExImportCronJob", supertype: Some("CronJob"), table: "cronjobs", attributes: &[] },
    ItemType {
        code: "JobLog",
        supertype: None,
        table: "joblogs",
        attributes: &[
            attribute("cronJob", "p_cronjob", Kind::Number).to("CronJob"),
            attribute("level", "p_level", Kind::Number).to("JobLogLevel"),
            attribute("message", "p_message", Kind::Text),
        ],
    },
    ItemType {
        code: "CollectionType",
        supertype: None,
        table: "collectiontypes",
        attributes: &[attribute("code", "InternalCode", Kind::Text).unique()],
    },
    ItemType {
        code: "MapType",
        supertype: None,
        table: "maptypes",
        attributes: &[attribute("code", "InternalCode", Kind::Text).unique()],
    },
    ItemType {
        code: "CreditCardPaymentInfo",
        supertype: None,
        table: "paymentinfos",
        attributes: &[
            attribute("code", "p_code", Kind::Text).unique(),
            attribute("user", "p_user", Kind::Number).mandatory().to("User"),
            attribute("ccOwner", "p_ccowner", Kind::Text),
            attribute("number", "p_number", Kind::Text).encrypted(),
            attribute("validToMonth", "p_validtomonth", Kind::Text),
            attribute("validToYear", "p_validtoyear", Kind::Text),
        ],
    },
];

/// A collection that stands in a table between two types.
#[derive(Debug)]
pub(super) struct Relation {
    pub(super) name: &'static str,
    pub(super) owner: &'static str,
    pub(super) element: &'static str,
    /// The type of the rows in between.
    pub(super) link: &'static str,
    pub(super) owner_column: &'static str,
    pub(super) element_column: &'static str,
}

/// Every collection. They are written and read by `ImpEx`, and unknown to `FlexibleSearch`, as in HAC.
pub(super) const RELATIONS: &[Relation] = &[
    Relation {
        name: "supercategories",
        owner: "Product",
        element: "Category",
        link: "CategoryProductRelation",
        owner_column: "TargetPK",
        element_column: "SourcePK",
    },
    Relation {
        name: "products",
        owner: "Category",
        element: "Product",
        link: "CategoryProductRelation",
        owner_column: "SourcePK",
        element_column: "TargetPK",
    },
];

impl ItemType {
    /// The type with this code, whatever its case.
    pub(super) fn find(code: &str) -> Option<&'static Self> {
        TYPES.iter().find(|found| found.code.eq_ignore_ascii_case(code))
    }

    /// The PK of the `ComposedType` that describes this type; items name it in `TypePkString`.
    pub(super) fn own_pk(&self) -> i64 {
        let position = TYPES.iter().position(|found| found.code == self.code).unwrap_or_default();
        pk(82, position + 1)
    }

    /// This type and all below it.
    pub(super) fn with_subtypes(&self) -> impl Iterator<Item = &'static Self> {
        let code = self.code;
        TYPES.iter().filter(move |found| found.code == code || found.supertype == Some(code))
    }

    /// Every attribute: its own, then the inherited ones.
    pub(super) fn attributes(&self) -> impl Iterator<Item = &'static Attribute> {
        let inherited = self.supertype.and_then(Self::find);
        self.attributes.iter().chain(inherited.map_or(&[][..], |above| above.attributes)).chain(ITEM)
    }

    /// The attribute of this name, whatever its case, own or inherited.
    pub(super) fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes().find(|found| found.name.eq_ignore_ascii_case(name))
    }

    /// The collection of this name, whatever its case, own or inherited.
    pub(super) fn relation(&self, name: &str) -> Option<&'static Relation> {
        let ours = |relation: &&Relation| self.code == relation.owner || self.supertype == Some(relation.owner);
        RELATIONS.iter().filter(ours).find(|relation| relation.name.eq_ignore_ascii_case(name))
    }

    /// Its collections, own and inherited, each with the PK of the type of its values.
    pub(super) fn relations(&self) -> impl Iterator<Item = (&'static Relation, i64)> {
        let ours = |owner: &str| self.code == owner || self.supertype == Some(owner);
        let found = RELATIONS.iter().enumerate().filter(move |(_, relation)| ours(relation.owner));
        found.map(|(position, relation)| (relation, pk(83, position + 1)))
    }

    /// The PK of the next item of this deployment, if `last` is the highest so far.
    pub(super) fn next_pk(&self, last: Option<i64>) -> i64 {
        let typecode = match self.table {
            "products" => 1,
            "users" => 4,
            "languages" => 32,
            "atomictypes" => 81,
            "collectiontypes" => 83,
            "maptypes" => 84,
            "paymentinfos" => 42,
            "joblogs" => 52,
            "composedtypes" => 82,
            "attributedescriptors" => 87,
            "enumerationvalues" => 91,
            "categories" => 142,
            "cat2prodrel" => 143,
            "cronjobs" => 501,
            "stocklevels" => 1_052,
            "catalogs" => 600,
            _ => 601,
        };
        last.map_or_else(|| pk(typecode, 1), |last| last + (1 << COUNTER_SHIFT))
    }

    /// The names of all its attributes, own and inherited.
    pub(super) fn attribute_names(&self) -> Vec<&'static str> {
        let inherited = self.supertype.and_then(Self::find).map_or(&[][..], |above| above.attributes);
        self.attributes.iter().chain(inherited).chain(ITEM).map(|attribute| attribute.name).collect()
    }

    /// The columns of its own attributes that are unique together.
    pub(super) fn unique_columns(&self) -> Vec<&'static str> {
        let unique = self.attributes.iter().filter(|attribute| attribute.need == Need::Unique);
        unique.map(|attribute| attribute.column).collect()
    }

    /// The table of the localized attributes.
    pub(super) fn localized_table(&self) -> String {
        format!("{}lp", self.table)
    }

    pub(super) fn columns(&self, localized: bool) -> impl Iterator<Item = &'static Attribute> {
        self.attributes.iter().filter(move |column| (column.kind == Kind::Localized) == localized)
    }
}
