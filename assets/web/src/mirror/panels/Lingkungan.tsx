/** Weather, river and air around the city: each value with its own time, its own age and whoever says so. */
import type { JSX } from "preact";
import { useNow, useRoom, useSubjects } from "../room";
import { ConditionMark } from "./conditions";
import { Nothing, Panel, Rows } from "./Panel";
import { air, rivers, weather, type Reading, type Weather } from "./surroundings";
import { joined } from "./words";

export function Lingkungan({ options }: { options: Record<string, unknown> }): JSX.Element {
  const room = useRoom();
  const { tr, text } = room;
  const store = useSubjects("river", "air", "forecast", "city");
  const now = useNow(30);
  const wanted = typeof options["place"] === "string" ? options["place"] : null;
  const sky = weather(store.bodies("forecast"), wanted, now, room);
  const water = rivers(store.bodies("river"), now, room);
  const estimated = new Set([...store.all("air")].filter(([, { quality }]) => quality === "estimated").map(([, { body }]) => body.id));
  const stations = air(store.bodies("air"), estimated, now, room);
  const newest = Math.max(0, ...(["river", "air", "forecast"] as const).flatMap((topic) => [...store.all(topic).values()].map(({ observed }) => observed)));
  const credits = [...new Set([sky?.credit, ...[...water, ...stations].map(({ credit }) => credit)].filter((credit) => credit !== undefined && credit !== ""))];
  const isEmpty = sky === null && water.length === 0 && stations.length === 0;
  return (
    <Panel name="lingkungan" title={tr("Lingkungan")} topics={["river", "air", "forecast"]} areEqual meta={newest === 0 ? "" : joined(`${tr("per")} ${text.when(newest, now)}`, credits.join(", "))}>
      {isEmpty ? (
        <Nothing topic="river" words={tr("Belum ada data lingkungan")} />
      ) : (
        <div class="sections">
          {sky !== null && <Sky title={tr("Cuaca")} sky={sky} />}
          {water.length > 0 && <Readings title={tr("Sungai")} readings={water} />}
          {stations.length > 0 && <Readings title={tr("Udara")} readings={stations} />}
        </div>
      )}
    </Panel>
  );
}

function Sky({ title, sky }: { title: string; sky: Weather }): JSX.Element {
  return (
    <div class={sky.isOld ? "section old" : "section"}>
      <h3>{title}</h3>
      <p class="sky">
        <b>{sky.value}</b>
        <span>{sky.word}</span>
      </p>
      <small>{joined(sky.when, sky.credit, sky.place)}</small>
      {sky.aside !== "" && <p class="aside">{sky.aside}</p>}
      {sky.ahead.map(({ clock, words, temperature }) => (
        <p key={clock} class="ahead">
          <span>{clock}</span>
          <span>{words}</span>
          <b>{temperature}</b>
        </p>
      ))}
    </div>
  );
}

function Readings({ title, readings }: { title: string; readings: Reading[] }): JSX.Element {
  return (
    <div class="section">
      <h3>{title}</h3>
      <Rows>
        {readings.map((reading) => (
          <p key={reading.key} class={reading.isOld ? "entry old" : "entry"}>
            <ConditionMark condition={reading.condition} size={18} />
            <span class="what">
              <b>{reading.name}</b>
              <small>{joined(reading.when, reading.credit, ...reading.facts)}</small>
            </span>
            <em>
              <b>{reading.value}</b> {reading.unit} <span>{reading.word}</span>
            </em>
          </p>
        ))}
      </Rows>
    </div>
  );
}
