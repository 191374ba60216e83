/** The graphs of units that projects bring along, as `graph check` sees them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ProjectFact } from "../../model/facts.ts";
import { orPass, type Check, type Remark, type World } from "../check.ts";
import { counted } from "../words.ts";

export const graphsCheck: Check = {
  id: "graphs",
  title: "Graphs of units",
  gates: [],
  run: async (world) => {
    const projects = (await world.projects()).filter(({ root }) => existsSync(unitsOf(root)));
    const remarks = await Promise.all(projects.map((project) => remarksOf(project, world)));
    return orPass(remarks.flat(), projects.length === 0 ? "none" : `in order in ${projects.map(({ name }) => name).join(", ")}`);
  },
};

function unitsOf(root: string): string {
  return join(root, ".envctl.d", "units");
}

async function remarksOf(project: ProjectFact, { graph, requirements, configAt }: World): Promise<readonly Remark[]> {
  const { tree: treeAt, check, configured } = await graph(project);
  const { units, pools, groups, failures } = await treeAt(unitsOf(project.root), { follows: false });
  const resolved = await configAt(project.root).catch(() => undefined);
  // What is wrong with the configuration a check of its own tells.
  if (resolved === undefined) return [];
  const { problems } = check(units, { pools, groups }, await configured(units, resolved.config, requirements));
  const count = failures.length + problems.length;
  return count === 0 ? [] : [{ status: "warn", detail: `${counted(count, "problem")} in the units of ${project.name}`, hint: `\`envctl graph check --project ${project.name}\` names them` }];
}
