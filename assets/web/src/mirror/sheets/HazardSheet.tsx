/** A warning of nature as its issuer gave it. */
import type { JSX } from "preact";
import { HAZARD_ICONS, Icon } from "../icons";
import { useNow, useRoom, useSubjects, type Room } from "../room";
import { severityColour } from "../urgent";
import { Facts, Head } from "./parts";

export function HazardSheet({ id }: { id: string }): JSX.Element {
  const { tr, text, city } = useRoom();
  const store = useSubjects("hazard", "city");
  const now = useNow(60);
  const hazard = store.all("hazard").get(id)?.body ?? null;
  if (hazard === null) return <Head title={tr("Peringatan")} below={tr("Peringatan ini sudah berakhir")} />;
  const names = hazard.districts.map((code) => city?.districtName(code) ?? code);
  const when = (moment: string | null): string | null => (moment === null ? null : text.when(moment, now));
  return (
    <>
      <Head title={hazard.headline.trim() || tr("Peringatan")} below={hazard.is_drill ? tr("LATIHAN") : ""} mark={<Icon name={HAZARD_ICONS[hazard.kind]} size={30} colour={severityColour(hazard)} />} />
      <Facts
        pairs={[
          [tr("Sumber"), hazard.attribution],
          [tr("Tingkat"), severityWord(hazard.severity, tr)],
          [tr("Terbit"), when(hazard.issued_at)],
          [tr("Mulai"), when(hazard.onset_at)],
          [tr("Sampai"), when(hazard.expires_at)],
          [tr("Wilayah"), names.length > 0 ? names.join(", ") : hazard.area],
          [tr("Magnitudo"), hazard.magnitude === null ? null : text.number(hazard.magnitude, 1)],
          [tr("Kedalaman"), hazard.depth_km === null ? null : `${text.number(hazard.depth_km)} km`],
          [tr("Jarak"), hazard.distance_km === null ? null : `${text.number(hazard.distance_km)} km`],
        ]}
      />
    </>
  );
}

function severityWord(severity: "extreme" | "severe" | "moderate" | "minor" | "unknown", tr: Room["tr"]): string {
  return { extreme: tr("ekstrem"), severe: tr("berat"), moderate: tr("sedang"), minor: tr("ringan"), unknown: tr("tidak diketahui") }[severity];
}
