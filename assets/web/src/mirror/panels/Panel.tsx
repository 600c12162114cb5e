/** What stands around every panel: title, as of when and from whom, how fresh, the mark of simulated values, the grey of old ones. */
import { toChildArray, type ComponentChildren, type JSX } from "preact";
import { Chip, SimulatedChip } from "../card";
import type { Topic } from "../contract";
import { chipWords, isOld } from "../freshness";
import { useRoom } from "../room";
import { fill } from "../wording";
import { useStatus } from "./status";

interface PanelProps {
  name: string;
  title: string;
  topics: readonly Topic[];
  /** As of when, from whom. */
  meta?: string;
  seq?: number | undefined;
  areEqual?: boolean;
  /** An addition to the chip of a mixed panel: `3 dari 4`. */
  counted?: string;
  /** The panel draws its own heading; the frame only the chips. */
  isBare?: boolean;
  edge?: string;
  children: ComponentChildren;
}

export function Panel({ name, title, topics, meta = "", seq, areEqual = false, counted = "", isBare = false, edge, children }: PanelProps): JSX.Element {
  const { tr, text, pulse } = useRoom();
  const { state, age_s, freshOf, isSimulated } = useStatus(topics, areEqual);
  const parts = freshOf === null ? null : fill(tr("{part} dari {whole}"), { part: freshOf[0], whole: freshOf[1] });
  const addition = counted !== "" ? counted : (parts ?? "");
  const words = addition !== "" && state === "live" ? `${chipWords("live", null, tr, text)} ${addition}` : chipWords(state, age_s, tr, text);
  const link = pulse().state;
  // Of a broken connection there is no room for a chip beside every title: there it stands before as of when the values are.
  const isThroughLink = !isBare && link !== "live" && link !== "waiting";
  const isQuiet = isThroughLink || (isSimulated && state === "live" && addition === "");
  const hasWord = isThroughLink && isOld(state);
  const classes = ["p", "panel", `panel-${name}`, isOld(state) ? "old" : "", isSimulated ? "sim-edge" : "", isBare ? "bare-panel" : ""].filter(Boolean).join(" ");
  return (
    <section class={classes} aria-label={title} data-panel={name} data-topic={topics[0]} data-fresh={state} data-seq={seq} style={edge === undefined ? undefined : { borderLeft: `0.34em solid ${edge}` }}>
      <header class="panel-head">
        {!isBare && <h2>{title}</h2>}
        {!isBare && (meta !== "" || hasWord) && (
          <p class="meta">
            {hasWord && <b>{words}</b>}
            {hasWord && meta !== "" && " · "}
            {meta}
          </p>
        )}
        <span class="chips">
          {isSimulated && <SimulatedChip />}
          {!isQuiet && <Chip state={state} words={words} />}
        </span>
      </header>
      <div class="panel-body">{children}</div>
    </section>
  );
}

/** So many rows stand in a column; in the wall's own geometry as many as find room (panels.css). */
const FLOW_ROWS = 8;

/** Rows of a list, whole ones only; where a column leaves some out a last line counts them. `onMore`: where they all stand. */
export function Rows({ children, onMore }: { children: ComponentChildren; onMore?: () => void }): JSX.Element {
  const { tr, text } = useRoom();
  const more = toChildArray(children).length - FLOW_ROWS;
  const words = more > 0 ? fill(tr("+{count} lagi"), { count: text.number(more) }) : "";
  return (
    <>
      <div class="whole-rows">{children}</div>
      {more > 0 && (onMore === undefined ? <p class="more">{words}</p> : <button class="more" onClick={onMore}>{words}</button>)}
    </>
  );
}

/** One calm line where there is nothing to show. */
export function Nothing({ topic, words, waiting }: { topic: Topic; words: string; waiting?: string }): JSX.Element {
  const { tr, store } = useRoom();
  return <p class="nothing">{store.fresh(topic).state === "waiting" ? (waiting ?? tr("Menunggu data")) : words}</p>;
}
