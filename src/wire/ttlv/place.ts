// Where a reader of XML or JSON stands, for its refusals. Paths are made only when there is one.

import { tagLabel } from './tags.ts';

export class Place {
  readonly #parent: Place | undefined;
  readonly #code: number;
  readonly #children: Place[] = [];

  constructor(parent: Place | undefined, tag: number) {
    this.#parent = parent;
    this.#code = tag;
    if (parent !== undefined) parent.#children.push(this);
  }

  /** As {@link TtlvItem.path}, but that the first of several items of one tag has no index: the others have not been read yet. */
  get path(): string {
    const parent = this.#parent;
    if (parent === undefined) return tagLabel(this.#code);
    let index = -1;
    for (const sibling of parent.#children) if (this.#code === sibling.#code) index += 1;
    return `${parent.path}/${tagLabel(this.#code)}${index > 0 ? `[${index}]` : ''}`;
  }
}
