/** The process table as plain rows, whatever the platform. */

/** What a daemon calls itself in the table. */
export const daemonName = "envctl-daemon";

export interface ProcessRow {
  readonly pid: number;
  /** The program's own short name, such as `node`; it may have changed it. */
  readonly name: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly startTime: string;
  /** Processor time since its start, its ended children's not counted. */
  readonly cpuMs: number;
  /** Memory in use, pages shared with others included. */
  readonly residentBytes: number;
}

/** The table read again and again. */
export interface ProcessReadings {
  /** The process, unless it is gone or a zombie. */
  row(pid: number): ProcessRow | undefined;
  /** Every living process this user can see, but who is left out. */
  rows(): readonly ProcessRow[];
  /** These need not be read again for a while. */
  leaveOut(pids: Iterable<number>): void;
  leaveOutNobody(): void;
  close(): void;
}

export interface ProcessTable {
  /** The process, unless it is gone or a zombie. */
  row(pid: number): ProcessRow | undefined;
  /** Every living process this user can see. */
  rows(): readonly ProcessRow[];
  /** For somebody who asks for them every few seconds. */
  readings(): ProcessReadings;
  /** The environment entry `ENVCTL_OWNER`, where it can be read. */
  mark(pid: number): string | undefined;
  /** The marks of all of them that can be read, by pid. */
  marks(rows: readonly ProcessRow[]): ReadonlyMap<number, string>;
  /** Any entry of the environment it started with, where that can be read. */
  variable(pid: number, name: string): string | undefined;
  /** Whose it is. */
  userId(pid: number): number | undefined;
  /** Direct children. */
  children(pid: number): readonly number[];
  /** Milliseconds since a process with this start time began. */
  ageMs(startTime: string): number;
  /** How many file descriptors it has open; undefined where the system does not tell cheaply, or not this user. */
  descriptors(pid: number): number | undefined;
  describe(pid: number): { readonly command?: string; readonly directory?: string };
}
