/** What stands around every card and panel: freshness, the mark of simulated values, and a fault of its own that stays its own. */
import { Component, type ComponentChildren, type JSX } from "preact";
import type { Freshness, Topic } from "./contract";
import { chipWords, isNamed, isOld } from "./freshness";
import { useFresh, useRoom } from "./room";

/** The chip of a state: `LIVE`, `TELAT 4 mnt`, `TERPUTUS`. `words` instead of its own. */
export function Chip({ state, age_s = null, words }: { state: Freshness; age_s?: number | null; words?: string }): JSX.Element {
  const { tr, text } = useRoom();
  return (
    <span class={`chip ${state}`}>
      <i aria-hidden />
      {words ?? chipWords(state, age_s, tr, text)}
    </span>
  );
}

/** `onEdge`: on the upper edge of the card it stands in. */
export function SimulatedChip({ onEdge = false }: { onEdge?: boolean }): JSX.Element {
  const { tr } = useRoom();
  return <span class={onEdge ? "chip sim on-edge" : "chip sim"}>{tr("SIMULASI")}</span>;
}

interface CardProps {
  topic: Topic | "ticker";
  /** What else it shows: it is as fresh as the worst of all. */
  others?: readonly Topic[];
  /** Heads the card; a card without one names itself to a screen reader by `label`. */
  title?: string;
  label?: string;
  class?: string;
  seq?: number | null;
  /** Draws the mark of simulated values itself. */
  marksSimulated?: boolean;
  children: ComponentChildren;
}

/** A card on the page. What is normal is quiet: a chip stands only where its own source is not live, or where it is old; old contents are grey. */
export function Card({ topic, others = [], title, label, class: kind = "", seq = null, marksSimulated = false, children }: CardProps): JSX.Element {
  const { state, age_s, own, isSimulated } = useFresh(topic, ...others);
  const hasChip = isNamed(own, state);
  const hasMark = isSimulated && !marksSimulated;
  const classes = ["p", kind, isOld(state) ? "old" : "", isSimulated ? "simulated" : ""].filter(Boolean).join(" ");
  return (
    <section class={classes} aria-label={title ?? label} data-topic={topic} data-fresh={state} data-seq={seq ?? undefined}>
      {title !== undefined && (
        <header class="card-head">
          <h2>{title}</h2>
          {hasChip && (
            <span class="chips">
              <Chip state={state} age_s={age_s} />
            </span>
          )}
        </header>
      )}
      {title === undefined && label !== undefined && <h2 class="unseen">{label}</h2>}
      {(hasMark || (hasChip && title === undefined)) && (
        <span class="edge">
          {hasChip && title === undefined && <Chip state={state} age_s={age_s} />}
          {hasMark && <SimulatedChip />}
        </span>
      )}
      <div class="card-body">{children}</div>
    </section>
  );
}

interface GuardProps {
  /** What cannot be shown, in words. */
  name: string;
  children: ComponentChildren;
}

/** Keeps a fault within: whatever breaks inside is an error card in its place, with a way to try again. */
export class Guard extends Component<GuardProps, { fault: unknown }> {
  override state = { fault: null as unknown };

  static override getDerivedStateFromError(fault: unknown): { fault: unknown } {
    return { fault };
  }

  override componentDidCatch(fault: unknown): void {
    console.error(fault instanceof Error ? fault.message : "a card cannot be shown");
  }

  override render(): ComponentChildren {
    if (this.state.fault === null) return this.props.children;
    return <Fault name={this.props.name} onAgain={() => this.setState({ fault: null })} />;
  }
}

function Fault({ name, onAgain }: { name: string; onAgain: () => void }): JSX.Element {
  const { tr } = useRoom();
  return (
    <section class="p fault" aria-label={name} data-fresh="error">
      <header class="card-head">
        <h2>{name}</h2>
        <span class="chips">
          <Chip state="error" />
        </span>
      </header>
      <p>{tr("Bagian ini tidak dapat ditampilkan. Bagian lain tetap berjalan.")}</p>
      <button class="quiet" onClick={onAgain}>
        {tr("Coba lagi")}
      </button>
    </section>
  );
}
