/** Orders to misbehave that may wait at one time. */
export const SCENARIOS_MAX = 100;

/** What `POST /_control` asks for, with every default filled in. */
export type Scenario = {
  name: string;
  /** How many transactions (or API calls) it still takes. */
  left: number;
  /** Only for this order. */
  orderId?: string;
  /** Only for this API call, e.g. `create`. */
  call?: string;
  /** Milliseconds, with a meaning of its own in each scenario. */
  ms?: number;
  /** How often a notification is sent. */
  times?: number;
  /** Rupiah laid on top of the amount. */
  fee?: number;
  /** Whether the API call does its work although it answers with a fault. */
  applied?: boolean;
};

export type Scenarios = {
  /** False when SCENARIOS_MAX wait already. */
  add(scenario: Scenario): boolean;
  /** Uses one up: the oldest of that name that fits, or nothing. */
  take(name: string, fits: { orderId?: string; call?: string }): Scenario | undefined;
  waiting(): readonly Scenario[];
  clear(): void;
};

/** The misbehaviour that tests have ordered of one gateway, oldest first. */
export function scenarios(): Scenarios {
  let waiting: Scenario[] = [];
  return {
    add(scenario) {
      if (waiting.length >= SCENARIOS_MAX) return false;
      waiting.push(scenario);
      return true;
    },
    take(name, { orderId, call }) {
      const found = waiting.find(
        (s) =>
          s.name === name &&
          (s.orderId === undefined || s.orderId === orderId) &&
          (s.call === undefined || s.call === call),
      );
      if (!found) return undefined;
      found.left -= 1;
      if (found.left === 0) waiting = waiting.filter((s) => s !== found);
      return found;
    },
    waiting: () => waiting,
    clear() {
      waiting = [];
    },
  };
}
