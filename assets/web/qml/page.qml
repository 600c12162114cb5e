// One web page in a window of its own. `host` (widgets.kit.web) is its only partner.
import QtQuick
import QtWebEngine

Rectangle {
    id: root
    required property QtObject host
    required property WebEngineProfile profile
    required property url page
    required property color ground
    color: ground

    WebEngineView {
        id: view
        anchors.fill: parent
        profile: root.profile
        backgroundColor: root.ground
        settings.javascriptCanOpenWindows: false
        settings.javascriptCanAccessClipboard: false
        settings.localStorageEnabled: false
        settings.pluginsEnabled: false
        settings.errorPageEnabled: false
        settings.focusOnNavigationEnabled: false
        settings.showScrollBars: false
        onContextMenuRequested: request => request.accepted = true
        onNewWindowRequested: request => {}
        onNavigationRequested: request => {
            if (request.url.toString().indexOf("liveroom://") !== 0) request.reject()
        }
        onJavaScriptConsoleMessage: (level, message, line, source) => root.host.take_console(level, message, line, source)
        onLoadingChanged: info => {
            root.host.take_process(view.renderProcessPid)
            if (info.status === WebEngineView.LoadFailedStatus) root.host.take_load_failure(info.errorString)
        }
        onRenderProcessTerminated: (status, exitCode) => root.host.take_termination(status, exitCode)
        Component.onCompleted: url = root.page
    }

    Connections {
        target: root.host
        function onScript_sent(script) { view.runJavaScript(script) }
        function onAsked(number, script) { view.runJavaScript(script, answer => root.host.take_answer(number, answer === undefined ? "" : String(answer))) }
        function onReload_wanted() { view.reloadAndBypassCache() }
    }
}
