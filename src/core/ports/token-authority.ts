// An identity service elsewhere that says whose a token is, in clouds of OpenStack's family. Its words are believed: who runs it decides
// who may do what here.

/** Somebody or something of the identity service, in its own ids and names. */
export interface Vouched {
  readonly id: string;
  readonly name: string;
  /** The name of the domain in which the name is unique. */
  readonly domain: string;
}

export interface VouchedToken {
  /** What the service calls the token in its own records: no secret. */
  readonly auditId: string;
  readonly user: Vouched;
  /** Undefined: the token is for no project. */
  readonly project?: Vouched | undefined;
  readonly roles: readonly string[];
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export interface TokenAuthority {
  /**
   * Undefined for a token that proves nobody. An answer may be as old as the authority's bound for it: a token that was taken back is
   * refused after that at the latest. `expiredToo`: a token whose time is over counts as well, as long as the service goes along.
   * Throws `identityUnavailable`.
   */
  validate(
    token: string,
    at: number,
    options?: { readonly expiredToo: boolean },
  ): Promise<VouchedToken | undefined>;
}
