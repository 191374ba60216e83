/** What a suite's file and its skip.yaml say, with every mistake told at its place. */
import type { Failure } from "../model/failure.ts";
import { nearestName } from "../model/nearest.ts";
import { anyTurn, type Expectations, type ScriptEntry, type ScriptNotes, type SuiteFile } from "../model/suite.ts";
import { invalid } from "./entry.ts";
import { readExpanded, type ExpandedEntry, type ExpandedNode } from "./expanded-yaml.ts";
import { checkValue } from "./value.ts";
import type { Variables } from "./variables.ts";

export interface SuiteSource {
  readonly text: string;
  readonly file: string;
  /** What it is called unless it says so. */
  readonly name: string;
  /** Of the caller, with DATE and TIME. */
  readonly variables: Variables;
}

export interface SuiteReading<T> {
  readonly value: T;
  readonly failures: readonly Failure[];
}

const usualTimeoutMs = 5 * 60_000;
/** Texts of commands belong to the shell that runs them, with the same variables and those of the project. */
const untouched = ["command"];
const suiteKeys = ["suite", "scripts", "services", "modules", "environment", "env", "databases", "ports", "log_level", "log_dir", "dir", "timeout", "workers", "skip", "expected_failures"];
const scriptKeys = ["name", "command", "timeout", "requires", "uses", "claims"];
const expectationKeys = ["environment", "skip", "expected_failures"];

/** Collects every problem; the value is of use only without any. */
export function readSuite(source: SuiteSource): SuiteReading<SuiteFile> {
  const { entries, environment, failures: found } = readExpanded({ ...source, untouched });
  const failures = [...found, ...unknownKeys(entries, suiteKeys)];
  const read = new Reader(entries, failures);
  const services = read.texts("services") ?? read.texts("modules");
  const [scripts, logLevel, logDirectory] = [read.scripts("scripts"), read.text("log_level"), read.text("log_dir")];
  const value: SuiteFile = {
    name: read.text("suite") ?? source.name,
    ...(scripts === undefined ? {} : { scripts }),
    ...(services === undefined ? {} : { services }),
    environment: { ...environment, ...read.pairs("env"), ...(logLevel === undefined ? {} : { LOG_LEVEL: logLevel }) },
    databases: read.pairs("databases"),
    ports: read.ports("ports"),
    ...(logLevel === undefined ? {} : { logLevel }),
    ...(logDirectory === undefined ? {} : { logDirectory }),
    directory: read.text("dir") ?? ".",
    timeoutMs: read.duration("timeout") ?? usualTimeoutMs,
    workers: read.count("workers") ?? 1,
    ...read.expectations(),
  };
  if (!/^[\w.-]+$/.test(value.name)) failures.push(invalid(`\`suite\` is "${value.name}", but must be a name`, "use letters, digits, `_`, `-` and `.`", { file: source.file }));
  return { value, failures };
}

/** `skip.yaml` beside the scripts. */
export function readExpectations(source: SuiteSource): SuiteReading<Expectations> {
  const { entries, failures: found } = readExpanded({ ...source, untouched });
  const failures = [...found, ...unknownKeys(entries, expectationKeys)];
  return { value: new Reader(entries, failures).expectations(), failures };
}

function unknownKeys(entries: readonly ExpandedEntry[], known: readonly string[]): readonly Failure[] {
  return entries.filter(({ key }) => !known.includes(key)).map(({ key, place }) => {
    const nearest = nearestName(key, known);
    return invalid(`unknown key \`${key}\``, nearest === undefined ? `valid keys: ${known.join(", ")}` : `did you mean \`${nearest}\`?`, place);
  });
}

/** Reads values of the forms there are, and notes what is none. */
class Reader {
  private readonly entries: readonly ExpandedEntry[];
  private readonly failures: Failure[];

  constructor(entries: readonly ExpandedEntry[], failures: Failure[]) {
    this.entries = entries;
    this.failures = failures;
  }

  text(key: string): string | undefined {
    const node = this.at(key);
    return node === undefined ? undefined : this.textOf(key, node);
  }

  texts(key: string): readonly string[] | undefined {
    const node = this.at(key);
    if (node === undefined) return undefined;
    if (node.kind !== "list") return this.wrong(key, node, "a list of names") ?? [];
    return node.items.flatMap((item) => this.textOf(key, item) ?? []);
  }

  pairs(key: string): Readonly<Record<string, string>> {
    return Object.fromEntries(this.entriesOf(key).flatMap(({ key: name, value }) => {
      const text = this.textOf(`${key}.${name}`, value);
      return text === undefined ? [] : [[name, text]];
    }));
  }

  ports(key: string): Readonly<Record<string, number>> {
    return Object.fromEntries(this.entriesOf(key).flatMap(({ key: name, value }) => {
      const port = Number(value.kind === "scalar" ? value.value : Number.NaN);
      if (Number.isInteger(port) && port > 0 && port < 65_536) return [[name, port]];
      this.wrong(`${key}.${name}`, value, "a port: a number from 1 to 65535");
      return [];
    }));
  }

  duration(key: string, node = this.at(key)): number | undefined {
    if (node === undefined) return undefined;
    const checked = checkValue({ path: key, type: "duration", about: "" }, node.kind === "scalar" ? node.value : null);
    if (checked.ok && typeof checked.value === "number" && checked.value > 0) return checked.value;
    return this.wrong(key, node, "a time above 0, such as 500ms, 30s, 2m or a number of seconds");
  }

  count(key: string): number | undefined {
    const node = this.at(key);
    if (node === undefined) return undefined;
    const count = Number(node.kind === "scalar" ? node.value : Number.NaN);
    return Number.isInteger(count) && count > 0 ? count : this.wrong(key, node, "a whole number above 0");
  }

  scripts(key: string): readonly ScriptEntry[] | undefined {
    const node = this.at(key);
    if (node === undefined) return undefined;
    if (node.kind !== "list") return this.wrong(key, node, "a list of scripts");
    const scripts = node.items.flatMap((item) => this.script(key, item) ?? []);
    const twice = scripts.find(({ name }, index) => scripts.findIndex((one) => one.name === name) !== index);
    if (twice !== undefined) this.failures.push(invalid(`\`${key}\` has "${twice.name}" twice`, "give one of them another name", twice.place));
    return scripts;
  }

  expectations(): Expectations {
    return { skip: this.notes("skip"), expectedFailures: this.notes("expected_failures") };
  }

  private script(key: string, item: ExpandedNode): ScriptEntry | undefined {
    if (item.kind !== "map") {
      const name = this.textOf(key, item);
      return name === undefined ? undefined : { name, turn: anyTurn, place: item.place };
    }
    this.failures.push(...unknownKeys(item.entries, scriptKeys));
    const inner = new Reader(item.entries, this.failures);
    const [name, command, timeoutMs] = [inner.text("name"), inner.command("command"), inner.duration("timeout")];
    if (name === undefined) return this.wrong(key, item, "a name, or keys of which one is `name`");
    const [requires = [], uses = [], claims = []] = ["requires", "uses", "claims"].map((one) => inner.texts(one));
    return { name, turn: { requires, uses, claims }, place: item.place, ...(command === undefined ? {} : { command }), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  }

  private command(key: string): string | readonly string[] | undefined {
    return this.at(key)?.kind === "list" ? this.texts(key) : this.text(key);
  }

  /** A list of names, or names with reasons. */
  private notes(key: string): ScriptNotes {
    const node = this.at(key);
    if (node?.kind === "list") return Object.fromEntries((this.texts(key) ?? []).map((name) => [name, ""]));
    return this.pairs(key);
  }

  private at(key: string): ExpandedNode | undefined {
    return this.entries.find((entry) => entry.key === key)?.value;
  }

  private entriesOf(key: string): readonly ExpandedEntry[] {
    const node = this.at(key);
    if (node === undefined || (node.kind === "scalar" && node.value === null)) return [];
    return node.kind === "map" ? node.entries : (this.wrong(key, node, "names with values") ?? []);
  }

  private textOf(key: string, node: ExpandedNode): string | undefined {
    if (node.kind === "scalar" && node.value !== null) return String(node.value);
    return this.wrong(key, node, "a text");
  }

  private wrong(key: string, node: ExpandedNode, must: string): undefined {
    this.failures.push(invalid(`\`${key}\` must be ${must}`, undefined, node.place));
    return undefined;
  }
}
