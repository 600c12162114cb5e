/** The head of the page: the city, and how old what stands below is. The city's name opens the menu. */
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { busOf, headOf } from "./head";
import { Icon } from "./icons";
import { useRoom, useSubjects, useTicking } from "./room";
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

/** It stands still when the network does. */
function Age({ keptAt }: { keptAt: number | null }): JSX.Element {
  const { tr, text, clock, pulse } = useRoom();
  const store = useSubjects("bus", "report");
  const heardAt = useRef<number | null>(null);
  const words = (): string => {
    const now = clock.now();
    const said = pulse();
    // A greeting sets the room's clock and makes nothing new: the time is that of the last word that did.
    if (said.age_s !== null && now !== null) heardAt.current = now - 1000 * said.age_s;
    const head = headOf({ pulse: said, bus: busOf(store), keptAt, heardAt: heardAt.current, now }, tr, text);
    return `${head.state}|${head.said}|${head.time}`;
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
