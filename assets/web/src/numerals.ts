/** Numbers as the room reads them: the twin of widgets/kit/numerals.py, held to the same table (tests/vectors/numerals.json). */

const MISSING = "—";
const MINUS = "\u2212";

export class Numerals {
  private readonly comma: string;
  private readonly thousands: string;

  constructor(private readonly language: string) {
    [this.comma, this.thousands] = language === "id" ? [",", "."] : [".", ","];
  }

  /** `−1.234,5`, grouped from 1,000 on; with `sign` also `+3,0`. Nothing is `—`. */
  number(value: number | null, decimals = 0, sign = false): string {
    if (value === null) return MISSING;
    const [whole, part] = rounded(Math.abs(value), decimals).split(".") as [string, string?];
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, this.thousands);
    const text = part === undefined ? grouped : grouped + this.comma + part;
    if (!/[1-9]/.test(text)) return text;
    return (value < 0 ? MINUS : sign ? "+" : "") + text;
  }

  /** A count for a small mark, never more than it is: `999`, `1,9 rb`, `64 rb`. */
  short(count: number): string {
    if (count < 1000) return this.number(count);
    const tenths = Math.floor(count / 100);
    const text = tenths >= 100 || tenths % 10 === 0 ? this.number(Math.floor(tenths / 10)) : this.number(tenths / 10, 1);
    return text + (this.language === "id" ? " rb" : "k");
  }
}

/** As Python rounds: the value as it is held, a tie to the even neighbour (toFixed takes the larger). */
function rounded(value: number, decimals: number): string {
  const scaled = value * 10 ** decimals;
  const isTie = Number.isInteger(value * 2 ** (decimals + 1)) && scaled % 1 === 0.5;
  return isTie ? (2 * Math.round(scaled / 2) / 10 ** decimals).toFixed(decimals) : value.toFixed(decimals);
}
