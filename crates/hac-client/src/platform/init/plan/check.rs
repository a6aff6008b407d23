//! From wishes to a plan: every name and value is one that the server offers.

use std::collections::BTreeMap;

use super::super::data::{PendingPatch, ProjectData, Setting, UpdateData, UpdateParameter};
use super::{ExecuteRequest, Tasks, UpdatePlan, Wishes};
use crate::error::{Error, ErrorKind, Result};
use crate::hint::{Hint, Offered};
use crate::nearest::nearest_names;
use crate::session::probe::initializing;

/// What the server offers, to look names up in.
struct Offer<'a> {
    data: &'a UpdateData,
    pending: &'a [PendingPatch],
}

/// A parameter with the name under which it is sent.
#[derive(Clone, Copy)]
struct Choice<'a> {
    extension: &'a ProjectData,
    parameter: &'a UpdateParameter,
}

impl Choice<'_> {
    fn key(&self) -> String {
        format!("{}_{}", self.extension.name, self.parameter.name)
    }
}

impl<'a> Offer<'a> {
    fn parameters(&self) -> impl Iterator<Item = Choice<'a>> {
        self.data
            .project_datas
            .iter()
            .flat_map(|extension| extension.parameters.iter().map(move |parameter| Choice { extension, parameter }))
    }

    fn extension(&self, name: &str) -> Result<&'a ProjectData> {
        self.data.extension(name).ok_or_else(|| {
            let names: Vec<&str> = self.data.project_datas.iter().map(|known| known.name.as_str()).collect();
            unknown("extension", name, &names, Offered::Extensions)
        })
    }
}

impl Wishes {
    pub(super) fn plan(
        &self,
        init_method: Option<&'static str>,
        data: &UpdateData,
        pending: &[PendingPatch],
    ) -> Result<UpdatePlan> {
        if data.is_initializing {
            return Err(initializing(DOING));
        }
        let offer = Offer { data, pending };
        let mut parameters = BTreeMap::new();
        for offered in offer.parameters() {
            let preselected = offered.parameter.preselected();
            if !preselected.is_empty() {
                parameters.insert(offered.key(), Setting::Values(owned(&preselected)));
            }
        }
        let mut draft = Draft {
            parameters,
            named: Vec::new(),
            extensions: Vec::new(),
            with_patches: Vec::new(),
            patches: pending.iter().filter(|patch| patch.required).collect(),
        };
        for name in &self.extensions {
            draft.switch_on(offer.extension(name)?);
        }
        for name in &self.patches {
            self.choose_patch(name, &offer, &mut draft)?;
        }
        draft.leave_out_others(&offer);
        self.set_parameters(&offer, &mut draft)?;
        Ok(draft.into_plan(self.tasks, init_method))
    }

    fn choose_patch<'a>(&self, name: &str, offer: &Offer<'a>, draft: &mut Draft<'a>) -> Result<()> {
        let here = |extension: &str| self.extensions.is_empty() || self.extensions.iter().any(|own| own == extension);
        let waiting: Vec<&PendingPatch> = offer
            .pending
            .iter()
            .filter(|patch| patch.hash == name || (patch.name == name && here(&patch.extension)))
            .collect();
        let settable: Vec<Choice<'a>> = offer
            .parameters()
            .filter(|offered| offered.parameter.name == name && here(&offered.extension.name))
            .collect();
        match (&waiting[..], &settable[..]) {
            ([patch], []) => {
                if !draft.patches.contains(patch) {
                    draft.patches.push(patch);
                }
                draft.with_patches.push(&patch.extension);
                Ok(())
            }
            ([], [offered]) => {
                let yes = offered.parameter.available_values().find(|value| value.eq_ignore_ascii_case("yes"));
                let Some(yes) = yes else {
                    return Err(wrong(
                        format!("{name} cannot be set to yes: it takes {}", accepted(offered.parameter)),
                        Hint::SetUpdateParameter { name: offered.key() },
                    ));
                };
                draft.switch_on(offered.extension);
                draft.with_patches.push(&offered.extension.name);
                draft.name(offered.key(), vec![yes.to_owned()]);
                Ok(())
            }
            ([], []) => {
                let elsewhere = offer
                    .pending
                    .iter()
                    .filter(|patch| patch.name == name)
                    .map(|patch| patch.extension.as_str())
                    .chain(
                        offer
                            .parameters()
                            .filter(|offered| offered.parameter.name == name)
                            .map(|offered| offered.extension.name.as_str()),
                    )
                    .next();
                if let Some(extension) = elsewhere {
                    return Err(wrong(
                        format!("{} has no patch {name}, but {extension} has", self.extensions.join(", ")),
                        Hint::NameExtension { extension: extension.to_owned() },
                    ));
                }
                let names: Vec<&str> = offer
                    .pending
                    .iter()
                    .filter(|patch| here(&patch.extension))
                    .map(|patch| patch.name.as_str())
                    .chain(
                        offer
                            .parameters()
                            .filter(|offered| here(&offered.extension.name))
                            .map(|offered| offered.parameter.name.as_str()),
                    )
                    .collect();
                Err(unknown("patch", name, &names, Offered::Patches))
            }
            _ => {
                let pending = waiting.iter().map(|patch| (patch.hash.clone(), patch.extension.clone())).collect();
                let parameters = settable.iter().map(Choice::key).collect();
                Err(wrong(format!("there is more than one patch {name}"), Hint::ChoosePatch { pending, parameters }))
            }
        }
    }

    fn set_parameters<'a>(&self, offer: &Offer<'a>, draft: &mut Draft<'a>) -> Result<()> {
        let mut by_name: Vec<(String, Vec<&str>)> = Vec::new();
        for (name, value) in &self.parameters {
            let name = self.full_name(name, offer)?;
            match by_name.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => values.push(value),
                None => by_name.push((name, vec![value])),
            }
        }
        for (name, values) in by_name {
            if let Some(offered) = offer.parameters().find(|offered| offered.key() == name) {
                check(&name, offered.parameter, &values)?;
                draft.name(name, owned(&values));
            } else if let Some(extension) = name.strip_suffix("_sample").and_then(|name| offer.data.extension(name)) {
                match values[..] {
                    ["true"] => draft.switch_on(extension),
                    ["false"] => draft.switch_off(extension),
                    _ => {
                        let why = format!("{name} is not a {}: it is a switch", values.join(", "));
                        return Err(wrong(why, format!("set {name}=true or {name}=false")));
                    }
                }
            } else {
                let known: Vec<String> = offer
                    .parameters()
                    .map(|offered| offered.key())
                    .chain(offer.data.project_datas.iter().map(|extension| format!("{}_sample", extension.name)))
                    .collect();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                return Err(unknown("parameter", &name, &known, Offered::Parameters));
            }
        }
        Ok(())
    }

    /// The name under which a parameter is sent: the selected extensions need not be named again.
    fn full_name(&self, name: &str, offer: &Offer<'_>) -> Result<String> {
        if offer.parameters().any(|offered| offered.key() == name) {
            return Ok(name.to_owned());
        }
        let here = |offered: &Choice<'_>| self.extensions.contains(&offered.extension.name);
        let called = offer.parameters().filter(|offered| offered.parameter.name == name);
        let (own, others): (Vec<_>, Vec<_>) = called.partition(here);
        match (&own[..], &others[..]) {
            ([one], _) => Ok(one.key()),
            ([], []) => Ok(name.to_owned()),
            ([], [one]) => {
                let hint = Hint::ListOffered { offered: Offered::Parameters, meant: Some(one.key()) };
                Err(wrong(format!("the server has no parameter {name}"), hint))
            }
            ([], several) | (several, _) => {
                let keys: Vec<String> = several.iter().map(Choice::key).collect();
                Err(wrong(
                    format!("there is more than one parameter {name}"),
                    format!("choose one: {}", keys.join(", ")),
                ))
            }
        }
    }
}

/// A plan while it is being made.
struct Draft<'a> {
    parameters: BTreeMap<String, Setting>,
    named: Vec<(String, Vec<String>)>,
    extensions: Vec<String>,
    /// The extensions of the patches that were chosen.
    with_patches: Vec<&'a str>,
    patches: Vec<&'a PendingPatch>,
}

impl Draft<'_> {
    fn switch_on(&mut self, extension: &ProjectData) {
        if !self.extensions.contains(&extension.name) {
            self.extensions.push(extension.name.clone());
        }
        self.parameters.insert(format!("{}_sample", extension.name), Setting::Switch("true".into()));
    }

    fn switch_off(&mut self, extension: &ProjectData) {
        self.extensions.retain(|name| *name != extension.name);
        self.parameters.insert(format!("{}_sample", extension.name), Setting::Switch("false".into()));
    }

    fn name(&mut self, key: String, values: Vec<String>) {
        self.named.retain(|(known, _)| *known != key);
        self.named.push((key.clone(), values.clone()));
        self.parameters.insert(key, Setting::Values(values));
    }

    /// Sets the parameters that were not chosen to `no`, in the extensions of the patches that were.
    ///
    /// They are sent, because a server may take its default for a parameter that it is not sent.
    fn leave_out_others(&mut self, offer: &Offer<'_>) {
        for offered in offer.parameters() {
            let key = offered.key();
            let is_named = self.named.iter().any(|(known, _)| *known == key);
            let name = &offered.extension.name;
            if is_named || !self.extensions.contains(name) || !self.with_patches.contains(&name.as_str()) {
                continue;
            }
            match offered.parameter.available_values().find(|value| value.eq_ignore_ascii_case("no")) {
                Some(no) if offered.parameter.preselected() == [no] => {}
                Some(no) => self.name(key, vec![no.to_owned()]),
                None => drop(self.parameters.remove(&key)),
            }
        }
    }

    fn into_plan(self, tasks: Tasks, init_method: Option<&'static str>) -> UpdatePlan {
        let mut patches: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for patch in &self.patches {
            patches.entry(patch.extension.clone()).or_default().push(patch.hash.clone());
        }
        UpdatePlan {
            request: ExecuteRequest { tasks, all_parameters: self.parameters, patches, init_method },
            patches: self.patches.into_iter().cloned().collect(),
            named: self.named,
            extensions: self.extensions,
        }
    }
}

const DOING: &str = "plan the update";

/// Whether the parameter takes these values.
fn check(name: &str, parameter: &UpdateParameter, values: &[&str]) -> Result<()> {
    if values.len() > 1 && !parameter.multi_select {
        return Err(wrong(
            format!("{name} takes one value, but was given {}", values.len()),
            format!("choose one: {}", accepted(parameter)),
        ));
    }
    let Some(stray) = values
        .iter()
        .find(|value| !parameter.is_free_text() && !parameter.available_values().any(|own| own == **value))
    else {
        return Ok(());
    };
    let meant = nearest_names(stray, parameter.available_values()).first().copied();
    let hint = match meant {
        Some(meant) => format!("did you mean {name}={meant}? It takes {}", accepted(parameter)),
        None => format!("it takes {}", accepted(parameter)),
    };
    Err(wrong(format!("{name} does not accept {stray:?}"), hint))
}

fn accepted(parameter: &UpdateParameter) -> String {
    if parameter.is_free_text() {
        return "any text".to_owned();
    }
    parameter.available_values().collect::<Vec<_>>().join(", ")
}

fn unknown(what: &str, name: &str, known: &[&str], offered: Offered) -> Error {
    let meant = nearest_names(name, known.iter().copied()).first().map(ToString::to_string);
    wrong(format!("the server has no {what} {name}"), Hint::ListOffered { offered, meant })
}

fn wrong(why: String, hint: impl Into<Hint>) -> Error {
    Error::new(ErrorKind::Usage, DOING).because(why).with_hint(hint)
}

fn owned(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}
