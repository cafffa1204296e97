// A part of the house that can be made anew behind the same face: what it remembered goes with the old one.

export interface Renewable<T extends object> {
  readonly face: T;
  renew(): void;
}

/** `make` is called at once, and again at each renewal: the face then has the methods of the newest one, which are members of its own. */
export function renewable<T extends object>(make: () => T): Renewable<T> {
  const face = make();
  return {
    face,
    renew() {
      Object.assign(face, make());
    },
  };
}
