//! Copies of queries: which column of a row becomes which of the ImpEx.

use hac_client::HacClient;
use hac_client::console::ImpexCopy;

use super::support::Hac;

async fn impex(client: &HacClient, copy: ImpexCopy) -> Vec<String> {
    let plan = client.plan_copy(copy).await.expect("a plan");
    let mut text = String::new();
    client.stream_copy(&plan, &mut text).await.expect("rows");
    text.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn columns_that_are_not_copied_do_not_move_the_values_of_others() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let plain = impex(&client, ImpexCopy::of_query("SELECT {code}, {catalogVersion} FROM {Product}")).await;
    assert_eq!(plain[0], "INSERT_UPDATE Product;code[unique=true];catalogVersion(catalog(id),version)[unique=true]");
    assert_eq!(plain.len(), 51);
    let query =
        "SELECT {PK}, {EAN}, {CODE}, {ModifiedTime}, {itemtype}, {CATALOGVERSION}, {creationtime} FROM {Product}";
    assert_eq!(impex(&client, ImpexCopy::of_query(query).exclude(" ean ")).await, plain);
    // Also those of a type, whatever is in front of them.
    let of_type = ["ean", "catalog", "name", "description", "manufacturerName"];
    let copy = of_type.into_iter().fold(ImpexCopy::of_type(" Product "), ImpexCopy::exclude);
    assert_eq!(impex(&client, copy).await, plain);
}

#[tokio::test]
async fn keys_are_found_whatever_their_case_and_stand_first() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let plan = client.plan_copy(ImpexCopy::of_type("Product").key(" EAN ").key("Code")).await.expect("a plan");
    assert!(
        plan.header().starts_with("INSERT_UPDATE Product;ean[unique=true];code[unique=true];catalog(id);"),
        "{plan:?}"
    );
    assert_eq!(plan.columns().iter().filter(|column| column.is_unique()).count(), 2);
    let query = "SELECT {NAME}, {UID} FROM {User}";
    let plan = client.plan_copy(ImpexCopy::of_query(query).key("NAME")).await.expect("a plan");
    assert_eq!(plan.header(), "INSERT_UPDATE User;name[unique=true];uid");
}
