/** One dashboard from its first frame to its end: gathers the world, draws it when it differs, hands keys to the rules. */
import type { CommandInput, CommandSpec } from "../../cli/command.ts";
import { hasDashboardTerminal, openDashboardTerminal, type DashboardTerminal } from "../../cli/dashboard-terminal.ts";
import type { EngineRuntime } from "../../runtime.ts";
import { act } from "../../ui/dashboard/act.ts";
import type { Effect } from "../../ui/dashboard/effect.ts";
import { dashboardFrame, layoutFor, settled } from "../../ui/dashboard/frame.ts";
import { firstPlace, type Place } from "../../ui/dashboard/place.ts";
import { mouseStep } from "../../ui/dashboard/mouse.ts";
import { painted } from "../../ui/dashboard/span.ts";
import { spokenLines } from "../../ui/dashboard/spoken.ts";
import type { World } from "../../ui/dashboard/world.ts";
import { dashboardParts, type DashboardParts } from "./dashboard-parts.ts";
import { carriedOut } from "./effects.ts";
import { openGathering, type Gathering } from "./gather.ts";
import { paced } from "./pace.ts";

/** Between frames nobody asked for. */
const leastFrameMs = 100;
/** Drawing may take a tenth of the time. */
const frameRest = 9;
/** Figures, ages, and whatever nobody tells of. */
const quietTickMs = 5000;
/** While something starts, restarts or is under way. */
const busyTickMs = 1000;
const spokenLogLines = 8;

/** What the parts of a dashboard share. */
export interface Session extends DashboardParts {
  readonly terminal: DashboardTerminal;
  readonly gathering: Gathering;
  readonly place: () => Place;
  readonly world: () => World;
  /** Puts the person somewhere else, and draws. */
  readonly go: (change: (place: Place) => Place) => void;
  /** Aborted when the dashboard ends. */
  readonly signal: AbortSignal;
}

/** Resolves when it was left; at once where no terminal can show it. */
export async function runDashboard(input: CommandInput, runtime: EngineRuntime, commands: readonly CommandSpec[]): Promise<void> {
  const { clock, environment } = runtime.host;
  if (!hasDashboardTerminal(environment)) return;
  // Lines of logs are garbage at once; what is kept for them would otherwise grow to 48 MB.
  process.getBuiltinModule("node:v8").setFlagsFromString("--semi-space-growth-factor=1");
  const [parts, ending] = [dashboardParts(input, runtime), new AbortController()];
  const isForReader = environment["INK_SCREEN_READER"] === "true";
  let place: Place = firstPlace;
  const draw = (): void => {
    const world = gathering.world(place);
    const size = terminal.size();
    gathering.look(place, isForReader ? spokenLogLines : layoutFor(world, place, size).logLines);
    const paints = { hasColor: input.screen.hasColor, hasLinks: input.screen.hasLinks };
    terminal.show(isForReader ? spokenLines(world, place, spokenLogLines) : dashboardFrame(world, place, size).map((line) => painted(line, paints)));
  };
  const frames = paced({ work: draw, clock, leastMs: leastFrameMs, rest: frameRest });
  const gathering = openGathering(parts, commands, () => frames.ask());
  const go = (change: (before: Place) => Place): void => {
    place = change(place);
    frames.ask(true);
  };
  const onKey = (key: string): void => {
    const world = gathering.world(place);
    const size = terminal.size();
    const step = mouseStep(key, place, world, size) ?? act(key, place, world, layoutFor(world, place, size).view.height);
    go(() => settled(step.place, world, size));
    for (const effect of step.effects) void perform(effect);
  };
  const terminal = openDashboardTerminal({ onKey, onResize: () => frames.ask(true), isForReader });
  const session: Session = { ...parts, terminal, gathering, place: () => place, world: () => gathering.world(place), go, signal: ending.signal };
  const perform = async (effect: Effect): Promise<void> => {
    const message = await carriedOut(effect, session).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    if (message !== "") go((before) => ({ ...before, message }));
  };
  place = whereOneStands(place, gathering.world(place));
  draw();
  input.signal.addEventListener("abort", () => terminal.end(), { once: true });
  const following = gathering.follow(ending.signal);
  const tick = (): void => {
    gathering.tick(place);
    timer = setTimeout(tick, gathering.isBusy() ? busyTickMs : quietTickMs);
  };
  let timer = setTimeout(tick, busyTickMs);
  await terminal.ended;
  ending.abort();
  clearTimeout(timer);
  frames.close();
  gathering.close();
  await following;
}

/** In a worktree its first unit is what one most likely wants to see. */
function whereOneStands(place: Place, { report }: World): Place {
  const here = report.projects.find(({ name }) => name === report.cwd_project)?.units[0];
  return here === undefined ? place : { ...place, cursor: here.unit_id };
}
