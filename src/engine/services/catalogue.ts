/** Which services there are: folders, then rows of plug-ins, which are loaded only to be asked for what no folder has. */
import { serviceFiles, serviceOfPlugin, trustableService, type ServiceFile, type ServiceRow } from "../../host/service-files.ts";
import type { Trust } from "../../host/trust.ts";
import { exitCodes, UserError } from "../../model/failure.ts";
import type { ServiceListing } from "../../model/service.ts";

export interface Catalogue {
  readonly repository: string;
  readonly trust: Pick<Trust, "isTrusted">;
  readonly plugins: PluginRows;
}

/** Loads the plug-ins that may be. */
interface PluginRows {
  services(): Promise<readonly { readonly row: ServiceRow; readonly name: string }[]>;
}

/** All of them, by name. */
export async function allServices({ repository, plugins }: Catalogue, search: readonly string[]): Promise<readonly ServiceFile[]> {
  const files = serviceFiles(repository, search);
  const rows = (await plugins.services()).map(({ row, name }) => serviceOfPlugin(row, name));
  const more = rows.filter((row, index) => [...files, ...rows.slice(0, index)].every(({ name }) => name !== row.name));
  return [...files, ...more].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Throws a UserError, exit 2, when there is none of that name. */
export async function serviceNamed(catalogue: Catalogue, name: string, search: readonly string[]): Promise<ServiceFile> {
  const isMeant = (file: ServiceFile): boolean => file.name === name;
  const found = serviceFiles(catalogue.repository, search).find(isMeant) ?? (await allServices(catalogue, search)).find(isMeant);
  if (found !== undefined) return found;
  throw new UserError({ reason: "unknown_target", message: `there is no service ${JSON.stringify(name)}`, hint: "`envctl svc list` shows those there are; one is a folder .envctl.d/services/svc_NAME with an index.mjs" }, exitCodes.interrupted);
}

/** What is known of one without running it. */
export function listedService(file: ServiceFile, { trust }: Pick<Catalogue, "trust">): ServiceListing {
  const { manifest, needsTrust, ...shown } = file;
  return { ...shown, ...manifest, reserved: 0, isTrusted: file.problem === undefined && (!needsTrust || trust.isTrusted(trustableService(file))) };
}
