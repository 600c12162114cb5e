/** Numbers, money, dates and ages as the room reads them: the twin of widgets/kit/numerals.py, held to the same table (tests/vectors/numerals.json). */

export const MISSING = "—";
const MINUS = "\u2212";
const MONEY: readonly [suffix: string, unit: number][] = [
  ["rb", 1e3],
  ["jt", 1e6],
  ["M", 1e9],
  ["T", 1e12],
];
const AGES = { id: ["dtk", "mnt", "j", "hr", "bln", "th"], en: ["s", "min", "h", "d", "mo", "y"] } as const;
const MONTHS = {
  id: ["Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"],
  en: ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
} as const;
const DAYS = {
  id: ["Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"],
  en: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
} as const;
const MOST_SHOWN = 99_999;
/** From so many days on an age is told in months and years. */
const MOST_DAYS = 100;

/** Milliseconds since 1970, or ISO 8601; a day alone (`2026-11-22`) is that day everywhere. */
export type When = number | string;

interface Local {
  year: number;
  month: number;
  day: number;
  weekday: number;
  clock: [hour: string, minute: string, second: string];
}

export class Numerals {
  private readonly comma: string;
  private readonly thousands: string;
  private readonly names: "id" | "en";
  private parts: Intl.DateTimeFormat | null = null;

  constructor(
    private readonly language: string,
    private readonly timeZone = "Asia/Jakarta",
  ) {
    [this.comma, this.thousands] = language === "id" ? [",", "."] : [".", ","];
    this.names = language === "id" ? "id" : "en";
  }

  /** `−1.234,5`, grouped from 1,000 on; with `sign` also `+3,0`. Nothing is `—`. */
  number(value: number | null, decimals = 0, sign = false): string {
    if (value === null) return MISSING;
    const text = this.grouped(rounded(Math.abs(value), decimals));
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

  /** As `number`; what is beyond any share or deviation is told as such: `>99.999`, `<−99.999`. */
  bounded(value: number | null, decimals = 0, sign = false): string {
    if (value === null || Math.abs(value) <= MOST_SHOWN) return this.number(value, decimals, sign);
    return value < 0 ? `<${this.number(-MOST_SHOWN)}` : `>${this.number(MOST_SHOWN)}`;
  }

  /** `71,4 %` with a narrow no-break space. */
  percent(value: number | null, decimals = 1): string {
    return value === null ? MISSING : `${this.bounded(value, decimals)}\u202f%`;
  }

  /** `Rp 3,94 T`, `Rp 45,6 M`, `Rp 7,8 jt`, `Rp 950 rb`: three figures, rounded first, then promoted. */
  rupiah(amount: number | null): string {
    if (amount === null) return MISSING;
    const size = Math.abs(amount);
    const sign = amount < 0 ? MINUS : "";
    if (size < 1000) return `${sign}Rp ${size}`;
    for (const [suffix, unit] of MONEY) {
      const [figure, decimals] = threeFigures(size, unit);
      if (figure >= 1000 && suffix !== "T") continue;
      const text = decimals > 0 ? figure.toFixed(decimals).replace(/0+$/, "").replace(/\.$/, "") : String(figure);
      return `${sign}Rp ${this.grouped(text)} ${suffix}`;
    }
    return MISSING;
  }

  /** `4 dtk`, `12 mnt`, `2 j 41 mnt`, `3 hr`, `8 bln`, `2 th 11 bln`. */
  age(seconds: number | null): string {
    if (seconds === null) return MISSING;
    const [second, minute, hour, day, month, year] = AGES[this.names];
    const whole = Math.max(0, Math.trunc(seconds));
    if (whole < 60) return `${whole} ${second}`;
    if (whole < 3600) return `${Math.floor(whole / 60)} ${minute}`;
    if (whole < 86_400) {
      const rest = Math.floor((whole % 3600) / 60);
      return `${Math.floor(whole / 3600)} ${hour}` + (rest > 0 ? ` ${rest} ${minute}` : "");
    }
    const days = Math.floor(whole / 86_400);
    if (days < MOST_DAYS) return `${days} ${day}`;
    const months = Math.floor(days / 30.436875);
    const told: [number, string][] = [
      [Math.floor(months / 12), year],
      [months % 12, month],
    ];
    return told
      .filter(([count]) => count > 0)
      .map(([count, unit]) => `${count} ${unit}`)
      .join(" ");
  }

  /** The largest unit alone: `12 mnt`, `23 j`, `3 hr`, `2 th`. */
  shortAge(seconds: number | null): string {
    return this.age(seconds).split(" ").slice(0, 2).join(" ");
  }

  /** As `age`, with a tenth below ten seconds: `0,4 dtk`. */
  fineAge(seconds: number | null): string {
    if (seconds === null || seconds >= 9.95) return this.age(seconds);
    return `${this.number(Math.max(0, seconds), 1)} ${AGES[this.names][0]}`;
  }

  /** `14.32.08` local time (`14:32:08` in English). */
  clock(moment: When | null): string {
    return moment === null ? MISSING : this.local(moment).clock.join(this.language === "id" ? "." : ":");
  }

  /** `14.32` local time. */
  minute(moment: When | null): string {
    if (moment === null) return MISSING;
    return this.local(moment)
      .clock.slice(0, 2)
      .join(this.language === "id" ? "." : ":");
  }

  /** `22 Nov`. */
  day(moment: When | null): string {
    if (moment === null) return MISSING;
    const { day, month } = this.local(moment);
    return `${day} ${MONTHS[this.names][month - 1]!.slice(0, 3)}`;
  }

  /** `22 Nov`, in another year than that of `now` `5 Des 2023`. */
  dated(moment: When, now: When): string {
    const { year } = this.local(moment);
    return year === this.local(now).year ? this.day(moment) : `${this.day(moment)} ${year}`;
  }

  /** The minute, with the day in front when that is not the day of `now`: `14.32`, `22 Nov 14.32`. */
  when(moment: When, now: When): string {
    return this.isSameDay(moment, now) ? this.minute(moment) : `${this.dated(moment, now)} ${this.minute(moment)}`;
  }

  /** `Senin, 23 November 2026` local date. */
  longDay(moment: When): string {
    const { weekday, day, month, year } = this.local(moment);
    return `${DAYS[this.names][weekday]}, ${day} ${MONTHS[this.names][month - 1]} ${year}`;
  }

  isSameDay(one: When, other: When): boolean {
    const [a, b] = [this.local(one), this.local(other)];
    return a.day === b.day && a.month === b.month && a.year === b.year;
  }

  private local(moment: When): Local {
    if (typeof moment === "string" && /^\d{4}-\d\d-\d\d$/.test(moment)) {
      const [year, month, day] = moment.split("-").map(Number) as [number, number, number];
      return { year, month, day, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay(), clock: ["00", "00", "00"] };
    }
    const at = new Date(moment);
    this.parts ??= new Intl.DateTimeFormat("en-GB", {
      timeZone: this.timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    const told: Record<string, string> = {};
    for (const { type, value } of this.parts.formatToParts(at)) told[type] = value;
    const [year, month, day] = [Number(told["year"]), Number(told["month"]), Number(told["day"])];
    const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
    return { year, month, day, weekday, clock: [told["hour"]!, told["minute"]!, told["second"]!] };
  }

  /** `1234.5` with this language's comma and points. */
  private grouped(plain: string): string {
    const [whole, part] = plain.split(".") as [string, string?];
    const text = whole.replace(/\B(?=(\d{3})+$)/g, this.thousands);
    return part === undefined ? text : text + this.comma + part;
  }
}

/** `size` in `unit` rounded to three significant figures, and how many decimals that leaves. */
function threeFigures(size: number, unit: number): [figure: number, decimals: number] {
  for (const [decimals, limit] of [
    [2, 10],
    [1, 100],
    [0, 1000],
  ] as const) {
    const scaled = scaledTo(size, decimals, unit);
    if (scaled < limit * 10 ** decimals) return [scaled / 10 ** decimals, decimals];
  }
  return [scaledTo(size, 0, unit), 0];
}

/** In whole numbers: money has more figures than a float can divide without a slip at a tie. */
function scaledTo(size: number, decimals: number, unit: number): number {
  return Number((BigInt(Math.round(size)) * 10n ** BigInt(decimals) + BigInt(unit / 2)) / BigInt(unit));
}

/** As Python rounds: the value as it is held, a tie to the even neighbour (toFixed takes the larger). */
function rounded(value: number, decimals: number): string {
  const scaled = value * 10 ** decimals;
  const isTie = Number.isInteger(value * 2 ** (decimals + 1)) && scaled % 1 === 0.5;
  return isTie ? (2 * Math.round(scaled / 2) / 10 ** decimals).toFixed(decimals) : value.toFixed(decimals);
}
