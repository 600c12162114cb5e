"""The collector fiscal: which of several columns of money is the one that counts, as Indonesian and other offices name them."""

import json

import pytest

from tests.fakes.fiscal_files import ratio, reasons, seen


def table(*names: str) -> str:
    """One row: the columns hold 1000, 1001 and so on."""
    return ";".join(("Kode", "OPD", *names)) + "\n" + ";".join(("5.1", "A", *(str(1000 + n) for n in range(len(names))))) + "\n"


@pytest.mark.parametrize(
    ("names", "budget", "spent"),
    [
        (("Anggaran Sebelum Perubahan", "Anggaran Setelah Perubahan", "Bertambah/(Berkurang)", "Realisasi"), 1, 3),
        (("Anggaran Setelah Perubahan", "Anggaran Sebelum Perubahan", "Realisasi"), 0, 2),
        (("Sebelum Perubahan", "Setelah Perubahan", "Realisasi"), 1, 2),
        (("Anggaran Semula", "Anggaran Menjadi", "Realisasi"), 1, 2),
        (("Pagu Murni", "Pagu Perubahan", "Realisasi"), 1, 2),
        (("Pagu Anggaran", "Realisasi s.d. Bulan Lalu", "Realisasi Bulan Ini", "Realisasi s.d. Bulan Ini"), 0, 3),
        (("Pagu", "Realisasi s/d Bulan Lalu", "Realisasi s/d Bulan Ini", "Sisa Pagu", "Realisasi Fisik"), 0, 2),
        (("Pagu", "Realisasi Bulan Ini", "Realisasi Kumulatif"), 0, 2),
        (("Pagu", "Total Realisasi Bulan Ini", "Realisasi sd Bulan Ini"), 0, 2),
        (("Pagu", "Realisasi", "Sisa Anggaran", "Selisih Realisasi", "Realisasi Keuangan (%)", "Realisasi Fisik (%)"), 0, 1),
        (("Budget", "Payments (advance)", "Payments (interim)", "Total payments"), 0, 3),
    ],
)
def test_the_budget_in_force_and_the_running_total_are_taken(names: tuple[str, ...], budget: int, spent: int) -> None:
    figure, ctx, _ = seen({"rfk_2026-08-31.csv": table(*names)})
    assert not ctx.refusals
    assert ratio(figure)[1:] == (1000 + spent, 1000 + budget)


@pytest.mark.parametrize(
    ("names", "place"),
    [
        (("Nilai Bruto", "Potongan", "Nilai Netto"), 2),
        (("Nilai Bruto", "Nilai Potongan", "Nilai Netto"), 2),
        (("Nilai Sebelum Potongan", "Nilai Setelah Potongan"), 1),
        (("Nilai SP2D Bruto", "PPN", "PPh", "Nilai SP2D Netto"), 3),
        (("Nilai SP2D", "Metode Pembayaran", "Keterangan Pembayaran"), 0),
    ],
)
def test_of_a_payment_what_was_paid_out_is_taken(names: tuple[str, ...], place: int) -> None:
    body = table(*names).replace("Kode;", "Kode;Tanggal SP2D;").replace("5.1;", "5.1;2026-08-31;")
    figure, ctx, _ = seen({"sp2d.csv": body})
    assert not ctx.refusals
    assert ratio(figure)[1] == 1000 + place


@pytest.mark.parametrize(
    ("names", "role"),
    [
        (("Pagu", "Realisasi Bulan Lalu", "Realisasi Bulan Ini"), "executed"),
        (("Pagu", "Realisasi s.d. Bulan Lalu", "Realisasi Bulan Ini"), "executed"),
        (("Pagu", "Realisasi SD", "Realisasi SMP"), "executed"),
        (("Anggaran 2025", "Anggaran 2026", "Realisasi"), "budget"),
        (("Anggaran Pergeseran", "Anggaran Perubahan", "Realisasi"), "budget"),
    ],
)
def test_where_nothing_tells_which_is_the_whole_nothing_is_guessed(names: tuple[str, ...], role: str) -> None:
    figure, ctx, _ = seen({"rfk_2026-08-31.csv": table(*names)})
    assert figure is None
    assert [reason.partition(": ")[2] for _, reason in reasons(ctx)] == [f"name the one in columns.{role}"]
    named = {role: names[1]}
    figure, ctx, _ = seen({"rfk_2026-08-31.csv": table(*names)}, columns=named)
    assert figure is not None and not ctx.refusals, "the other meanings are still found by their words"


def test_a_package_says_which_column_it_is_where_words_would_not() -> None:
    fields = [{"name": "Realisasi A", "columnType": "value"}, {"name": "Realisasi B"}, {"name": "d", "columnType": "date:generic"}]
    package = json.dumps({"resources": [{"path": "t.csv", "schema": {"fields": fields}}]})
    figure, ctx, _ = seen({"datapackage.json": package, "t.csv": "d,Realisasi A,Realisasi B\n2026-02-01,5,7\n"})
    assert not ctx.refusals
    assert ratio(figure)[1] == 5
