// What the command line takes from the process around it: the environment and the time. The only file that does.

export const DATA_DIR_VARIABLE = 'KEYHOLD_DATA_DIR';
export const URL_VARIABLE = 'KEYHOLD_URL';
export const API_KEY_FILE_VARIABLE = 'KEYHOLD_API_KEY_FILE';

export function environmentVariable(name: string): string | undefined {
  const text = process.env[name];
  return text === '' ? undefined : text;
}

/** Milliseconds since 1970-01-01T00:00:00Z. */
export function currentInstant(): number {
  return Date.now();
}
