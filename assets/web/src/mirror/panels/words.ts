/** Words that several panels and sheets share: what a report is and where. Pure. */
import type { Report } from "../contract";
import type { Room } from "../room";

type Speech = Pick<Room, "tr" | "city">;

export function categoryOf(report: { category: string; category_name: string | null }, { tr, city }: Speech): string {
  return (city?.categoryName(report.category, report.category_name) ?? report.category_name ?? report.category).trim() || tr("tanpa kategori");
}

/** `Gandasari, Jatiuwung`. */
export function whereOf(report: Pick<Report, "place" | "district" | "is_outside">, { tr, city }: Speech): string {
  const district = report.is_outside ? tr("di luar batas kota") : (city?.districtName(report.district) ?? null);
  return [...new Set([report.place, district].filter((part) => part !== null && part !== ""))].join(", ") || tr("tanpa lokasi");
}

/** As Python's `str.join` of what is there. */
export function joined(...parts: (string | null | undefined | false)[]): string {
  return parts.filter((part) => typeof part === "string" && part !== "").join(" · ");
}
