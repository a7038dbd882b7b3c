/** The languages in which we write to people. */
export const LOCALES = ['id', 'en'] as const;
export type Locale = (typeof LOCALES)[number];

export const STAFF_ROLES = ['moderator', 'finance', 'auditor', 'admin'] as const;
export type StaffRole = (typeof STAFF_ROLES)[number];

/** bcrypt reads 72 bytes and ignores the rest, so a longer password is refused instead of cut. */
export const PASSWORD_MIN = 8;
export const PASSWORD_BYTES_MAX = 72;

export type UserView = {
  id: string;
  email: string;
  /** Whether a mail to it was answered. */
  emailVerified: boolean;
  name: string;
  roles: StaffRole[];
};

/** Answer of register, login and refresh; the refresh token travels in an HttpOnly cookie beside it. */
export type SignedIn = { user: UserView; accessToken: string; expiresAt: string };

export type RegisterRequest = { email: string; password: string; name: string };
export type LoginRequest = { email: string; password: string };
export type ForgotPasswordRequest = { email: string };
export type ResetPasswordRequest = { token: string; password: string };
export type VerifyEmailRequest = { token: string };
