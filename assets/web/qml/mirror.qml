// The mirror's page in a window of its own, and a plain card in its place while it cannot be reached. `host` is its only partner.
import QtQuick
import QtWebEngine

Rectangle {
    id: root
    required property QtObject host
    required property WebEngineProfile profile
    property string title: ""
    property string detail: ""
    color: "#0E1621"

    WebEngineView {
        id: view
        anchors.fill: parent
        visible: root.title === ""
        profile: root.profile
        backgroundColor: root.color
        settings.javascriptCanOpenWindows: false
        settings.javascriptCanAccessClipboard: false
        settings.localStorageEnabled: true
        settings.pluginsEnabled: false
        settings.errorPageEnabled: false
        settings.fullScreenSupportEnabled: true
        onContextMenuRequested: request => request.accepted = true
        onNewWindowRequested: request => {}
        onPermissionRequested: permission => permission.deny()
        onFullScreenRequested: request => request.accept()
        onCertificateError: error => { error.rejectCertificate(); root.host.take_certificate(error.description) }
        onNavigationRequested: request => {
            if (!root.host.may_go(request.url.toString())) request.reject()
        }
        onLoadingChanged: info => {
            if (info.status === WebEngineView.LoadSucceededStatus) root.host.take_loaded()
            if (info.status === WebEngineView.LoadFailedStatus) root.host.take_failure(info.errorString)
        }
        onRenderProcessTerminated: (status, exitCode) => root.host.take_failure("renderer ended: " + exitCode)
    }

    Column {
        anchors.centerIn: parent
        width: Math.min(560, parent.width - 64)
        spacing: 14
        visible: root.title !== ""
        Text { width: parent.width; text: root.title; textFormat: Text.PlainText; color: "#EEF2F6"; font.pixelSize: 26; font.weight: Font.DemiBold; wrapMode: Text.WordWrap; horizontalAlignment: Text.AlignHCenter }
        Text { width: parent.width; text: root.detail; textFormat: Text.PlainText; color: "#B4C0CD"; font.pixelSize: 17; lineHeight: 1.25; wrapMode: Text.WordWrap; horizontalAlignment: Text.AlignHCenter }
    }

    Connections {
        target: root.host
        function onLoad_wanted(url) { view.url = url; }
        function onReload_wanted() { view.reload() }
        function onCard_wanted(title, detail) { root.title = title; root.detail = detail }
        function onAsked(number, script) { view.runJavaScript(script, answer => root.host.take_answer(number, answer === undefined ? "" : String(answer))) }
    }
}
