"""Gives the one output of a virtual X server the EDID of a real monitor, as a graphics driver would: ``python -m tests.fakes.output_edid HEX``."""

import ctypes
import sys
from ctypes.util import find_library

XA_INTEGER = 19


class _Resources(ctypes.Structure):
    """The head of XRRScreenResources (Xrandr.h)."""

    _fields_ = [
        ("timestamp", ctypes.c_ulong),
        ("configTimestamp", ctypes.c_ulong),
        ("ncrtc", ctypes.c_int),
        ("crtcs", ctypes.POINTER(ctypes.c_ulong)),
        ("noutput", ctypes.c_int),
        ("outputs", ctypes.POINTER(ctypes.c_ulong)),
    ]


def set_edid(edid: bytes) -> None:
    """On the first output of $DISPLAY."""
    x11, xrandr = ctypes.CDLL(find_library("X11")), ctypes.CDLL(find_library("Xrandr"))
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XInternAtom.restype = ctypes.c_ulong
    xrandr.XRRGetScreenResources.restype = ctypes.POINTER(_Resources)
    display = ctypes.c_void_p(x11.XOpenDisplay(None))
    if not display:
        raise SystemExit("no X server at $DISPLAY")
    x11.XDefaultRootWindow.restype = ctypes.c_ulong
    root = ctypes.c_ulong(x11.XDefaultRootWindow(display))
    output = xrandr.XRRGetScreenResources(display, root).contents.outputs[0]
    atom = ctypes.c_ulong(x11.XInternAtom(display, b"EDID", 0))
    xrandr.XRRChangeOutputProperty(display, ctypes.c_ulong(output), atom, ctypes.c_ulong(XA_INTEGER), 8, 0, edid, len(edid))
    x11.XSync(display, 0)
    x11.XCloseDisplay(display)


if __name__ == "__main__":
    set_edid(bytes.fromhex(sys.argv[1]))
