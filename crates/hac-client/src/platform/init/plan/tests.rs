use serde_json::{Value, json};

use super::*;
use crate::ErrorKind;
use crate::platform::{ProjectData, UpdateParameter};

fn choice(name: &str, values: &[(&str, bool)]) -> UpdateParameter {
    UpdateParameter {
        name: name.into(),
        label: name.into(),
        values: values.iter().map(|(value, selected)| ((*value).to_owned(), *selected)).collect(),
        ..UpdateParameter::default()
    }
}

fn offered() -> (UpdateData, Vec<PendingPatch>) {
    let extension = |name: &str, parameters| ProjectData { name: name.into(), description: None, parameters };
    let free = UpdateParameter { name: "mail".into(), default: Some("a@b".into()), ..UpdateParameter::default() };
    let languages =
        UpdateParameter { multi_select: true, ..choice("languages", &[("en", true), ("de", true), ("fr", false)]) };
    let data = UpdateData {
        is_initializing: false,
        project_datas: vec![
            extension("core", vec![]),
            extension(
                "shop",
                vec![
                    choice("import", &[("yes", false), ("no", true)]),
                    choice("undecided", &[("yes", false), ("no", false)]),
                    languages,
                    free,
                ],
            ),
            extension(
                "shoppatches",
                vec![
                    choice("Patch_1", &[("yes", true), ("no", false)]),
                    choice("Patch_2", &[("yes", false), ("no", true)]),
                    choice("level", &[("low", true), ("high", false)]),
                    choice("both", &[("yes", false), ("no", true)]),
                ],
            ),
        ],
    };
    let patch = |extension: &str, hash: &str, name: &str, required| PendingPatch {
        extension: extension.into(),
        hash: hash.into(),
        name: name.into(),
        required,
    };
    let pending = vec![
        patch("core", "aa01", "Indexes", true),
        patch("core", "bb02", "Cleanup", false),
        patch("shop", "cc03", "both", false),
    ];
    (data, pending)
}

fn plan(update: &Update) -> Result<UpdatePlan> {
    let (data, pending) = offered();
    update.plan(&data, &pending)
}

fn body(update: &Update) -> Value {
    serde_json::from_str(&plan(update).expect("a plan").request_body()).expect("JSON")
}

#[track_caller]
fn refused(update: &Update, why: &str, hint: &str) {
    let error = plan(update).expect_err("a mistake");
    assert_eq!(error.kind(), ErrorKind::Usage, "{error:?}");
    assert!(error.why().contains(why), "{error:?}");
    assert!(error.hint().is_some_and(|text| text.to_string().contains(hint)), "{error:?}");
}

#[test]
fn an_update_of_which_nothing_was_said_runs_the_required_patches_and_keeps_what_was_preselected() {
    assert_eq!(
        body(&Update::new(Schema::LeaveAlone)),
        json!({
            "dropTables": false, "clearHMC": false, "createEssentialData": false, "createProjectData": false,
            "localizeTypes": false, "initMethod": null, "patches": {"core": ["aa01"]},
            "allParameters": {
                "shop_import": ["no"], "shop_languages": ["en", "de"], "shop_mail": ["a@b"],
                "shoppatches_Patch_1": ["yes"], "shoppatches_Patch_2": ["no"], "shoppatches_level": ["low"],
                "shoppatches_both": ["no"],
            },
        })
    );
}

#[test]
fn the_type_system_is_updated_only_where_it_was_said_and_initialised_only_by_an_initialisation() {
    assert_eq!(body(&Update::new(Schema::Update))["initMethod"], "UPDATE");
    let (data, pending) = offered();
    let plan = Initialization::new().plan(&data, &pending).expect("a plan");
    let body: Value = serde_json::from_str(&plan.steps().request_body()).expect("JSON");
    for (key, value) in [
        ("initMethod", json!("INIT")),
        ("dropTables", json!(true)),
        ("createEssentialData", json!(true)),
        ("localizeTypes", json!(true)),
        ("createProjectData", json!(false)),
    ] {
        assert_eq!(body[key], value, "{key}");
    }
}

#[test]
fn each_task_is_its_own_switch() {
    let plain = Update::new(Schema::Update);
    for (update, key) in [
        (plain.clone().drop_tables(), "dropTables"),
        (plain.clone().clear_hmc(), "clearHMC"),
        (plain.clone().create_essential_data(), "createEssentialData"),
        (plain.clone().create_project_data(), "createProjectData"),
        (plain.clone().localize_types(), "localizeTypes"),
    ] {
        let mut expected = body(&plain);
        expected[key] = json!(true);
        assert_eq!(body(&update), expected, "{key}");
    }
}

#[test]
fn a_patch_is_a_pending_one_by_name_or_hash_or_a_parameter_that_is_set_to_yes() {
    for name in ["Cleanup", "bb02"] {
        assert_eq!(body(&Update::new(Schema::Update).patch(name))["patches"], json!({"core": ["aa01", "bb02"]}));
    }
    let body = body(&Update::new(Schema::Update).patch("Patch_2").patch("Indexes"));
    assert_eq!(body["patches"], json!({"core": ["aa01"]}), "a required one is not sent twice");
    assert_eq!(body["allParameters"]["shoppatches_Patch_2"], json!(["yes"]));
    assert_eq!(body["allParameters"]["shoppatches_sample"], "true", "a text, as HAC wants it");
}

#[test]
fn a_patch_runs_without_the_others_of_its_extension() {
    let update = Update::new(Schema::Update).patch("Patch_2");
    let sent = &body(&update)["allParameters"];
    assert_eq!(sent["shoppatches_Patch_1"], json!(["no"]), "although it was preselected");
    assert_eq!(sent["shoppatches_both"], json!(["no"]));
    assert_eq!(sent.get("shoppatches_level"), None, "it does not accept no");
    assert_eq!(sent["shop_languages"], json!(["en", "de"]), "another extension's, which is not switched on");
    let named = plan(&update).expect("a plan");
    let named: Vec<_> = named.named_parameters().iter().map(|(name, values)| format!("{name}={}", values[0])).collect();
    assert_eq!(named, ["shoppatches_Patch_2=yes", "shoppatches_Patch_1=no"]);
    let sent = &body(&update.clone().parameter("shoppatches_level", "high").parameter("shoppatches_both", "yes"))["allParameters"];
    assert_eq!((&sent["shoppatches_level"], &sent["shoppatches_both"]), (&json!(["high"]), &json!(["yes"])));
    let sent = &body(&Update::new(Schema::Update).patch("cc03").extension("shop"))["allParameters"];
    assert_eq!(
        (&sent["shop_undecided"], sent.get("shop_mail")),
        (&json!(["no"]), None),
        "the extension of a pending patch"
    );
    let sent = &body(&update.extension("shop").extension("shoppatches"))["allParameters"];
    assert_eq!(
        (&sent["shoppatches_Patch_1"], &sent["shop_mail"]),
        (&json!(["no"]), &json!(["a@b"])),
        "no patch of shop"
    );
    let sent = &body(&Update::new(Schema::Update).extension("shoppatches"))["allParameters"];
    assert_eq!(sent["shoppatches_Patch_1"], json!(["yes"]), "no patch was chosen");
}

#[test]
fn a_patch_that_could_be_two_is_asked_about_and_an_extension_decides() {
    refused(
        &Update::new(Schema::Update).patch("both"),
        "more than one",
        ".patch(\"cc03\") (shop), .parameter(\"shoppatches_both\", \"yes\")",
    );
    let update = Update::new(Schema::Update).patch("both");
    assert_eq!(body(&update.clone().extension("shop"))["patches"]["shop"], json!(["cc03"]));
    assert_eq!(body(&update.extension("shoppatches"))["allParameters"]["shoppatches_both"], json!(["yes"]));
}

#[test]
fn parameters_are_set_by_their_full_name() {
    let update = Update::new(Schema::Update)
        .parameter("shop_import", "yes")
        .parameter("shop_mail", "anything = goes")
        .parameter("shop_languages", "fr")
        .parameter("shop_languages", "de")
        .parameter("core_sample", "true");
    let sent = &body(&update)["allParameters"];
    assert_eq!(sent["shop_import"], json!(["yes"]));
    assert_eq!(sent["shop_mail"], json!(["anything = goes"]));
    assert_eq!(sent["shop_languages"], json!(["fr", "de"]));
    assert_eq!(sent["core_sample"], "true");
    let plan = plan(&update).expect("a plan");
    assert_eq!(plan.extensions(), ["core"]);
    assert_eq!(plan.named_parameters().len(), 3);
}

#[test]
fn a_parameter_of_a_selected_extension_needs_no_prefix() {
    let update = Update::new(Schema::Update).extension("shop").parameter("import", "yes");
    let both = update.clone().parameter("languages", "fr").parameter("shop_languages", "de");
    let sent = &body(&both)["allParameters"];
    assert_eq!((&sent["shop_import"], &sent["shop_languages"]), (&json!(["yes"]), &json!(["fr", "de"])));
    assert_eq!(sent.get("import"), None);
    refused(&update.clone().parameter("level", "high"), "no parameter level", "did you mean shoppatches_level?");
    refused(&update.parameter("import", "yse"), "shop_import takes one value", "yes, no");

    let (mut data, pending) = offered();
    let twin = ProjectData { name: "twin".into(), ..data.project_datas[1].clone() };
    data.project_datas.push(twin);
    for update in [Update::new(Schema::Update), Update::new(Schema::Update).extension("shop").extension("twin")] {
        let error = update.parameter("import", "yes").plan(&data, &pending).expect_err("two");
        assert!(
            error.hint().is_some_and(|hint| hint.to_string() == "choose one: shop_import, twin_import"),
            "{error:?}"
        );
    }
}

#[test]
fn unknown_names_are_refused_with_the_nearest_name() {
    let update = Update::new(Schema::Update);
    refused(&update.clone().extension("sohp"), "no extension sohp", "did you mean shop?");
    refused(&update.clone().patch("Patch_3"), "no patch Patch_3", "did you mean Patch_");
    refused(&update.clone().patch("Clenaup"), "no patch", "did you mean Cleanup?");
    refused(&update.clone().patch("Cleanp").extension("shop"), "no patch", "HacClient::pending_patches");
    refused(&update.clone().patch("Cleanup").extension("shop"), "but core has", ".extension(\"core\")");
    refused(&update.clone().patch("Patch_1").extension("shop"), "but shoppatches has", ".extension(\"shoppatches\")");
    refused(&update.clone().parameter("shop_imprt", "yes"), "no parameter", "did you mean shop_import?");
    refused(&update.clone().parameter("import", "yes"), "no parameter import", "did you mean shop_import?");
    refused(&update.parameter("shop_samples", "true"), "no parameter", "did you mean shop_sample?");
}

#[test]
fn a_value_that_the_parameter_does_not_take_is_refused() {
    let update = Update::new(Schema::Update);
    refused(&update.clone().parameter("shop_import", "yse"), "does not accept \"yse\"", "it takes yes, no");
    refused(&update.clone().parameter("shop_languages", "nl"), "does not accept", "en, de, fr");
    refused(
        &update.clone().parameter("shop_import", "yes").parameter("shop_import", "no"),
        "takes one value, but was given 2",
        "yes, no",
    );
    refused(&update.clone().parameter("shop_mail", "a").parameter("shop_mail", "b"), "takes one value", "any text");
    refused(&update.clone().parameter("core_sample", "yes"), "switch", "core_sample=true");
    refused(
        &update.patch("level"),
        "cannot be set to yes: it takes low, high",
        ".parameter(\"shoppatches_level\", VALUE)",
    );
}

#[test]
fn nothing_is_planned_while_an_update_runs() {
    let (mut data, pending) = offered();
    data.is_initializing = true;
    let error = Update::new(Schema::Update).plan(&data, &pending).expect_err("it runs");
    assert_eq!(error.kind(), ErrorKind::Initializing);
}
