/** `version`. */
import type { CommandBody } from "../cli/command.ts";
import { version } from "../cli/version.ts";
import type { VersionReport } from "../contracts/reports.ts";

export const body: CommandBody<VersionReport> = {
  run: async () => ({ version, node: process.version, platform: `${process.platform}-${process.arch}` }),
  text: (report) => [report.version],
};
