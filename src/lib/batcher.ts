/**
 * Gathers what is asked for while a call is under way into the next call: one statement for many rows, with no
 * waiting when there is nothing to gather.
 *
 * @param run answers each item of a batch, in the order given
 * @param maxItems the most one call gets
 * @param spacingMs calls begin at least so far apart, so that a dense stream gathers; one that comes alone never waits
 * @param comers how many items can be asked for at one time, now: when so many wait, nobody waits for more
 * @returns asks for one item; rejects when the whole call did
 */
export function createBatcher<Item, Answer>(
  run: (items: readonly Item[]) => Promise<readonly Answer[]>,
  maxItems: number,
  spacingMs = 0,
  comers: () => number = () => Infinity,
): (item: Item) => Promise<Answer> {
  type Waiting = { item: Item; resolve: (answer: Answer) => void; reject: (error: unknown) => void };
  let waiting: Waiting[] = [];
  let isRunning = false;
  let begunAt = -Infinity;
  let endRest = () => {};

  const isFull = () => waiting.length >= Math.min(maxItems, comers());
  const rest = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      endRest = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const drain = async (): Promise<void> => {
    isRunning = true;
    while (waiting.length > 0) {
      const restMs = begunAt + spacingMs - performance.now();
      if (restMs > 0 && !isFull()) await rest(restMs);
      begunAt = performance.now();
      const batch = waiting.slice(0, maxItems);
      waiting = waiting.slice(maxItems);
      try {
        const answers = await run(batch.map((one) => one.item));
        batch.forEach((one, index) => one.resolve(answers[index] as Answer));
      } catch (error) {
        for (const one of batch) one.reject(error);
      }
    }
    isRunning = false;
  };

  return (item) =>
    new Promise<Answer>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!isRunning) {
        isRunning = true;
        queueMicrotask(() => void drain());
      } else if (isFull()) endRest();
    });
}
