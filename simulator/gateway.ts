import type { Router } from 'express';
import type { Scenario } from './scenarios.ts';

/** A payment as the index page and `GET /_control/transactions` show it, in the gateway's own words. */
export type Listed = {
  gateway: string;
  order_id: string;
  transaction_id: string | null;
  status: string;
  method: string | null;
  amount: number;
  page_url: string;
  created_at: string;
  notifications: ListedNotification[];
};

export type ListedNotification = {
  status: string;
  status_code: string;
  /** Tries so far, to all addresses together. */
  attempts: number;
  /** The last answer; null where none came. */
  http_status: number | null;
  /** Some try was answered 2xx. */
  delivered: boolean;
  deliveries: { at: string; url: string; http_status: number | null; error?: string }[];
};

export type Outcome =
  | { ok: true; status: string }
  | { ok: false; reason: 'not-found' | 'conflict'; detail: string };

/** What the simulator asks of each gateway it speaks for; a new one is a folder that gives this. */
export type Gateway = {
  name: string;
  router: Router;
  /** The misbehaviour it knows, each with what `ms`, `times` and `fee` are when nobody says. */
  scenarios: Readonly<Record<string, Partial<Scenario>>>;
  /** API calls that a scenario may name. */
  calls: readonly string[];
  /** What `POST /_control/pay` may do with a payment. */
  actions: readonly string[];
  order(scenario: Scenario): boolean;
  clearScenarios(): void;
  act(orderId: string, action: string, how: { method?: string; amount?: number }): Outcome;
  /** Newest first. */
  list(filter: { limit: number; orderId?: string }): Listed[];
  /** Says whose a bank account is from now on; null: there is none. Only where accounts are paid to. */
  giveAccount?: (bank: string, number: string, holder: string | null) => void;
  close(): Promise<void>;
};
