/** Rules about services in containers. */
import type { ServiceConfig } from "../model/config.ts";
import type { Failure } from "../model/failure.ts";
import { invalid, placeOf } from "./entry.ts";
import type { Entries } from "./entry.ts";

/** Keys that mean nothing without a container. */
const containerKeys = ["dockerfile", "args", "run", "container_port", "volumes", "on_engine"] as const;
/** Keys that mean nothing with one. */
const processKeys = ["command", "module"] as const;

/** What is wrong with a service's keys about containers, or with others beside them. */
export function containerProblems({ name, container }: ServiceConfig, entries: Entries): readonly Failure[] {
  const written = (key: string): boolean => entries.has(`services.${name}.${key}`) || entries.namesBelow(["services", name, key]).length > 0;
  const at = (key: string): Failure["place"] => placeOf((entries.get(`services.${name}.${key}`) ?? entries.get(`services.${name}.${key}.${entries.namesBelow(["services", name, key])[0] ?? ""}`))?.origin);
  if (container === undefined) {
    return containerKeys.filter(written).map((key) => invalid(`\`services.${name}.${key}\` is about a container, and the service is none`, `add services.${name}.image or services.${name}.build, or remove it`, at(key)));
  }
  const program = container.image === undefined ? "build" : "image";
  const chosen = entries.get(`services.${name}.executor`);
  return [
    ...(container.image !== undefined && container.build !== undefined ? [invalid(`\`services.${name}\` has an image and a build`, "keep one of them", at("build"))] : []),
    ...processKeys.filter(written).map((key) => invalid(`\`services.${name}\` has ${key === "command" ? "a command" : "a module"} beside its ${program}`, `keep one of them; services.${name}.run says what the container runs`, at(key))),
    ...(chosen === undefined || chosen.origin.layer === "default" ? [] : [invalid(`\`services.${name}.executor\` is ${String(chosen.value)}, but the service has ${program === "image" ? "an image" : "a build"}`, "remove the executor: images run in containers", at("executor"))]),
    ...["dockerfile", "args"].filter((key) => container.build === undefined && written(key)).map((key) => invalid(`\`services.${name}.${key}\` is about a build, and the service has an image`, `replace services.${name}.image by services.${name}.build, or remove it`, at(key))),
    ...(container.network === "host" && container.port !== undefined ? [invalid(`\`services.${name}.container_port\` says what is published, and in the machine's network nothing is`, `remove it, and let the program listen on {port} or $PORT`, at("container_port"))] : []),
    ...Object.entries(container.volumes).flatMap(([volume, target]) => volumeProblems(name, volume, target, at("volumes"))),
  ];
}

function volumeProblems(name: string, volume: string, target: string, place: Failure["place"]): readonly Failure[] {
  if (target.startsWith("/") && target !== "/") return [];
  return [invalid(`\`services.${name}.volumes.${volume}\` is ${JSON.stringify(target)}`, "it must be an absolute path inside the container, such as /var/lib/data", place)];
}
