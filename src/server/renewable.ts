// A part of the house that can be made anew behind the same face: what it remembered goes with the old one.

export interface Renewable<T extends object> {
  readonly face: T;
  renew(): void;
}

/** `make` is called at once, and again at each renewal. Methods are taken from the newest one at each call. */
export function renewable<T extends object>(make: () => T): Renewable<T> {
  let current = make();
  const face = new Proxy(current, { get: (_first, name) => Reflect.get(current, name) });
  return {
    face,
    renew() {
      current = make();
    },
  };
}
