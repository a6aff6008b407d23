//! What the server offers for an update: extensions with their parameters, and pending patches.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::serialized::map;

/// The content of `/platform/init/data`: the extensions that can create project data.
///
/// The names are those of hac-client-core.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct UpdateData {
    /// Whether an initialisation or an update is running.
    pub is_initializing: bool,
    /// The extensions, in the server's order.
    pub project_datas: Vec<ProjectData>,
}

/// An extension that can create project data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ProjectData {
    /// The name of the extension.
    pub name: String,
    /// The description of the extension, if any.
    pub description: Option<String>,
    /// The parameters of its project data, in the server's order.
    pub parameters: Vec<UpdateParameter>,
}

/// A parameter of an extension's project data.
///
/// Public clients know two forms: a choice between [`values`](Self::values), and free text with a [`default`](Self::default).
/// That a parameter without values is free text is inferred.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct UpdateParameter {
    /// The name, which may contain spaces: `importCoreData`, `create geocoding cron job`.
    pub name: String,
    /// The label for people.
    pub label: String,
    /// The options, each with whether the server selects it by default; empty for free text.
    pub values: Vec<(String, bool)>,
    /// Whether the server marks it as legacy.
    pub legacy: bool,
    /// Whether more than one option may be selected.
    pub multi_select: bool,
    /// The default, as text.
    pub default: Option<String>,
}

/// A system patch that the server has not run yet, of `/platform/init/pendingPatches`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PendingPatch {
    /// The name for people; the hash if the server sent none.
    pub name: String,
    /// The extension that it belongs to.
    pub extension: String,
    /// Identifies it in requests.
    pub hash: String,
    /// Whether it is part of every update.
    pub required: bool,
}

impl UpdateData {
    /// Returns the extensions that have parameters.
    pub fn extensions_with_parameters(&self) -> impl Iterator<Item = &ProjectData> {
        self.project_datas.iter().filter(|extension| extension.has_parameters())
    }

    /// Returns the extension of this name.
    pub fn extension(&self, name: &str) -> Option<&ProjectData> {
        self.project_datas.iter().find(|extension| extension.name == name)
    }
}

impl Serialize for ProjectData {
    /// Serializes the fields, and `has_parameters`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("ProjectData", 4)?;
        fields.serialize_field("name", &self.name)?;
        fields.serialize_field("description", &self.description)?;
        fields.serialize_field("has_parameters", &self.has_parameters())?;
        fields.serialize_field("parameters", &self.parameters)?;
        fields.end()
    }
}

impl Serialize for UpdateParameter {
    /// Serializes the fields, the options as an object, and `selected`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Options<'a>(#[serde(serialize_with = "map")] &'a [(String, bool)]);

        let mut fields = serializer.serialize_struct("UpdateParameter", 7)?;
        fields.serialize_field("name", &self.name)?;
        fields.serialize_field("label", &self.label)?;
        fields.serialize_field("selected", &self.selected_value())?;
        fields.serialize_field("values", &Options(&self.values))?;
        fields.serialize_field("legacy", &self.legacy)?;
        fields.serialize_field("multi_select", &self.multi_select)?;
        fields.serialize_field("default", &self.default)?;
        fields.end()
    }
}

impl ProjectData {
    /// Returns whether there are parameters.
    pub fn has_parameters(&self) -> bool {
        !self.parameters.is_empty()
    }
}

impl UpdateParameter {
    /// Returns the option that is selected by default, the first if there are several.
    pub fn selected_value(&self) -> Option<&str> {
        self.preselected().first().copied()
    }

    /// Returns the options; none for free text.
    pub fn available_values(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(|(value, _)| value.as_str())
    }

    /// Returns whether it accepts any text.
    pub fn is_free_text(&self) -> bool {
        self.values.is_empty()
    }

    /// Its value by default: the selected options, or the default text.
    pub(super) fn preselected(&self) -> Vec<&str> {
        let selected: Vec<&str> =
            self.values.iter().filter(|(_, selected)| *selected).map(|(value, _)| value.as_str()).collect();
        if selected.is_empty() {
            // A default that is none of the options would be refused.
            let fits = |default: &&str| self.is_free_text() || self.available_values().any(|value| value == *default);
            return self.default.as_deref().filter(fits).into_iter().collect();
        }
        selected
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DataAnswer {
    is_initializing: Option<bool>,
    project_datas: Option<Vec<ProjectAnswer>>,
}

#[derive(Deserialize)]
struct ProjectAnswer {
    name: String,
    description: Option<String>,
    parameter: Option<Vec<ParameterAnswer>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ParameterAnswer {
    name: String,
    label: Option<String>,
    values: Option<Choices>,
    legacy: Option<bool>,
    multi_select: Option<bool>,
    default: Option<Value>,
}

impl From<DataAnswer> for UpdateData {
    fn from(answer: DataAnswer) -> Self {
        Self {
            is_initializing: answer.is_initializing.unwrap_or_default(),
            project_datas: answer.project_datas.unwrap_or_default().into_iter().map(ProjectData::from).collect(),
        }
    }
}

impl From<ProjectAnswer> for ProjectData {
    fn from(answer: ProjectAnswer) -> Self {
        Self {
            name: answer.name,
            description: answer.description.filter(|text| !text.is_empty()),
            parameters: answer.parameter.unwrap_or_default().into_iter().map(UpdateParameter::from).collect(),
        }
    }
}

impl From<ParameterAnswer> for UpdateParameter {
    fn from(answer: ParameterAnswer) -> Self {
        Self {
            label: answer.label.filter(|label| !label.is_empty()).unwrap_or_else(|| answer.name.clone()),
            name: answer.name,
            values: answer.values.unwrap_or_default().0,
            legacy: answer.legacy.unwrap_or_default(),
            multi_select: answer.multi_select.unwrap_or_default(),
            default: answer.default.and_then(as_text),
        }
    }
}

fn as_text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

/// The options in the order in which the server sent them; a map of Rust would sort them.
#[derive(Default)]
struct Choices(Vec<(String, bool)>);

impl<'de> Deserialize<'de> for Choices {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Choices;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("options with whether each is selected")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Choices, A::Error> {
                let mut choices = Vec::new();
                while let Some((option, selected)) = map.next_entry::<String, Value>()? {
                    choices.push((option, selected == Value::Bool(true) || selected == "true"));
                }
                Ok(Choices(choices))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// Patches by extension.
pub(super) type PatchesAnswer = BTreeMap<String, Option<Vec<PatchAnswer>>>;

#[derive(Deserialize)]
pub(super) struct PatchAnswer {
    hash: String,
    name: Option<String>,
    required: Option<bool>,
}

pub(super) fn pending_patches(answer: PatchesAnswer) -> Vec<PendingPatch> {
    let named = |extension: &str, patch: PatchAnswer| PendingPatch {
        extension: extension.to_owned(),
        name: patch.name.filter(|name| !name.is_empty()).unwrap_or_else(|| patch.hash.clone()),
        hash: patch.hash,
        required: patch.required.unwrap_or_default(),
    };
    answer
        .into_iter()
        .flat_map(|(extension, patches)| {
            patches.unwrap_or_default().into_iter().map(move |patch| named(&extension, patch)).collect::<Vec<_>>()
        })
        .collect()
}

/// A parameter in a request: the switch of an extension is text, the rest are lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(super) enum Setting {
    Switch(String),
    Values(Vec<String>),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(text: &str) -> UpdateData {
        serde_json::from_str::<DataAnswer>(text).expect("an answer").into()
    }

    #[test]
    fn options_keep_the_order_of_the_server_and_nulls_count_as_absent() {
        let data = data(
            r#"{"isInitializing":false,"projectDatas":[
                {"name":"core","description":null,"parameter":null},
                {"name":"shop","description":"","parameter":[
                    {"name":"import","label":null,"values":{"yes":false,"no":true,"later":false},"legacy":false,
                     "multiSelect":false,"default":"yes"},
                    {"name":"mail","label":"Mail","default":"a@b"},
                    {"name":"count","default":3}]}]}"#,
        );
        assert_eq!(data.project_datas[0].name, "core");
        assert_eq!(data.extensions_with_parameters().count(), 1);
        let shop = data.extension("shop").expect("it is there");
        assert_eq!(shop.description, None);
        let [import, mail, count] = &shop.parameters[..] else { panic!("{shop:?}") };
        assert_eq!(import.available_values().collect::<Vec<_>>(), ["yes", "no", "later"]);
        assert_eq!((import.label.as_str(), import.selected_value()), ("import", Some("no")));
        assert!(mail.is_free_text() && count.is_free_text());
        assert_eq!((mail.selected_value(), count.selected_value()), (Some("a@b"), Some("3")));
    }

    #[test]
    fn nothing_is_preselected_where_the_server_selected_nothing() {
        // hac-client-cli takes the first option here.
        let data = data(
            r#"{"projectDatas":[{"name":"x","parameter":[{"name":"a","values":{"yes":false,"no":false},"default":null},
                {"name":"b","values":{"yes":false,"no":false},"default":"no"},
                {"name":"c","values":{"yes":false},"default":"perhaps"},
                {"name":"d","values":{"en":true,"de":"true","fr":false},"multiSelect":true}]}]}"#,
        );
        let preselected: Vec<_> =
            data.project_datas[0].parameters.iter().map(|parameter| parameter.preselected().join(",")).collect();
        assert_eq!(preselected, ["", "no", "", "en,de"]);
    }

    #[test]
    fn a_patch_without_a_name_is_called_by_its_hash() {
        let answer: PatchesAnswer = serde_json::from_str(
            r#"{"core":[{"hash":"ab12","name":"Indexes","required":true,"more":1},{"hash":"cd34"}],"empty":null}"#,
        )
        .expect("an answer");
        let patches = pending_patches(answer);
        let told: Vec<_> = patches.iter().map(|patch| (&*patch.extension, &*patch.name, patch.required)).collect();
        assert_eq!(told, [("core", "Indexes", true), ("core", "cd34", false)]);
    }
}
