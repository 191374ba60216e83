/** The setup as keys in and lines out. */
import { expect, test } from "vitest";
import type { SetupAnswers } from "../../src/model/setup.ts";
import { afterKey, firstState, setupLines, type Review, type SetupState } from "../../src/ui/setup-view.ts";

const answers: SetupAnswers = {
  defaultMode: "main",
  services: [
    { name: "api", isOn: true, dir: "api", command: "npm run dev", port: "8000", reason: "api/package.json", guess: "PORT is passed" },
    { name: "jobs", isOn: true, dir: "api", command: "npm run jobs", port: "none", reason: "api/package.json" },
  ],
  requirements: [{ name: "postgres", isOn: true, engine: "auto", isolation: "isolated", reason: "used by api" }],
  notes: ["compose.yml: mail is a server of another kind"],
};

/** The difference names what was answered, so that it can be seen here. */
const review = (given: SetupAnswers): Review => ({ diff: [`+ ${JSON.stringify(given.services.map(({ name, isOn, port }) => [name, isOn, port]))}`], problems: given.services.some(({ port }) => port === "high") ? ["port is high"] : [] });

function after(keys: string, from: SetupState = firstState("Setup", answers)): SetupState {
  return keys.split(" ").reduce((state, key) => afterKey(state, key, review), from);
}

function shown(state: SetupState): string {
  return setupLines(state).map(({ text }) => text).join("\n");
}

test("everything found is on, with its reason, and what is a guess says so", () => {
  expect(shown(firstState("Setup", answers))).toBe(`Setup

  start means      the main checkout

› [x] api          api/package.json
        a guess: PORT is passed
        dir        api
        command    npm run dev
        port       8000
  [x] jobs         api/package.json
        dir        api
        command    npm run jobs
        port       none
  [x] postgres     used by api
        engine     auto
        isolation  isolated
  note: compose.yml: mail is a server of another kind

↑↓ move   space on or off, next   e edit   n new service   enter review   q leave`);
});

test("enter twice keeps what was found", () => {
  expect(shown(after("enter"))).toContain('+ [["api",true,"8000"],["jobs",true,"none"]]');
  expect(after("enter enter").outcome).toBe("save");
});

test("a service is left out, a field is typed, choices go round", () => {
  expect(after("space").answers.services[0]?.isOn).toBe(false);
  expect(shown(after("space"))).not.toContain("npm run dev");
  const typed = after("down down down e backspace backspace backspace backspace 8 1 0 0");
  expect(shown(typed)).toContain("8100▏");
  expect(after("enter", typed).answers.services[0]?.port).toBe("8100");
  expect(after("escape", typed).answers.services[0]?.port).toBe("8000");
  expect(after("up space").answers.defaultMode).toBe("trees");
  const engine = after("down down down down down down down down down right right");
  expect(engine.answers.requirements[0]?.engine).toBe("docker");
  expect(after("down left", engine).answers.requirements[0]?.isolation).toBe("shared");
});

test("with problems nothing is written, and one can go back", () => {
  const wrong = after("down down down e backspace backspace backspace backspace high enter enter");
  expect(shown(wrong)).toContain("port is high");
  expect(after("enter", wrong).outcome).toBeUndefined();
  expect(after("escape", wrong).review).toBeUndefined();
  expect([after("q").outcome, after("enter q").outcome, after("e quit").outcome]).toEqual(["quit", "quit", "quit"]);
});

test("a service nobody found is added by its name, then edited like the others; a name is taken once", () => {
  const named = after("n w e b");
  expect(shown(named)).toContain("› name of the new service: web▏");
  const added = after("enter e s h", named);
  expect(shown(added)).toMatch(/\[x\] web +added here\n +dir +\.\n› +command +sh▏\n +port +none/);
  expect(after("enter", added).answers.services.at(-1)).toMatchObject({ name: "web", command: "sh", isOn: true });
  expect(after("n a p i enter").answers).toEqual(answers);
  expect(after("n x escape").answers).toEqual(answers);
});

test("a long difference is scrolled, and what is wrong with it stays on top", () => {
  const long = (): Review => ({ diff: Array.from({ length: 30 }, (_, index) => `+ line ${index + 1}`), problems: ["port is high"] });
  const press = (...keys: readonly string[]): string => shown(keys.reduce((state, key) => afterKey(state, key, long), firstState("Setup", answers)));
  expect(press("enter")).toMatch(/^Setup: review\n\nport is high\n\+ line 1\n/);
  expect(press("enter", "space", "down", "up", "up")).toMatch(/^Setup: review, from line 10 of 30\n\nport is high\n\+ line 10\n/);
  expect(press("enter", "space", "space", "space", "space")).toMatch(/from line 30 of 30[\s\S]*\+ line 30/);
});
