/** The mark of processes of services: their run is the daemon that began them, which no run of units is called. */
import { ownerMark } from "../../model/unit.ts";

const project = "services";

export function serviceMark(scopeId: string, name: string): string {
  return ownerMark(scopeId, `${project}/${name}`, `daemon-${process.pid}`);
}

/** What every mark of them begins with; so do those of units of a worktree of that name. */
export function serviceMarks(scopeId: string): string {
  return `${scopeId}/${project}/`;
}

/** Whether a mark is that of a service which another daemon began. */
export function isOfEarlierDaemon(mark: string): boolean {
  const run = mark.slice(mark.lastIndexOf("/") + 1);
  return /^daemon-\d+$/.test(run) && run !== `daemon-${process.pid}`;
}
