// Shape rules that several operations share. Each throws `invalidInput` or `limitExceeded`, naming the field and the rule.

import { invalidInput, KmsError, limitExceeded } from '../domain/errors.ts';
import { LIMITS } from '../domain/limits.ts';
import type { Window } from './ports/registrations.ts';
import type { PageRequest } from './ports/store.ts';

export function requireDescription(description: string | undefined): void {
  if (description !== undefined) requireText('description', description, 0, LIMITS.descriptionCharactersMax);
}

export function requireLabelText(label: string | undefined): void {
  if (label !== undefined) requireText('label', label, 0, LIMITS.labelCharactersMax);
}

export function requireRevocationMessage(message: string | undefined): void {
  if (message !== undefined) requireText('message', message, 0, LIMITS.revocationMessageCharactersMax);
}

/** A text of well-formed Unicode without control characters other than line breaks and tabs. */
export function requireText(field: string, text: string, charactersMin: number, charactersMax: number): void {
  if (text.length < charactersMin)
    throw invalidInput(field, `must have at least ${charactersMin} characters`);
  if (text.length > charactersMax) throw invalidInput(field, `must have at most ${charactersMax} characters`);
  if (!text.isWellFormed()) throw invalidInput(field, 'must be well-formed Unicode');
  // PostgreSQL holds no NUL in a text; one rule for both engines.
  if (text.includes('\0')) throw invalidInput(field, 'must not contain a NUL character');
}

const LABEL = /^[A-Za-z0-9][A-Za-z0-9._@+-]*$/;

/** Names that operators type: letters, digits and `._@+-`, beginning with a letter or digit. */
export function requireLabel(field: string, text: string, charactersMax: number): void {
  requireText(field, text, 1, charactersMax);
  if (!LABEL.test(text)) {
    throw invalidInput(field, 'must begin with a letter or digit and hold letters, digits and ._@+- only');
  }
}

export function requireTags(tags: Readonly<Record<string, string>> | undefined): void {
  if (tags === undefined) return;
  const names = Object.keys(tags);
  if (names.length > LIMITS.tagsPerKeyMax)
    throw limitExceeded('A key', LIMITS.tagsPerKeyMax, 'tags', { field: 'tags' });
  for (const name of names) {
    requireText('tags.name', name, 1, LIMITS.tagNameCharactersMax);
    requireText(`tags.${name}`, tags[name] ?? '', 0, LIMITS.tagValueCharactersMax);
  }
}

export function requireWithin(field: string, value: number, min: number, max: number): void {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw invalidInput(field, `must be a whole number from ${min} to ${max}`);
  }
}

export function requireRotationPeriod(field: string, periodMs: number): void {
  requireWithin(field, periodMs, LIMITS.rotationPeriodMsMin, LIMITS.rotationPeriodMsMax);
}

export function requireWindow({ offset, limit }: Window): void {
  requireWithin('offset', offset, 0, LIMITS.windowOffsetMax);
  requireWithin('limit', limit, 1, LIMITS.windowItemsMax);
}

/** Throws `invalidInput` for what would be over at once; undefined never is. */
export function requireFuture(expiresAt: number | undefined, at: number): void {
  if (expiresAt !== undefined && expiresAt <= at) throw invalidInput('expiresAt', 'must be in the future');
}

/** Throws `tooEarly` when less than the least time has passed since the step; one that never was holds nothing up. */
export function requireElapsed(
  step: string,
  since: number | undefined,
  leastMs: number | undefined,
  at: number,
): void {
  if (since === undefined || leastMs === undefined || at - since >= leastMs) return;
  throw new KmsError('tooEarly', `Less than ${leastMs} milliseconds have passed since ${step}.`, {
    notBefore: since + leastMs,
  });
}

export function requirePage(page: PageRequest): void {
  requireWithin('limit', page.limit, 1, LIMITS.pageItemsMax);
}
