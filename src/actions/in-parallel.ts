/** Work on many things, only so many at once. Pure but for the work. */

/** Results in the order of the items. All that was begun ends before the first error is thrown. */
export async function inParallel<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results = new Map<number, R>();
  const queue = items.entries();
  const errors: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (errors.length > 0) return;
      try {
        results.set(index, await work(item));
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(atOnce, items.length)) }, worker));
  if (errors.length > 0) throw errors[0];
  return [...results.entries()].sort(([one], [other]) => one - other).map(([, result]) => result);
}
