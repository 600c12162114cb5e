import { Numerals } from "../../assets/web/src/numerals";
import table from "../vectors/numerals.json";

interface Vector {
  language: string;
  value: number | null;
  decimals?: number;
  sign?: boolean;
  text: string;
}

test.each(table.number as Vector[])("$language $value is written $text", ({ language, value, decimals, sign, text }) => {
  expect(new Numerals(language).number(value, decimals, sign)).toBe(text);
});

test.each(table.short)("a mark of $value says $text in $language", ({ language, value, text }) => {
  expect(new Numerals(language).short(value)).toBe(text);
});

interface Valued extends Vector {
  short?: string;
}

const written: [name: keyof typeof table, write: (text: Numerals, vector: Valued) => string][] = [
  ["bounded", (text, { value, decimals, sign }) => text.bounded(value, decimals, sign)],
  ["percent", (text, { value, decimals }) => text.percent(value, decimals)],
  ["rupiah", (text, { value }) => text.rupiah(value)],
  ["age", (text, { value }) => text.age(value)],
  ["fine_age", (text, { value }) => text.fineAge(value)],
];
const rows = written.flatMap(([name, write]) => (table[name] as Valued[]).map((vector) => ({ name, write, ...vector })));

test.each(rows)("$name of $value in $language is $text", ({ write, ...vector }) => {
  expect(write(new Numerals(vector.language), vector)).toBe(vector.text);
});

test.each(table.age)("of an age of $value the largest unit is $short", ({ language, value, short }) => {
  expect(new Numerals(language).shortAge(value)).toBe(short);
});

test.each(table.moment)("$at in $zone is $clock, $long_day", ({ language, zone, at, clock, minute, day, long_day }) => {
  for (const moment of [at, Date.parse(at)]) {
    const text = new Numerals(language, zone);
    expect([text.clock(moment), text.minute(moment), text.day(moment), text.longDay(moment)]).toEqual([clock, minute, day, long_day]);
  }
});

test.each(table.when)("$at seen at $now is $text", ({ language, at, now, dated, text }) => {
  const numerals = new Numerals(language);
  expect([numerals.dated(at, now), numerals.when(at, now)]).toEqual([dated, text]);
});

test.each(table.date)("$day is $text wherever it is read", ({ language, day, now, text }) => {
  for (const zone of ["Asia/Jakarta", "America/Los_Angeles", "Pacific/Kiritimati"]) expect(new Numerals(language, zone).dated(day, now)).toBe(text);
});
