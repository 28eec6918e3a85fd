export const MAX_APP_ID = 0xffff_ffff;

export function isAppId(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= MAX_APP_ID;
}
