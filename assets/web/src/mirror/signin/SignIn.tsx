/** The screens before the room: an invitation, coming back by passkey, and why neither will do. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import "./signin.css";
import { Emblem } from "../Curtain";
import { canSign, knownDevice } from "../device";
import { Refusal, Unreachable, type Invited } from "../doors";
import { enter, enterByPasskey, invitationOf, wasLetIn } from "../entering";
import type { Mirror, Stage } from "../mirror";
import { canMakePasskey, makePasskey, NoPasskey, showPasskey } from "../passkey";
import { useRoom, type Room } from "../room";
import type { Choices } from "../storage";
import { fill } from "../wording";

interface SignInProps {
  stage: Extract<Stage, { name: "invited" | "out" }>;
  mirror: Mirror;
  chosen: Choices;
  onChoose: (more: Partial<Choices>) => void;
}

export function SignIn({ stage, mirror, chosen, onChoose }: SignInProps): JSX.Element {
  const { tr } = useRoom();
  const other = chosen.language === "id" ? "en" : "id";
  return (
    <main class="signin">
      <Emblem size={72} />
      {!canSign() ? (
        <Told title={tr("Sambungan ini tidak aman")}>{tr("Perangkat hanya dapat masuk lewat alamat https dengan sertifikat tepercaya. Minta alamat yang benar dari ruang kendali.")}</Told>
      ) : stage.name === "invited" ? (
        <Invitation key={stage.token} token={stage.token} mirror={mirror} />
      ) : (
        <Out why={stage.why} mirror={mirror} />
      )}
      <button class="text-button" lang={other} onClick={() => onChoose({ language: other })}>
        {other === "en" ? "English" : "Bahasa Indonesia"}
      </button>
    </main>
  );
}

/** A device that is let in already needs no invitation: an old link must not keep it out. */
function Back({ mirror }: { mirror: Mirror }): JSX.Element | null {
  const { tr } = useRoom();
  const [isKnown, setKnown] = useState(false);
  useEffect(() => void knownDevice().then((device) => setKnown(device !== null)), []);
  if (!isKnown) return null;
  return (
    <button class="main" data-act="back" onClick={() => mirror.connect()}>
      {tr("Kembali")}
    </button>
  );
}

function Told({ title, children }: { title: string; children: string }): JSX.Element {
  return (
    <>
      <h1>{title}</h1>
      <p>{children}</p>
    </>
  );
}

type Known = { is: "asking" } | { is: "invited"; invited: Invited; hasPasskey: boolean } | { is: "ended" } | { is: "unreachable"; after_s: number | null };

function Invitation({ token, mirror }: { token: string; mirror: Mirror }): JSX.Element {
  const { tr } = useRoom();
  const [known, setKnown] = useState<Known>({ is: "asking" });
  const [fault, setFault] = useState("");
  const [isBusy, setBusy] = useState(false);
  const isLetInAlready = (): Promise<boolean> => wasLetIn(token).catch(() => false);
  const ask = async (): Promise<void> => {
    setKnown({ is: "asking" });
    try {
      const invited = await invitationOf(token);
      setKnown({ is: "invited", invited, hasPasskey: invited.options !== null && (await canMakePasskey()) });
    } catch (error) {
      if (error instanceof Refusal && error.status === 410 && (await isLetInAlready())) return mirror.connect();
      setKnown(error instanceof Refusal && error.status !== 429 ? { is: "ended" } : { is: "unreachable", after_s: error instanceof Refusal ? error.retryAfter_s : null });
    }
  };
  useEffect(() => void ask(), [token]);
  if (known.is === "asking") return <p>{tr("Memeriksa undangan")}</p>;
  if (known.is === "ended") {
    return (
      <>
        <Told title={tr("Undangan tidak berlaku")}>{tr("Undangan hanya berlaku sekali dan selama 15 menit. Minta undangan baru dari ruang kendali, lalu buka di perangkat ini.")}</Told>
        <Back mirror={mirror} />
      </>
    );
  }
  if (known.is === "unreachable") return <Silent after_s={known.after_s} onAgain={() => void ask()} />;
  const { invited, hasPasskey } = known;
  const go = async (withPasskey: boolean): Promise<void> => {
    setBusy(true);
    setFault("");
    try {
      const passkey = withPasskey && invited.options !== null ? await makePasskey(invited.options) : null;
      await enter(token, invited, passkey);
      mirror.connect();
    } catch (error) {
      setBusy(false);
      if (error instanceof Refusal && error.status === 410) return (await isLetInAlready()) ? mirror.connect() : setKnown({ is: "ended" });
      setFault(faultOf(error, tr));
      if (error instanceof Refusal && error.status === 400) await ask();
    }
  };
  return (
    <>
      <h1>{fill(tr("Undangan untuk {name}"), { name: invited.name })}</h1>
      <p>{fill(tr("Melihat LIVE Room {city} dari perangkat ini, sebagai {role}. Hanya melihat, tidak mengubah."), { city: invited.city, role: roleName(invited.role, tr) })}</p>
      <button class="main" data-act="enter" disabled={isBusy} onClick={() => void go(hasPasskey)}>
        {hasPasskey ? tr("Masuk dengan passkey") : tr("Masuk di perangkat ini")}
      </button>
      {hasPasskey && (
        <button class="plain" data-act="enter-without-passkey" disabled={isBusy} onClick={() => void go(false)}>
          {tr("Masuk tanpa passkey")}
        </button>
      )}
      {fault !== "" && (
        <p class="warn" role="status">
          {fault}
        </p>
      )}
    </>
  );
}

function faultOf(error: unknown, tr: Room["tr"]): string {
  if (error instanceof NoPasskey) return tr("Passkey tidak dibuat. Coba lagi, atau masuk tanpa passkey.");
  if (error instanceof Unreachable) return tr("Server tidak menjawab. Periksa jaringan, lalu coba lagi.");
  if (error instanceof Refusal && error.status === 429) return tr("Terlalu sering dicoba. Tunggu sebentar, lalu coba lagi.");
  if (error instanceof Refusal) return tr("Server menolak perangkat ini. Coba lagi.");
  return tr("Peramban ini tidak menyimpan kunci (jendela pribadi?). Buka undangan di jendela biasa.");
}

function Silent({ after_s, onAgain }: { after_s: number | null; onAgain: () => void }): JSX.Element {
  const { tr, text } = useRoom();
  return (
    <>
      <h1>{tr("Belum tersambung")}</h1>
      <p>{after_s === null ? tr("Server tidak menjawab. Periksa jaringan, lalu coba lagi.") : fill(tr("Terlalu sering dicoba. Tunggu {age}, lalu coba lagi."), { age: text.age(after_s) })}</p>
      <button class="main" onClick={onAgain}>
        {tr("Coba lagi")}
      </button>
    </>
  );
}

function Out({ why, mirror }: { why: Extract<Stage, { name: "out" }>["why"]; mirror: Mirror }): JSX.Element {
  const { tr } = useRoom();
  const [hasPasskeys, setPasskeys] = useState(false);
  const [fault, setFault] = useState("");
  const [isBusy, setBusy] = useState(false);
  useEffect(() => void canMakePasskey().then(setPasskeys), []);
  const go = async (): Promise<void> => {
    setBusy(true);
    setFault("");
    try {
      await enterByPasskey(showPasskey);
      mirror.connect();
    } catch (error) {
      setBusy(false);
      setFault(error instanceof Refusal && error.status !== 429 ? tr("Passkey ini tidak dikenal. Minta undangan baru dari ruang kendali.") : error instanceof NoPasskey ? tr("Tidak ada passkey yang dipakai.") : faultOf(error, tr));
    }
  };
  const [title, told] = outWords(why, tr);
  return (
    <>
      <Told title={title}>{told}</Told>
      {hasPasskeys && (
        <button class="main" data-act="passkey" disabled={isBusy} onClick={() => void go()}>
          {tr("Masuk dengan passkey")}
        </button>
      )}
      {fault !== "" && (
        <p class="warn" role="status">
          {fault}
        </p>
      )}
    </>
  );
}

function outWords(why: Extract<Stage, { name: "out" }>["why"], tr: Room["tr"]): [title: string, told: string] {
  switch (why) {
    case "new":
      return ["LIVE Room", tr("Perangkat ini belum diundang. Minta undangan (kode QR atau tautan) dari ruang kendali, lalu buka di perangkat ini.")];
    case "signed_out":
      return [tr("Sesi berakhir"), tr("Masuk lagi dengan passkey, atau minta undangan baru dari ruang kendali.")];
    case "revoked":
      return [tr("Akses diakhiri"), tr("Akses perangkat ini diakhiri oleh Anda atau ruang kendali. Untuk melihat lagi, minta undangan baru.")];
    case "not_allowed":
      return [tr("Tidak untuk peran ini"), tr("Peran Anda tidak melihat ruang kendali dari luar. Tanyakan kepada ruang kendali.")];
  }
}

function roleName(role: string, tr: Room["tr"]): string {
  switch (role) {
    case "mayor":
      return tr("wali kota");
    case "head":
      return tr("kepala OPD");
    case "lead":
      return tr("penanggung jawab ruang");
    default:
      return role;
  }
}
