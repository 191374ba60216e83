/** Services and agents for a caller outside the daemon: what lies on the disk, and a connection to ask over. */
import { packed, unpacked } from "../host/payload.ts";
import type { Host } from "../host/host.ts";
import type { ScopePaths } from "../host/paths.ts";
import { handleOfProcess } from "../host/process-table.ts";
import type { ProcessTable } from "../host/process-row.ts";
import { externalServicePaths, judgedService, serviceFiles, trustableService, withPluginServices } from "../host/service-files.ts";
import type { Trust, TrustableFile } from "../host/trust.ts";
import type { Payload, ServiceListing } from "../model/service.ts";
import type { ProcessHandle } from "../model/unit.ts";
import type { Plugins } from "../plugins/plugins.ts";
import type { DaemonConnection } from "./client.ts";

export interface ServiceAccess {
  /** As they lie on the disk, for when no daemon runs. */
  listed(): Promise<readonly ServiceListing[]>;
  /** What `envctl trust` would allow of them. */
  trustables(): readonly (TrustableFile & { readonly name: string })[];
  /** Undefined when there is no daemon. Starts nothing. */
  reach(): Promise<DaemonConnection | undefined>;
  /** Starts the daemon on first need. */
  connect(): Promise<DaemonConnection>;
  /** Where else services are, with every order that names one. */
  readonly search: readonly string[];
  /** The process that leads this session: what a command makes goes with it, not with the command. Undefined where that is the command itself. */
  shell(): ProcessHandle | undefined;
  /** This process: what it holds, it holds over the lives of daemons. */
  self(): ProcessHandle | undefined;
  pack(value: unknown): Payload;
  unpack(payload: Payload): unknown;
}

export interface ServiceAccessParts extends Pick<ServiceAccess, "reach" | "connect"> {
  readonly repository: string;
  readonly host: Host;
  readonly scope: ScopePaths;
  readonly table: ProcessTable;
  readonly trust: Trust;
  readonly plugins: () => Promise<Pick<Plugins, "services">>;
}

export function serviceAccess({ repository, host, scope, table, trust, plugins, reach, connect }: ServiceAccessParts): ServiceAccess {
  const search = externalServicePaths(host.environment);
  const files = () => serviceFiles(repository, search);
  return {
    reach,
    connect,
    search,
    listed: async () =>
      withPluginServices(files(), await (await plugins()).services()).map((file) => ({ name: file.name, path: file.path, origin: file.origin, ...file.manifest, reserved: 0, holders: [], ...judgedService(file, trust) })),
    trustables: () => files().flatMap((file) => (file.needsTrust && judgedService(file, trust).problem === undefined ? [trustableService(file)] : [])),
    shell: () => {
      const session = table.row(process.pid)?.session;
      const leader = session === undefined || session === process.pid ? undefined : handleOfProcess(table, host.machine, session);
      return leader ?? handleOfProcess(table, host.machine, process.ppid);
    },
    self: () => handleOfProcess(table, host.machine, process.pid),
    pack: (value) => packed(value, scope.payloads),
    unpack: (payload) => unpacked(payload, scope.payloads),
  };
}
