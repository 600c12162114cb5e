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
    const at = clock.last()?.at ?? keptAt;
    if (at === null) return `${state}|${tr("menyambung")}`;
    const now = clock.now() ?? null;
    const then = now === null || !text.isSameDay(at, now) ? `${text.day(at)} ${text.clock(at)}` : text.clock(at);
    const age = age_s === null ? "" : fill(tr("{age} lalu"), { age: text.age(age_s) });
    const word = state === "live" || state === "waiting" ? "" : freshnessWord(state, tr);
    return `${state}|${[word, age, then].filter(Boolean).join(" · ")}`;
  };
  const [state, said] = useTicking(words).split("|", 2) as [string, string];
  return (
    <span class={`chip age ${state}`} role="timer" aria-live="off">
      <i aria-hidden />
      {said}
    </span>
  );
}
