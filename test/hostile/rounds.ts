// How much is tried: a bounded amount in every run, more where FUZZ_ROUNDS multiplies it.

const FACTOR = Number(process.env.FUZZ_ROUNDS ?? 1);
const AT_ONCE = 32;

/** The number of rounds of a property, so many in an ordinary run. */
export const rounds = (ordinary: number): number => Math.max(1, Math.round(ordinary * FACTOR));

/** Works through all items, a bounded number of them at once. */
export async function inBatches<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
  beforeBatch: () => void = () => {},
  atOnce = AT_ONCE,
): Promise<void> {
  for (let at = 0; at < items.length; at += atOnce) {
    beforeBatch();
    await Promise.all(items.slice(at, at + atOnce).map(work));
  }
}
