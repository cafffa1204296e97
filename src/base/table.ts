// Tables are records that are total over a union. These keep that totality in the types where Object.* loses it.

/** A table of the same keys with other values. The result has no prototype, so that hostile names find nothing. */
export function mapTable<K extends string, V, W>(
  table: Readonly<Record<K, V>>,
  map: (value: V, key: K) => W,
): Readonly<Record<K, W>> {
  const mapped = Object.create(null) as Record<K, W>;
  for (const key of tableKeys(table)) mapped[key] = map(table[key], key);
  return Object.freeze(mapped);
}

export function tableKeys<K extends string>(table: Readonly<Record<K, unknown>>): readonly K[] {
  return Object.freeze(Object.keys(table)) as readonly K[];
}

/** Whether a text from outside is one of the table's own keys. */
export function isKeyOf<K extends string>(table: Readonly<Record<K, unknown>>, text: string): text is K {
  return Object.hasOwn(table, text);
}
