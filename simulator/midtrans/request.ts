import Joi from 'joi';
import { enabledMethods, isEnabledPayment, type Method } from './methods.ts';
import type { Order } from './transaction.ts';
import { durationMs, readTime } from './wire.ts';

const AMOUNT_MAX = 999_999_999_999;
const ITEMS_MAX = 100;
const ADDRESSES_MAX = 3;

export const ACCESS_DENIED =
  'Access denied due to unauthorized transaction, please check client or server key';
export const ORDER_ID_TAKEN = 'order_id has been paid and utilized, please use another order ID';
export const INTERNAL_ERROR = 'Sorry, we encountered internal server error. We will fix this soon.';

type TransactionDetails = { order_id: string; gross_amount: number };
type ItemDetails = { id?: string; name: string; price: number; quantity: number };

export type SnapRequest = {
  transaction_details: TransactionDetails;
  item_details?: ItemDetails[];
  enabled_payments?: string[];
  callbacks?: { finish?: string };
  expiry?: { start_time?: string; unit: string; duration: number };
  page_expiry?: { unit: string; duration: number };
  custom_field1?: string;
  custom_field2?: string;
  custom_field3?: string;
};

export type ChargeRequest = {
  payment_type: string;
  transaction_details: TransactionDetails;
  item_details?: ItemDetails[];
  bank_transfer?: { bank: string };
  cstore?: { store: string };
  custom_expiry?: { order_time?: string; unit: string; expiry_duration: number };
  custom_field1?: string;
  custom_field2?: string;
  custom_field3?: string;
};

const shared = {
  transaction_details: Joi.object({
    order_id: Joi.string()
      .max(50)
      .pattern(/^[A-Za-z0-9\-_~.]+$/)
      .required(),
    gross_amount: Joi.number().integer().min(1).max(AMOUNT_MAX).required(),
  })
    .unknown()
    .required(),
  item_details: Joi.array()
    .max(ITEMS_MAX)
    .items(
      Joi.object({
        id: Joi.string().max(50).allow(''),
        name: Joi.string().max(50).required(),
        // Below zero is a discount.
        price: Joi.number().integer().min(-AMOUNT_MAX).max(AMOUNT_MAX).required(),
        quantity: Joi.number().integer().min(1).required(),
      }).unknown(),
    ),
  customer_details: Joi.object({
    first_name: Joi.string().max(255).allow(''),
    last_name: Joi.string().max(255).allow(''),
    email: Joi.string().email({ tlds: false }),
    phone: Joi.string().max(255).allow(''),
  }).unknown(),
  custom_field1: Joi.string().max(255).allow(''),
  custom_field2: Joi.string().max(255).allow(''),
  custom_field3: Joi.string().max(255).allow(''),
};

const unit = Joi.string().valid('minute', 'minutes', 'hour', 'hours', 'day', 'days').required();
const withZone = Joi.string().custom((text: string, helpers) =>
  Number.isNaN(readTime(text)) ? helpers.error('string.pattern.base') : text,
);

const snapSchema = Joi.object({
  ...shared,
  enabled_payments: Joi.array().items(
    Joi.string().custom((name: string, helpers) =>
      isEnabledPayment(name) ? name : helpers.error('any.only'),
    ),
  ),
  callbacks: Joi.object({ finish: Joi.string().uri() }).unknown(),
  expiry: Joi.object({ start_time: withZone, unit, duration: Joi.number().integer().min(1).required() }),
  page_expiry: Joi.object({ unit, duration: Joi.number().integer().min(1).required() }),
}).unknown();

const chargeSchema = Joi.object({
  ...shared,
  payment_type: Joi.string().required(),
  bank_transfer: Joi.object({ bank: Joi.string().required() }).unknown(),
  echannel: Joi.object({
    bill_info1: Joi.string().max(10).required(),
    bill_info2: Joi.string().max(30).required(),
  }).unknown(),
  ovo: Joi.object({ payer_phone_number: Joi.string().required() }).unknown(),
  cstore: Joi.object({ store: Joi.string().required() }).unknown(),
  custom_expiry: Joi.object({
    order_time: withZone,
    expiry_duration: Joi.number().integer().min(1).required(),
    unit: Joi.string().valid('second', 'minute', 'hour', 'day').default('minute'),
  }),
}).unknown();

/** Joi's finding in the gateway's manner: the path, then what is wrong. */
function said({ path, type, context }: Joi.ValidationErrorItem): string {
  const name = path.join('.');
  if (type === 'any.required' || type === 'string.empty') return `${name} is required`;
  if (type === 'string.max') return `${name} too long. Max ${context?.limit} characters`;
  if (type === 'number.min') return `${name} must be greater than or equal to ${context?.limit}`;
  if (type === 'number.integer') return `${name} must be an integer`;
  if (type === 'string.email') return `${name} format is invalid`;
  return `${name || 'request'} is invalid`;
}

type Checked<T> = { value: T } | { messages: string[] };

function checked<T extends SnapRequest | ChargeRequest>(schema: Joi.ObjectSchema, body: unknown): Checked<T> {
  // Numbers stay numbers: a gross_amount in quotes is a mistake that the real gateway must not find first.
  const { value, error } = schema.validate(body ?? {}, { abortEarly: false, convert: false });
  if (error) return { messages: error.details.map(said) };
  const items = (value as T).item_details;
  const sum = items?.reduce((total, item) => total + item.price * item.quantity, 0);
  if (sum !== undefined && sum !== (value as T).transaction_details.gross_amount) {
    return { messages: ['transaction_details.gross_amount is not equal to the sum of item_details'] };
  }
  return { value: value as T };
}

/** A Snap create's body, or the messages to refuse it with. Keys that we do not know are let through. */
export const readSnap = (body: unknown): Checked<SnapRequest> => checked<SnapRequest>(snapSchema, body);

/** payment_types that need an object of their own name. */
const WITH_DETAILS = ['bank_transfer', 'echannel', 'ovo', 'cstore'];

/** A Core charge's body, or the messages to refuse it with. */
export function readCharge(body: unknown): Checked<ChargeRequest> {
  const read = checked<ChargeRequest>(chargeSchema, body);
  if ('messages' in read) return read;
  const { payment_type: type } = read.value;
  if (WITH_DETAILS.includes(type) && !(type in read.value)) return { messages: [`${type} is required`] };
  return read;
}

type Headers = Record<string, string | string[] | undefined>;

/** Where an order's notifications go: the merchant's address, or what the create's headers say instead. */
export function notifyUrls(headers: Headers, merchantUrl: string): string[] {
  const list = (name: string) =>
    String(headers[name] ?? '')
      .split(',')
      .map((url) => url.trim())
      .filter((url) => /^https?:\/\//.test(url))
      .slice(0, ADDRESSES_MAX);
  const override = list('x-override-notification');
  if (override.length > 0) return override;
  return [merchantUrl, ...list('x-append-notification')];
}

function customFields(body: SnapRequest | ChargeRequest): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const name of ['custom_field1', 'custom_field2', 'custom_field3'] as const) {
    const value = body[name];
    if (value) fields[name] = value;
  }
  return fields;
}

const basics = (body: SnapRequest | ChargeRequest, urls: string[]) => ({
  orderId: body.transaction_details.order_id,
  amount: body.transaction_details.gross_amount,
  items: (body.item_details ?? []).map(({ name, quantity }) => ({ name, quantity })),
  notifyUrls: urls,
  customFields: customFields(body),
});

/** The order in a Snap create. */
export function snapOrder(body: SnapRequest, urls: string[]): Order {
  const { expiry, callbacks } = body;
  return {
    ...basics(body, urls),
    enabled: enabledMethods(body.enabled_payments),
    ...(callbacks?.finish ? { finishUrl: callbacks.finish } : {}),
    ...(expiry
      ? {
          expiry: {
            durationMs: durationMs(expiry.duration, expiry.unit),
            ...(expiry.start_time ? { startAt: readTime(expiry.start_time) } : {}),
          },
        }
      : {}),
  };
}

/** The order in a Core charge. */
export function chargeOrder(body: ChargeRequest, method: Method, urls: string[]): Order {
  const { custom_expiry: expiry } = body;
  return {
    ...basics(body, urls),
    enabled: [method],
    ...(expiry
      ? {
          expiry: {
            durationMs: durationMs(expiry.expiry_duration, expiry.unit),
            ...(expiry.order_time ? { startAt: readTime(expiry.order_time) } : {}),
          },
        }
      : {}),
  };
}
