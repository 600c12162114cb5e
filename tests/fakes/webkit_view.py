"""A browser of one page by Debian's WebKitGTK: run by /usr/bin/python3 for WebKitWebDriver, ends when its window is closed.

Usage: webkit_view.py WIDTHxHEIGHT LOOK [--no-webgl]; LOOK: ``dark`` or ``light``, as the system prefers it. WebKitGTK's MiniBrowser would do
but for its tool bar, which keeps it from being as narrow as a phone.
"""

import sys

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gtk, WebKit2  # noqa: E402


def main() -> None:
    width, height = (int(part) for part in sys.argv[1].split("x"))
    Gtk.Settings.get_default().set_property("gtk-application-prefer-dark-theme", sys.argv[2] == "dark")
    context = WebKit2.WebContext.new_ephemeral()
    context.set_automation_allowed(True)
    context.set_preferred_languages(["id-ID"])
    view = WebKit2.WebView(web_context=context, is_controlled_by_automation=True)
    view.get_settings().set_enable_webgl("--no-webgl" not in sys.argv)
    window = Gtk.Window()
    window.set_default_size(width, height)
    window.add(view)

    def on_automation_started(_: WebKit2.WebContext, session: WebKit2.AutomationSession) -> None:
        # The name WebKitWebDriver is asked for.
        told = WebKit2.ApplicationInfo.new()
        told.set_name("MiniBrowser")
        told.set_version(WebKit2.get_major_version(), WebKit2.get_minor_version(), WebKit2.get_micro_version())
        session.set_application_info(told)
        session.connect("create-web-view", lambda _: view)

    context.connect("automation-started", on_automation_started)
    view.connect("close", lambda _: window.destroy())
    window.connect("destroy", Gtk.main_quit)
    window.show_all()
    Gtk.main()


if __name__ == "__main__":
    main()
