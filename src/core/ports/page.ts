// Pages of lists that grow: every one has a cursor.

/** A page of a list in a stable order. `after` is the `next` of the page before; an object inserted meanwhile repeats or hides none. */
export interface PageRequest {
  readonly limit: number;
  readonly after?: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page starts; undefined on the last page. */
  readonly next?: string | undefined;
}
