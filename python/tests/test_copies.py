"""Rows of one server as ImpEx for another."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import Connect
from hac_client_core import (
    AsyncHacClient,
    BasicAuthHandler,
    CopyPlan,
    CopyResult,
    HacClient,
    HacClientError,
    HacUsageError,
)
from hac_client_core.copies import CopyColumn
from hac_client_core.testing import Simulator, start

PRODUCTS = (
    "SELECT {p.code}, {v.version}, {c.id}, {p.ean}, {p.name[en]:o}, {p.name[de]:o} FROM {Product AS p "
    "JOIN CatalogVersion AS v ON {p.catalogVersion} = {v.pk} JOIN Catalog AS c ON {v.catalog} = {c.pk}}"
)


@pytest.fixture
def other() -> Iterator[HacClient]:
    """A client of a second server, which has no products."""
    with (
        start("--products", "0") as simulator,
        HacClient(simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True) as client,
    ):
        yield client


def products(client: HacClient) -> list[list[str]]:
    return sorted(client.execute_flexiblesearch(PRODUCTS, max_count=0).rows)


def test_rows_are_the_same_on_another_server_after_the_import(client: HacClient, other: HacClient, tmp_path: Path) -> None:
    plan = client.plan_copy("Product", languages=other.get_languages(), page_rows=30)
    assert isinstance(plan, CopyPlan) and plan.type_code == "Product"
    assert plan.columns[:2] == (
        CopyColumn("code", None, "text", True, "code[unique=true]"),
        CopyColumn("catalogVersion", None, "reference", True, "catalogVersion(catalog(id),version)[unique=true]"),
    )
    assert plan.header == "INSERT_UPDATE Product;" + ";".join(column.header for column in plan.columns)
    assert [column.language for column in plan.columns if column.attribute == "name"] == ["de", "en"]
    file = tmp_path / "products.impex"
    written = client.write_copy(plan, file)
    assert isinstance(written, CopyResult) and written.rows == 100 and written.dangling == {} and written.elapsed_ms >= 0
    assert file.read_text().splitlines()[0] == plan.header
    imported = other.import_impex_bulk(file)
    assert imported.success and imported.imported == 100
    assert products(other) == products(client)


def test_a_query_is_copied_with_its_columns_and_parameters(client: HacClient, tmp_path: Path) -> None:
    client.import_impex("INSERT Customer;uid;name\n;c1;Carla\n;c2;\n;d1;Dora\n")
    plan = client.plan_copy("SELECT {uid}, {name} FROM {Customer} WHERE {uid} LIKE ?some", params={"some": "c_"})
    file = tmp_path / "customers.impex"
    assert client.write_copy(plan, file).rows == 2
    assert file.read_text() == "INSERT_UPDATE Customer;uid[unique=true];name\n;c1;Carla\n;c2;\n"
    with pytest.raises(HacUsageError, match="params is for a query"):
        client.plan_copy("Customer", params={"some": "c_"})


def test_what_is_left_out_is_named_with_its_reason(client: HacClient) -> None:
    plan = client.plan_copy("Product", exclude=["ean"], languages=["en"])
    reasons = {attribute.attribute: attribute.reason for attribute in plan.left_out}
    assert reasons["ean"] == "it is excluded"
    assert reasons["texts in de"] == "the environment to copy into does not have the language"
    assert not [column for column in plan.columns if column.attribute == "ean" or column.language == "de"]
    keyed = client.plan_copy("CategoryProductRelation", key=["source", "target"])
    assert [column.attribute for column in keyed.columns if column.is_unique] == ["source", "target"]


@pytest.mark.parametrize(
    "what, arguments, why, hint",
    [
        ("Prodct", {}, "the server has no type Prodct", "did you mean Product? get_types() lists the types"),
        ("Product", {"key": ["cod"]}, "no attribute cod", 'did you mean code? get_type_attributes("Product") lists'),
        ("Product", {"exclude": ["code"]}, "rows of Product are found by code", 'key=["code"] for example'),
        ("CategoryProductRelation", {}, "nothing is unique", 'key=["code"] for example'),
        ("CreditCardPaymentInfo", {}, "CreditCardPaymentInfo.number is encrypted", 'exclude=["number"]; nothing was copied'),
        ("CreditCardPaymentInfo", {"encrypted": []}, "number is encrypted", 'exclude=["number"]'),
        ("SELECT {code} FROM {Product}", {}, "does not select catalogVersion", "other attributes with key="),
        ("", {}, "does not say of which single type", "SELECT {attribute}"),
    ],
)
def test_what_cannot_be_copied_is_a_usage_error(
    client: HacClient, what: str, arguments: dict[str, list[str]], why: str, hint: str
) -> None:
    with pytest.raises(HacUsageError) as raised:
        client.plan_copy(what, **arguments)  # type: ignore[arg-type]
    assert why in str(raised.value) and hint in (raised.value.hint or "")
    assert "::" not in str(raised.value) and ".exclude(" not in str(raised.value)


def test_encrypted_attributes_are_left_out_when_they_are_named(client: HacClient) -> None:
    plan = client.plan_copy("CreditCardPaymentInfo", encrypted=["number"])
    assert ("number", "it is encrypted") in [(attribute.attribute, attribute.reason) for attribute in plan.left_out]


def test_a_file_that_is_there_is_not_replaced_unasked(client: HacClient, simulator: Simulator, tmp_path: Path) -> None:
    plan = client.plan_copy("Language")
    file = tmp_path / "languages.impex"
    file.write_text("mine")
    before = len(simulator.ledger())
    with pytest.raises(HacUsageError, match="already exists"):
        client.write_copy(plan, file)
    assert file.read_text() == "mine"
    assert not [entry for entry in simulator.ledger()[before:] if entry["path"].endswith("/execute")]
    assert client.write_copy(plan, file, overwrite=True).rows == 2
    assert file.read_text().startswith("INSERT_UPDATE Language;")


def test_a_plan_is_shown_and_compared_after_pickling_but_not_written(client: HacClient, tmp_path: Path) -> None:
    plan = client.plan_copy("Language")
    kept = pickle.loads(pickle.dumps(plan))
    assert kept == plan
    with pytest.raises(HacUsageError, match="plan_copy"):
        client.write_copy(kept, tmp_path / "languages.impex")
    with pytest.raises(TypeError, match="plan is a CopyPlan, not str"):
        client.write_copy("Language", tmp_path / "languages.impex")  # type: ignore[arg-type]
    assert list(tmp_path.glob("*.impex")) == []


def test_the_asynchronous_client_copies_too(client: HacClient, simulator: Simulator, tmp_path: Path) -> None:
    async def main() -> None:
        async with AsyncHacClient(simulator.url, BasicAuthHandler("admin", simulator.password), quiet=True) as other:
            plan = await other.plan_copy("Product", languages=await other.get_languages())
            assert plan == client.plan_copy("Product")
            assert (await other.write_copy(plan, tmp_path / "products.impex")).rows == 100

    asyncio.run(main())
    assert (tmp_path / "products.impex").read_text().startswith("INSERT_UPDATE Product;")


def test_a_copy_that_breaks_off_leaves_no_file(connect: Connect, simulator: Simulator, tmp_path: Path) -> None:
    client = connect(quiet=True)
    plan = client.plan_copy("Product", page_rows=30)
    simulator.fault("/faults/disable?endpoint=console.flexsearch")
    with pytest.raises(HacClientError):
        client.write_copy(plan, tmp_path / "products.impex")
    assert list(tmp_path.glob("*.impex")) == [] and list(tmp_path.glob(".hac-*")) == []
