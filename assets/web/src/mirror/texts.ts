/** The page's words: Indonesian stands in the code, other languages are tables that are fetched when somebody wants them. */
import type { Tr } from "./freshness";

const TABLES: Record<string, () => Promise<{ default: Record<string, string> }>> = {
  en: () => import("virtual:texts/en"),
};

export const SAME: Tr = (text) => text;

/** How a language says the page's texts; raises when its table cannot be loaded. */
export async function textsOf(language: string): Promise<Tr> {
  const load = TABLES[language];
  if (load === undefined) return SAME;
  const { default: table } = await load();
  return (text) => (Object.hasOwn(table, text) ? table[text]! : text);
}
