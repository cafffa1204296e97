// How far the instants of the log are out of order: the clocks of nodes differ, and a clock may be set back by any time.

export const orderOfTheLog = `
ALTER TABLE log_head ADD COLUMN latest_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE log_head ADD COLUMN disorder_ms INTEGER NOT NULL DEFAULT 0;
UPDATE log_head SET
  latest_at = (SELECT coalesce(max(at), 0) FROM log_entries),
  disorder_ms = (
    SELECT coalesce(max(behind), 0)
    FROM (SELECT max(at) OVER (ORDER BY entry_index) - at AS behind FROM log_entries) AS entries
  );
`;
