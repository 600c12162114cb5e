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
