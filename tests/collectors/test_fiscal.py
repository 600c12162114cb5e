"""The collector fiscal: tables as offices save them, packages of both spellings, and the traps that make sums wrong."""

import gzip
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.collectors.fiscal import FiscalOptions, check
from feeds.messages.header import Message, Quality
from feeds.messages.indicator import FINANCE
from feeds.runtime.collector import SourceDown
from tests.fakes.collector_context import city_of, collected
from tests.fakes.fiscal_files import DATA, NOW, ratio, reasons, seen
from tests.fakes.http_source import HttpSource

PAGU = "Kode,OPD,Pagu\n5.1,Dinas A,600\n5.2,Dinas B,400\n"
PAID = "Tanggal SP2D,Nilai SP2D\n2026-03-31,300\n2026-09-15,100\n"


def test_budget_and_payments_make_serapan() -> None:
    figure, ctx, counts = seen({"pagu.csv": PAGU, "sp2d.csv": PAID})
    assert ratio(figure) == (40.0, 400, 1000)
    assert figure is not None and (figure.year, figure.as_of.isoformat()) == (2026, "2026-09-15")
    assert counts["accepted"] == 4
    assert not ctx.refusals


SPELLINGS: dict[str, bytes] = {
    "semicolon and decimal comma": b'Kode;Pagu\n1;"600,00"\n2;400,00\n',
    "tab": b"Kode\tPagu\n1\t600\n2\t400\n",
    "mark and windows line ends": b"\xef\xbb\xbfKode,Pagu\r\n1,600\r\n2,400\r\n",
    "utf-16": "Kode;Pagu\n1;600\n2;400\n".encode("utf-16"),
    "windows-1252": "Kode;Pagu;Uraian\n1;600;\xe9\n2;400;\xe9\n".encode("cp1252"),
    "gzip": gzip.compress(b"Kode,Pagu\n1,600\n2,400\n", mtime=0),
    "trailing blank headers": b"Kode,Pagu,,,\n1,600,,,\n2,400,,,\n",
    "title above": b"PEMERINTAH KOTA\n\nTahun 2026,,\nKode,Uraian,Pagu\n1,x,600\n2,y,400\n",
    "separator named": b"sep=;\nKode;Pagu\n1;600\n2;400\n",
    "rupiah signs": b"Kode;Pagu\n1;Rp 600,-\n2;Rp400\n",
    "in thousands": b"Kode;Pagu (ribuan)\n1;0,6\n2;0,4\n",
    "blank rows and sections": b"Kode,Uraian,Pagu\n,Bidang,\n1,a,600\n\n,,\n2,b,400\n",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_however_an_office_saves_it(spelling: str) -> None:
    figure, ctx, counts = seen({"pagu.csv": SPELLINGS[spelling]}, year=2026, as_of="2026-09-30")
    assert ratio(figure) == (None, None, 1000)
    assert not ctx.refusals
    assert counts["accepted"] == 2


@pytest.mark.parametrize(
    ("cells", "total"),
    [
        (("1.500.000", "2.500.000"), 4_000_000),
        (("1.500", "2.500"), 4_000),
        (("1,500.50", "2,500.50"), 4_001),
        (("1.500,50", "250"), 1_750),
        (("1500.5", "2500.5"), 4_001),
        (("(500)", "1500"), 1_000),
        (("-500", "1500"), 1_000),
    ],
)
def test_numbers_are_read_as_their_column_spells_them(cells: tuple[str, str], total: int) -> None:
    figure, _, _ = seen({"p.csv": "Kode;Pagu\n" + "".join(f"{n};{cell}\n" for n, cell in enumerate(cells))}, as_of="2026-09-30")
    assert figure is not None and figure.absorption.denominator is not None
    assert abs(figure.absorption.denominator - total) <= 1


def test_hierarchies_and_totals_are_not_summed_twice() -> None:
    table = "Kode Rekening;Uraian;Anggaran\n5;BELANJA;1000\n5.1;Pegawai;600\n5.1.01;Gaji;350\n5.1.02;Tunjangan;250\n5.2;Modal;400\n4.1;PAD;900\n;JUMLAH;1000\n"
    figure, ctx, counts = seen({"apbd.csv": table}, year=2026, as_of="2026-09-30")
    assert ratio(figure)[2] == 1000
    assert figure is not None and figure.excluded_rows == 4
    assert counts["accepted"] == 7
    assert len(ctx.remarks) == 3


def test_a_payment_told_twice_counts_once_and_corrections_keep_their_minus() -> None:
    table = "No SP2D,Adendum,Tanggal SP2D,Nilai SP2D\n1,0,2026-02-01,100\n1,1,2026-02-01,100\n2,0,2026-03-01,100\n2,0,2026-04-01,-30\n"
    figure, _, _ = seen({"sp2d.csv": table, "pagu.csv": PAGU})
    assert ratio(figure) == (17.0, 170, 1000)
    assert figure is not None and figure.excluded_rows == 1
    without_numbers = "Tanggal SP2D,Nilai SP2D\n2026-02-01,100\n2026-02-01,100\n"
    assert ratio(seen({"sp2d.csv": without_numbers})[0])[1] == 200


def test_equal_amounts_of_one_payment_for_several_accounts_or_agencies_all_count() -> None:
    lines = "1,2026-02-01,5.1.02,A,100\n1,2026-02-01,5.2.03,A,100\n1,2026-02-01,5.2.03,B,100\n1,2026-02-01,5.2.03,B,100\n"
    figure, _, _ = seen({"sp2d.csv": "No SP2D,Tanggal SP2D,Kode Rekening,OPD,Nilai SP2D\n" + lines})
    assert ratio(figure)[1] == 300
    assert figure is not None and figure.excluded_rows == 1


@pytest.mark.parametrize(
    "rows",
    [
        "5,-,1000\n5.1,,600\n5.1.01,Dishub,350\n5.1.02,DLH,250\n5.2,DLH,400\n",
        "5,Dishub,1000\n5.1,,600\n5.1.01,,350\n5.1.02,,250\n5.2,,400\n",
        "5.1,Dishub,600\n5.1.01,DLH,300\n5.1.02,DLH,100\n",
    ],
)
def test_a_parent_row_need_not_name_its_agency(rows: str) -> None:
    figure, _, _ = seen({"apbd.csv": "Kode,OPD,Pagu\n" + rows}, as_of="2026-09-30")
    assert ratio(figure)[2] == 1000


def test_a_payee_called_total_is_no_total() -> None:
    table = "Tanggal SP2D,Penerima,Nilai SP2D\n2026-02-01,TOTAL,100\n2026-02-02,Total Oil,50\n,Jumlah,150\n"
    figure, _, _ = seen({"sp2d.csv": table})
    assert ratio(figure)[1] == 150


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2026-02-01,1 %", "executed is a percentage, no amount"),
        ("2026-02-01,viel", "executed is not a number"),
        ("2026-02-01,NaN", "executed is not a number"),
        ("2026-02-01,1e99", "executed is beyond any budget"),
        ("-0001-11-30,5", "date is no date"),
        ("31/02/2026,5", "date is no date"),
        (",5", "date is missing"),
        ("2027-01-01,5", "date lies in the future"),
        ("2026-02-01,5,6,7", "has more cells than the header"),
    ],
)
def test_a_bad_row_is_refused_alone_by_its_line(row: str, reason: str) -> None:
    figure, ctx, counts = seen({"sp2d.csv": f"Tanggal SP2D,Nilai SP2D\n2026-01-31,100\n{row}\n2026-02-28,200\n"})
    assert ratio(figure)[1] == 300
    assert reasons(ctx) == [("sp2d.csv#3", reason)]
    assert (counts["accepted"], counts["quarantined"]) == (2, 1)


@pytest.mark.parametrize(
    "spelling", ["31/12/2025", "12/31/2025", "31.12.2025", "2025/12/31", "31 Desember 2025", "20251231", "2025-12-31T10:00:00Z"]
)
def test_dates_are_read_as_their_column_spells_them(spelling: str) -> None:
    figure, ctx, _ = seen({"sp2d.csv": f"Tanggal SP2D,Nilai SP2D\n{spelling},100\n"})
    assert figure is not None and figure.as_of.isoformat() == "2025-12-31"
    assert not ctx.refusals


def test_a_revision_in_the_year_is_in_force_from_its_day() -> None:
    table = "Tanggal,Pagu\n2026-01-01,1000\n2026-08-01,1250\n2027-01-01,9000\n"
    figure, _, _ = seen({"pagu.csv": table, "sp2d.csv": PAID})
    assert ratio(figure) == (32.0, 400, 1250)
    assert figure is not None and "direvisi 2026-08-01" in figure.target_version
    assert ratio(seen({"pagu.csv": table, "sp2d.csv": PAID}, as_of="2026-07-31")[0]) == (30.0, 300, 1000)


def test_phases_decide_what_an_amount_is() -> None:
    table = "Tahun,Phase,Amount\n2025,approved,1000\n2025,adjusted,1200\n2025,executed,600\n2025,proposed,5000\n2025,?,1\n"
    figure, ctx, _ = seen({"x.csv": table})
    assert ratio(figure) == (50.0, 600, 1200)
    assert figure is not None and (figure.as_of.isoformat(), figure.excluded_rows) == ("2025-12-31", 1)
    assert reasons(ctx) == [("x.csv#6", "phase is none of approved, adjusted, executed")]


def test_snapshots_of_one_year_are_not_added_up() -> None:
    files: dict[str, str | bytes] = {
        "rfk_2026-08-31.csv": "OPD,Pagu,Realisasi,%\nA,600,120,20\nB,400,80,20\nTOTAL,1000,200,20\n",
        "rfk_2026-09-30.csv": "OPD,Pagu,Realisasi,%\nA,600,300,50\nB,400,100,25\nTOTAL,1000,400,40\n",
    }
    figure, ctx, _ = seen(files)
    assert ratio(figure) == (40.0, 400, 1000)
    assert figure is not None and figure.actual.values[6:10] == (None, 20.0, 40.0, None)
    assert not ctx.refusals
    undated = seen({"rfk.csv": files["rfk_2026-08-31.csv"]})[1]
    assert "nothing says on which day" in reasons(undated)[0][1]


def test_running_percentages_are_refused_as_payments() -> None:
    figure, ctx, _ = seen({"x.csv": "Year,Total Paid,Absorption (%)\n2014,100,2\n2015,300,6\n"})
    assert figure is None
    assert "table of cumulative percentages" in reasons(ctx)[0][1]


def test_agencies_by_name_and_by_the_citys_own_map() -> None:
    plan = "Bulan,Rencana (%)\n" + "".join(f"{month},{month * 100 / 12:.2f} %\n" for month in range(1, 13))
    files: dict[str, str | bytes] = {
        "pagu.csv": "OPD,Pagu\nDishub,100\nDinas Kebersihan,100\nLain-lain,100\n",
        "sp2d.csv": "Tanggal SP2D,OPD,Nilai SP2D\n2026-09-30,dishub,90\n2026-09-30,Dinas Kebersihan,10\n",
        "plan.csv": plan,
    }
    figure, ctx, _ = seen(files, agencies={"Dinas Kebersihan": "dlh"}, monthly_plan="plan.csv", plan_version="anggaran kas 2026")
    assert figure is not None and not ctx.refusals
    assert [(one.agency, one.deviation) for one in figure.agencies] == [("dlh", -65.0), ("dishub", 15.0)]
    assert (figure.target, figure.target_version) == (75.0, "anggaran kas 2026")


@pytest.mark.parametrize(
    ("plan", "target"),
    [
        ("Bulan;Persen\n" + "".join(f"{m};{m * 100 / 12:.1f}\n" for m in range(1, 13)).replace(".", ","), 75.0),
        ("Bulan,Rencana\n" + "".join(f"{m},{m * 1000 // 12}\n" for m in range(1, 13)), 75.0),
        ("Bulan,Rencana\n" + "".join(f"{m},83\n" for m in ["Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"]), 74.7),
        ("Bulan,Persen\n" + "".join(f"{m},{m / 12:.3f}\n" for m in range(1, 13)), None),
        ("Bulan,Rencana\n1,5\n2,9\n", None),
        ("Bulan,Rencana\n" + "".join(f"{m},1\n" for m in range(1, 13)), None),
        ("Bulan,Rencana\n" + "".join(f"{m},1 %\n" for m in range(1, 13)), None),
        ("nothing\n", None),
    ],
)  # fmt: skip
def test_a_plan_is_a_target_only_when_it_is_whole(plan: str, target: float | None) -> None:
    files: dict[str, str | bytes] = {"pagu.csv": PAGU, "sp2d.csv": "Tanggal SP2D,Nilai SP2D\n2026-09-30,400\n", "plan.csv": plan}
    figure, ctx, _ = seen(files, monthly_plan="plan.csv")
    if ctx.refusals:
        assert figure is None and target is None
        return
    assert figure is not None
    assert (figure.target is None) == (target is None)
    if target is not None:
        assert figure.target == pytest.approx(target, abs=0.2)
    else:
        assert figure.target_version == "tidak ada target"
        assert any("there is no target" in remark for remark in ctx.remarks)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "is empty"),
        (b"<html>Wartung</html>", "is a web page, XML or JSON, not a text table"),
        (b'<?xml version="1.0"?><Workbook/>', "is a web page, XML or JSON, not a text table"),
        (b"PK\x03\x04....", "is a workbook or archive, not a text table: save it as CSV"),
        (b"\xd0\xcf\x11\xe0....", "is an old workbook, not a text table: save it as CSV"),
        (b"Kode,Pagu\n1,5\0\n", "holds null bytes: damaged, or no text"),
        (b"just words\n", "is no table: one column, or none"),
        (b"1,2\n3,4\n", "has no row that names its columns"),
        (b"a,b\nx,y\n", "no column is known to be money: name it in columns.budget, columns.executed or columns.amount"),
        (b'Kode,Pagu\n1,"5\n' + b"2,6\n" * 100, "is damaged: a quotation mark is never closed"),
        (gzip.compress(b"Kode,Pagu\n1,5\n" * 999, mtime=0)[:-9], "is a gzip archive that ends early"),
        (
            b"Kode,Jumlah\n1,5\n",
            "has amounts, but nothing says whether they are budget or payments: name the column in columns.budget or executed",
        ),
        (b"Kode,Pagu\n" + b"1,x\n" * 200_000, "has more than 5,000 rows that cannot be read, most of all it has"),
        (b"{", "is not JSON"),
        (b'{"a": 1}', "is JSON, but no data package: it has no resources"),
        (b'{"resources": [{"path": "gone.csv"}]}', "a table the package names is not beside it, or has other columns"),
        (b'{"a":' * 100_000, "is not JSON"),
    ],
)
def test_a_file_that_is_no_table_is_refused_by_name_and_the_others_are_no_whole_figure(body: bytes, reason: str) -> None:
    figure, ctx, _ = seen({"bad.csv": body, "pagu.csv": PAGU, "sp2d.csv": PAID})
    assert figure is None
    assert reasons(ctx) == [("bad.csv", reason)]


def test_the_key_in_an_address_is_not_told() -> None:
    with HttpSource() as source:
        source.put("/bad.csv", "<html>")
        with pytest.raises(SourceDown, match=r"^bad\.csv is a web page"):
            collected("fiscal", {"urls": [f"{source.url}/bad.csv?key=s3cret"]}, city="tangerang", now=NOW)


def test_where_a_file_is_refused_the_last_figure_stands(tmp_path: Path) -> None:
    (tmp_path / "pagu.csv").write_text(PAGU)
    (tmp_path / "sp2d_01.csv").write_text(PAID)
    (tmp_path / "sp2d_02.csv").write_text("<html>Wartung</html>")
    with pytest.raises(SourceDown, match=r"sp2d_02\.csv is a web page"):
        collected("fiscal", {"folder": str(tmp_path)}, city="tangerang", now=NOW)


def test_named_columns_go_before_words() -> None:
    table = "Pagu lama,Angka\n5,1000\n"
    assert ratio(seen({"x.csv": table}, columns={"budget": "angka"}, as_of="2026-09-30")[0])[2] == 1000
    assert ratio(seen({"x.csv": table, "sp2d.csv": PAID}, columns={"budget": "Angka"})[0]) == (40.0, 400, 1000)


@pytest.mark.parametrize(
    ("name", "options", "accepted", "quarantined", "parts"),
    [
        ("fdp_al-treasury.csv", {}, 40, 0, (None, 33_299_653, None)),
        ("fdp_eu_absorption_rate.csv", {}, 0, 1, None),
        ("fdp_minimal_budget.csv", {}, 1, 0, (None, None, 10_000)),
        ("fdp_minimal_datapackage.json", {}, 0, 1, None),
        ("mk_budget_and_rebalance_sample.csv", {}, 741, 0, (None, None, 11_023_890_000)),
        ("mk_budget_and_rebalance_sample.csv", {"as_of": "2014-09-08"}, 741, 0, (None, None, 11_285_390_000)),
        ("mk_budget_and_rebalance_sample.csv", {"as_of": "2014-09-09"}, 741, 0, (None, None, 10_561_151_000)),
    ],
)
def test_real_files(name: str, options: dict[str, Any], accepted: int, quarantined: int, parts: tuple[Any, ...] | None) -> None:
    if not DATA.is_dir():
        pytest.skip("../shared/data is not here")
    figure, _, counts = seen({name: (DATA / name).read_bytes()}, **options)
    assert (counts["accepted"], counts["quarantined"]) == (accepted, quarantined)
    assert (ratio(figure) if figure else None) == parts


def test_folder_and_addresses(tmp_path: Path) -> None:
    (tmp_path / "pagu.csv").write_text(PAGU)
    (tmp_path / "SP2D.CSV").write_text(PAID)
    (tmp_path / "~lock.csv").write_text("x")
    records, _ = collected("fiscal", {"folder": str(tmp_path)}, city="tangerang", now=NOW)
    assert ratio(records[0].body) == (40.0, 400, 1000)
    assert records[0].observed_at.isoformat() == "2026-09-15T23:59:59+07:00"
    (tmp_path / "none").mkdir()
    with pytest.raises(SourceDown, match="no row could be used"):
        collected("fiscal", {"folder": str(tmp_path / "none")}, city="tangerang", now=NOW)
    with pytest.raises(SourceDown, match="cannot be read"):
        collected("fiscal", {"folder": str(tmp_path / "gone")}, city="tangerang", now=NOW)
    with HttpSource() as source:
        source.put("/pagu.csv", PAGU)
        with pytest.raises(SourceDown, match="HTTP 404"):
            collected("fiscal", {"urls": [f"{source.url}/pagu.csv", f"{source.url}/gone.csv"]}, city="tangerang", now=NOW)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "folder: give either"),
        ({"urls": ("ftp://h",)}, "urls: must be http"),
        ({"folder": "x", "columns": {"colour": "a"}}, "columns.colour: is no role"),
        ({"folder": "x", "agencies": {"A": "mond"}}, "agencies: 'mond' is not an agency"),
        ({"folder": "x", "currency": "rp"}, "currency: must be"),
        ({"folder": "x", "currency": "ALL"}, "currency: the wall shows rupiah (IDR) only"),
        ({"folder": "x", "year": 26}, "year: must be"),
        ({"folder": "x", "plan_version": "a\nb"}, "shown_source: is a short name"),
    ],
)
def test_options_that_do_not_fit_are_a_sentence(options: dict[str, Any], sentence: str) -> None:
    assert (check(FiscalOptions(**options), city_of("tangerang")[0]) or "").startswith(sentence)


words = st.sampled_from(["Kode", "Pagu", "Realisasi", "Tanggal SP2D", "Nilai", "OPD", "Tahun", "Phase", "%", "5.1", "5.1.2", "TOTAL", "1.000", "1,5", "2026-01-02",
                         "approved", "executed", "-0001-11-30", "\u202eabc", "<b>", "1e9", "", "NaN", '"', "\0", "9" * 30])  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.lists(words | st.text(max_size=6), min_size=1, max_size=5), max_size=8), st.sampled_from(",;\t|"))
def test_nothing_it_is_given_makes_it_fail_or_publish_what_the_bus_refuses(rows: list[list[str]], delimiter: str) -> None:
    body = "\n".join(delimiter.join(row) for row in rows)
    figure, _, _ = seen({"x_2026-01-31.csv": body.encode("utf-8", "surrogatepass")})
    if figure is not None:
        message = Message(
            seq=1, epoch="e", key="city", source="fiscal", observed_at=NOW, published_at=NOW, quality=Quality.MEASURED, body=figure
        )
        assert FINANCE.decoder()(msgspec.json.encode(message)) == message


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_refused_and_nothing_worse(body: bytes) -> None:
    seen({"x.csv": body, "y.csv": b"Kode,Pagu\n" + body, "z.json": b'{"resources": ' + body})
