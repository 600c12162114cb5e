"""The collector fiscal and Fiscal Data Packages: the older mapping, 1.0's column types, and descriptors that say nonsense."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.fiscal_files import DATA, ratio, reasons, seen

PAGU = "Kode,OPD,Pagu\n5.1,Dinas A,600\n5.2,Dinas B,400\n"


def old_package(**measure: Any) -> str:
    dates = {"paid-on": {"dimensionType": "datetime", "attributes": {"d": {"source": "when"}}, "primaryKey": "d"}}
    payer = {"administrator": {"dimensionType": "entity", "attributes": {"n": {"source": "who"}}, "primaryKey": "n"}}
    mapping = {"measures": {"amount": {"source": "x", "currency": "IDR", "factor": 1000, **measure}}, "dimensions": dates | payer}
    return json.dumps({"name": "p", "granularity": "transactional", "resources": [{"path": "data/t.csv"}], "mapping": mapping})


def test_an_older_package_maps_columns_no_word_would_tell() -> None:
    table = "x,when,who\n5,2026-02-01,dishub\n7,2026-03-01,dlh\n"
    for spelling in (old_package(), old_package().replace('"mapping"', '"model"')):
        figure, ctx, counts = seen({"datapackage.json": spelling, "t.csv": table})
        assert ratio(figure)[1] == 12_000
        assert not ctx.refusals and counts["accepted"] == 2
    assert ratio(seen({"datapackage.json": old_package(), "another-name.csv": table})[0])[1] == 12_000
    assert reasons(seen({"datapackage.json": old_package(currency="ALL"), "t.csv": table})[1]) == [
        ("t.csv", "is in another currency than the city's")
    ]
    assert reasons(seen({"datapackage.json": old_package(direction="revenue"), "t.csv": table})[1]) == [
        ("t.csv", "tells income, not spending")
    ]
    assert ratio(seen({"datapackage.json": old_package(currency="ALL"), "t.csv": table}, currency="ALL")[0])[1] == 12_000


def test_a_package_of_1_0_by_column_types_and_by_several_columns_of_money() -> None:
    fields = [
        {"name": "thn", "columnType": "date:fiscal-year"},
        {"name": "tahap", "columnType": "phase:id"},
        {"name": "v", "columnType": "value", "decimalChar": ",", "groupChar": "."},
        {"name": "c", "columnType": "value-currency:code"},
    ]
    package = json.dumps({"resources": [{"path": "t.csv", "dialect": {"delimiter": ";"}, "schema": {"fields": fields}}]})
    table = "thn;tahap;v;c\n2025;approved;1.000;IDR\n2025;executed;250;IDR\n2025;executed;999;USD\n"
    figure, ctx, _ = seen({"datapackage.json": package, "t.csv": table})
    assert ratio(figure) == (25.0, 250, 1000)
    assert figure is not None and figure.excluded_rows == 1 and not ctx.refusals
    wide = [
        {"name": "A", "normalizationTarget": "value", "normalize": {"phase": "approved", "year": 2025}},
        {"name": "E", "normalizationTarget": "value", "normalize": {"phase": "executed", "year": 2025}},
    ]
    extra = {"value": {"columnType": "value"}, "phase": {"columnType": "phase:id"}, "year": {"columnType": "date:fiscal-year"}}
    package = json.dumps({"resources": [{"path": "t.csv", "schema": {"fields": wide, "extraFields": extra}}]})
    assert ratio(seen({"datapackage.json": package, "t.csv": "name,A,E\nx,1000,250\ny,1000,250\n"})[0]) == (25.0, 500, 2000)


def test_the_real_treasury_package_needs_its_currency() -> None:
    if not DATA.is_dir():
        pytest.skip("../shared/data is not here")
    files: dict[str, str | bytes] = {
        name: (DATA / name).read_bytes() for name in ("fdp_al-treasury_datapackage.json", "fdp_al-treasury.csv")
    }
    assert reasons(seen(files)[1]) == [("fdp_al-treasury.csv", "is in another currency than the city's")]
    figure, ctx, counts = seen(files, currency="ALL")
    assert ratio(figure)[1] == 33_299_653
    assert counts["accepted"] == 40 and not ctx.refusals
    told = msgspec.json.encode(figure).decode() + repr(ctx.remarks)
    assert "FRANKO" not in told and "Aparati" not in told


descriptors = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["Kode", "Pagu", "value", "phase:id", "t.csv", "IDR"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["resources", "path", "schema", "fields", "name", "columnType", "mapping", "model", "measures", "dimensions",
                                           "source", "currency", "factor", "attributes", "primaryKey", "extraFields", "normalize", "dialect"]), inner, max_size=5)
    ),
    max_leaves=20,
)  # fmt: skip


@settings(deadline=None)
@given(descriptors)
def test_no_descriptor_makes_it_fail(told: Any) -> None:
    seen({"datapackage.json": json.dumps({"resources": [told], "mapping": told}), "t.csv": PAGU})
    seen({"datapackage.json": json.dumps({"resources": [{"path": "t.csv", "schema": told}], "model": told}), "t.csv": PAGU})
