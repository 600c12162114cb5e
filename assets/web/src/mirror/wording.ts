/** The words for states, channels and clocks, one place for all cards and panels: those of the wall. Pure. */
import type { Channel, Due, Priority, State } from "./contract";
import type { Tr } from "./freshness";

export function stateName(state: State, tr: Tr): string {
  switch (state) {
    case "new":
      return tr("Baru");
    case "forwarded":
      return tr("Diteruskan");
    case "working":
      return tr("Dikerjakan");
    case "done":
      return tr("Selesai");
    case "declined":
      return tr("Di luar kewenangan");
    case "duplicate":
      return tr("Duplikat");
    case "invalid":
      return tr("Iseng");
    case "reopened":
      return tr("Dibuka lagi");
  }
}

/** Names of channels are names; only the website and e-mail are words. */
export function channelName(channel: Channel, tr: Tr): string {
  switch (channel) {
    case "laksa":
      return "LAKSA";
    case "call_112":
      return "112";
    case "call_centre":
      return "1500-293";
    case "sms":
      return "SMS";
    case "email":
      return tr("E-mail");
    case "x":
      return "X";
    case "facebook":
      return "Facebook";
    case "instagram":
      return "Instagram";
    case "website":
      return tr("Situs web");
    case "open311":
      return "Open311";
  }
}

export function dueName(due: Due, tr: Tr): string {
  switch (due) {
    case "response":
      return tr("menunggu tanggapan");
    case "acceptance":
      return tr("menunggu diterima");
    case "completion":
      return tr("menunggu selesai");
  }
}

/** Empty for what is not pressing. */
export function priorityName(priority: Priority, tr: Tr): string {
  switch (priority) {
    case "emergency":
      return tr("Darurat");
    case "urgent":
      return tr("Mendesak");
    case "normal":
      return "";
  }
}

/** What a panel of the wall shows; its own key where this page knows no word for it. */
export function panelName(panel: string, tr: Tr): string {
  const names: Record<string, string> = {
    header: tr("Kepala"),
    totals: tr("Jumlah laporan"),
    map: tr("Peta laporan"),
    ticker: tr("Laporan masuk"),
    focus: tr("Laporan pilihan"),
    presence: tr("Petugas hadir"),
    keuangan: tr("Keuangan"),
    fisik: tr("Fisik"),
    pengadaan: tr("Pengadaan"),
    cameras: tr("Kamera"),
    hazards: tr("Peringatan"),
    notices: tr("Kabar kota"),
    lingkungan: tr("Lingkungan"),
    at_risk: tr("Tenggat laporan"),
    evaluation: tr("Evaluasi laporan"),
    apps: tr("Aplikasi"),
    sources: tr("Sumber data"),
  };
  return Object.hasOwn(names, panel) ? names[panel]! : panel;
}

/** `text` with its places filled in: `{count} laporan`. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => (Object.hasOwn(values, name) ? String(values[name]) : place));
}
