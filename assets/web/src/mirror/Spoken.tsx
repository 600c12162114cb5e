/** Says to a screen reader, once each, that what is shown has stopped and that it goes on. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Freshness } from "./contract";
import { busOf, standing } from "./head";
import { useRoom, useSubjects, useTicking } from "./room";

/** Whether a change of state is to be said: `lost` when all is cut off, `back` when all is live after that. Pure. */
export class Turns {
  private isLost = false;

  at(state: Freshness): "lost" | "back" | null {
    if (state === "offline" && !this.isLost) {
      this.isLost = true;
      return "lost";
    }
    if (state !== "live" || !this.isLost) return null;
    this.isLost = false;
    return "back";
  }
}

export function Spoken({ keptAt }: { keptAt: number | null }): JSX.Element {
  const { tr, pulse } = useRoom();
  const store = useSubjects("bus");
  const state = useTicking(() => standing({ pulse: pulse(), bus: busOf(store), keptAt }));
  const turns = useRef(new Turns());
  const [said, say] = useState("");
  useEffect(() => {
    const turn = turns.current.at(state);
    if (turn === "lost") say(tr("Data terputus. Yang tampak adalah yang terakhir diketahui."));
    if (turn === "back") say(tr("Data tersambung lagi."));
  }, [state]);
  return (
    <div class="unseen" role="status">
      {said}
    </div>
  );
}
