import type { GraphUnit } from "../../src/graph/unit.ts";
import { plainFields } from "../../src/graph/unit-keys.ts";

/** A unit that wants nothing but what is said. */
export function unit(id: string, more: Partial<GraphUnit> = {}): GraphUnit {
  return { ...plainFields, id, command: ["true"], directory: "/", place: { file: "units" }, ...more };
}
