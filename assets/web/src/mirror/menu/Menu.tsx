/** The menu: language and look, the wall as it stands, emergency alerts, devices and sessions, signing out, about. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import "./menu.css";
import { Icon } from "../icons";
import type { Mirror } from "../mirror";
import { signOut } from "../entering";
import { silence } from "../push";
import { useRoom } from "../room";
import type { Choices } from "../storage";
import { fill } from "../wording";
import { Push } from "./Push";
import { Sessions } from "./Sessions";

interface MenuProps {
  mirror: Mirror;
  chosen: Choices;
  onChoose: (more: Partial<Choices>) => void;
  onWall: () => void;
  onClose: () => void;
}

export function Menu({ mirror, chosen, onChoose, onWall, onClose }: MenuProps): JSX.Element {
  const { tr, scope, who, text, city } = useRoom();
  const place = useRef<HTMLDialogElement>(null);
  const [page, setPage] = useState<"menu" | "push" | "sessions" | "about" | "leaving">("menu");
  useEffect(() => place.current?.showModal(), []);
  const titles = { menu: tr("Menu"), push: tr("Pemberitahuan darurat"), sessions: tr("Perangkat dan sesi"), about: tr("Tentang"), leaving: tr("Keluar") };
  return (
    <dialog ref={place} class="menu" aria-label={titles[page]} onClose={onClose} onClick={(event) => event.target === place.current && place.current?.close()}>
      <div class="menu-body">
        <header>
          {page !== "menu" && (
            <button class="icon-button" aria-label={tr("Kembali")} onClick={() => setPage("menu")}>
              <Icon name="undo" size={20} />
            </button>
          )}
          <h2>{titles[page]}</h2>
          <button class="text-button" onClick={() => place.current?.close()}>
            {tr("Tutup")}
          </button>
        </header>
        {page === "push" && <Push />}
        {page === "sessions" && <Sessions />}
        {page === "leaving" && <Leaving mirror={mirror} onBack={() => setPage("menu")} />}
        {page === "about" && <About />}
        {page === "menu" && (
          <>
            {who !== null && <p class="who">{fill(tr("{name}, sesi sampai {time}"), { name: who.name, time: text.dated(who.ends_at, mirror.clock.now() ?? who.ends_at) })}</p>}
            <Choice label={tr("Bahasa")}>
              <Pick label="Indonesia" isOn={chosen.language === "id"} onPick={() => onChoose({ language: "id" })} />
              <Pick label="English" isOn={chosen.language === "en"} onPick={() => onChoose({ language: "en" })} />
            </Choice>
            <Choice label={tr("Tampilan")}>
              <Pick label={tr("Gelap")} isOn={chosen.theme === "dark"} onPick={() => onChoose({ theme: "dark" })} />
              <Pick label={tr("Terang")} isOn={chosen.theme === "light"} onPick={() => onChoose({ theme: "light" })} />
              <Pick label={tr("Otomatis")} isOn={chosen.theme === "auto"} onPick={() => onChoose({ theme: "auto" })} />
            </Choice>
            <Choice label={tr("Ukuran teks")}>
              <Pick label={tr("Biasa")} isOn={!chosen.isLarge} onPick={() => onChoose({ isLarge: false })} />
              <Pick label={tr("Besar")} isOn={chosen.isLarge} onPick={() => onChoose({ isLarge: true })} />
            </Choice>
            <nav>
              {scope === "city" && <Item label={tr("Seperti di dinding")} onPick={onWall} />}
              {document.fullscreenEnabled && <Item label={document.fullscreenElement === null ? tr("Layar penuh") : tr("Keluar dari layar penuh")} onPick={() => void turnFullScreen().then(() => place.current?.close())} />}
              <Item label={titles.push} onPick={() => setPage("push")} />
              <Item label={titles.sessions} onPick={() => setPage("sessions")} />
              <Item label={fill(tr("Tentang {city}"), { city: city?.config.name ?? "LIVE Room" })} onPick={() => setPage("about")} />
              <Item label={titles.leaving} onPick={() => setPage("leaving")} />
            </nav>
          </>
        )}
      </div>
    </dialog>
  );
}

async function turnFullScreen(): Promise<void> {
  await (document.fullscreenElement === null ? document.documentElement.requestFullscreen() : document.exitFullscreen()).catch(() => undefined);
}

function Choice({ label, children }: { label: string; children: ComponentChildren }): JSX.Element {
  return (
    <fieldset>
      <legend>{label}</legend>
      <div class="picks">{children}</div>
    </fieldset>
  );
}

function Pick({ label, isOn, onPick }: { label: string; isOn: boolean; onPick: () => void }): JSX.Element {
  return (
    <button aria-pressed={isOn} onClick={onPick}>
      {label}
    </button>
  );
}

function Item({ label, onPick }: { label: string; onPick: () => void }): JSX.Element {
  return <button onClick={onPick}>{label}</button>;
}

function Leaving({ mirror, onBack }: { mirror: Mirror; onBack: () => void }): JSX.Element {
  const { tr } = useRoom();
  const [isFailed, setFailed] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const leave = (): void => {
    setBusy(true);
    signOut(mirror.view.word).then(
      () => {
        void silence();
        return mirror.leave();
      },
      () => {
        setBusy(false);
        setFailed(true);
      },
    );
  };
  return (
    <div class="words">
      <p>{tr("Perangkat ini tidak dapat membuka cermin lagi sampai Anda masuk dengan passkey atau undangan baru. Gambar terakhir dihapus dari perangkat.")}</p>
      {isFailed && <p class="warn">{tr("Server tidak menjawab, sesi belum diakhiri. Coba lagi saat tersambung.")}</p>}
      <div class="picks">
        <button class="main" disabled={isBusy} onClick={leave} data-act="leave">
          {tr("Keluar")}
        </button>
        <button onClick={onBack}>{tr("Batal")}</button>
      </div>
    </div>
  );
}

function About(): JSX.Element {
  const { tr, city } = useRoom();
  return (
    <div class="words">
      <p>{tr("Halaman ini menunjukkan angka yang sama dengan dinding LIVE Room pada saat yang sama, hanya untuk dilihat. Kepala halaman menyebut kapan data terakhir sampai; kartu yang datanya lama berwarna kelabu dan menyebut usianya.")}</p>
      {city !== null && <p>{city.config.attribution}</p>}
      <p>
        {tr("Versi")} {document.querySelector<HTMLMetaElement>('meta[name="build"]')?.content}
      </p>
    </div>
  );
}
