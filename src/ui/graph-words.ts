/** What is said of graphs: what is wrong with one, and why a unit was skipped. */
import type { TaskProblem } from "../schedule/check.ts";
import type { SkipReason } from "../schedule/task.ts";

export function taskProblem(problem: TaskProblem): string {
  switch (problem.kind) {
    case "cycle":
      return `a cycle: ${problem.path.join(" → ")}`;
    case "group_cycle":
      return `groups that would have to run before each other: ${problem.path.join(" → ")}`;
    case "unmet":
      return `nothing provides '${problem.name}' (required by ${problem.id})`;
    case "used_and_claimed":
      return `${problem.id} both uses and claims '${problem.name}'`;
    case "unknown_pool":
      return `there is no pool '${problem.name}' (${problem.id} runs in it)`;
    case "no_room":
      return `'${problem.name}' has no workers (${problem.id} runs in it)`;
    case "duplicate":
      return `there are two units called ${problem.id}`;
  }
}

/** What to do about it, where that is not plain. */
export function taskProblemHint(problem: TaskProblem): string | undefined {
  switch (problem.kind) {
    case "unmet":
      return "correct the name, or give a unit `provides`; services and requirements of .envctl count by their names";
    case "unknown_pool":
      return "name it under `pools:` in unit.yaml at the root of the tree";
    case "used_and_claimed":
      return "a claim is enough";
    default:
      return undefined;
  }
}

/** `statusOf` tells of a unit, or of a name, what became of it. */
export function skipReason(because: SkipReason, statusOf: (name: string) => string): string {
  if (because.kind === "lock") return `lock ${because.name} held by failed ${because.holder}`;
  return `requires ${because.name}: ${statusOf(because.failed ?? because.name)}`;
}
