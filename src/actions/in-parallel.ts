/** Work on many things, only so many at once. Pure but for the work. */
import { drive } from "../schedule/drive.ts";
import { success } from "../schedule/task.ts";

/** Results in the order of the items. All that was begun ends before the first error is thrown. */
export async function inParallel<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results = new Map<number, R>();
  const errors: unknown[] = [];
  const begin = async (index: number, item: T): Promise<void> => {
    try {
      if (errors.length === 0) results.set(index, await work(item));
    } catch (error) {
      errors.push(error);
    }
  };
  const works = new Map(items.map((item, index) => [String(index), () => begin(index, item)]));
  const tasks = [...works.keys()].map((id) => ({ id, requires: [], provides: [], uses: [], claims: [], priority: 0 }));
  await drive(tasks, { begin: async (id) => works.get(id)?.().then(() => success) ?? success, skip: () => undefined }, { pools: { default: Math.max(1, atOnce) } }).over;
  if (errors.length > 0) throw errors[0];
  return [...results.entries()].sort(([one], [other]) => one - other).map(([, result]) => result);
}
