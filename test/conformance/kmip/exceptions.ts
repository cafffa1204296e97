// Published cases that this server answers differently, each with its reason.

export const EXCEPTIONS: Readonly<Record<string, string>> = {};
