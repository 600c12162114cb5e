/** An indicator: what it means in plain words, where it comes from and as of when, what it is held against, and how it went. */
import type { JSX } from "preact";
import type { Light } from "../contract";
import { LightMark } from "../marks";
import { Curve } from "../panels/chart";
import { Stages } from "../panels/figures";
import { elapsedOf } from "../panels/gaps";
import { totalsStamp } from "../panels/reports";
import { useNow, useRoom, useSubjects } from "../room";
import { fill } from "../wording";
import { Facts, Head, Part } from "./parts";

type Topic = "finance" | "progress" | "procurement" | "totals";

export function IndicatorSheet({ topic }: { topic: Topic }): JSX.Element {
  switch (topic) {
    case "finance":
      return <FinanceSheet />;
    case "progress":
      return <ProgressSheet />;
    case "procurement":
      return <ProcurementSheet />;
    case "totals":
      return <TotalsSheet />;
  }
}

function Meaning({ children }: { children: string }): JSX.Element {
  const { tr } = useRoom();
  return (
    <Part title={tr("Apa artinya")}>
      <p class="meaning">{children}</p>
    </Part>
  );
}

function Value({ value, light, deviation }: { value: number | null; light: Light; deviation: number | null }): JSX.Element {
  const { tr, text } = useRoom();
  return (
    <p class="value">
      <b>{text.percent(value)}</b>
      {deviation !== null && (
        <span>
          <LightMark light={light} size={15} label={light === "red" ? tr("kritis") : tr("perhatian")} />
          {`${text.bounded(deviation, 1, true)} ${tr("poin")}`}
        </span>
      )}
    </p>
  );
}

function Missing({ title }: { title: string }): JSX.Element {
  const { tr } = useRoom();
  return <Head title={title} below={tr("Belum ada data")} />;
}

function FinanceSheet(): JSX.Element {
  const { tr, text, city, open } = useRoom();
  const finance = useSubjects("finance", "city").one("finance")?.body ?? null;
  const now = useNow(60);
  if (finance === null) return <Missing title={tr("Keuangan")} />;
  const { absorption } = finance;
  return (
    <>
      <Head title={tr("Keuangan")} below={fill(tr("Serapan anggaran {year}"), { year: finance.year })} />
      <Value value={absorption.value} light={finance.light} deviation={finance.deviation} />
      {finance.planned.values.length + finance.actual.values.length > 0 && (
        <div class="trend">
          <Curve planned={finance.planned.values} actual={finance.actual.values} elapsed={elapsedOf(finance)} plan={tr("target")} label={tr("Perjalanan tahun ini")} />
        </div>
      )}
      <Meaning>
        {tr("Berapa bagian anggaran yang sudah benar-benar dibayarkan: jumlah pencairan (SP2D bersih) dibagi pagu yang berlaku pada tanggal itu. Deviasi adalah selisihnya dengan target dalam poin; angka minus berarti tertinggal.")}
      </Meaning>
      <Facts
        pairs={[
          [tr("Dibayarkan"), text.rupiah(absorption.numerator)],
          [tr("Pagu"), text.rupiah(absorption.denominator)],
          [tr("Target"), text.percent(finance.target)],
          [tr("Versi target"), finance.target_version],
          [tr("Per"), text.dated(finance.as_of, now)],
          [tr("Sumber"), finance.source],
          [tr("Baris dikecualikan"), text.number(finance.excluded_rows)],
        ]}
      />
      {finance.agencies.length > 0 && (
        <Part title={tr("Deviasi OPD")}>
          <div class="rows">
            {[...finance.agencies]
              .sort((a, b) => Number(a.deviation === null) - Number(b.deviation === null) || (a.deviation ?? 0) - (b.deviation ?? 0))
              .map(({ agency, deviation, light }) => (
                <button key={agency} class="row" onClick={() => open({ kind: "agency", code: agency })}>
                  <span>
                    <LightMark light={light} size={14} />
                  </span>
                  <span>
                    <b>{city?.agencyName(agency) ?? agency}</b>
                  </span>
                  <em>{`${text.bounded(deviation, 1, true)} ${tr("poin")}`}</em>
                </button>
              ))}
          </div>
        </Part>
      )}
    </>
  );
}

function ProgressSheet(): JSX.Element {
  const { tr, text, city, open } = useRoom();
  const progress = useSubjects("progress", "city").one("progress")?.body ?? null;
  const now = useNow(60);
  if (progress === null) return <Missing title={tr("Fisik")} />;
  return (
    <>
      <Head title={tr("Fisik")} below={fill(tr("Minggu {week} dari {weeks}"), { week: progress.week, weeks: progress.weeks })} />
      <Value value={progress.progress.value} light={progress.light} deviation={progress.deviation} />
      {progress.planned.values.length + progress.actual.values.length > 0 && (
        <div class="trend">
          <Curve planned={progress.planned.values} actual={progress.actual.values} elapsed={progress.week} plan={tr("rencana")} label={tr("Perjalanan tahun ini")} />
        </div>
      )}
      <Meaning>
        {tr("Seberapa jauh pekerjaan pembangunan di lapangan, semua paket bersama: paket yang lebih mahal berbobot lebih besar. Minggu tanpa laporan tidak diisi perkiraan; nilai terakhir digambar putus-putus. Kontrak disebut kritis bila tertinggal lebih dari 10 poin, atau lebih dari 5 poin setelah rencananya melewati 70 %.")}
      </Meaning>
      <Facts
        pairs={[
          [tr("Rencana"), text.percent(progress.planned_value)],
          [tr("Versi target"), progress.target_version],
          [tr("Kontrak kritis"), fill(tr("{part} dari {whole}"), { part: text.number(progress.critical.length), whole: text.bounded(progress.contracts) })],
          [tr("Per"), text.dated(progress.as_of, now)],
          [tr("Sumber"), progress.source],
          [tr("Baris dikecualikan"), text.number(progress.excluded_rows)],
        ]}
      />
      {progress.critical.length > 0 && (
        <Part title={tr("Kontrak kritis")}>
          <div class="rows">
            {[...progress.critical]
              .sort((a, b) => a.deviation - b.deviation)
              .map((contract) => (
                <button key={contract.id} class="row" onClick={() => open({ kind: "agency", code: contract.agency })}>
                  <span>
                    <LightMark light="red" size={14} />
                  </span>
                  <span>
                    <b>{contract.name}</b>
                    <small>{city?.agencyShort(contract.agency) ?? contract.agency}</small>
                  </span>
                  <em>{`${text.bounded(contract.deviation, 1)} ${tr("poin")}`}</em>
                </button>
              ))}
          </div>
        </Part>
      )}
    </>
  );
}

function ProcurementSheet(): JSX.Element {
  const { tr, text } = useRoom();
  const procurement = useSubjects("procurement").one("procurement")?.body ?? null;
  const now = useNow(60);
  if (procurement === null) return <Missing title={tr("Pengadaan")} />;
  const late = procurement.late_packages;
  return (
    <>
      <Head title={tr("Pengadaan")} below={fill(tr("RUP {year}"), { year: procurement.year })} />
      <p class="value">
        <b>{text.percent(procurement.announced.value)}</b>
        <span>
          {late > 0 && <LightMark light="yellow" size={15} label={tr("perhatian")} />}
          {late > 0 ? fill(tr("{count} paket terlambat"), { count: text.bounded(late) }) : tr("Tidak ada paket terlambat")}
        </span>
      </p>
      <Meaning>
        {tr("Berapa bagian belanja pengadaan yang rencananya sudah diumumkan (RUP); paket penyedia di dalam swakelola tidak dihitung dua kali. Paket terlambat adalah paket yang rencana mulainya sudah lewat tetapi tendernya belum ada. Efisiensi adalah selisih harga perkiraan dan nilai kontrak.")}
      </Meaning>
      {procurement.stages.length > 0 && (
        <Part title={tr("Tahapan")}>
          <Stages stages={procurement.stages} />
        </Part>
      )}
      <Facts
        pairs={[
          [tr("Diumumkan"), text.rupiah(procurement.announced.numerator)],
          [tr("Belanja pengadaan"), text.rupiah(procurement.announced.denominator)],
          [tr("Efisiensi"), procurement.efficiency === null ? null : text.percent(procurement.efficiency)],
          [tr("Per"), text.when(procurement.as_of, now)],
          [tr("Sumber"), procurement.source],
          [tr("Baris dikecualikan"), text.number(procurement.excluded_rows)],
        ]}
      />
    </>
  );
}

function TotalsSheet(): JSX.Element {
  const room = useRoom();
  const { tr, text } = room;
  const totals = useSubjects("totals").one("totals")?.body ?? null;
  if (totals === null) return <Missing title={tr("Jumlah laporan")} />;
  const count = (value: number): string => text.number(value);
  return (
    <>
      <Head title={tr("Jumlah laporan")} below={totalsStamp(room)} />
      <Meaning>
        {tr("Semua laporan yang masuk hari ini, dan apa yang terjadi dengan masing-masing. Jumlah semua status selalu sama dengan jumlah yang masuk: satu hitungan untuk dinding, peta, dan cermin ini.")}
      </Meaning>
      <Facts
        pairs={[
          [tr("Masuk"), count(totals.received)],
          [tr("Baru"), count(totals.new)],
          [tr("Dibuka lagi"), count(totals.reopened)],
          [tr("Diteruskan"), count(totals.forwarded)],
          [tr("Dikerjakan"), count(totals.working)],
          [tr("Selesai"), count(totals.done)],
          [tr("Di luar kewenangan"), count(totals.declined)],
          [tr("Duplikat"), count(totals.duplicate)],
          [tr("Iseng"), count(totals.invalid)],
          [tr("Tanpa lokasi"), count(totals.without_position)],
          [tr("Di luar kota"), count(totals.outside)],
          [tr("Dari hari sebelumnya"), count(totals.carried)],
        ]}
      />
    </>
  );
}
