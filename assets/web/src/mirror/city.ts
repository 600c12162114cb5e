/** Names of the city's codes in the reader's language. Pure. */
import type { CityConfig } from "./contract";

export class City {
  private readonly districts: ReadonlyMap<string, string>;
  private readonly agencies: ReadonlyMap<string, { name: string; short: string }>;
  private readonly categories: ReadonlyMap<string, Record<string, string>>;

  constructor(
    readonly config: CityConfig,
    private readonly language: string,
  ) {
    this.districts = new Map(config.districts.map(({ code, name }) => [code, name]));
    this.agencies = new Map(config.agencies.map((agency) => [agency.code, agency]));
    this.categories = new Map(config.categories.map(({ code, names }) => [code, names]));
  }

  districtName(code: string | null): string | null {
    return code === null ? null : (this.districts.get(code) ?? null);
  }

  /** `Dishub`; the code itself where the city folder does not name it. */
  agencyShort(code: string | null): string | null {
    return code === null ? null : (this.agencies.get(code)?.short ?? code);
  }

  agencyName(code: string): string {
    return this.agencies.get(code)?.name ?? code;
  }

  /** The city's word for a category, else the one its source used, else its code. */
  categoryName(code: string, told: string | null): string {
    const names = this.categories.get(code);
    return names?.[this.language] ?? names?.[this.config.language] ?? told ?? code;
  }
}
