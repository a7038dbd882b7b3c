insert into sk.payback_accounts (refund_id, bank, number, holder)
values (${refundId}, ${bank}, ${number}, ${holder})
