"""The words for states and channels, one place for all panels. Pure."""

from collections.abc import Callable

from feeds.messages.report import Channel, ReportState

Tr = Callable[[str], str]


def state_name(state: ReportState, tr: Tr) -> str:
    """``Selesai``."""
    return {
        ReportState.NEW: tr("Baru"),
        ReportState.FORWARDED: tr("Diteruskan"),
        ReportState.WORKING: tr("Dikerjakan"),
        ReportState.DONE: tr("Selesai"),
        ReportState.DECLINED: tr("Di luar kewenangan"),
        ReportState.DUPLICATE: tr("Duplikat"),
        ReportState.INVALID: tr("Iseng"),
        ReportState.REOPENED: tr("Dibuka lagi"),
    }[state]


def channel_name(channel: Channel, tr: Tr) -> str:
    """``LAKSA``, ``112``: names of channels are names; only the website and e-mail are words."""
    return {
        Channel.LAKSA: "LAKSA",
        Channel.CALL_112: "112",
        Channel.CALL_CENTRE: "1500-293",
        Channel.SMS: "SMS",
        Channel.EMAIL: tr("E-mail"),
        Channel.X: "X",
        Channel.FACEBOOK: "Facebook",
        Channel.INSTAGRAM: "Instagram",
        Channel.WEBSITE: tr("Situs web"),
        Channel.OPEN311: "Open311",
    }[channel]
