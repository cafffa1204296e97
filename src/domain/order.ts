// An order asks for a key or a pair that is made here, and remembers what came of it. What it made lives its own life.

export const ORDER_TYPES = {
  key: 'a symmetric key',
  asymmetric: 'a pair',
  certificate: 'a certificate, which waits for an authority',
} as const satisfies Record<string, string>;

export type OrderType = keyof typeof ORDER_TYPES;

export const ORDER_STATES = { pending: true, active: true, error: true } as const;

export type OrderState = keyof typeof ORDER_STATES;

export interface Order {
  readonly id: string;
  readonly projectId: string;
  readonly type: OrderType;
  /** What was asked for, as JSON in the words of the protocol that asked: never with a passphrase in it. */
  readonly request: string;
  readonly state: OrderState;
  /** Why it came to nothing. */
  readonly failure?: string | undefined;
  readonly secretId?: string | undefined;
  readonly containerId?: string | undefined;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}
