/** The process table as plain rows, whatever the platform. */

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly startTime: string;
}

export interface ProcessTable {
  /** The process, unless it is gone or a zombie. */
  row(pid: number): ProcessRow | undefined;
  /** Every living process this user can see. */
  rows(): readonly ProcessRow[];
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
  describe(pid: number): { readonly command?: string; readonly directory?: string };
}
