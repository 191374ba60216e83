/** How often detection is right, measured over small but realistic repositories; where it is not, it says that it guesses. */
import { describe, expect, test } from "vitest";
import { detect } from "../../src/config/detect.ts";
import type { Proposal } from "../../src/config/detect/proposal.ts";
import { flow, proposedYaml } from "../../src/config/proposed.ts";
import { compiledRepositories } from "./repositories/compiled.ts";
import type { RepositoryFixture } from "./repositories/fixture.ts";
import { nodeRepositories } from "./repositories/node.ts";
import { scriptedRepositories } from "./repositories/scripted.ts";
import { directoryWith, resolveIn, treeOf } from "./scratch.ts";

const repositories = [...nodeRepositories, ...scriptedRepositories, ...compiledRepositories];

/** Those that are not fully right, each with what makes it hard. */
const notRight: Readonly<Record<string, string>> = {
  "Rust that names its port in the source": "no variable moves the port",
  "Express that names its port in the source": "no variable moves the port",
  "a shell script that starts everything": "scripts are not read",
};

function line({ name, dir, basePort, command, env, uses }: Proposal): string {
  return [`${name} ${dir} ${basePort} ${String(command)}`, ...Object.entries(env).map(([variable, value]) => `${variable}=${value}`), ...uses].join(" | ");
}

function proposed({ files }: RepositoryFixture): { readonly services: readonly string[]; readonly requirements: readonly string[]; readonly guessed: readonly string[] } {
  const { services, requirements } = detect(treeOf(files));
  return {
    services: services.map(line),
    requirements: requirements.map(({ name, settings }) => `${name} ${flow(settings)}`),
    guessed: services.filter(({ guess }) => guess !== undefined).map(line),
  };
}

describe("repositories", () => {
  test.each(repositories.filter(({ title }) => notRight[title] === undefined))("$title", (fixture) => {
    const { services, requirements } = proposed(fixture);
    expect({ services, requirements }).toEqual({ services: fixture.services, requirements: fixture.requirements });
  });

  test("at least 27 of 30 are right", () => {
    const right = repositories.filter((fixture) => {
      const { services, requirements } = proposed(fixture);
      return JSON.stringify([services, requirements]) === JSON.stringify([fixture.services, fixture.requirements]);
    });
    expect(repositories.length).toBeGreaterThanOrEqual(30);
    expect(right.length / repositories.length).toBeGreaterThanOrEqual(27 / 30);
  });

  test("what is wrong says that it is a guess", () => {
    const wrongAndSure = repositories.flatMap((fixture) => {
      const { services, guessed } = proposed(fixture);
      return services.filter((service) => !fixture.services.includes(service) && !guessed.includes(service));
    });
    expect(wrongAndSure).toEqual([]);
  });

  test("every proposal loads as it is written", () => {
    for (const { files } of repositories) {
      const detection = detect(treeOf(files));
      if (detection.services.length === 0) continue;
      const written = resolveIn(directoryWith({ ".envctl": proposedYaml(detection) })).resolved.config;
      const direct = resolveIn(directoryWith(files)).resolved.config;
      expect(written).toEqual(direct);
    }
  });
});

test("what cannot be made a service or a requirement is told in a note", () => {
  const nest = repositories.find(({ title }) => title.startsWith("NestJS"));
  const fastApi = repositories.find(({ title }) => title.startsWith("FastAPI"));
  expect(detect(treeOf(nest?.files ?? {})).notes).toEqual([expect.stringContaining("compose.yml: mail (axllent/mailpit)")]);
  expect(detect(treeOf(fastApi?.files ?? {})).notes).toEqual([expect.stringContaining("backend expects OPENAI_API_KEY")]);
});
