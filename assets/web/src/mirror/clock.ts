/** The room's time on this device: what the server last said, carried on by a clock that nobody sets. The device's own date is never asked. */

export class Clock {
  private at: number | null = null;
  private heardAt = 0;
  private held: number | null = null;

  /** `monotonic`: milliseconds that only grow, as performance.now(). */
  constructor(readonly monotonic: () => number) {}

  /** The server said it is `at` (milliseconds since 1970). */
  hear(at: number): void {
    this.at = at;
    this.heardAt = this.monotonic();
  }

  /** Until something is heard it is `at`, and stays so: what is shown was kept from then. */
  hold(at: number): void {
    this.held = at;
  }

  /** Milliseconds since 1970 by the room's clock; null before anything was heard or held. */
  now(): number | null {
    return this.at === null ? this.held : this.at + this.monotonic() - this.heardAt;
  }

  /** What the server said last, and how long ago that was; null before anything was heard. */
  last(): { at: number; age_s: number } | null {
    return this.at === null ? null : { at: this.at, age_s: (this.monotonic() - this.heardAt) / 1000 };
  }
}
