// How much is tried: a bounded amount in every run, more where FUZZ_ROUNDS multiplies it.

const FACTOR = Number(process.env.FUZZ_ROUNDS ?? 1);
const AT_ONCE = 32;

/** The number of rounds of a property, so many in an ordinary run. */
export const rounds = (ordinary: number): number => Math.max(1, Math.round(ordinary * FACTOR));

/** Works through all items, a bounded number of them at a time. Throws the first failure. */
export async function inParallel<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
  atOnce = AT_ONCE,
): Promise<void> {
  const queue = items.values();
  const lane = async (): Promise<void> => {
    // All lanes draw from the one queue.
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
