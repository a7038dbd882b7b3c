import type { Scenarios } from '../scenarios.ts';
import { type Notification, note, quirk, type Tell } from '../teller.ts';
import { type Merchant, notificationBody, statusCode } from './body.ts';
import type { Transaction } from './transaction.ts';

const HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json',
  'user-agent': 'Veritrans',
};

/** Tells the merchant what a transaction has become. */
export function notifier(options: {
  tell: Tell;
  scenarios: Scenarios;
  merchant: Merchant;
}): (transaction: Transaction) => void {
  const { tell, scenarios, merchant } = options;

  const enqueue = (transaction: Transaction, told: Notification) =>
    tell(transaction, told, {
      urls: transaction.order.notifyUrls,
      headers: HEADERS,
      label: `midtrans ${transaction.orderId} ${told.status}`,
    });

  return (transaction) => {
    const earlier = transaction.notifications.find((n) => n.status === 'pending');
    const told = note(transaction, {
      status: transaction.status,
      statusCode: statusCode(transaction, 'notification'),
      body: JSON.stringify(notificationBody(transaction, merchant)),
    });
    const disorder = quirk(transaction, 'disorder', scenarios);
    if (disorder && told.status === 'pending') return;
    enqueue(transaction, told);
    // Sent after the news that it should have come before; when it went out already, it goes out again.
    if (disorder && earlier && !transaction.disordered) {
      transaction.disordered = true;
      enqueue(transaction, earlier);
    }
  };
}
