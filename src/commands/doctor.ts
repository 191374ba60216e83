/** `doctor`: what of this machine, this repository and envctl's own state is not as it should be, and how to mend it. */
import type { CommandBody, CommandInput, Screen } from "../cli/command.ts";
import type { DoctorReport } from "../contracts/doctor-report.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import { worstFirst, type Finding } from "../model/finding.ts";
import { createRedaction } from "../redaction/redact.ts";
import type { EngineRuntime } from "../runtime.ts";
import { padded } from "../ui/table.ts";
import { toned, type Tone } from "../ui/style.ts";
import { saysYes } from "./ask.ts";
import { intentOf } from "./intent.ts";
import { listFlag } from "./targets.ts";

type Examined = Awaited<ReturnType<EngineRuntime["examine"]>>[number];
type Fixed = DoctorReport["fixed"][number];

/** Makes the body for this version of envctl. */
export function doctorBody(version: string): CommandBody<DoctorReport> {
  return {
    run: (input, runtime) => run(input, runtime, version),
    text: doctorLines,
    exit: (report) => (report.ok ? exitCodes.ok : exitCodes.failure),
  };
}

async function run(input: CommandInput, runtime: EngineRuntime, version: string): Promise<DoctorReport> {
  const begun = runtime.host.clock.monotonic();
  const look = (): ReturnType<EngineRuntime["examine"]> => runtime.examine({ intent: intentOf("start", input, runtime), only: listFlag(input.flags, "only"), skip: listFlag(input.flags, "skip") });
  const first = await look();
  const fixed = input.flags["fix"] === true ? await mended(first, input) : [];
  const findings = (fixed.some(({ ok }) => ok) ? await look() : first).map(({ finding }) => harmless(finding));
  const count = (status: Finding["status"]): number => findings.filter((finding) => finding.status === status).length;
  const counts = { pass: count("pass"), warn: count("warn"), fail: count("fail") };
  return {
    contract_version: "envctl.doctor.v1",
    ok: counts.fail === 0 && (counts.warn === 0 || input.flags["strict"] !== true),
    repository: runtime.checkout.repository,
    version,
    duration_ms: Math.round(runtime.host.clock.monotonic() - begun),
    counts,
    findings,
    fixed,
  };
}

/** Command lines of other people's programs may hold anything. */
function harmless(finding: Finding): Finding {
  const { text } = createRedaction();
  return { ...finding, detail: text(finding.detail) };
}

/** One after the other, each only after a yes. */
async function mended(all: readonly Examined[], input: CommandInput): Promise<Fixed[]> {
  const fixable = all.filter(({ fix }) => fix !== undefined);
  if (fixable.length > 0 && input.flags["yes"] !== true && !input.isInteractive) {
    throw new UserError({ reason: "usage_invalid", message: "`doctor --fix` asks first, and nobody is there to answer", hint: "say --yes" });
  }
  const done: Fixed[] = [];
  for (const { finding, fix } of fixable) {
    if (fix === undefined) continue;
    if (input.flags["yes"] === true || (await saysYes(`${finding.detail}\n  ${fix.about}? [y/N] `, input))) done.push(await applied(finding.id, fix));
  }
  return done;
}

async function applied(id: string, fix: NonNullable<Examined["fix"]>): Promise<Fixed> {
  try {
    await fix.apply();
    return { id, fix: fix.about, ok: true };
  } catch (error) {
    return { id, fix: fix.about, ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}

const tones: Readonly<Record<Finding["status"], Tone>> = { pass: "good", warn: "busy", fail: "bad" };
const statusWords: Readonly<Record<Finding["status"], string>> = { pass: "ok", warn: "warn", fail: "FAIL" };

function doctorLines(report: DoctorReport, screen: Screen): readonly string[] {
  const width = Math.max(0, ...report.findings.map(({ title }) => title.length));
  const { pass, warn, fail } = report.counts;
  const isFixable = report.findings.some(({ fix }) => fix !== undefined);
  return [
    ...report.fixed.map(({ id, fix, ok, error }) => (ok ? `mended ${id}: ${fix}` : `${id} could not be mended: ${error ?? ""}`)),
    ...worstFirst(report.findings).flatMap(({ status, title, detail, hint }) => [
      `${toned(padded(statusWords[status], 4), tones[status], screen)}  ${padded(title, width)}  ${detail}`,
      ...(hint === undefined ? [] : [`${" ".repeat(width + 8)}→ ${hint}`]),
    ]),
    "",
    `${pass} in order, ${warn} to look at, ${fail} broken, in ${report.duration_ms} ms.${isFixable ? " `envctl doctor --fix` mends what is safe to mend." : ""}`,
  ];
}
