/** The page as a whole: which screen stands, and what it is given. */
import type { JSX } from "preact";
import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { Numerals } from "../numerals";
import { Guard } from "./card";
import { City } from "./city";
import { Curtain } from "./Curtain";
import { Emergencies } from "./Emergencies";
import { Header } from "./Header";
import { lazy } from "./lazy";
import type { Mirror } from "./mirror";
import { SheetView, WallLayout } from "./parts";
import { PhoneStack } from "./PhoneStack";
import { RoomContext, useSubjects, type Room, type Sheet } from "./room";
import { choose, type Choices } from "./storage";
import { Spoken } from "./Spoken";
import { SAME, textsOf } from "./texts";

const SignIn = lazy(async () => (await import("./signin/SignIn")).SignIn);
const Menu = lazy(async () => (await import("./menu/Menu")).Menu);
const WallView = lazy(async () => (await import("./wall/WallView")).WallView);

/** In em: who reads large type has less room. */
/** A sheet or the menu that nobody has touched for so long keeps no new build away: a television has one open for ever. */
const READ_FOR_MS = 600_000;
const WIDE = "(min-width: 43.75em)";

interface AppProps {
  mirror: Mirror;
  first: Choices;
}

export function App({ mirror, first }: AppProps): JSX.Element {
  const [chosen, setChosen] = useState(first);
  const { tr, language } = useTexts(chosen.language);
  const theme = useTheme(chosen);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => mirror.subscribe(() => redraw(undefined)), [mirror]);
  const [sheet, setSheet] = useState<Sheet | null>(null);
  const { stage, who, scope } = mirror;
  const isConnected = mirror.view.isOpen;
  const room = useMemo((): Room => {
    const { store, clock, view, pictures, onTick } = mirror;
    const city = mirror.city === null ? null : new City(mirror.city, language);
    const text = new Numerals(language, mirror.city?.time_zone);
    return { store, clock, view, pictures, text, tr, language, theme, city, who, scope, isConnected, pulse: () => mirror.pulse(), onTick, open: setSheet };
  }, [mirror, mirror.city, tr, language, theme, who, scope, isConnected]);
  useMarks(mirror, chosen, theme, sheet === null);
  const onChoose = (more: Partial<Choices>): void => {
    const next = { ...chosen, ...more };
    choose(next);
    setChosen(next);
  };
  return (
    <RoomContext.Provider value={room}>
      {stage.name === "invited" || stage.name === "out" ? (
        <Guard name={tr("Masuk")}>
          <SignIn stage={stage} mirror={mirror} chosen={chosen} onChoose={onChoose} />
        </Guard>
      ) : (
        <Looking mirror={mirror} chosen={chosen} onChoose={onChoose} sheet={sheet} onClose={() => setSheet(null)} />
      )}
    </RoomContext.Provider>
  );
}

interface LookingProps {
  mirror: Mirror;
  chosen: Choices;
  onChoose: (more: Partial<Choices>) => void;
  sheet: Sheet | null;
  onClose: () => void;
}

function Looking({ mirror, chosen, onChoose, sheet, onClose }: LookingProps): JSX.Element {
  const isWide = useMedia(WIDE);
  const [over, setOver] = useState<"menu" | "wall" | null>(null);
  const store = useSubjects("wall");
  const isCurtained = store.wall?.is_curtained === true;
  const keptAt = mirror.isKept ? mirror.keptAt : null;
  // What nobody may see is not held either.
  useEffect(() => (isCurtained ? mirror.pictures.clear() : undefined), [isCurtained]);
  if (isCurtained) return <Curtain />;
  return (
    <>
      <Spoken keptAt={keptAt} />
      <div class="page">
        <Header keptAt={keptAt} onMenu={() => setOver("menu")} />
        {isWide ? (
          <Guard name="LIVE Room">
            <WallLayout />
          </Guard>
        ) : (
          <PhoneStack />
        )}
      </div>
      <Emergencies />
      {sheet !== null && (
        <Guard name="LIVE Room" key={JSON.stringify(sheet)}>
          <SheetView sheet={sheet} onClose={onClose} />
        </Guard>
      )}
      {over === "menu" && (
        <Guard name="Menu">
          <Menu mirror={mirror} chosen={chosen} onChoose={onChoose} onWall={() => setOver("wall")} onClose={() => setOver(null)} />
        </Guard>
      )}
      {over === "wall" && (
        <Guard name="LIVE Room">
          <WallView onClose={() => setOver(null)} />
        </Guard>
      )}
    </>
  );
}

/** The language whose words are here: another one is shown when its table has come. */
function useTexts(language: string): { tr: Room["tr"]; language: string } {
  const [here, setHere] = useState({ tr: SAME, language: "id" });
  useEffect(() => {
    let isWanted = true;
    textsOf(language).then(
      (tr) => isWanted && setHere({ tr, language }),
      () => undefined,
    );
    return () => {
      isWanted = false;
    };
  }, [language]);
  return here;
}

function useMedia(query: string): boolean {
  const [holds, setHolds] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const onChange = (): void => setHolds(media.matches);
    onChange();
    media.addEventListener("change", onChange);
    return () => media.removeEventListener("change", onChange);
  }, [query]);
  return holds;
}

function useTheme({ theme }: Choices): "dark" | "light" {
  const isLight = useMedia("(prefers-color-scheme: light)");
  return theme === "auto" ? (isLight ? "light" : "dark") : theme;
}

/** What the document says of itself: language and look, how fresh the connection is, and the revision that is drawn. */
function useMarks(mirror: Mirror, { language, isLarge }: Choices, theme: string, isQuiet: boolean): void {
  useEffect(() => {
    const root = document.documentElement;
    root.lang = language;
    root.dataset["theme"] = theme;
    root.classList.toggle("large", isLarge);
    document.querySelector<HTMLMetaElement>('meta[name="theme-color"]')!.content = theme === "light" ? "#FFFFFF" : "#0E1621";
  }, [language, isLarge, theme]);
  const touchedAt = useRef(performance.now());
  useEffect(() => {
    const touch = (): void => void (touchedAt.current = performance.now());
    const kinds = ["pointerdown", "keydown", "wheel", "touchmove"] as const;
    for (const kind of kinds) addEventListener(kind, touch, { passive: true });
    return () => kinds.forEach((kind) => removeEventListener(kind, touch));
  }, []);
  useEffect(() => {
    const mark = (): void => {
      const { stage, store } = mirror;
      const { dataset } = document.documentElement;
      const isShut = stage.name === "out" && (stage.why === "revoked" || stage.why === "not_allowed");
      dataset["link"] = stage.name === "live" ? mirror.pulse().state : stage.name === "starting" ? "waiting" : isShut ? "ended" : "signin";
      dataset["rev"] = String(store.rev);
      dataset["curtain"] = store.wall?.is_curtained === true ? "1" : "0";
      if (mirror.isKept) dataset["kept"] = "1";
      else delete dataset["kept"];
      const isReading = !isQuiet || document.querySelector("dialog[open]") !== null;
      if (mirror.isOutdated && !(isReading && performance.now() - touchedAt.current < READ_FOR_MS)) mirror.reload();
    };
    mark();
    return mirror.onTick(mark);
  }, [mirror, isQuiet]);
}
