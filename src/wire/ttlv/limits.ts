// How much of a stranger's message is read. The same bounds hold for every form.

export interface TtlvLimits {
  /** Of the message in the form in which it arrives. XML and JSON take about two to four times the bytes of TTLV. */
  readonly bytesMax: number;
  /** Items inside one another, the message itself included. Reading recurses once for each, so keep it below a few hundred. */
  readonly depthMax: number;
  /** Items in the whole message. */
  readonly itemsMax: number;
}

export const DEFAULT_TTLV_LIMITS: TtlvLimits = {
  bytesMax: 1_048_576,
  depthMax: 32,
  itemsMax: 20_000,
};
