/** What one check found, in words for an operator. No secret, whatever went wrong. */
export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
}

export const failed = (check: string, detail: string): Finding => ({ check, ok: false, detail });
export const passed = (check: string, detail: string): Finding => ({ check, ok: true, detail });
