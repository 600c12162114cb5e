/** Starts the page. */
import { render } from "preact";
import "./page.css";
import { App } from "./App";
import { Mirror } from "./mirror";
import { choices, kept, RUNG } from "./storage";

const first = choices();
const root = document.documentElement;
root.classList.toggle("large", first.isLarge);
root.lang = first.language;
const isLight = first.theme === "light" || (first.theme === "auto" && matchMedia("(prefers-color-scheme: light)").matches);
root.dataset["theme"] = isLight ? "light" : "dark";

const build = document.querySelector<HTMLMetaElement>('meta[name="build"]')?.content ?? "";
const mirror = new Mirror(build, () => document.documentElement.lang);
render(<App mirror={mirror} first={first} />, document.getElementById("page")!);
void mirror.start();

/** What is not needed for the first picture comes when there is one, or when there will be none for a while. */
let isFollowed = false;
const follow = (): void => {
  if (isFollowed) return;
  isFollowed = true;
  import("./fonts.css").catch(() => undefined);
  if ("serviceWorker" in navigator && window.isSecureContext && import.meta.env.PROD) navigator.serviceWorker.register("/sw.js").catch(() => undefined);
  void renewed().catch(() => undefined);
};
/** Nothing is loaded for those who did not ask to be rung. */
async function renewed(): Promise<void> {
  if (mirror.view.isOpen && (await kept(RUNG)) !== undefined) await (await import("./push")).renew(mirror.view.word);
}
const stop = mirror.subscribe(() => {
  const isWaiting = mirror.stage.name === "starting" || (mirror.stage.name === "live" && !mirror.view.isOpen);
  if (isWaiting) return;
  stop();
  requestAnimationFrame(() => setTimeout(follow, 200));
});
setTimeout(follow, 60_000);
