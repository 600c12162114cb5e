/** Whether this device is rung in an emergency, with the button that asks for it or ends it. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Tr } from "../freshness";
import { bellOf, turnOff, turnOn, type Bell } from "../push";
import { useRoom } from "../room";

export function Push(): JSX.Element {
  const { tr, view, language, scope } = useRoom();
  const [bell, setBell] = useState<Bell | null>(null);
  const [isBusy, setBusy] = useState(true);
  const [isFailed, setFailed] = useState(false);
  const run = (work: Promise<Bell>): void => {
    setBusy(true);
    setFailed(false);
    work
      .then(setBell, () => setFailed(true))
      .finally(() => setBusy(false));
  };
  const look = (): void => run(bellOf(view.word));
  useEffect(look, []);
  return (
    <div class="words" data-bell={bell?.state ?? "waiting"}>
      <p role="status">{bell === null ? (isFailed ? "" : tr("memuat")) : wordsOf(bell, tr)}</p>
      {(bell?.state === "on" || bell?.state === "off") && (
        <p>{scope === "city" ? tr("Darurat: laporan berprioritas darurat (112) dan peringatan bencana tingkat ekstrem.") : tr("Darurat: laporan berprioritas darurat (112) di OPD Anda.")}</p>
      )}
      {isFailed && <p class="warn">{tr("Server tidak menjawab. Coba lagi saat tersambung.")}</p>}
      <div class="picks">
        {bell?.state === "off" && (
          <button class="main" disabled={isBusy} onClick={() => run(turnOn(bell.key, view.word, language))} data-act="push-on">
            {tr("Nyalakan")}
          </button>
        )}
        {bell?.state === "on" && (
          <button disabled={isBusy} onClick={() => run(turnOff(view.word).then(() => bellOf(view.word)))} data-act="push-off">
            {tr("Matikan")}
          </button>
        )}
        {(isFailed || bell?.state === "blocked" || bell?.state === "impossible") && (
          <button disabled={isBusy} onClick={look}>
            {tr("Coba lagi")}
          </button>
        )}
      </div>
    </div>
  );
}

function wordsOf(bell: Bell, tr: Tr): string {
  switch (bell.state) {
    case "on":
      return tr("Menyala. Bila ada keadaan darurat, perangkat ini menampilkan satu kalimat: buka aplikasi. Apa yang terjadi hanya terlihat di cermin.");
    case "off":
      return tr("Mati. Bila dinyalakan, perangkat ini menampilkan satu kalimat saat ada keadaan darurat: buka aplikasi. Peramban akan meminta izin Anda.");
    case "blocked":
      return tr("Peramban melarang pemberitahuan dari halaman ini. Izinkan di pengaturan situs pada peramban, lalu coba lagi.");
    case "absent":
      return bell.why === "simulated" ? tr("Kota ini simulasi: keadaan daruratnya tidak membunyikan perangkat mana pun.") : tr("Ruang ini belum menyediakan pemberitahuan darurat.");
    case "impossible":
      if (bell.why === "install") return tr("Di iPhone dan iPad, tambahkan dahulu cermin ke Layar Utama (Bagikan, lalu Tambah ke Layar Utama), dan nyalakan dari sana.");
      return bell.why === "service" ? tr("Peramban tidak dapat mencapai layanan pemberitahuannya. Coba lagi nanti.") : tr("Peramban ini tidak dapat menerima pemberitahuan.");
  }
}
