// By what protocols find their objects again: the kind of each key, and marks. What KMIP has kept so far is marked as
// src/protocols/kmip/attributes/marks.ts would: its facts by their numbers, and values of its attributes by how their TTLV begins. What is not
// told from the text alone, as the fields of a structure, is marked with a star: there may be anything in it.

/** A KMIP object by its facts, of which it has each once; which other attributes it has is not told. */
const KIND = `'kmip/' ||
  coalesce(document ->> 'objectType', '') || '/' ||
  coalesce(document ->> 'algorithm', '') || '/' ||
  coalesce(document ->> 'length', '') || '/' ||
  coalesce(document ->> 'usageMask', '') || '/' ||
  coalesce(document ->> 'keyFormat', '') || '/' ||
  coalesce(document ->> 'certificateType', '') || '/' ||
  coalesce(document ->> 'opaqueDataType', '') || '/*'`;

/** The attributes whose values tell objects apart; others are vendors' own, which have a dash. */
const MARKED = `'ObjectGroup', 'ApplicationSpecificInformation', 'ContactInformation', 'AlternativeName', 'KeyValueLocation',
  'Description', 'Comment', 'PKCS_12FriendlyName', 'RotateName'`;

const TABLES = `
ALTER TABLE keys ADD COLUMN kind TEXT NOT NULL DEFAULT '';
UPDATE keys SET kind = algorithm;
UPDATE keys SET kind = (SELECT ${KIND} FROM facets WHERE object_id = keys.id AND protocol = 'kmip')
WHERE id IN (SELECT object_id FROM facets WHERE protocol = 'kmip' AND (document ->> 'objectType') IS NOT NULL);
CREATE INDEX keys_by_kind ON keys (project_id, kind, created_at, id);

CREATE TABLE key_marks (
  key_id TEXT NOT NULL,
  mark TEXT NOT NULL,
  project_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  CONSTRAINT key_marks_pk PRIMARY KEY (key_id, mark),
  CONSTRAINT key_marks_key FOREIGN KEY (key_id) REFERENCES keys (id),
  CONSTRAINT key_marks_project FOREIGN KEY (project_id) REFERENCES projects (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX key_marks_by_mark ON key_marks (project_id, mark, created_at, key_id);
`;

/** `members` has the members of facets that are lists, and `given` each of their values. A structure is known by its type, 01, behind the tag. */
function marks(members: string, given: string): string {
  return `
INSERT INTO key_marks (key_id, mark, project_id, created_at)
SELECT DISTINCT keys.id,
  'kmip/' || attribute.key || '=' ||
    CASE WHEN substr(given.value ->> 'v', 5, 2) = 'AQ' THEN '*' ELSE substr(given.value ->> 'v', 1, 96) END,
  keys.project_id, keys.created_at
FROM keys
JOIN facets ON facets.object_id = keys.id AND facets.protocol = 'kmip'
CROSS JOIN ${members}
CROSS JOIN ${given}
WHERE attribute.key LIKE '%-%' OR attribute.key IN (${MARKED});
`;
}

export const keyMarks = {
  sqlite:
    TABLES +
    marks(
      'json_each(facets.document) AS attribute',
      "json_each(CASE attribute.type WHEN 'array' THEN attribute.value ELSE '[]' END) AS given",
    ),
  postgres:
    TABLES.replaceAll('document ->>', 'document::jsonb ->>') +
    marks(
      'LATERAL jsonb_each(facets.document::jsonb) AS attribute',
      `LATERAL jsonb_array_elements(
        CASE jsonb_typeof(attribute.value) WHEN 'array' THEN attribute.value ELSE '[]'::jsonb END) AS given`,
    ),
} as const;
