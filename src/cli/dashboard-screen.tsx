/** Shows the dashboard in the alternate screen of a terminal until told to end. Loaded only when it is shown. */
import { render } from "ink";
import { Dashboard } from "../ui/dashboard.tsx";
import type { DashboardView } from "../ui/dashboard-view.ts";

export interface DashboardScreen {
  show(view: DashboardView): void;
  end(): void;
  /** Resolves when the terminal is the person's again. */
  readonly ended: Promise<void>;
}

const enter = "\u001b[?1049h\u001b[H";
const leave = "\u001b[?1049l";

/** `onKey` hears letters, `up` and `down`. The terminal is restored however it ends. */
export function openDashboard(first: DashboardView, onKey: (key: string) => void): DashboardScreen {
  process.stdout.write(enter);
  const app = render(<Dashboard view={first} onKey={onKey} />, { exitOnCtrlC: false });
  return {
    show: (view) => app.rerender(<Dashboard view={view} onKey={onKey} />),
    end: () => app.unmount(),
    ended: app.waitUntilExit().then(() => void process.stdout.write(leave)),
  };
}
