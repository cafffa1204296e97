// Keys in the order in which they were made: for protocols that look for the newest first.

export const keysByCreation = `
CREATE INDEX keys_by_creation ON keys (project_id, created_at, id);
`;
