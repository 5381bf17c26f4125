/** What GATEWAY_LIMIT_SCALE makes of a limit or a cap: a whole number, and never none. */
export const scaledLimit = (max: number, scale: number): number => Math.max(1, Math.floor(max * scale));
