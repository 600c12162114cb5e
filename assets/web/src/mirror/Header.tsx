/** The head of the page: the city, and how old what stands below is. The city's name opens the menu. */
import type { JSX } from "preact";
import { Icon } from "./icons";
import { freshnessWord } from "./freshness";
import { useRoom, useTicking } from "./room";
import { fill } from "./wording";

export function Header({ keptAt, onMenu }: { keptAt: number | null; onMenu: () => void }): JSX.Element {
  const { tr, city } = useRoom();
  return (
    <header class="hd">
      <h1>
        <button onClick={onMenu} aria-haspopup="dialog" aria-label={fill(tr("Menu: {city}"), { city: city?.config.name ?? "LIVE Room" })} data-act="menu">
          <b>
            {city?.config.name ?? "LIVE Room"}
            <Icon name="chev" size={16} />
          </b>
          <small>{tr("LIVE Room · cermin dinding")}</small>
        </button>
      </h1>
      <Age keptAt={keptAt} />
    </header>
  );
}

/** `3 dtk lalu · 14.32.08`: since the last word of the server, and the room's time then. It stands still when the network does. */
function Age({ keptAt }: { keptAt: number | null }): JSX.Element {
  const { tr, text, clock, pulse } = useRoom();
  const words = (): string => {
    const { state, age_s } = pulse();
    const heard = clock.last();
    const at = heard?.at ?? keptAt;
    if (at === null) return `${state}|${tr("menyambung")}|`;
    const time = heard !== null && text.isSameDay(at, clock.now() ?? at) ? text.clock(at) : `${text.day(at)} ${text.clock(at)}`;
    const isQuiet = state === "live" || state === "waiting";
    const age = age_s === null ? "" : text.age(age_s);
    const said = isQuiet ? fill(tr("{age} lalu"), { age }) : [freshnessWord(state, tr), age].filter(Boolean).join(" ");
    // Of unknown age: then the time is all there is to say.
    return age === "" ? `${state}|${said} · ${time}|` : `${state}|${said}| · ${time}`;
  };
  const [state, said, time] = useTicking(words).split("|", 3) as [string, string, string];
  return (
    <span class={`chip age ${state}`} role="timer" aria-live="off">
      <i aria-hidden />
      <span>
        {said}
        <span class="at">{time}</span>
      </span>
    </span>
  );
}
