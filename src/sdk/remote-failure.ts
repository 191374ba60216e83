/** What was thrown in a service, thrown again here. */
import { UserError } from "../model/failure.ts";
import type { RemoteError } from "../model/service.ts";

/** An Error with name, message and stack of the one that was thrown there, and where; anything else as it is. */
export function remoteFailure(error: unknown): unknown {
  const remote = error instanceof UserError ? error.failures[0]?.remote : undefined;
  return remote === undefined ? error : errorOf(remote);
}

function errorOf({ name, message, stack, service, instance, cause }: RemoteError): Error {
  const error = new Error(message, cause === undefined ? {} : { cause: Object.assign(new Error(cause.message), { name: cause.name }) });
  return Object.assign(error, { name, stack, service, ...(instance === undefined ? {} : { instance }) });
}
