import { inTurns, program, timed } from "../bench-stage.mjs";

export const versionRow = {
  name: "version",
  about: "`envctl --version` against `node -e 0`",
  async run(stage) {
    const node = (...args) => () => timed([process.execPath, ...args], { env: stage.env, cwd: stage.directory }).ms;
    const { floor, ours } = await inTurns(stage.runs * 3, { floor: node("-e", "0"), ours: node(program, "--version") });
    return [{ what: "--version", ours, floor, unit: "ms", goal: { ratio: 1.5 } }];
  },
};
