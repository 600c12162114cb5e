"""What is said of steps, histories and refusals, in words for the person at the desk. Pure."""

from collections.abc import Callable
from datetime import datetime

from controlroom.console.desk_api import Trouble
from feeds.messages.city import City
from feeds.messages.desk import Happening, Problem
from feeds.messages.queue import Clock
from feeds.messages.report import Channel, Priority, ReportState
from widgets.kit.wording import channel_name, state_name

Tr = Callable[[str], str]

KIND_WORDS = {
    "received": "Masuk",
    "observed": "Kabar dari sumber",
    "outside_update": "Kabar dari aplikasi lain",
    "attached": "Lampiran ditambahkan",
    "triage": "Triase",
    "forward": "Diteruskan",
    "hand_back": "Dikembalikan ke ruang",
    "accept": "Diterima, mulai dikerjakan",
    "progress": "Kemajuan",
    "finish": "Selesai",
    "answer": "Jawaban ke pelapor",
    "decline": "Di luar kewenangan",
    "merge": "Digabung",
    "invalidate": "Ditandai iseng",
    "reopen": "Dibuka lagi",
    "note": "Catatan",
    "pass_picture": "Gambar untuk dinding",
}
"""A step that has been taken, by its kind."""

STEP_WORDS = {
    "triage": "Triase",
    "forward": "Teruskan",
    "hand_back": "Kembalikan ke ruang",
    "accept": "Terima",
    "progress": "Kemajuan",
    "finish": "Tutup",
    "answer": "Jawab",
    "decline": "Luar kewenangan",
    "merge": "Gabung",
    "invalidate": "Iseng",
    "reopen": "Buka lagi",
    "note": "Catatan",
    "pass_picture": "Gambar",
}
"""A step to be taken: what its button says."""

PROBLEM_WORDS = {
    "unreached": "pintu data tidak menjawab",
    "too_slow": "pintu data tidak menjawab pada waktunya",
    "older_session": "dikirim sebelum Anda masuk lagi; ulangi",
    "other_version": "pintu data berbicara versi lain; perbarui aplikasi ini",
    "unknown_report": "laporan ini tidak ada, atau bukan untuk Anda",
    "unknown_picture": "gambar ini tidak ada, atau bukan untuk Anda",
    "forbidden": "peran Anda tidak boleh melakukan ini",
    "stale_revision": "laporan sudah berubah; lihat apa yang berubah lalu terapkan lagi",
    "key_used": "laporan lain sudah dicatat dengan kunci kiriman ini; simpan sekali lagi",
    "claimed": "laporan sedang dipegang orang lain",
    "illegal_transition": "langkah ini tidak dapat dilakukan pada keadaan laporan sekarang",
    "missing_requirement": "ada yang masih kurang: alasan, jawaban, bukti, atau OPD",
    "bad_value": "ada isian yang tidak dapat diterima",
    "bad_request": "ada isian yang tidak dapat diterima",
    "too_large": "teks atau berkas terlalu besar",
    "no_room": "penyimpanan pusat penuh; tidak ada yang dicatat",
    "store_away": "penyimpanan pusat tidak menjawab; tidak ada yang dicatat",
    "internal": "kesalahan di pusat; sudah tercatat di lognya",
    "not_signed_in": "sesi Anda sudah berakhir; masuklah lagi",
    "must_change_password": "gantilah dulu kata sandi Anda",
    "csrf": "sesi Anda berganti; masuklah lagi",
    "too_many_requests": "terlalu banyak permintaan; tunggu sebentar",
    "precondition_required": "revisi laporan tidak ikut terkirim",
}
"""What the doors refuse, by their code."""

DETAILED = frozenset({"bad_value", "bad_request", "claimed", "missing_requirement", "illegal_transition", "forbidden"})
"""Codes whose own text says more than the sentence: which field, who, which states."""

CLOCK_WORDS = {Clock.RESPOND: "Respons", Clock.ACCEPT: "Terima", Clock.FINISH: "Selesai"}

PRIORITY_WORDS = {Priority.NORMAL: "Biasa", Priority.URGENT: "Mendesak", Priority.EMERGENCY: "Darurat"}

ROLE_WORDS = {"before": "Sebelum", "after": "Sesudah", "other": "Lainnya"}
"""What a picture shows."""


def refusal(problem: Trouble | Problem, tr: Tr) -> str:
    """A sentence for a code; the doors' own text where the code is unknown, and beside it where it says more."""
    own = problem.text if isinstance(problem, Trouble) else problem.description
    if problem.code not in PROBLEM_WORDS:
        return own or problem.code
    said = tr(PROBLEM_WORDS[problem.code])
    return f"{said} ({own})" if problem.code in DETAILED and own else said


def step_name(kind: str, tr: Tr) -> str:
    return tr(STEP_WORDS[kind]) if kind in STEP_WORDS else kind


def priority_name(priority: Priority, tr: Tr) -> str:
    return tr(PRIORITY_WORDS[priority])


def picture_role(role: str, tr: Tr) -> str:
    return tr(ROLE_WORDS.get(role, ROLE_WORDS["other"]))


def happened(event: Happening, city: City, language: str, tr: Tr) -> str:
    """One line of the history, without its time: what was done, with what, why."""
    said = tr(KIND_WORDS[event.kind]) if event.kind in KIND_WORDS else event.kind
    told = _told(event, city, language, tr)
    line = f"{said}: {told}" if told else said
    return f"{line} ({event.reason})" if event.reason else line


def _told(event: Happening, city: City, language: str, tr: Tr) -> str:
    """What the step carried."""
    body = event.body
    match event.kind:
        case "forward":
            return " · ".join(part for part in (city.agency_short(body.get("agency")), body.get("officer")) if part)
        case "progress" | "answer" | "note" | "outside_update":
            return str(body.get("text", ""))
        case "decline":
            return str(body.get("answer", ""))
        case "finish":
            if body.get("exemption"):
                return tr("tanpa foto, {reason}").format(reason=body["exemption"])
            return tr("dengan foto bukti") if body.get("photo") else ""
        case "merge":
            return str(body.get("parent", ""))
        case "pass_picture":
            return tr("diloloskan") if body.get("is_passed", True) else tr("ditarik")
        case "observed":
            return state_name(ReportState(event.after), tr) if event.after in set(ReportState) else str(event.after)
        case "triage":
            return ", ".join(_triaged(event, city, language, tr))
        case _:
            return ""


def _triaged(event: Happening, city: City, language: str, tr: Tr) -> list[str]:
    body, parts = event.body, list[str]()
    if body.get("category"):
        parts.append(city.category_name(str(body["category"]), language) or str(body["category"]))
    if body.get("priority"):
        parts.append(priority_name(Priority(body["priority"]), tr) if body["priority"] in set(Priority) else str(body["priority"]))
    if body.get("position"):
        parts.append(tr("pin dipindahkan"))
    if body.get("place"):
        parts.append(str(body["place"]))
    if body.get("text") is not None:
        parts.append(tr("teks untuk dinding"))
    return parts


def answered_by(channel: Channel, tr: Tr) -> str:
    """Where an answer goes."""
    return tr("Jawaban dikirim lewat {channel}.").format(channel=channel_name(channel, tr))


def left_of(until: datetime, now: datetime) -> float:
    """Seconds; negative when it is over."""
    return (until - now).total_seconds()
