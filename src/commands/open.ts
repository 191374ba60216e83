/** `open [SERVICE]`: a service's URL in the browser. */
import type { CommandBody } from "../cli/command.ts";
import type { OpenReport } from "../contracts/open-report.ts";
import { exitCodes, UserError } from "../model/failure.ts";
import type { UnitState } from "../model/run-state.ts";
import { mainPort } from "../model/unit.ts";
import { browserFailed, noUrl } from "../ui/words.ts";
import { openInBrowser } from "./browser.ts";
import { requireRunView, type RunView } from "./run-view.ts";
import { askedUnit, selectedProjects } from "./targets.ts";

export const body: CommandBody<OpenReport> = {
  async run(input, runtime) {
    const view = requireRunView(runtime);
    const [word] = input.args;
    const unit = word === undefined ? likeliest(view, selectedProjects(view.state, input)) : await askedUnit(view.state, word, input, view.cwdProject);
    const url = unit === undefined ? undefined : urlOf(unit);
    if (unit === undefined || url === undefined) throw new UserError(noUrl(unit?.spec.id), exitCodes.interrupted);
    const isShown = input.flags["dry-run"] === true;
    const trouble = isShown ? undefined : await openInBrowser(url, runtime.host);
    if (trouble !== undefined) throw new UserError(browserFailed(url, trouble));
    return { unit_id: unit.spec.id, url, opened: !isShown };
  },
  text: ({ unit_id, url, opened }) => [opened ? `opened ${url} of ${unit_id}` : url],
};

/** A frontend before others, the caller's own project before others. */
function likeliest(view: RunView, projects: readonly string[]): UnitState | undefined {
  const home = view.cwdProject !== undefined && projects.includes(view.cwdProject) ? view.cwdProject : projects[0];
  const services = Object.values(view.state.units).filter((unit) => unit.spec.kind === "service" && unit.spec.project === home && urlOf(unit) !== undefined);
  return services.find(({ spec }) => /front|web|client|site|app|ui/.test(spec.name)) ?? services[0];
}

function urlOf({ spec }: UnitState): string | undefined {
  const port = mainPort(spec);
  const url = spec.url ?? (port === undefined ? undefined : `http://localhost:${port}`);
  return url !== undefined && /^https?:/.test(url) ? url : undefined;
}
