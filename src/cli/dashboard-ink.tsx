/** Hears the dashboard's keys through Ink; for a reader of screens Ink also writes the lines. */
import { render } from "ink";
import { DashboardScreen } from "../ui/dashboard/screen.tsx";
import type { InkOptions, InkScreen } from "./dashboard-terminal.ts";

/** Whoever sees the screen gets lines from elsewhere, and Ink has none to lay out. */
export function openInkScreen({ lines, onKey, isForReader }: InkOptions): InkScreen {
  const element = (shown: readonly string[]): React.JSX.Element => <DashboardScreen lines={shown} onKey={onKey} />;
  const own = isForReader ? {} : { stdout: silent() };
  const app = render(element(lines), { exitOnCtrlC: false, patchConsole: false, isScreenReaderEnabled: isForReader, ...own });
  return { show: (next) => app.rerender(element(next)), close: () => app.unmount() };
}

/** Standard output, but for what is written: Ink's own sequences for the cursor, which is hidden already. */
function silent(): NodeJS.WriteStream {
  const write = (...given: readonly unknown[]): boolean => {
    const done = given.at(-1);
    if (typeof done === "function") setImmediate(() => done());
    return true;
  };
  return new Proxy(process.stdout, { get: (stream, name) => (name === "write" ? write : Reflect.get(stream, name, stream)) });
}
