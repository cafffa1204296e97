// The part of the store that remembers which tokens were taken back before their time.

export interface TokenRevocationReads {
  /** Hot path of tokens. */
  has(tokenId: string): Promise<boolean>;
}

export interface TokenRevocationWrites extends TokenRevocationReads {
  /** `endsAt`: when the token would have ended. Again is fine. */
  insert(tokenId: string, endsAt: number): Promise<void>;
  /** Forgets those of tokens that have ended by the instant. */
  deleteEnded(at: number): Promise<void>;
}
