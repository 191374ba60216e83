/** Rules about named container engines: what they need, and that those who name one mean one there is. */
import type { Config } from "../model/config.ts";
import type { Failure } from "../model/failure.ts";
import { nearestName } from "../model/nearest.ts";
import { invalid, placeOf } from "./entry.ts";
import type { Entries } from "./entry.ts";

const ipAddress = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:.]*)$/i;
/** By TCP, and on another machine. */
const elsewhereByTcp = /^(?:tcp|https?):\/\/(?!localhost\b|127\.|\[::1\])/;

/** What is wrong with `engines` and with the keys that name one. */
export function engineProblems(config: Config, entries: Entries): readonly Failure[] {
  const at = (key: string): Failure["place"] => placeOf(entries.get(key)?.origin);
  const engines = config.engines ?? {};
  const named = [
    ["on_engine", config.onEngine] as const,
    ...Object.values(config.services).map(({ name, container }) => [`services.${name}.on_engine`, container?.onEngine] as const),
    ...Object.values(config.requirements).map(({ name, onEngine }) => [`requirements.${name}.on`, onEngine] as const),
  ];
  return [
    ...Object.values(engines).flatMap(({ name, host, address }) => [
      ...(host === "" ? [invalid(`\`engines.${name}\` has no host`, `add engines.${name}.host, such as ssh://user@host`, at(`engines.${name}`))] : []),
      ...(address === undefined && elsewhereByTcp.test(host) ? [invalid(`\`engines.${name}\` is reached by TCP, and nothing says at which address its ports are`, `add engines.${name}.address, an IP address of that machine; or reach it by ssh://user@host, which needs none`, at(`engines.${name}.host`))] : []),
      ...(address === undefined || ipAddress.test(address) ? [] : [invalid(`\`engines.${name}.address\` is ${JSON.stringify(address)}`, "it must be an IP address of the engine's machine", at(`engines.${name}.address`))]),
    ]),
    ...named.flatMap(([key, name]) => (name === undefined || Object.hasOwn(engines, name) ? [] : [invalid(`\`${key}\` names the engine ${JSON.stringify(name)}, which is not among \`engines\``, hintFor(name, Object.keys(engines)), at(key))])),
    ...Object.values(config.services).flatMap(({ name, container }) => {
      const engine = container?.network === "host" ? (container.onEngine ?? config.onEngine) : undefined;
      return engine === undefined ? [] : [invalid(`\`services.${name}.network\` is host, and the service runs on ${engine}: what listens there cannot be brought here`, `remove services.${name}.network`, at(`services.${name}.network`))];
    }),
  ];
}

function hintFor(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  if (nearest !== undefined) return `did you mean \`${nearest}\`?`;
  return known.length === 0 ? `add engines.${name}.host` : `there are: ${known.join(", ")}; or add engines.${name}.host`;
}
