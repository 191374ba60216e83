/** Daemons that are being started from here: whoever follows a run need not wait to look again. */

export interface Starts {
  isUnderWay(): boolean;
  /** The listener is told when a start begins or ends; the answer is how to stop. */
  onChange(listener: () => void): () => void;
  during<T>(start: Promise<T>): Promise<T>;
}

/** None so far. */
export function noStarts(): Starts {
  const listeners = new Set<() => void>();
  let underWay = 0;
  const change = (by: number): void => {
    underWay += by;
    for (const listener of listeners) listener();
  };
  return {
    isUnderWay: () => underWay > 0,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    during: (start) => {
      change(1);
      return start.finally(() => change(-1));
    },
  };
}
