"""What stands in the audit, in words: the deeds, the roles and what was done to what. Pure."""

from collections.abc import Callable
from typing import Any, cast

from widgets.kit.canvas import plain

ACTION_WORDS = {
    "accept": "menerima tugas",
    "accept_shift": "menerima serah terima",
    "add_device": "menautkan perangkat",
    "add_key": "membuat kunci program",
    "add_passkey": "mendaftarkan kunci sandi",
    "add_user": "membuat akun",
    "answer": "menjawab pelapor",
    "attach": "melampirkan foto",
    "change_user": "mengubah akun",
    "claim": "memegang laporan",
    "decline": "menyatakan di luar kewenangan",
    "end_session": "mengakhiri satu sesi",
    "end_sessions": "mengakhiri semua sesi",
    "finish": "menyelesaikan laporan",
    "forward": "meneruskan laporan",
    "hand_back": "mengembalikan ke ruang",
    "hand_over": "menyerahkan giliran",
    "instruct": "memberi arahan",
    "instruction_done": "menyelesaikan arahan",
    "invalidate": "menandai iseng",
    "invite": "mengundang ke cermin",
    "merge": "menggabung laporan",
    "note": "menulis catatan",
    "pass_picture": "mengatur foto untuk dinding",
    "preset_delete": "menghapus preset",
    "preset_save": "menyimpan preset",
    "progress": "melaporkan kemajuan",
    "push_off": "mematikan pemberitahuan darurat",
    "push_on": "menyalakan pemberitahuan darurat",
    "redeem": "memakai undangan",
    "redeem_failed": "undangan ditolak",
    "release": "melepas laporan",
    "remove_device": "melepas perangkat",
    "remove_passkey": "menghapus kunci sandi",
    "reopen": "membuka laporan lagi",
    "revoke_key": "mencabut kunci program",
    "search_words": "mencari kata warga",
    "see_person": "melihat data pelapor",
    "see_picture": "melihat foto",
    "see_queue": "melihat antrean",
    "see_report": "melihat laporan",
    "set_password": "mengganti sandi",
    "sign_in": "masuk",
    "sign_in_failed": "gagal masuk",
    "take_over": "mengambil alih laporan",
    "triage": "memilah laporan",
    "type_in": "mencatat laporan",
    "unlock": "membuka kunci akun",
    "view": "melihat cermin",
    "wall_curtain": "menutup atau membuka layar",
    "wall_lease": "mengunci dinding",
    "wall_release": "melepas kunci dinding",
    "wall_take": "menayangkan tata letak",
    "wall_take_over": "mengambil alih kunci dinding",
    "wall_undo": "mengurungkan tayangan",
    "withdraw_invitation": "mencabut undangan",
}
ROLE_WORDS = {
    "operator": "operator",
    "lead": "kepala ruang",
    "opd": "petugas OPD",
    "head": "kepala OPD",
    "mayor": "wali kota",
    "field": "petugas lapangan",
    "collector": "program",
    "admin": "admin",
    "citizen": "warga",
}
_THING_WORDS = {
    "report": "laporan",
    "user": "akun",
    "wall": "dinding",
    "preset": "preset",
    "handover": "serah terima",
    "key": "kunci",
    "picture": "foto",
    "queue": "antrean",
}


def action_words(action: str, tr: Callable[[str], str]) -> str:
    """A deed this console does not know yet is told as it is written down."""
    return tr(ACTION_WORDS[action]) if action in ACTION_WORDS else plain(action).replace("_", " ")


def role_words(role: str, tr: Callable[[str], str]) -> str:
    return tr(ROLE_WORDS[role]) if role in ROLE_WORDS else plain(role)


def thing_words(thing: str, tr: Callable[[str], str]) -> str:
    """``report LR-1`` as ``laporan LR-1``."""
    kind, space, name = plain(thing).partition(" ")
    return f"{tr(_THING_WORDS[kind])}{space}{name}" if kind in _THING_WORDS else plain(thing)


def fact_lines(body: dict[str, Any]) -> list[str]:
    """``revision: 4``; lists and tables within are told level by level, one fact a line."""
    return [line for name, value in body.items() for line in _lines(plain(str(name)), value, 0)]


_DEEPEST = 6


def _lines(name: str, value: Any, level: int) -> list[str]:
    pad = "    " * level
    if level >= _DEEPEST:
        return [f"{pad}{name}: …"]
    if isinstance(value, dict):
        inner = cast(dict[str, Any], value)
        return [f"{pad}{name}:", *(line for key, one in inner.items() for line in _lines(plain(str(key)), one, level + 1))]
    if isinstance(value, list):
        several = cast(list[Any], value)
        if all(not isinstance(one, dict | list) for one in several):
            return [f"{pad}{name}: {', '.join(_said(one) for one in several) or '-'}"]
        return [f"{pad}{name}:", *(line for number, one in enumerate(several, 1) for line in _lines(str(number), one, level + 1))]
    return [f"{pad}{name}: {_said(value)}"]


def _said(value: Any) -> str:
    return "-" if value is None else plain(str(value))
