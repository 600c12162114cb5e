"""A camera by Debian's gst-rtsp-server, an implementation of its own: run by /usr/bin/python3, prints its port, ends with stdin.

Usage: rtsp_server.py [PORT] [WIDTHxHEIGHT] [--login]; paths: /h264, /jpeg; the login is ``kamera``, ``p@ss:word``.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

SOURCE = "videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width={width},height={height},framerate=15/1 ! "
H264 = "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 ! rtph264pay name=pay0 pt=96"
JPEG = "jpegenc ! rtpjpegpay name=pay0 pt=26"


def main() -> None:
    Gst.init(None)
    port = sys.argv[1] if len(sys.argv) > 1 else "0"
    width, height = (sys.argv[2] if len(sys.argv) > 2 else "640x360").split("x")
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    threads = GstRtspServer.RTSPThreadPool()
    threads.set_max_threads(8)
    server.set_thread_pool(threads)
    if "--login" in sys.argv:
        login = GstRtspServer.RTSPAuth()
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        login.add_basic(GstRtspServer.RTSPAuth.make_basic("kamera", "p@ss:word"), token)
        server.set_auth(login)
    for path, pipeline in (("/h264", H264), ("/jpeg", JPEG)):
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch("( " + SOURCE.format(width=width, height=height) + pipeline + " )")
        factory.set_shared(True)
        may = "viewer, media.factory.access=(boolean)true, media.factory.construct=(boolean)true"
        factory.add_role_from_structure(Gst.Structure.new_from_string(may))
        server.get_mount_points().add_factory(path, factory)
    server.attach(None)
    print(server.get_bound_port(), flush=True)
    loop = GLib.MainLoop()
    GLib.io_add_watch(sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IO_HUP | GLib.IO_IN, lambda *_: loop.quit())
    loop.run()


main()
