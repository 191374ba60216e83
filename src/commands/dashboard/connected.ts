/** Something asked of the daemon, which starts on first need. */
import type { Envctl, Repository } from "../../sdk/api.ts";

/** Over a connection that ends with the work. */
export async function connected<T>(repository: Repository, work: (envctl: Envctl) => Promise<T>): Promise<T> {
  const envctl = await repository.connect();
  return work(envctl).finally(() => envctl.close());
}
