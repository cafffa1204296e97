// Long work on the whole installation. Optional: a server that cannot do it has no such capability.

/** How far the work is, in units of its own (wrapping keys, rows). `total` is an estimate made at the start. */
export interface MaintenanceProgress {
  readonly done: number;
  readonly total: number;
}

/** What the work has brought: safe to show and to record. Texts and numbers, such as the path and the digest of a backup. */
export type MaintenanceOutcome = Readonly<Record<string, string | number>>;

/**
 * Work that is under way. It goes on to its end whether or not anybody reads the progress, and whoever reads late misses only what has
 * been. `progress` ends when the work ends and never throws; `outcome` rejects with the KmsError by which the work failed.
 */
export interface MaintenanceRun {
  readonly progress: AsyncIterable<MaintenanceProgress>;
  readonly outcome: Promise<MaintenanceOutcome>;
}

export interface Maintenance {
  /**
   * Starts making a new generation of the root key and rewrapping every project's wrapping key under it. After a crash, starting again
   * completes what was begun. `to` names the provider that makes it, the present one unless named: so the root key moves. Throws `conflict`
   * while such work is under way, on whatever node, and `invalidInput` for a provider that is not configured.
   */
  rotateRoot(to?: string): Promise<MaintenanceRun>;
  /**
   * Starts writing a consistent backup (docs/formats/backup.md) into the server's own backup directory. An unfinished file never has the
   * name of a finished one. Throws `conflict` while such work is under way.
   */
  backup(): Promise<MaintenanceRun>;
}
