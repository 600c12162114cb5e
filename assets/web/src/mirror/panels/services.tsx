/** Warnings, news, cameras, people, applications and sources: one panel each, as the wall has them. */
import type { JSX } from "preact";
import { CameraTile, chosenCameras, MOST_CAMERAS } from "../cards/Cameras";
import type { Application, Hazard, Notice, Source } from "../contract";
import { HAZARD_ICONS, Icon } from "../icons";
import { useNow, useRoom, useSubjects, type Room } from "../room";
import { severityColour } from "../urgent";
import { fill } from "../wording";
import { ConditionMark, type Condition } from "./conditions";
import { foldedHazards, isSaidIn } from "./hazards";
import { Nothing, Panel, Rows } from "./Panel";
import { checkedAt, titlesOf } from "./status";
import { joined } from "./words";

export function Hazards(): JSX.Element {
  const room = useRoom();
  const { tr, text } = room;
  const store = useSubjects("hazard", "city", "system.source");
  const now = useNow(15);
  const hazards = foldedHazards(store.bodies("hazard"), now, tr);
  const asked = checkedAt(store, "hazard");
  const names = titlesOf(store, "hazard");
  const quiet = joined(names === "" ? tr("Sumber belum memberi kabar") : `${tr("Sumber")}: ${names}`, asked === null ? "" : `${tr("diperiksa")} ${text.when(asked, now)}`);
  return (
    <Panel name="hazards" title={tr("Peringatan")} topics={["hazard"]} isBare {...(hazards[0] === undefined ? {} : { edge: severityColour(hazards[0]) })}>
      {hazards.length === 0 ? (
        <div class="calm">
          <p>{store.fresh("hazard").state === "waiting" ? tr("Menunggu data") : tr("Tidak ada peringatan")}</p>
          <small>{quiet}</small>
        </div>
      ) : (
        <Rows>
          {hazards.map((hazard) => (
            <HazardRow key={hazard.id} hazard={hazard} room={room} now={now} />
          ))}
        </Rows>
      )}
    </Panel>
  );
}

function HazardRow({ hazard, room, now }: { hazard: Hazard; room: Room; now: number }): JSX.Element {
  const { tr, text, city, store, open } = room;
  const words = hazard.headline.trim() || tr("Peringatan");
  const until = hazard.expires_at !== null && !isSaidIn(words, text.minute(hazard.expires_at)) ? `${tr("sampai")} ${text.when(hazard.expires_at, now)}` : "";
  const names = hazard.districts.map((code) => city?.districtName(code) ?? code);
  const places = names.length > 0 ? names.join(", ") : (hazard.area ?? "");
  const strength = hazard.magnitude === null || isSaidIn(words, text.number(hazard.magnitude, 1)) ? "" : `M ${text.number(hazard.magnitude, 1)}`;
  return (
    <button class="hazard" disabled={!store.all("hazard").has(hazard.id)} onClick={() => open({ kind: "hazard", id: hazard.id })}>
      <Icon name={HAZARD_ICONS[hazard.kind]} size={26} colour={severityColour(hazard)} />
      <span class="what">
        <b>{joined(hazard.is_drill && tr("LATIHAN"), words)}</b>
        <small>{joined(until, strength, places)}</small>
      </span>
      <span class="by">
        <span>{`${tr("Sumber")}: ${hazard.attribution}`}</span>
        <small>{`${tr("terbit")} ${text.when(hazard.issued_at, now)}`}</small>
      </span>
    </button>
  );
}

/** The newest of each source, then the second of each and so on: a feed of fifty lines leaves room for one of two. */
export function noticesInTurn(notices: readonly Notice[]): Notice[] {
  const places = new Map<string, number>();
  const newest = [...notices].sort((a, b) => Date.parse(b.at) - Date.parse(a.at) || (a.id < b.id ? -1 : 1));
  const ranked = newest.map((notice, index) => {
    const place = places.get(notice.attribution) ?? 0;
    places.set(notice.attribution, place + 1);
    return { notice, place, index };
  });
  return ranked.sort((a, b) => a.place - b.place || a.index - b.index).map(({ notice }) => notice);
}

const NOTICE_S = 12;

/** One line at a time: a tape that runs cannot be read on a page that is touched. */
export function Notices(): JSX.Element {
  const { tr, text } = useRoom();
  const store = useSubjects("notice", "system.source");
  const now = useNow(NOTICE_S);
  const lines = noticesInTurn(store.bodies("notice").filter(({ expires_at: ends }) => ends === null || Date.parse(ends) > now));
  const line = lines.length === 0 ? null : lines[Math.floor(now / (NOTICE_S * 1000)) % lines.length]!;
  const names = titlesOf(store, "notice");
  return (
    <Panel name="notices" title={tr("Kabar kota")} topics={["notice"]} isBare>
      <p class="news">
        <b>{tr("Kabar kota")}</b>
        {line === null ? (
          <span>
            {store.fresh("notice").state === "waiting" ? tr("Menunggu data") : tr("Tidak ada kabar")} <small>{names === "" ? "" : `${tr("Sumber")}: ${names}`}</small>
          </span>
        ) : (
          <span>
            {line.text} <small>{joined(line.attribution, text.when(line.at, now))}</small>
          </span>
        )}
      </p>
    </Panel>
  );
}

export function Cameras({ options }: { options: Record<string, unknown> }): JSX.Element {
  const room = useRoom();
  const { tr } = room;
  const store = useSubjects("camera", "wall", "city");
  const wished = Array.isArray(options["cameras"]) ? (options["cameras"] as unknown[]).filter((id): id is string => typeof id === "string" && store.all("camera").has(id)) : [];
  const ids = (wished.length > 0 ? wished : chosenCameras(store.wall, store.bodies("camera"))).slice(0, MOST_CAMERAS);
  const cameras = ids.map((id) => store.all("camera").get(id)!.body);
  const owners = [...new Set(cameras.map(({ owner }) => owner).filter((owner) => owner !== ""))].map((code) => room.city?.agencyShort(code) ?? code);
  const up = cameras.filter(({ is_up: isUp }) => isUp !== false).length;
  return (
    <Panel name="cameras" title={tr("Kamera")} topics={["camera"]} meta={owners.length > 0 ? `CCTV ${owners.join(", ")}` : ""} counted={cameras.length === 0 ? "" : fill(tr("{part} dari {whole}"), { part: up, whole: cameras.length })}>
      {cameras.length === 0 && <Nothing topic="camera" words={tr("Belum ada kamera")} />}
      <ul class="tiles" data-count={cameras.length}>
        {cameras.map((camera) => (
          <CameraTile key={camera.id} camera={camera} />
        ))}
      </ul>
    </Panel>
  );
}

export function Presence(): JSX.Element {
  const { tr, text, city, open } = useRoom();
  const store = useSubjects("presence", "city", "system.source");
  const rows = store.bodies("presence").sort((a, b) => b.expected - a.expected || (a.agency < b.agency ? -1 : 1));
  const sum = (of: "present" | "expected"): number => rows.reduce((whole, row) => whole + row[of], 0);
  const oldest = rows.map((row) => row.as_of).sort((a, b) => Date.parse(a) - Date.parse(b))[0];
  const meta = joined(rows.length > 0 && `${text.number(sum("present"))} ${tr("dari")} ${text.number(sum("expected"))}`, oldest !== undefined && `${tr("per")} ${text.minute(oldest)}`, titlesOf(store, "presence"));
  return (
    <Panel name="presence" title={tr("Petugas hadir")} topics={["presence"]} meta={meta}>
      {rows.length === 0 && <Nothing topic="presence" words={tr("Belum ada data kehadiran")} />}
      <Rows>
        {rows.map(({ agency, present, expected }) => (
          <button key={agency} class="present" onClick={() => open({ kind: "agency", code: agency })}>
            <span class="who">{city?.agencyShort(agency) ?? agency}</span>
            <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden>
              <rect y="1.6" width="100" height="6.8" class="ground" />
              <rect y="1.6" width={expected > 0 ? Math.min(100, (100 * present) / expected) : 0} height="6.8" class="here" />
            </svg>
            <b>
              {text.bounded(present)}
              <i>/{expected > 0 ? text.bounded(expected) : "—"}</i>
            </b>
          </button>
        ))}
      </Rows>
    </Panel>
  );
}

const APP_ORDER = ["down", "stale", "maintenance", "up"] as const;
const CERTIFICATE_DAYS = 14;
const OF_APPLICATION: Record<Application["state"], Condition> = { up: "normal", stale: "watch", down: "critical", maintenance: "paused" };

/** Down, up but stale, or with a certificate about to end. */
export function needsSomebody(app: Application): boolean {
  if (app.state === "maintenance") return false;
  return app.state !== "up" || (app.certificate_days !== null && app.certificate_days < CERTIFICATE_DAYS);
}

export function Apps(): JSX.Element {
  const room = useRoom();
  const { tr, text } = room;
  const store = useSubjects("application", "system.source");
  const now = useNow(60);
  const apps = store.bodies("application");
  const count = (state: Application["state"]): number => apps.filter((app) => app.state === state).length;
  const words = { down: tr("mati"), stale: tr("data usang"), maintenance: tr("perawatan"), up: tr("normal") };
  const asOf = checkedAt(store, "application");
  const meta = joined(apps.length > 0 && fill(tr("{count} aplikasi"), { count: text.bounded(apps.length) }), asOf !== null && `${tr("per")} ${text.when(asOf, now)}`, titlesOf(store, "application"));
  const urgent = apps.filter(needsSomebody).sort((a, b) => APP_ORDER.indexOf(a.state) - APP_ORDER.indexOf(b.state) || Date.parse(a.since) - Date.parse(b.since) || (a.name < b.name ? -1 : 1));
  return (
    <Panel name="apps" title={tr("Aplikasi")} topics={["application"]} meta={meta}>
      {apps.length === 0 ? (
        <Nothing topic="application" words={tr("Belum ada aplikasi")} />
      ) : (
        <>
          <ul class="counts">
            {APP_ORDER.map((state) => (
              <li key={state} class={count(state) === 0 && state !== "up" ? "none" : ""}>
                <ConditionMark condition={count(state) > 0 ? OF_APPLICATION[state] : "unknown"} size={18} />
                <b>{text.bounded(count(state))}</b>
                <span>{words[state]}</span>
              </li>
            ))}
          </ul>
          {urgent.length === 0 && <p class="nothing">{apps.every(({ state }) => state === "up") ? tr("Semua aplikasi berjalan") : tr("Tidak ada yang perlu perhatian")}</p>}
          <Rows>
            {urgent.map((app) => (
              <p key={app.id} class="entry">
                <ConditionMark condition={app.state === "up" ? "watch" : OF_APPLICATION[app.state]} size={18} />
                <span class="what">
                  <b>{app.name.trim() || app.id}</b>
                  <small>{joined(sinceOf(app, room, now), app.group)}</small>
                </span>
                <em>{valueOf(app, room, now)}</em>
              </p>
            ))}
          </Rows>
        </>
      )}
    </Panel>
  );
}

/** `mati 1 j`, `data 3 hr lalu`, `sertifikat 6 hr`. */
function valueOf(app: Application, { tr, text }: Room, now: number): string {
  if (app.state === "down") return `${tr("mati")} ${text.shortAge((now - Date.parse(app.since)) / 1000)}`;
  if (app.state === "stale") return app.data_at === null ? tr("data usang") : fill(tr("data {age} lalu"), { age: text.shortAge((now - Date.parse(app.data_at)) / 1000) });
  const days = app.certificate_days ?? 0;
  if (days < 0) return tr("sertifikat habis");
  return days === 0 ? tr("sertifikat hari ini") : fill(tr("sertifikat {age}"), { age: text.shortAge(days * 86_400) });
}

function sinceOf(app: Application, { tr, text }: Room, now: number): string {
  if (app.state !== "up") return fill(tr("sejak {when}"), { when: text.when(app.since, now) });
  return fill(tr("berakhir {day}"), { day: text.dated(now + (app.certificate_days ?? 0) * 86_400_000, now) });
}

/** The order of the rows: what needs a technician first. */
const STANDINGS = ["down", "old", "late", "waiting", "well"] as const;
type Standing = (typeof STANDINGS)[number];
const OF_STANDING: Record<Standing, Condition> = { down: "critical", old: "critical", late: "watch", waiting: "unknown", well: "normal" };

/** Where a source stands by its own state and the age of its last good check: late after two intervals, old after three times that. */
export function standingOf(source: Source, now: number): Standing {
  if (source.state === "down") return "down";
  if (source.checked_at === null) return "waiting";
  const age_s = (now - Date.parse(source.checked_at)) / 1000;
  const allowed_s = Math.max(60, 2 * source.interval_s);
  return age_s <= allowed_s ? "well" : age_s <= 3 * allowed_s ? "late" : "old";
}

export function Sources(): JSX.Element {
  const { tr, text } = useRoom();
  const store = useSubjects("system.source");
  const now = useNow(5);
  const rows = [...store.all("system.source")].map(([key, { body }]) => ({ key, body, standing: standingOf(body, now) }));
  rows.sort((a, b) => STANDINGS.indexOf(a.standing) - STANDINGS.indexOf(b.standing) || (a.body.title < b.body.title ? -1 : 1));
  const bad = rows.filter(({ standing }) => standing === "down" || standing === "old" || standing === "late").length;
  const word: Record<Standing, string> = { down: tr("putus"), old: tr("usang"), late: tr("telat"), waiting: tr("menunggu"), well: tr("baik") };
  const meta = rows.length === 0 ? "" : joined(fill(tr("{count} sumber"), { count: rows.length }), bad > 0 && fill(tr("{count} bermasalah"), { count: bad }));
  const age = ({ checked_at: at }: Source, standing: Standing): string => (at === null ? (standing === "waiting" ? "" : tr("belum pernah")) : text.age(Math.max(0, (now - Date.parse(at)) / 1000)));
  return (
    <Panel name="sources" title={tr("Sumber data")} topics={["system.source"]} meta={meta}>
      {rows.length === 0 && <Nothing topic="system.source" words={tr("Belum ada sumber")} />}
      <Rows>
        {rows.map(({ key, body, standing }) => (
          <p key={key} class="entry low">
            <ConditionMark condition={OF_STANDING[standing]} size={18} />
            <b>{body.title.trim() || key}</b>
            <em>{`${word[standing]} ${age(body, standing)}`.trim()}</em>
          </p>
        ))}
      </Rows>
    </Panel>
  );
}
