import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Joi from 'joi';
import { root } from './root.ts';

/** Every setting, read once. Nothing else in the project reads the environment. */
export type Config = {
  production: boolean;
  port: number;
  /** Address people and gateways reach us under, without a trailing slash. */
  publicUrl: string;
  /** Number of proxies in front whose X-Forwarded-For we believe. */
  trustProxy: number;
  logLevel: string;
  /** Null: the embedded PostgreSQL in `dataDir`. */
  databaseUrl: string | null;
  migrateDatabaseUrl: string | null;
  databasePoolMax: number;
  /** Null: one process, which brings its news and counts by itself. */
  redisUrl: string | null;
  dataDir: string;
  /** Demo campaigns and accounts: on with the embedded database unless switched off, never with real payments. */
  seed: boolean;
  /** Signs access tokens and claim tokens; rotated by changing it. */
  secret: string;
  midtrans: {
    serverKey: string;
    verifyKey: string;
    merchantId: string | undefined;
    snapUrl: string;
    coreUrl: string;
    /** Where the simulator listens; null when a real Midtrans account is set. */
    simulatorPort: number | null;
  };
  /** Pays out to campaigns' bank accounts. Null: payouts are made at the bank and entered by hand. */
  iris: { creatorKey: string; approverKey: string; merchantKey: string; url: string } | null;
  /** Null: mail goes to the simulator where there is one, and else waits. */
  smtpUrl: string | null;
  mailFrom: string;
  /** What the platform keeps of settled gifts, in hundredths of a percent. */
  platformFeeBp: number;
  /** Multiplies every rate limit. */
  limitsFactor: number;
  drainMs: number;
};

type Env = {
  NODE_ENV: string;
  PORT: number;
  PUBLIC_URL?: string;
  TRUST_PROXY: number;
  LOG_LEVEL: string;
  DATABASE_URL?: string;
  MIGRATE_DATABASE_URL?: string;
  DATABASE_POOL_MAX: number;
  REDIS_URL?: string;
  DATA_DIR: string;
  SEED?: boolean;
  SECRET?: string;
  SIMULATOR_PORT?: number;
  MIDTRANS_SERVER_KEY?: string;
  MIDTRANS_VERIFY_KEY?: string;
  MIDTRANS_MERCHANT_ID?: string;
  MIDTRANS_SNAP_URL: string;
  MIDTRANS_CORE_URL: string;
  IRIS_CREATOR_KEY?: string;
  IRIS_APPROVER_KEY?: string;
  IRIS_MERCHANT_KEY?: string;
  IRIS_URL: string;
  SMTP_URL?: string;
  MAIL_FROM?: string;
  PLATFORM_FEE_BP: number;
  LIMITS_FACTOR?: number;
  DRAIN_MS: number;
};

const url = () => Joi.string().uri({ scheme: ['http', 'https'] });
const database = () => Joi.string().uri({ scheme: ['postgres', 'postgresql'] });
const port = () => Joi.number().port();

const env = Joi.object<Env>({
  NODE_ENV: Joi.string().default('development'),
  PORT: port().default(3000),
  PUBLIC_URL: url(),
  TRUST_PROXY: Joi.number().integer().min(0).max(10).default(0),
  LOG_LEVEL: Joi.string().valid('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent').default('info'),
  DATABASE_URL: database(),
  MIGRATE_DATABASE_URL: database(),
  DATABASE_POOL_MAX: Joi.number().integer().min(2).max(200).default(10),
  REDIS_URL: Joi.string().uri({ scheme: ['redis', 'rediss'] }),
  DATA_DIR: Joi.string().default('.data'),
  SEED: Joi.boolean(),
  SECRET: Joi.string().min(32),
  SIMULATOR_PORT: port(),
  MIDTRANS_SERVER_KEY: Joi.string().min(8),
  MIDTRANS_VERIFY_KEY: Joi.string().min(8),
  MIDTRANS_MERCHANT_ID: Joi.string(),
  MIDTRANS_SNAP_URL: url().default('https://app.sandbox.midtrans.com/snap/v1'),
  MIDTRANS_CORE_URL: url().default('https://api.sandbox.midtrans.com'),
  IRIS_CREATOR_KEY: Joi.string().min(8),
  IRIS_APPROVER_KEY: Joi.string().min(8),
  IRIS_MERCHANT_KEY: Joi.string().min(8),
  IRIS_URL: url().default('https://app.sandbox.midtrans.com/iris/api/v1'),
  SMTP_URL: Joi.string().uri({ scheme: ['smtp', 'smtps'] }),
  MAIL_FROM: Joi.string()
    .max(200)
    .pattern(/^[^\r\n]+@[^\r\n]+$/),
  PLATFORM_FEE_BP: Joi.number().integer().min(0).max(1_000).default(0),
  LIMITS_FACTOR: Joi.number().min(0.01).max(1_000_000),
  DRAIN_MS: Joi.number().integer().min(0).max(120_000).default(10_000),
}).unknown(true);

const SIMULATED_LIMITS_FACTOR = 100;

/** Reads the environment, or stops the process with a sentence that names the setting. */
export function readConfig(from: NodeJS.ProcessEnv = process.env): Config {
  // Compose files and shells set what they do not mean to set to nothing.
  const given = Object.fromEntries(Object.entries(from).filter(([, setting]) => setting !== ''));
  const { value, error } = env.validate(given, { abortEarly: false, errors: { wrap: { label: false } } });
  if (error) stop(`A setting is not right: ${error.details.map((detail) => detail.message).join('; ')}.`);
  const production = value.NODE_ENV === 'production';
  if (production && !value.SECRET)
    stop('Set SECRET to at least 32 random characters: it signs what people carry.');
  if (production && !value.DATABASE_URL)
    stop('Set DATABASE_URL: the embedded database is for trying things out.');
  if (production && !value.MIDTRANS_SERVER_KEY)
    stop('Set MIDTRANS_SERVER_KEY: without it payments are simulated.');
  if (!value.MIDTRANS_SERVER_KEY && (value.IRIS_CREATOR_KEY || value.IRIS_APPROVER_KEY))
    stop('Set MIDTRANS_SERVER_KEY beside the IRIS keys: what was given in play is not paid out in earnest.');
  const dataDir = resolve(root, value.DATA_DIR);
  const publicUrl = (value.PUBLIC_URL ?? `http://127.0.0.1:${value.PORT}`).replace(/\/+$/, '');
  const simulatorPort = value.MIDTRANS_SERVER_KEY ? null : (value.SIMULATOR_PORT ?? value.PORT + 1);
  const simulated = `http://127.0.0.1:${simulatorPort}`;
  const secret = value.SECRET ?? ownSecret(dataDir);
  const serverKey = value.MIDTRANS_SERVER_KEY ?? simulatedKey(secret, 'midtrans');
  return {
    production,
    port: value.PORT,
    publicUrl,
    trustProxy: value.TRUST_PROXY,
    logLevel: value.LOG_LEVEL,
    databaseUrl: value.DATABASE_URL ?? null,
    migrateDatabaseUrl: value.MIGRATE_DATABASE_URL ?? null,
    databasePoolMax: value.DATABASE_POOL_MAX,
    redisUrl: value.REDIS_URL ?? null,
    dataDir,
    seed: simulatorPort !== null && (value.SEED ?? !value.DATABASE_URL),
    secret,
    midtrans: {
      serverKey,
      verifyKey: value.MIDTRANS_VERIFY_KEY ?? serverKey,
      merchantId: value.MIDTRANS_MERCHANT_ID,
      snapUrl: simulatorPort === null ? value.MIDTRANS_SNAP_URL : `${simulated}/midtrans/snap/v1`,
      coreUrl: simulatorPort === null ? value.MIDTRANS_CORE_URL : `${simulated}/midtrans`,
      simulatorPort,
    },
    iris:
      simulatorPort === null
        ? irisKeys(value)
        : {
            creatorKey: simulatedKey(secret, 'iris creator'),
            approverKey: simulatedKey(secret, 'iris approver'),
            merchantKey: simulatedKey(secret, 'iris merchant'),
            url: `${simulated}/iris/api/v1`,
          },
    smtpUrl: value.SMTP_URL ?? null,
    mailFrom: value.MAIL_FROM ?? `Sangkuriang <no-reply@${new URL(publicUrl).hostname}>`,
    platformFeeBp: value.PLATFORM_FEE_BP,
    // Where payments are simulated, one machine plays all donors.
    limitsFactor: value.LIMITS_FACTOR ?? (simulatorPort === null ? 1 : SIMULATED_LIMITS_FACTOR),
    drainMs: value.DRAIN_MS,
  };
}

/** All three keys or none: without one of them a payout is entered and never approved, or never heard of again. */
function irisKeys(value: Env): Config['iris'] {
  const {
    IRIS_CREATOR_KEY: creatorKey,
    IRIS_APPROVER_KEY: approverKey,
    IRIS_MERCHANT_KEY: merchantKey,
  } = value;
  if (creatorKey && approverKey && merchantKey) {
    return { creatorKey, approverKey, merchantKey, url: value.IRIS_URL };
  }
  if (creatorKey || approverKey || merchantKey)
    stop('Set IRIS_CREATOR_KEY, IRIS_APPROVER_KEY and IRIS_MERCHANT_KEY, or none of them.');
  return null;
}

const simulatedKey = (secret: string, purpose: string): string =>
  `simulated-${derive(secret, purpose).slice(0, 24)}`;

/** Where the running platform leaves the address of its embedded database for the tools beside it. */
export const databaseUrlFile = (dataDir: string): string => join(dataDir, 'database-url');

/** For the commands beside the platform: DATABASE_URL, or the embedded database of a platform that runs here. */
export function readToolConfig(from: NodeJS.ProcessEnv = process.env): { databaseUrl: string } {
  const file = databaseUrlFile(resolve(root, from.DATA_DIR || '.data'));
  const databaseUrl = from.DATABASE_URL ?? (existsSync(file) ? readFileSync(file, 'utf8').trim() : '');
  if (database().required().validate(databaseUrl).error) {
    stop('Start the platform first (npm start), or set DATABASE_URL to the address of its database.');
  }
  return { databaseUrl };
}

/** For the one-shot migration. */
export function readMigrateConfig(from: NodeJS.ProcessEnv = process.env): { migrateDatabaseUrl: string } {
  const migrateDatabaseUrl = from.MIGRATE_DATABASE_URL ?? '';
  if (database().required().validate(migrateDatabaseUrl).error) {
    stop('Set MIGRATE_DATABASE_URL to the address of the database, as the role that migrates it.');
  }
  return { migrateDatabaseUrl };
}

/** A key for one purpose, drawn from the secret, so that no two purposes share one. */
export const derive = (secret: string, purpose: string): string =>
  createHash('sha256').update(`sangkuriang ${purpose} ${secret}`).digest('hex');

/** For trying things out a secret is made once and kept beside the data, so that sign-ins outlive a restart. */
function ownSecret(dataDir: string): string {
  const file = join(dataDir, 'secret');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  mkdirSync(dataDir, { recursive: true });
  const secret = randomBytes(32).toString('hex');
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return secret;
}

function stop(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}
