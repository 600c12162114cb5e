/** The sum of the day: what came in equals what became of it. Shows the totals message and counts nothing itself. */
import type { JSX } from "preact";
import { Card } from "../card";
import type { State, Totals as Body } from "../contract";
import { StateMark } from "../marks";
import { useRoom, useSubjects } from "../room";
import { fill } from "../wording";

const PARTS: readonly State[] = ["new", "forwarded", "working", "done", "declined", "duplicate", "invalid", "reopened"];

interface Term {
  name: "received" | State;
  label: string;
  value: number | null;
  mark?: State;
}

export function Totals(): JSX.Element {
  const { tr, text, open } = useRoom();
  const entry = useSubjects("totals").one("totals");
  const totals = entry?.body ?? null;
  const reopened = totals?.reopened ?? 0;
  const again = tr("{count} dibuka lagi").split("{count}");
  const of = (name: "received" | State): number | null => totals?.[name] ?? null;
  const terms: Term[] = [
    { name: "received", label: tr("Masuk"), value: of("received") },
    { name: "new", label: tr("Baru"), value: totals === null ? null : totals.new + totals.reopened, mark: "new" },
    { name: "forwarded", label: tr("Diteruskan"), value: of("forwarded"), mark: "forwarded" },
    { name: "working", label: tr("Dikerjakan"), value: of("working"), mark: "working" },
    { name: "done", label: tr("Selesai"), value: of("done"), mark: "done" },
    { name: "declined", label: tr("Di luar kewenangan"), value: of("declined"), mark: "declined" },
    { name: "duplicate", label: tr("Duplikat"), value: of("duplicate") },
    { name: "invalid", label: tr("Iseng"), value: of("invalid") },
  ];
  return (
    <Card topic="totals" label={tr("Jumlah laporan")} seq={entry?.seq ?? null}>
      <button class="tot" aria-label={tr("Jumlah laporan")} aria-describedby="totals-terms" onClick={() => open({ kind: "indicator", topic: "totals" })}>
        <dl id="totals-terms">
          {terms.map(({ name, label, value, mark }) => (
            <div key={name}>
              <dt>{label}</dt>
              <dd>
                {mark !== undefined && <StateMark state={mark} size={15} />}
                <span data-total={name}>{text.number(value)}</span>
              </dd>
              {name === "new" && reopened > 0 && (
                <dd class="detail">
                  {again[0]}
                  <span data-total="reopened">{text.number(reopened)}</span>
                  {again[1]}
                </dd>
              )}
            </div>
          ))}
        </dl>
      </button>
      {totals !== null && !tiesOut(totals) && <p class="warn">{fill(tr("Jumlah laporan tidak cocok: {received} masuk, {parts} menurut status"), { received: text.number(totals.received), parts: text.number(sum(totals)) })}</p>}
    </Card>
  );
}

function sum(totals: Body): number {
  return PARTS.reduce((whole, state) => whole + totals[state], 0);
}

function tiesOut(totals: Body): boolean {
  return sum(totals) === totals.received;
}
