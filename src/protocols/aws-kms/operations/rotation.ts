// Rotation of key material: on a schedule, on demand, and what has been rotated so far. Older material goes on decrypting.

import { describeKey } from '../../../core/operations/keys/describe-key.ts';
import { listVersions } from '../../../core/operations/keys/list-versions.ts';
import { rotateKey } from '../../../core/operations/keys/rotate-key.ts';
import { scheduleRotation } from '../../../core/operations/keys/update-key.ts';
import type { VersionCause } from '../../../domain/key.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { KEY_ID, page } from '../model/members.ts';
import { integer, oneOf, optional, required } from '../model/shapes.ts';
import { arnOfKey, selectKeyById } from '../names.ts';
import { operation } from '../operation.ts';
import { printPage, readPage } from '../page.ts';
import { perform } from '../request.ts';
import { requireSymmetric, seconds } from './key-metadata.ts';

const DAY_MS = 86_400_000;
const ROTATION_PERIOD_DAYS = 365;
const ON_DEMAND_ROTATIONS_MAX = 25;

const oneKey = { KeyId: required(KEY_ID) } as const;

export const enableKeyRotationOperation = operation(
  { ...oneKey, RotationPeriodInDays: optional(integer(90, 2560)) },
  async (request, input) => {
    await perform(request, scheduleRotation, {
      key: selectKeyById(input.KeyId, request.region),
      periodMs: (input.RotationPeriodInDays ?? ROTATION_PERIOD_DAYS) * DAY_MS,
    });
    return {};
  },
);

export const disableKeyRotationOperation = operation(oneKey, async (request, input) => {
  const key = selectKeyById(input.KeyId, request.region);
  await perform(request, scheduleRotation, { key, periodMs: undefined });
  return {};
});

/** While a key waits for its deletion its rotation reads as off; the schedule is kept, and returns when the deletion is cancelled. */
export const getKeyRotationStatusOperation = operation(oneKey, async (request, input) => {
  const found = await perform(request, describeKey, { key: selectKeyById(input.KeyId, request.region) });
  requireSymmetric(found);
  const rotation = found.key.destruction === undefined ? found.key.rotation : undefined;
  return {
    KeyRotationEnabled: rotation !== undefined,
    KeyId: found.key.id,
    RotationPeriodInDays: rotation === undefined ? undefined : Math.round(rotation.periodMs / DAY_MS),
    NextRotationDate: rotation === undefined ? undefined : seconds(rotation.nextAt),
  };
});

export const rotateKeyOnDemandOperation = operation(oneKey, async (request, input) => {
  const rotated = await perform(request, rotateKey, {
    key: selectKeyById(input.KeyId, request.region),
    cause: 'requestedRotation',
    requestedMax: ON_DEMAND_ROTATIONS_MAX,
  });
  return { KeyId: arnOfKey(rotated) };
});

/** The first material was not rotated in, and AWS gives it neither date nor type. */
const ROTATION_TYPES = {
  created: undefined,
  scheduledRotation: 'AUTOMATIC',
  requestedRotation: 'ON_DEMAND',
  imported: undefined,
} as const satisfies Record<VersionCause, string | undefined>;

export const listKeyRotationsOperation = operation(
  { ...oneKey, IncludeKeyMaterial: optional(oneOf(['ALL_KEY_MATERIAL', 'ROTATIONS_ONLY'])), ...page(1000) },
  async (request, input) => {
    const key = selectKeyById(input.KeyId, request.region);
    const everything = input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL';
    const { limit, after } = readPage(request, input, 100);
    // The first version is no rotation: a first page of rotations alone asks for one more, so that it is as long as was asked for.
    const asked = everything || after !== undefined ? limit : Math.min(limit + 1, LIMITS.pageItemsMax);
    const found = await perform(request, listVersions, { key, page: { limit: asked, after } });
    requireSymmetric(found.of);
    const { primaryVersion } = found.of.key;
    return {
      Rotations: found.items
        .filter(version => everything || ROTATION_TYPES[version.cause] !== undefined)
        .map(version => {
          const rotationType = ROTATION_TYPES[version.cause];
          return {
            KeyId: version.keyId,
            KeyMaterialId: version.materialId,
            KeyMaterialState: version.number === primaryVersion ? 'CURRENT' : 'NON_CURRENT',
            RotationDate: rotationType === undefined ? undefined : seconds(version.createdAt),
            RotationType: rotationType,
          };
        }),
      ...printPage(request, found),
    };
  },
);
