"""What was asked of the wall and how far it is, as one sentence: sent, shown on so many monitors, refused and why. Pure."""

from collections.abc import Callable

from controlroom.console.page import Tone
from controlroom.console.stage.desk import StageDesk
from controlroom.console.stage.taking import Phase
from feeds.messages.walls import TakeKind, Taken

KIND_WORDS = {
    TakeKind.TAKE: "ditayangkan",
    TakeKind.UNDO: "diurungkan",
    TakeKind.CURTAIN: "layar ditutup",
    TakeKind.OPEN: "layar dibuka",
}


def progress(stage: StageDesk) -> tuple[str, Tone]:
    """Of the last decision of this desk; empty when there was none."""
    taking, tr = stage.taking, stage.ctx.tr
    if not taking.is_busy and stage.curtaining.changed_s > taking.changed_s:
        return stage.curtaining.line()
    match taking.phase:
        case Phase.IDLE:
            return "", Tone.PLAIN
        case Phase.ASKING:
            return tr("Mengirim"), Tone.PLAIN
        case Phase.UNKNOWN:
            return tr("Jawaban hilang: ditanyakan apakah sudah berlaku"), Tone.WARNING
        case Phase.SENT:
            return tr("Terkirim (rev {revision}): menunggu dinding").format(revision=taking.revision), Tone.PLAIN
        case Phase.SILENT:
            return tr("Terkirim (rev {revision}), dinding belum menjawab 5 dtk").format(revision=taking.revision), Tone.WARNING
        case Phase.SHOWN if stage.feed.desk is not None and stage.feed.desk.revision > taking.revision:
            return "", Tone.PLAIN  # others have decided since
        case Phase.SHOWN:
            line = stage.monitors_line()
            return (tr("Tayang di {monitors}").format(monitors=line) if line else tr("Tayang")), Tone.GOOD
        case Phase.REFUSED:
            state = stage.feed.state
            why = state.refusal.reason if state is not None and state.refusal is not None else ""
            return tr("Dinding menolak: {why}").format(why=why[:500]), Tone.TROUBLE
        case Phase.FAILED:
            trouble = taking.trouble
            if trouble is not None and trouble.status == 0:
                return tr("Tidak sampai: dinding tidak berubah"), Tone.TROUBLE
            return tr("Ditolak: {why}").format(why=trouble.text[:500] if trouble is not None else ""), Tone.TROUBLE


def decision(taken: Taken, stage: StageDesk) -> str:
    """``13.58 Ani: Siaga harian, sebab peringatan BMKG``."""
    tr, text = stage.ctx.tr, stage.ctx.text
    what = tr(KIND_WORDS[taken.kind])
    if taken.kind in (TakeKind.TAKE, TakeKind.UNDO) and taken.layout is not None:
        what = f"{stage.shelf.title_of(taken.layout)} {what}" if taken.kind is TakeKind.UNDO else stage.shelf.title_of(taken.layout)
    line = f"{text.when(taken.at, stage.now())} {taken.name}: {what}"
    return f"{line}, {tr('sebab {reason}').format(reason=taken.reason)}" if taken.reason else line


def lease_line(stage: StageDesk) -> tuple[str, str]:
    """``Kunci: Anda · 8 mnt``, and the tone of its chip."""
    tr, text, holding = stage.ctx.tr, stage.ctx.text, stage.holding
    mine, others = holding.mine, holding.others
    if mine is not None:
        return tr("Kunci: Anda · {left}").format(left=text.short_age(holding.left_s(mine))), "own"
    if others:
        name = others[0].name if len(others) == 1 else tr("{count} orang").format(count=len(others))
        return tr("Kunci: {name} · {left}").format(name=name[:40], left=text.short_age(holding.left_s(others[0]))), "warning"
    return tr("Kunci: bebas"), "plain"


def stills_line(stage: StageDesk) -> str:
    """How old the picture of the wall is."""
    tr, text, stills = stage.ctx.tr, stage.ctx.text, stage.stills
    if not stills.is_reached:
        return ""
    return tr("gambar {age}").format(age=text.fine_age(stills.age_s))


def overtaken_line(stage: StageDesk, tr: Callable[[str], str]) -> str:
    """Who changed the wall meanwhile, when and why, and what differs from what the draft was made of."""
    desk = stage.feed.desk
    if desk is None or desk.shown is None or not stage.is_overtaken() or not stage.editor.is_changed or stage.taking.is_busy:
        return ""
    found = stage.sentences(stage.their_difference())
    what = "; ".join(found[:4]) + (" ..." if len(found) > 4 else "")
    line = tr("Dinding berubah sejak rancangan Anda dimulai. {decision}").format(decision=decision(desk.shown, stage))
    return f"{line}. {what}" if what else line
