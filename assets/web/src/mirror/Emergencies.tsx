/** Says new emergencies to a screen reader, and nothing else. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useRoom, useSubjects } from "./room";
import { fill } from "./wording";

export function Emergencies(): JSX.Element {
  const { tr, city } = useRoom();
  const store = useSubjects("ticker", "incident", "city");
  const known = useRef<Set<string> | null>(null);
  const [said, say] = useState("");
  const lines = store.lines.filter(({ body }) => body.priority === "emergency" && body.state === "new").map(({ body }) => body);
  const incidents = store.bodies("incident");
  const keys = [...lines.map(({ report }) => `report ${report}`), ...incidents.map(({ id }) => `incident ${id}`)];
  useEffect(() => {
    if (store.rev === 0) return;
    const before = known.current;
    known.current = new Set(keys);
    if (before === null) return;
    const fresh = [
      ...lines.filter(({ report }) => !before.has(`report ${report}`)).map((line) => fill(tr("Darurat: {what}, {where}"), { what: city?.categoryName(line.category, line.category_name) ?? line.category, where: city?.districtName(line.district) ?? tr("tanpa lokasi") })),
      ...incidents.filter(({ id }) => !before.has(`incident ${id}`)).map(({ title }) => fill(tr("Insiden: {title}"), { title })),
    ];
    if (fresh.length > 0) say(fresh.join(". "));
  }, [keys.join()]);
  return (
    <div class="unseen" role="alert">
      {said}
    </div>
  );
}
