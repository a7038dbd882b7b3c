-- No arbiter is named: that would ask for the right to read what others queued.
insert into sk.outbox (key, recipient, user_id, template, locale, data)
select key, recipient, user_id, template, locale, data
from jsonb_to_recordset(${mails}::jsonb) as m(key text, recipient text, user_id uuid, template text, locale text, data jsonb)
on conflict do nothing
