/** A detail over the page: one dialog, in which one thing leads to another; Escape, the way back and the button close it. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Chip, Guard, SimulatedChip } from "../card";
import type { Topic } from "../contract";
import { RoomContext, useFresh, useRoom, type Room, type Sheet } from "../room";
import { AgencySheet } from "./AgencySheet";
import { AllSheet } from "./AllSheet";
import { HazardSheet } from "./HazardSheet";
import { IncidentSheet } from "./IncidentSheet";
import { IndicatorSheet } from "./IndicatorSheet";
import { ReportSheet } from "./ReportSheet";
import { ReportsSheet } from "./ReportsSheet";
import "../panels/panels.css";
import "./sheets.css";

interface SheetViewProps {
  sheet: Sheet;
  onClose: () => void;
}

export default function SheetView({ sheet, onClose }: SheetViewProps): JSX.Element {
  const room = useRoom();
  const { tr } = room;
  const [path, setPath] = useState<readonly Sheet[]>([sheet]);
  const dialog = useRef<HTMLDivElement>(null);
  const shown = path.at(-1)!;
  const back = useHistory(path.length, () => (path.length > 1 ? setPath(path.slice(0, -1)) : onClose()));
  useFocus(dialog, shown, back);
  return (
    <RoomContext.Provider value={{ ...room, open: (next) => setPath([...path, next]) }}>
      <div class="sheet-ground" onClick={(event) => event.target === event.currentTarget && back()}>
        <div class="sheet" role="dialog" aria-modal="true" aria-labelledby="sheet-title" data-sheet={shown.kind} ref={dialog} tabIndex={-1}>
          <div class="sheet-bar">
            <span class="sheet-kind">{kindName(shown, tr)}</span>
            <Standing topic={topicOf(shown)} />
            <button class="sheet-close" onClick={back} aria-label={path.length > 1 ? tr("Kembali") : tr("Tutup")}>
              {path.length > 1 ? "‹" : "×"}
            </button>
          </div>
          <Guard name={tr("Rincian")} key={JSON.stringify(shown)}>
            <Content sheet={shown} />
          </Guard>
        </div>
      </div>
    </RoomContext.Provider>
  );
}

function kindName({ kind }: Sheet, tr: Room["tr"]): string {
  switch (kind) {
    case "agency":
      return tr("OPD");
    case "indicator":
      return tr("Indikator");
    case "report":
    case "reports":
    case "all":
      return tr("Laporan");
    case "incident":
      return tr("Insiden");
    case "hazard":
      return tr("Peringatan");
  }
}

function topicOf(sheet: Sheet): Topic {
  if (sheet.kind === "indicator") return sheet.topic;
  return sheet.kind === "incident" || sheet.kind === "hazard" ? sheet.kind : "report";
}

/** What is simulated or old says so here, too. */
function Standing({ topic }: { topic: Topic }): JSX.Element | null {
  const { state, age_s, isSimulated } = useFresh(topic);
  if (!isSimulated && (state === "live" || state === "waiting")) return null;
  return (
    <span class="sheet-standing">
      {isSimulated && <SimulatedChip />}
      {state !== "live" && state !== "waiting" && <Chip state={state} age_s={age_s} />}
    </span>
  );
}

function Content({ sheet }: { sheet: Sheet }): JSX.Element {
  switch (sheet.kind) {
    case "agency":
      return <AgencySheet code={sheet.code} />;
    case "indicator":
      return <IndicatorSheet topic={sheet.topic} />;
    case "report":
      return <ReportSheet id={sheet.id} />;
    case "reports":
      return <ReportsSheet ids={sheet.ids} />;
    case "all":
      return <AllSheet />;
    case "incident":
      return <IncidentSheet id={sheet.id} />;
    case "hazard":
      return <HazardSheet id={sheet.id} />;
  }
}

/** A step of the browser's history for each sheet, so that a phone's back button leads back through them. Returns how to go back. */
function useHistory(depth: number, onBack: () => void): () => void {
  const left = useRef(onBack);
  left.current = onBack;
  const pushed = useRef(0);
  useEffect(() => {
    while (pushed.current < depth) {
      history.pushState({ sheet: ++pushed.current }, "");
    }
  }, [depth]);
  useEffect(() => {
    const onPop = (): void => {
      if (pushed.current === 0) return;
      pushed.current--;
      left.current();
    };
    window.addEventListener("popstate", onPop);
    return () => {
      window.removeEventListener("popstate", onPop);
      // Closed from outside (the curtain fell, another sheet was opened): its own steps are taken back.
      if (pushed.current > 0) history.go(-pushed.current);
      pushed.current = 0;
    };
  }, []);
  return () => history.back();
}

const FOCUSABLE = 'button:not(:disabled), a[href], input, select, textarea, [tabindex]:not([tabindex="-1"])';

/** The focus stays within the sheet, and goes back to where it was. */
function useFocus(dialog: { current: HTMLElement | null }, shown: Sheet, back: () => void): void {
  const leave = useRef(back);
  leave.current = back;
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "Escape") {
        event.preventDefault();
        leave.current();
      }
      if (event.key === "Tab") trap(event, dialog.current!);
    };
    document.addEventListener("keydown", onKey);
    document.documentElement.classList.add("has-sheet");
    return () => {
      document.removeEventListener("keydown", onKey);
      document.documentElement.classList.remove("has-sheet");
      before?.focus?.({ preventScroll: true });
    };
  }, []);
  useEffect(() => {
    dialog.current!.focus({ preventScroll: true });
    dialog.current!.scrollTop = 0;
  }, [JSON.stringify(shown)]);
}

function trap(event: KeyboardEvent, dialog: HTMLElement): void {
  const within = [...dialog.querySelectorAll<HTMLElement>(FOCUSABLE)];
  if (within.length === 0) return event.preventDefault();
  const [first, last] = [within[0]!, within.at(-1)!];
  const at = document.activeElement;
  if (event.shiftKey && (at === first || at === dialog || !dialog.contains(at))) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && (at === last || !dialog.contains(at))) {
    event.preventDefault();
    first.focus();
  }
}
