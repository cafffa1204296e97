// Links by the key that they lead to: for what is said of a key elsewhere.

export const linksByTarget = `
CREATE INDEX key_links_by_target ON key_links (to_key_id, type, from_key_id);
`;
