/** What stands below the first picture, as one piece. */
export { Cameras } from "./Cameras";
export { FocusCard } from "./Focus";
export { Indicators } from "./Indicators";
export { Presence } from "./Presence";
export { Ticker } from "./Ticker";
