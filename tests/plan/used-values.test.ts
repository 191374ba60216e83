import { describe, expect, test } from "vitest";
import type { RequirementConfig } from "../../src/model/config.ts";
import type { Failure } from "../../src/model/failure.ts";
import { selectedUnits } from "../../src/plan/select.ts";
import { withUsedValues } from "../../src/plan/used-values.ts";
import { config, redis, service } from "./specimen.ts";

const requirement = (name: string, dependsOn: readonly string[] = [], enabled = true): RequirementConfig => ({ name, enabled, engine: "auto", settings: {}, dependsOn });
const shop = (isEnabled: boolean) => config([service("web", { dependsOn: ["flows"] })], { requirements: { flows: requirement("flows", ["redis"]), redis: requirement("redis", [], isEnabled) } });

describe("a requirement that uses another", () => {
  test("brings it along, and comes after it", () => {
    expect(selectedUnits(shop(true), "main", ["web"])).toEqual(["redis", "flows", "web"]);
    expect(selectedUnits(shop(false), "main", ["web"])).toEqual(["flows", "web"]);
  });

  test.each([
    { units: ["redis", "flows"], env: { A: "redis://127.0.0.1:6380", B: "plain" }, words: [] },
    { units: ["flows"], env: { A: "${redis.url}", B: "plain" }, words: ["flows of Main uses redis, which takes no part"] },
  ])("is given its values where it takes part: $units", ({ units, env, words }) => {
    const failures: Failure[] = [];
    const input = { fact: { name: "Main", root: "/repo", isMain: true, slot: 0 }, config: shop(true), requirements: { redis }, units };
    const values = (name: string): string | undefined => (name === "redis.url" ? "redis://127.0.0.1:6380" : undefined);
    expect(withUsedValues(["redis"], { env: { A: "${redis.url}", B: "plain" } }, { input, requirement: { ...redis, name: "flows" }, ports: [], outside: { values }, inside: { values: () => undefined }, failures })).toEqual(env);
    expect(failures.map(({ message }) => message)).toEqual(words);
  });
});
