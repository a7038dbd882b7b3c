import { createServer } from 'node:http';
import Joi from 'joi';
import { simulator } from './app.ts';

type Settings = {
  PORT: number;
  HOST: string;
  PUBLIC_URL?: string;
  NOTIFY_URL: string;
  MIDTRANS_SERVER_KEY: string;
  MIDTRANS_MERCHANT_ID: string;
  MIDTRANS_MERCHANT_NAME: string;
  IRIS_NOTIFY_URL: string;
  IRIS_CREATOR_KEY: string;
  IRIS_APPROVER_KEY: string;
  IRIS_MERCHANT_KEY: string;
  RETRY_SCALE: number;
  /** Where it takes mail; 0 for none. */
  SMTP_PORT: number;
};

const schema = Joi.object<Settings, true>({
  PORT: Joi.number().port().default(3001),
  // Whoever reaches the simulator can pay with nothing, so it is not for the network unless asked.
  HOST: Joi.string().default('127.0.0.1'),
  PUBLIC_URL: Joi.string().uri({ scheme: ['http', 'https'] }),
  NOTIFY_URL: Joi.string()
    .uri({ scheme: ['http', 'https'] })
    .default('http://127.0.0.1:3000/webhooks/midtrans'),
  MIDTRANS_SERVER_KEY: Joi.string().default('SB-Mid-server-simulator'),
  MIDTRANS_MERCHANT_ID: Joi.string().default('G000000000'),
  MIDTRANS_MERCHANT_NAME: Joi.string().default('Sangkuriang'),
  IRIS_NOTIFY_URL: Joi.string()
    .uri({ scheme: ['http', 'https'] })
    .default('http://127.0.0.1:3000/webhooks/iris'),
  // Compose sets to nothing what nobody gave.
  IRIS_CREATOR_KEY: Joi.string().empty('').default('IRIS-creator-simulator'),
  IRIS_APPROVER_KEY: Joi.string().empty('').default('IRIS-approver-simulator'),
  IRIS_MERCHANT_KEY: Joi.string().empty('').default('IRIS-merchant-simulator'),
  RETRY_SCALE: Joi.number()
    .greater(0)
    .max(1)
    .default(1 / 60),
  SMTP_PORT: Joi.number().integer().min(0).max(65_535).default(0),
}).unknown();

const { value: env, error } = schema.validate(process.env);
if (error) {
  process.stderr.write(`simulator: ${error.message}\n`);
  process.exit(1);
}

const publicUrl = env.PUBLIC_URL ?? `http://127.0.0.1:${env.PORT}`;
const { app, listenForMail, close } = simulator({
  publicUrl,
  midtrans: {
    serverKey: env.MIDTRANS_SERVER_KEY,
    merchantId: env.MIDTRANS_MERCHANT_ID,
    merchantName: env.MIDTRANS_MERCHANT_NAME,
    notifyUrl: env.NOTIFY_URL,
  },
  iris: {
    creatorKey: env.IRIS_CREATOR_KEY,
    approverKey: env.IRIS_APPROVER_KEY,
    merchantKey: env.IRIS_MERCHANT_KEY,
    notifyUrl: env.IRIS_NOTIFY_URL,
  },
  retryScale: env.RETRY_SCALE,
});
const server = createServer(app);
server.on('error', (fault) => {
  process.stderr.write(`simulator: ${fault.message}\n`);
  process.exit(1);
});
if (env.SMTP_PORT > 0) {
  process.stdout.write(`simulator: mail to ${await listenForMail(env.SMTP_PORT, env.HOST)}\n`);
}
server.listen(env.PORT, env.HOST, () => {
  process.stdout.write(
    `simulator: ${publicUrl}, notifications to ${env.NOTIFY_URL} and ${env.IRIS_NOTIFY_URL}\n`,
  );
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    server.close();
    await close();
    server.closeAllConnections();
  });
}
