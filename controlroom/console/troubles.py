"""What went wrong with a question to the doors, as a sentence for the person at the desk, whatever page asked it."""

from collections.abc import Callable

from controlroom.console.desk_api import Trouble

_TROUBLE_WORDS = {
    "unreached": "Pintu tidak menjawab",
    "too_slow": "Pintu tidak menjawab pada waktunya",
    "older_session": "Dikirim sebelum Anda masuk lagi; ulangi",
    "other_version": "Konsol dan pintu berbeda versi; beri tahu pengelola sistem",
    "too_large": "Jawaban pintu terlalu besar; persempit saringan",
    "redirect": "Alamat pintu menunjuk ke tempat lain; periksa pengaturan doors_url",
    "not_signed_in": "Sesi sudah berakhir; masuk lagi untuk melanjutkan",
    "must_change_password": "Sandi harus diganti dulu; keluar dan masuk lagi",
    "csrf": "Sesi ini milik masuk yang lain; keluar dan masuk lagi",
    "forbidden": "Peran Anda tidak boleh melakukan ini",
}
_STATUS_WORDS = {
    404: "Yang dicari tidak ada lagi",
    429: "Terlalu banyak permintaan; tunggu sebentar",
    503: "Pintu sedang penuh; coba lagi sebentar",
}


def is_passing(trouble: Trouble) -> bool:
    """Whether the same request may well be carried out later: no answer, an ended session, doors that are short of something."""
    return trouble.status in (0, 401, 429) or trouble.status >= 500


def sentence(trouble: Trouble, tr: Callable[[str], str]) -> str:
    """In the desk's language where it is trouble that any door may make; else what this door said."""
    if trouble.code in _TROUBLE_WORDS:
        return tr(_TROUBLE_WORDS[trouble.code])
    if trouble.status in _STATUS_WORDS:
        return tr(_STATUS_WORDS[trouble.status])
    return tr("Pintu menolak: {text}").format(text=trouble.text)
