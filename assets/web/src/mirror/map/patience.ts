/** Whether a map page still draws: one that is looked at, was given changes and has painted none of them for too long stands still. Pure. */

/** What is seen so long and does not move is no picture of now. */
const STANDS_STILL_MS = 10_000;

export class Patience {
  private owedSince: number | null = null;
  private seenSince: number | null = null;

  /** Something was handed over, or is waiting to be fetched. */
  owe(now: number): void {
    this.owedSince ??= now;
  }

  /** It has painted, or there is nothing left to paint. */
  settle(): void {
    this.owedSince = null;
  }

  /** Nobody sees it: a page gets no frames then, and owes none. */
  see(isSeen: boolean, now: number): void {
    if (!isSeen) this.seenSince = null;
    else this.seenSince ??= now;
  }

  isOver(now: number): boolean {
    if (this.owedSince === null || this.seenSince === null) return false;
    return now - Math.max(this.owedSince, this.seenSince) >= STANDS_STILL_MS;
  }
}
