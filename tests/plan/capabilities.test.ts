import { describe, expect, test } from "vitest";
import type { Config, RequirementConfig } from "../../src/model/config.ts";
import { meetCapabilities, type MetCapabilities, type Provider } from "../../src/plan/capabilities.ts";
import { config, service } from "./specimen.ts";

const able = (name: string, more: Partial<Provider> = {}): Provider => ({ name, provides: ["database"], priority: 0, isRunning: false, ...more });
const requirement = (name: string, enabled = true): RequirementConfig => ({ name, enabled, engine: "auto", settings: {} });

function shop(names: readonly string[], more: Partial<Config> = {}, dependsOn: readonly string[] = []): Config {
  return config([service("backend", { requires: ["database"], dependsOn })], { requirements: Object.fromEntries(names.map((name) => [name, requirement(name)])), ...more });
}

function outcome({ config: { services }, notes, unmet }: MetCapabilities): unknown {
  return { dependsOn: services["backend"]?.dependsOn, notes: notes["backend"], unmet: unmet["backend"]?.map(({ message, hint }) => `${message} → ${hint}`) };
}

describe("a required capability", () => {
  test.each<[string, Config, readonly Provider[], string, string]>([
    ["is met by the only one that provides it", shop(["postgres"]), [able("postgres"), able("supabase")], "postgres", "no other enabled requirement provides it"],
    ["by the one of the lowest priority", shop(["postgres", "supabase"]), [able("postgres", { priority: 2 }), able("supabase", { priority: 1 })], "supabase", "it has the lowest priority of postgres, supabase"],
    ["else by the first name", shop(["supabase", "postgres"]), [able("supabase"), able("postgres")], "postgres", "its name is the first of postgres, supabase"],
    ["the configuration is stronger than priority and name", shop(["postgres", "supabase"], { providers: { database: "supabase" } }), [able("postgres"), able("supabase", { priority: 9 })], "supabase", "providers.database says so"],
    ["what runs is stronger than the configuration", shop(["postgres", "supabase"], { providers: { database: "supabase" } }), [able("postgres", { isRunning: true }), able("supabase")], "postgres", "it runs already; providers.database (supabase) counts once it is stopped"],
    ["where both run the configuration decides", shop(["postgres", "supabase"], { providers: { database: "supabase" } }), [able("postgres", { isRunning: true }), able("supabase", { isRunning: true })], "supabase", "providers.database says so"],
    ["what a service names itself is strongest", shop(["postgres", "supabase"], {}, ["supabase"]), [able("postgres", { isRunning: true }), able("supabase")], "supabase", "services.backend.depends_on names it"],
  ])("%s", (_words, written, providers, name, because) => {
    expect(outcome(meetCapabilities(written, "main", providers))).toEqual({ dependsOn: [name], notes: [`backend gets database from ${name}: ${because}`], unmet: [] });
  });

  test("that nobody provides names who could", () => {
    const written = shop([], { requirements: { postgres: requirement("postgres", false) } });
    expect(outcome(meetCapabilities(written, "main", [able("postgres"), able("supabase")]))).toMatchObject({
      dependsOn: [],
      unmet: ["services.backend.requires names `database`, which no enabled requirement provides → set requirements.postgres.enabled to true, or add requirements.supabase"],
    });
    expect(outcome(meetCapabilities(written, "main", [able("redis", { provides: ["cache"] })]))).toMatchObject({ unmet: [expect.stringContaining("→ there is: cache")] });
  });

  test("counts only what the mode starts", () => {
    const written = shop(["postgres"], { modes: { main: { enabled: true }, trees: { enabled: true, requirements: [] } } });
    expect(outcome(meetCapabilities(written, "trees", [able("postgres")]))).toMatchObject({ unmet: [expect.stringContaining("add postgres to this mode's requirements")] });
  });

  test("whose configured provider does not provide it is an error", () => {
    const written = shop(["postgres", "redis"], { providers: { database: "redis" } });
    expect(outcome(meetCapabilities(written, "main", [able("postgres"), able("redis", { provides: ["cache"] })]))).toMatchObject({ unmet: ["providers.database is redis, which is no enabled requirement that provides database → these are: postgres"] });
  });
});
