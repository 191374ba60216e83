/** Runs the units of a graph: facts go along its edges, units may add others, and every transition is an event. */
import type { GraphEventBody } from "./record.ts";
import { checkTasks, type TaskProblem } from "../schedule/check.ts";
import { drive, type Drive } from "../schedule/drive.ts";
import { hardFailure, type Capacity, type Outcome, type Skipped, type SkipReason } from "../schedule/task.ts";
import type { UnitCall, UnitWorker } from "./unit-process.ts";
import { isDone, isFailed, type GraphUnit, type UnitResult } from "./unit.ts";
import { outcomeOf, verdictOf } from "./verdict.ts";

export interface GraphOrder {
  readonly units: readonly GraphUnit[];
  /** Will not run, with why. */
  readonly left: readonly { readonly unit: GraphUnit; readonly reason: string }[];
  /** Done before: their facts count. */
  readonly kept: readonly { readonly unit: GraphUnit; readonly result: UnitResult }[];
  readonly capacity: Capacity;
  /** Names that are there without any unit. */
  readonly given: readonly string[];
  /** What every unit sees. */
  readonly facts: Readonly<Record<string, string>>;
  /** Values for parameters, over the unit's own. */
  readonly paramsFor: (unit: GraphUnit) => Readonly<Record<string, string>>;
  readonly hashOf: (unit: GraphUnit) => string;
}

/** The world around a run. */
export interface GraphPlace {
  readonly worker: UnitWorker;
  /** What the project gives a unit: variables of its service and of what it requires. */
  readonly environmentOf: (unit: GraphUnit) => Promise<Readonly<Record<string, string>>>;
  /** Waits for what others outside of this run may have; answers how it is given back. */
  readonly reserved: (unit: GraphUnit) => Promise<() => Promise<void>>;
  readonly pathsOf: (unit: GraphUnit) => Pick<UnitCall, "logPath" | "exchange" | "own">;
  /** Reads a unit that is added while others run. */
  readonly read: (definition: unknown, directory: string) => { readonly unit?: GraphUnit; readonly problems: readonly string[] };
  readonly note: (event: GraphEventBody) => void;
  readonly now: () => string;
  readonly words: { readonly problem: (problem: TaskProblem) => string; readonly skip: (because: SkipReason, statusOf: (id: string) => string) => string };
  readonly signal: AbortSignal;
}

export class GraphRun {
  readonly #order: GraphOrder;
  readonly #place: GraphPlace;
  readonly #units: Map<string, GraphUnit>;
  readonly #results = new Map<string, UnitResult>();
  /** By name, of those that gave it. */
  readonly #facts = new Map<string, Readonly<Record<string, string>>>();
  #drive: Drive | undefined;

  constructor(order: GraphOrder, place: GraphPlace) {
    this.#order = order;
    this.#place = place;
    this.#units = new Map([...order.units, ...order.kept.map(({ unit }) => unit)].map((unit) => [unit.id, unit]));
    for (const { unit, result } of order.kept) this.#give(unit, result.facts);
  }

  /** Resolves when nothing more can run: results of what ran, was left out or skipped. */
  async carryOut(): Promise<ReadonlyMap<string, UnitResult>> {
    const { units, left, kept, capacity, given } = this.#order;
    for (const { unit, reason } of left) this.#end(unit.id, { status: "skip", reason, records: [], facts: {}, hash: this.#order.hashOf(unit), endedAt: this.#place.now() });
    const done = kept.flatMap(({ unit }) => [unit.id, ...unit.provides]);
    this.#drive = drive(units, { begin: (id) => this.#begin(id), skip: (one) => this.#skip(one) }, capacity, [...given, ...done]);
    const stop = (): void => this.#drive?.stop();
    this.#place.signal.addEventListener("abort", stop, { once: true });
    if (this.#place.signal.aborted) stop();
    await this.#drive.over.finally(() => this.#place.signal.removeEventListener("abort", stop));
    return this.#results;
  }

  /** Takes units while others run; answers their ids, or what is wrong: then none is taken. */
  add(definitions: readonly unknown[], directory: string, by: string | null): { readonly added: readonly string[]; readonly problems: readonly string[] } {
    const read = definitions.map((definition) => this.#place.read(definition, directory));
    const units = read.flatMap(({ unit }) => (unit === undefined ? [] : [unit]));
    const problems = [...read.flatMap((one) => one.problems), ...this.#problemsWith(units)];
    if (problems.length > 0 || this.#drive === undefined) return { added: [], problems };
    for (const [index, unit] of units.entries()) {
      this.#units.set(unit.id, unit);
      this.#place.note({ type: "unit_added", unit: unit.id, by, directory, definition: definitions[index] });
    }
    this.#drive.add(units);
    return { added: units.map(({ id }) => id), problems: [] };
  }

  /** What is known was sound without them and stays so; only groups are ordered by everything in them. */
  #problemsWith(units: readonly GraphUnit[]): readonly string[] {
    const { capacity, given, left } = this.#order;
    const known = [...this.#units.values(), ...left.map(({ unit }) => unit)];
    const check = units.some(({ group }) => group !== undefined) ? checkTasks([...known, ...units], capacity, given) : checkTasks(units, capacity, [...given, ...known.flatMap(({ id, provides }) => [id, ...provides])]);
    const repeated = known.filter(({ id }) => units.some((unit) => unit.id === id)).map(({ id }) => ({ kind: "duplicate", id }) as const);
    const problems = new Set([...check.problems, ...repeated].map((problem) => this.#place.words.problem(problem)));
    return [...problems];
  }

  async #begin(id: string): Promise<Outcome> {
    const unit = this.#unit(id);
    try {
      const letGo = await this.#place.reserved(unit);
      return await this.#run(unit).finally(letGo);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#end(id, { status: this.#place.signal.aborted ? "skip" : "error", reason, records: [], facts: {}, hash: this.#order.hashOf(unit), endedAt: this.#place.now() });
      return hardFailure;
    }
  }

  async #run(unit: GraphUnit): Promise<Outcome> {
    const { id } = unit;
    const { note, now } = this.#place;
    const startedAt = now();
    note({ type: "unit_began", unit: id });
    const end = (result: Omit<UnitResult, "startedAt" | "endedAt" | "hash">): void => this.#end(id, { ...result, startedAt, endedAt: now(), hash: this.#order.hashOf(unit) });
    const params = { ...unit.params, ...this.#order.paramsFor(unit) };
    const unknown = Object.keys(params).find((name) => !Object.hasOwn(unit.params, name));
    if (unknown !== undefined) {
      const known = Object.keys(unit.params);
      const reason = `${id} takes no parameter "${unknown}"; it takes ${known.length === 0 ? "none" : known.join(", ")}`;
      end({ status: "error", reason, records: [{ name: id, status: "error", message: reason }], facts: {} });
      return hardFailure;
    }
    const told = await this.#call(unit, params);
    const verdict = verdictOf(unit, told);
    const outcome = outcomeOf(unit, verdict.status, told.exit);
    const facts = isFailed(verdict) ? {} : told.facts;
    if (outcome.gives) this.#give(unit, facts);
    end({ ...verdict, facts, ...(told.exit === undefined ? {} : { exit: told.exit }) });
    return outcome;
  }

  async #call(unit: GraphUnit, params: Readonly<Record<string, string>>): ReturnType<UnitWorker> {
    const { worker, environmentOf, pathsOf, signal } = this.#place;
    try {
      const facts = Object.assign({}, this.#order.facts, ...unit.requires.map((name) => this.#facts.get(name))) as Readonly<Record<string, string>>;
      const environment = { ...(await environmentOf(unit)), ...facts };
      return await worker({ unit, params, environment, ...pathsOf(unit), signal, emitted: (definition) => this.#emitted(definition, unit) });
    } catch (error) {
      // Of one unit, a full disk for example; the others go on.
      return { trouble: { status: "error", reason: error instanceof Error ? error.message : String(error) }, facts: {}, records: [], problems: [] };
    }
  }

  #emitted(definition: unknown, { id, directory }: GraphUnit): readonly string[] {
    return this.add([definition], directory, id).problems.map((problem) => `emitted: ${problem}`);
  }

  #skip({ id, because }: Skipped): void {
    const unit = this.#unit(id);
    const reason = this.#place.words.skip(because, (other) => this.#statusOf(other));
    this.#end(id, { status: "skip", reason, records: [], facts: {}, hash: this.#order.hashOf(unit), endedAt: this.#place.now() });
  }

  /** Of a unit, or of what would have given a name. */
  #statusOf(name: string): string {
    const result = this.#results.get(name) ?? [...this.#units.values(), ...this.#order.left.map(({ unit }) => unit)].filter(({ provides }) => provides.includes(name)).map(({ id }) => this.#results.get(id)).find((one) => one !== undefined);
    if (result === undefined) return "missing";
    return result.status === "skip" ? "skipped" : isDone(result) ? result.status : result.status === "timeout" ? "timed out" : "failed";
  }

  #give(unit: GraphUnit, facts: Readonly<Record<string, string>>): void {
    for (const name of [unit.id, ...unit.provides]) this.#facts.set(name, { ...this.#facts.get(name), ...facts });
  }

  #end(id: string, result: UnitResult): void {
    this.#results.set(id, result);
    this.#place.note({ type: "unit_ended", unit: id, result });
  }

  #unit(id: string): GraphUnit {
    const unit = this.#units.get(id);
    if (unit === undefined) throw new Error(`${id} is no unit of this graph`);
    return unit;
  }
}
