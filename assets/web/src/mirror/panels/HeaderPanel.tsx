/** The wall's head: whose city, what time by the room's clock, and the pulse of the bus. */
import type { JSX } from "preact";
import { Chip } from "../card";
import type { Freshness } from "../contract";
import { chipWords, through } from "../freshness";
import { useNow, useRoom, useSubjects } from "../room";
import { fill } from "../wording";
import { joined } from "./words";

export function HeaderPanel({ options }: { options: Record<string, unknown> }): JSX.Element {
  const { tr, text, city, pulse } = useRoom();
  const { bus } = useSubjects("bus", "city");
  const now = useNow(1);
  const shown = Array.isArray(options["show"]) ? (options["show"] as unknown[]) : ["identity", "clock"];
  const told = (bus?.["freshness"] as Freshness | undefined) ?? "waiting";
  const state = through(pulse().state, told);
  const delay = typeof bus?.["delay_s"] === "number" ? bus["delay_s"] : null;
  const words = state === "live" && delay !== null ? text.fineAge(Math.max(0, delay)) : chipWords(state, null, tr, text);
  const count = (name: string): number => (typeof bus?.[name] === "number" ? (bus[name] as number) : 0);
  const note = joined(
    count("faults") > 0 && fill(tr("{count} galat, lihat log"), { count: count("faults") }),
    count("simulated") > 0 && fill(tr("{count} pesan simulasi dibuang"), { count: text.number(count("simulated")) }),
    count("rejected") > 0 && fill(tr("{count} pesan ditolak"), { count: text.number(count("rejected")) }),
    typeof bus?.["skew_s"] === "number" && fill(tr("jam sumber berbeda {age}"), { age: text.age(Math.abs(bus["skew_s"])) }),
  );
  const clock = text.clock(now);
  return (
    <section class="panel panel-header" aria-label={tr("Kepala")} data-panel="header">
      {shown.includes("identity") && (
        <div class="identity">
          <b>{city?.config.name}</b>
          <span>{city?.config.room}</span>
        </div>
      )}
      <div class="bus">
        <small>{tr("Bus data")}</small>
        <Chip state={state} words={words} />
        {note !== "" && <small>{note}</small>}
      </div>
      {shown.includes("clock") && now > 0 && (
        <div class="time">
          <b>
            {clock.slice(0, 5)}
            <i>{clock.slice(5)}</i> <span>{city?.config.zone_label}</span>
          </b>
          <small>{text.longDay(now)}</small>
        </div>
      )}
    </section>
  );
}
